"""Evidence against a manifest: every entry read once and compared, every difference named.

Symbolic links and special files have no content to hash; they are counted, and are a difference
only where the reference names them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.hashed import hash_entries
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import REPORTED, Digest
from forensic_cli.integrity.manifests.manifest import Manifest
from forensic_cli.integrity.name_forms import made_by_system, same_form
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.integrity.report import Difference, VerificationReport, in_order
from forensic_cli.records import EvidenceItem, ItemKind, Status

_MOST_UNLISTED = 1 << 40
"""Bytes of a file that is read although no reference names it: it may have been moved. A sparse
file of 16 TB has no content and would take a day."""


@dataclass
class _Tally:
    """Where the comparison stands while the evidence is read."""

    matched: int = 0
    named: int = 0
    not_hashed: list[bytes] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    unlisted: dict[bytes, tuple[Digest, ...]] = field(default_factory=dict)
    shut: list[bytes] = field(default_factory=list)

    def take(  # noqa: PLR0913 - what was found, and what is expected of it
        self,
        item: EvidenceItem,
        found: Mapping[str, Digest] | ItemRefusedError,
        expected: tuple[Digest, ...],
        algorithms: tuple[str, ...],
        *,
        size: int | None,
        again: bool,
    ) -> None:
        self.named += bool(expected) and not again
        if item.kind is ItemKind.UNREADABLE_FOLDER:
            self.shut.append(item.path)
        if isinstance(found, ItemRefusedError):
            if found.status is Status.HASH_MISMATCH:
                self.differences.append(Difference(Outcome.CHANGED, item.path, found.reason))
            elif item.kind in {ItemKind.FILE, ItemKind.UNREADABLE_FOLDER}:
                self.differences.append(Difference(Outcome.UNREADABLE, item.path, found.reason))
            elif expected:
                self.differences.append(Difference(Outcome.CHANGED, item.path, found.reason))
            else:
                self.not_hashed.append(item.path)
        elif not found:
            said_why = f"{item.size} bytes, not read: no reference names it"
            self.differences.append(Difference(Outcome.NEW, item.path, said_why))
        elif not expected:
            # Only digests that the manifest uses, enough to recognise a moved file: there may be
            # millions of these.
            self.unlisted[item.path] = tuple(found[algorithm] for algorithm in algorithms)
        else:
            self._compare(item, found, expected, size)

    def _compare(
        self,
        item: EvidenceItem,
        found: Mapping[str, Digest],
        expected: tuple[Digest, ...],
        size: int | None,
    ) -> None:
        wrong = [digest for digest in expected if found[digest.algorithm] != digest]
        if wrong:
            agreeing = [digest.algorithm for digest in expected if digest not in wrong]
            said = [f"expected {one}, found {found[one.algorithm]}" for one in wrong]
            if agreeing:
                said.insert(0, f"{', '.join(agreeing)} agrees")
            outcome = Outcome.CONFLICT if agreeing else Outcome.CHANGED
            self.differences.append(Difference(outcome, item.path, "; ".join(said)))
        elif size not in {None, item.size}:
            differs = f"expected {size} bytes, found {item.size}; the digests agree"
            self.differences.append(Difference(Outcome.CONFLICT, item.path, differs))
        else:
            self.matched += 1


def verify_entries(  # noqa: PLR0913 - the evidence, the reference, and how to go about it
    source: EvidenceSource,
    listing: Listing,
    manifest: Manifest,
    *,
    excused: frozenset[bytes],
    workers: int,
    progress: Callable[[int], None],
) -> VerificationReport:
    """Compare every entry of the evidence with a manifest whose paths are below its root.

    Args:
        source: Read, one pass over each file.
        listing: The listing of ``source``.
        manifest: The reference.
        excused: Paths that may go without a reference: not verified, where none names them.
        workers: Threads that read and hash.
        progress: Told how many entries are done.

    Returns:
        The report.
    """
    tally = _Tally()
    algorithms = tuple(dict.fromkeys((*REPORTED, *manifest.algorithms)))
    for done, (item, found) in enumerate(
        hash_entries(
            source,
            listing,
            algorithms,
            workers,
            lambda item: item.size <= _MOST_UNLISTED or bool(manifest.expected(item.path)),
        ),
        start=1,
    ):
        again = item.index > 0 and listing[item.index - 1].path == item.path
        expected = manifest.expected(item.path)
        tally.take(
            item, found, expected, manifest.algorithms, size=manifest.size(item.path), again=again
        )
        progress(done)
    not_verified = sorted(excused & tally.unlisted.keys())
    for path in not_verified:
        del tally.unlisted[path]
    missing = _missing(listing, manifest) if tally.named < len(manifest) else {}
    for path in [path for path in missing if path.startswith(tuple(tally.shut))]:
        del missing[path]
        reason = "in a folder that cannot be entered"
        tally.differences.append(Difference(Outcome.UNREADABLE, path, reason))
    unlisted = dict(sorted(tally.unlisted.items()))
    tally.differences += _moved_and_missing(missing, unlisted)
    tally.differences += _duplicate_and_new(unlisted, manifest)
    tally.differences.sort(key=in_order)
    return VerificationReport(
        matched=tally.matched,
        differences=tuple(tally.differences),
        not_hashed=tuple(sorted(tally.not_hashed)),
        not_verified=tuple(not_verified),
        algorithms=manifest.algorithms,
    )


def _missing(listing: Listing, manifest: Manifest) -> dict[bytes, tuple[Digest, ...]]:
    return {
        path: manifest.expected(path)
        for path in sorted(manifest.paths())
        if listing.find(path) is None
    }


def _moved_and_missing(
    missing: Mapping[bytes, tuple[Digest, ...]], unlisted: dict[bytes, tuple[Digest, ...]]
) -> Iterator[Difference]:
    """Pair missing names with unlisted ones of the same content, which are taken out."""
    places: dict[Digest, list[bytes]] = {}
    for path, found in reversed(unlisted.items()):
        for digest in found:
            places.setdefault(digest, []).append(path)
    for path, expected in missing.items():
        candidates = places.get(expected[0], [])
        candidates.sort(key=partial(same_form, path))  # the one with its name is taken first
        place = _take(candidates, expected, unlisted)
        if place is None:
            detail = "expected " + ", ".join(map(str, expected))
            yield Difference(Outcome.MISSING, path, detail)
        else:
            same = same_form(path, place)
            outcome = Outcome.RENAMED_FORM if same else Outcome.MOVED
            yield Difference(outcome, path, f"is now {visible(place)}", place)


def _take(
    candidates: list[bytes],
    expected: tuple[Digest, ...],
    unlisted: dict[bytes, tuple[Digest, ...]],
) -> bytes | None:
    """The first place with this content that no other name has; candidates are last first."""
    while candidates:
        place = candidates.pop()
        if set(expected) <= set(unlisted.get(place, ())):
            del unlisted[place]
            return place
    return None


def _duplicate_and_new(
    unlisted: Mapping[bytes, tuple[Digest, ...]], manifest: Manifest
) -> Iterator[Difference]:
    originals = manifest.holders({digest for found in unlisted.values() for digest in found})
    for path, found in unlisted.items():
        original = next(
            (
                listed
                for digest in found
                for listed in originals.get(digest, ())
                if set(manifest.expected(listed)) <= set(found)
            ),
            None,
        )
        if original is None:
            detail = "found " + ", ".join(map(str, found))
            if made_by_system(path):
                detail = f"a file that operating systems make by themselves; {detail}"
            yield Difference(Outcome.NEW, path, detail)
        else:
            yield Difference(Outcome.DUPLICATE, path, f"the same content as {visible(original)}")
