"""What verifying evidence found, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from forensic_cli.evidence.container_digest import ContainerDigest
from forensic_cli.hashing import Digest
from forensic_cli.integrity.name_forms import made_by_system
from forensic_cli.integrity.outcomes import Accepted, Outcome
from forensic_cli.records import Verdict

_SUSPICIOUS = 2
"""Changed entries, where none matches, after which the list itself is in doubt."""
_WEAK = frozenset({"md5", "sha1"})
_CAUTION = (
    "MD5 and SHA-1 show accidental change; they cannot exclude a collision made on purpose "
    "before the hash was published"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not as the reference says.

    Attributes:
        outcome: Any but ``matched``.
        path: Where it is expected; where it is, for ``duplicate`` and ``new``.
        detail: Expected and found digests, the new place, or why it cannot be read.
        place: Where it is now, for ``moved`` and ``renamed form``.
    """

    outcome: Outcome
    path: bytes
    detail: str
    place: bytes | None = None


@dataclass(frozen=True, slots=True)
class ContainerMatch:
    """What became of a digest that is expected of a container.

    Attributes:
        expected: The digest.
        matched: What has it (the file, all segments, FTK's image hash), nothing where none has.
    """

    expected: Digest
    matched: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """What comparing found.

    Attributes:
        matched: How many entries (a container counts as one) have every digest that the reference
            gives.
        differences: Everything else, by outcome word, then by path.
        not_hashed: Paths of links and special files that the reference does not name.
        not_verified: Paths of files that no reference names and that are no difference: manifests
            inside the evidence, a bag's tag files.
        algorithms: What the reference gave.
        container: What was expected of a container as a whole.
        found: The digests of the container.
        allowed: What the examiner accepts.
    """

    matched: int = 0
    differences: tuple[Difference, ...] = ()
    not_hashed: tuple[bytes, ...] = ()
    not_verified: tuple[bytes, ...] = ()
    algorithms: tuple[str, ...] = ()
    container: tuple[ContainerMatch, ...] = ()
    found: tuple[ContainerDigest, ...] = ()
    allowed: frozenset[Accepted] = frozenset()

    @property
    def counts(self) -> dict[str, int]:
        """Entries per outcome word, zeros included."""
        counts = {outcome.value: 0 for outcome in Outcome}
        counts[Outcome.MATCHED.value] = self.matched
        for difference in self.differences:
            counts[difference.outcome.value] += 1
        counts["not_hashed"] = len(self.not_hashed)
        counts["not_verified"] = len(self.not_verified)
        return counts

    @property
    def in_words(self) -> str:
        """The counts in a line, zeros left out, and what of a container matched."""
        said = [
            f"{number:,} {word.replace('_', ' ')}" for word, number in self.counts.items() if number
        ]
        said += [
            f"{match.expected.algorithm} is that of {match.matched}"
            for match in self.container
            if match.matched
        ]
        return ", ".join(said)

    @property
    def verdict(self) -> Verdict:
        """``intact``, ``unreadable`` (that and nothing else) or ``differs``."""
        outcomes = {one.outcome for one in self.differences if self._counts_against(one)}
        if not outcomes:
            return Verdict.INTACT
        return Verdict.UNREADABLE if outcomes == {Outcome.UNREADABLE} else Verdict.DIFFERS

    @property
    def accepted_new(self) -> frozenset[bytes]:
        """New files that are accepted, and that no reference names."""
        return frozenset(
            one.path
            for one in self.differences
            if one.outcome is Outcome.NEW and not self._counts_against(one)
        )

    def _counts_against(self, difference: Difference) -> bool:
        outcome = difference.outcome
        if outcome is Outcome.NEW and made_by_system(difference.path):
            return Accepted.NEW_BY_SYSTEM not in self.allowed
        return outcome.is_difference and outcome.value not in {one.value for one in self.allowed}

    @property
    def question(self) -> str:
        """What an examiner should ask where not one entry is as it is listed; else empty."""
        changed = sum(one.outcome is Outcome.CHANGED for one in self.differences)
        if self.matched or changed < _SUSPICIOUS:
            return ""
        return (
            f"not one of {changed:,} listed files has the content that is listed: is this list of "
            "another algorithm, or of another set?"
        )

    @property
    def renamed(self) -> Mapping[bytes, bytes]:
        """For each entry whose name has another form than in the reference: its name there."""
        return {
            one.place: one.path
            for one in self.differences
            if one.outcome is Outcome.RENAMED_FORM and one.place is not None
        }

    @property
    def caution(self) -> str:
        """What a match by these algorithms does not show; empty where there is nothing to say."""
        return _CAUTION if set(self.algorithms) <= _WEAK else ""

    def joined(self, other: "VerificationReport") -> "VerificationReport":
        """Both reports as one: a container as a whole, and its entries."""
        said = frozenset(self.differences)  # an entry may be found out by both
        more = [one for one in other.differences if one not in said]
        return VerificationReport(
            matched=self.matched + other.matched,
            differences=tuple(sorted((*self.differences, *more), key=in_order)),
            not_hashed=(*self.not_hashed, *other.not_hashed),
            not_verified=(*self.not_verified, *other.not_verified),
            algorithms=tuple(sorted({*self.algorithms, *other.algorithms})),
            container=(*self.container, *other.container),
            found=(*self.found, *other.found),
        )

    def below(self, lead: bytes, own: frozenset[bytes]) -> "VerificationReport":
        """The same with something before every path.

        Args:
            lead: What.
            own: Names of the container's files, which are not below it.
        """
        if not lead:
            return self

        def led(path: bytes) -> bytes:
            return path if path in own else lead + path

        return replace(
            self,
            differences=tuple(
                replace(one, path=led(one.path), place=one.place and led(one.place))
                for one in self.differences
            ),
            not_hashed=tuple(map(led, self.not_hashed)),
            not_verified=tuple(map(led, self.not_verified)),
        )

    def records(self) -> tuple[Mapping[str, object], ...]:
        """The digests of the container for the log, and which of them was expected."""
        by_digest = {(match.matched, match.expected) for match in self.container}
        return tuple(
            {
                "of": one.what,
                "algorithm": one.digest.algorithm,
                "digest": one.digest.hexdigest,
                "matched": (one.what, one.digest) in by_digest,
            }
            for one in self.found
        )


def in_order(difference: Difference) -> tuple[int, bytes]:
    """Where a difference stands in a report."""
    return _PLACES[difference.outcome], difference.path


_PLACES = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check.

    Attributes:
        target: What was checked, in words.
        reference: What it was checked against, in words.
        report: What was found.
        remarks: What an examiner should know of the reference.
    """

    target: str
    reference: str
    report: VerificationReport
    remarks: tuple[str, ...] = ()
