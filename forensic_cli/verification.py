"""Evidence against its reference hashes: read once, compared, every difference named.

Outcome words: matched, changed (same name, other content), moved (same content, other name),
missing, extra, unreadable. Symbolic links and special files have no content to hash; they are
counted, and are a difference only where the reference names them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.hashed import hashed
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import REPORTED, Digest
from forensic_cli.manifests.manifest import Manifest
from forensic_cli.names import visible
from forensic_cli.records import EvidenceItem, ItemKind

OUTCOMES = ("changed", "moved", "missing", "extra", "unreadable")

_WEAK = frozenset({"md5", "sha1"})
_CAUTION = (
    "MD5 and SHA-1 show accidental change; they cannot exclude a collision made on purpose "
    "before the hash was published"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not as the reference says.

    Attributes:
        outcome: A word of ``OUTCOMES``.
        path: Where it is expected; where it is, for ``extra``.
        detail: Expected and found digests, the new place, or why it cannot be read.
        place: Where it is now, for ``moved``.
    """

    outcome: str
    path: bytes
    detail: str
    place: bytes | None = None


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What comparing found.

    Attributes:
        matched: How many entries have every digest that the reference gives.
        differences: Everything else, by outcome word, then by path.
        not_hashed: Paths of links and special files that the reference does not name.
        algorithms: What the reference gave.
    """

    matched: int
    differences: tuple[Difference, ...]
    not_hashed: tuple[bytes, ...]
    algorithms: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Entries per outcome word, zeros included."""
        counts = dict.fromkeys(("matched", *OUTCOMES), 0)
        counts["matched"] = self.matched
        for difference in self.differences:
            counts[difference.outcome] += 1
        counts["not_hashed"] = len(self.not_hashed)
        return counts

    @property
    def in_words(self) -> str:
        """The counts in a line, zeros left out."""
        return ", ".join(
            f"{number:,} {word.replace('_', ' ')}" for word, number in self.counts.items() if number
        )

    @property
    def verdict(self) -> str:
        """``intact``, ``unreadable`` (that and nothing else) or ``differs``."""
        outcomes = {difference.outcome for difference in self.differences}
        if not outcomes:
            return "intact"
        return "unreadable" if outcomes == {"unreadable"} else "differs"

    @property
    def caution(self) -> str:
        """What a match by these algorithms does not show; empty where there is nothing to say."""
        return _CAUTION if set(self.algorithms) <= _WEAK else ""


@dataclass
class _Tally:
    """Where the comparison stands while the evidence is read."""

    matched: int = 0
    named: int = 0
    not_hashed: list[bytes] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    extra: dict[bytes, tuple[Digest, ...]] = field(default_factory=dict)
    shut: list[bytes] = field(default_factory=list)

    def compare(
        self,
        item: EvidenceItem,
        found: Mapping[str, Digest] | ItemRefusedError,
        expected: tuple[Digest, ...],
        algorithms: tuple[str, ...],
    ) -> None:
        self.named += bool(expected)
        if item.kind is ItemKind.UNREADABLE_FOLDER:
            self.shut.append(item.path)
        if isinstance(found, ItemRefusedError):
            if item.kind in {ItemKind.FILE, ItemKind.UNREADABLE_FOLDER}:
                self.differences.append(Difference("unreadable", item.path, found.reason))
            elif expected:
                self.differences.append(Difference("changed", item.path, found.reason))
            else:
                self.not_hashed.append(item.path)
        elif not expected:
            # Only what can pair it with a missing name: there may be a great many.
            self.extra[item.path] = tuple(found[algorithm] for algorithm in algorithms)
        elif wrong := [digest for digest in expected if found[digest.algorithm] != digest]:
            detail = "; ".join(f"expected {one}, found {found[one.algorithm]}" for one in wrong)
            self.differences.append(Difference("changed", item.path, detail))
        else:
            self.matched += 1


def verify(  # noqa: PLR0913 - the evidence, the reference, and how to go about it
    source: EvidenceSource,
    listing: Listing,
    manifest: Manifest,
    *,
    inside: frozenset[bytes],
    workers: int,
    progress: Callable[[int], None],
) -> VerificationReport:
    """Compare every entry of the evidence with a manifest whose paths are below its root.

    Args:
        source: Read, one pass over each file.
        listing: Of ``source``.
        manifest: The reference.
        inside: Paths of manifests that lie inside the evidence: no extra entries.
        workers: Threads that read and hash.
        progress: Told how many entries are done.

    Returns:
        The report.
    """
    tally = _Tally()
    algorithms = tuple(dict.fromkeys((*REPORTED, *manifest.algorithms)))
    for done, (item, found) in enumerate(hashed(source, listing, algorithms, workers), start=1):
        tally.compare(item, found, manifest.expected(item.path), manifest.algorithms)
        progress(done)
    for path in inside:
        tally.extra.pop(path, None)
    missing = _missing(listing, manifest) if tally.named < len(manifest) else {}
    for path in [path for path in missing if path.startswith(tuple(tally.shut))]:
        del missing[path]
        reason = "in a folder that cannot be entered"
        tally.differences.append(Difference("unreadable", path, reason))
    tally.differences += _moved_missing_extra(missing, tally.extra)
    tally.differences.sort(key=lambda one: (OUTCOMES.index(one.outcome), one.path))
    return VerificationReport(
        tally.matched, tuple(tally.differences), tuple(tally.not_hashed), manifest.algorithms
    )


def _missing(listing: Listing, manifest: Manifest) -> dict[bytes, tuple[Digest, ...]]:
    return {
        path: manifest.expected(path)
        for path in sorted(manifest.paths())
        if listing.find(path) is None
    }


def _moved_missing_extra(
    missing: Mapping[bytes, tuple[Digest, ...]], extra: Mapping[bytes, tuple[Digest, ...]]
) -> list[Difference]:
    """Pair missing names with extra ones of the same content; each extra entry is used once."""
    places: dict[Digest, list[bytes]] = {}
    for path, found in reversed(list(extra.items())):
        for digest in found:
            places.setdefault(digest, []).append(path)
    differences = []
    taken: set[bytes] = set()
    for path, expected in missing.items():
        place = _take(places.get(expected[0], []), expected, extra, taken)
        if place is None:
            detail = "expected " + ", ".join(map(str, expected))
            differences.append(Difference("missing", path, detail))
        else:
            taken.add(place)
            differences.append(Difference("moved", path, f"is now {visible(place)}", place))
    for path, found in extra.items():
        if path not in taken:
            detail = "found " + ", ".join(map(str, found))
            differences.append(Difference("extra", path, detail))
    return differences


def _take(
    candidates: list[bytes],
    expected: tuple[Digest, ...],
    extra: Mapping[bytes, tuple[Digest, ...]],
    taken: set[bytes],
) -> bytes | None:
    """The first place with this content that no other name has; candidates are last first."""
    while candidates:
        place = candidates.pop()
        if place not in taken and set(expected) <= set(extra[place]):
            return place
    return None
