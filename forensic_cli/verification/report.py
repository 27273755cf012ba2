"""What holding evidence to its reference found, as values."""

from collections.abc import Mapping
from dataclasses import dataclass

from forensic_cli.evidence.whole import WholeDigest
from forensic_cli.hashing import Digest

OUTCOMES = ("changed", "conflict", "moved", "duplicate", "missing", "new", "unreadable")
"""Besides ``matched``; the order in which they are reported."""

_WEAK = frozenset({"md5", "sha1"})
_CAUTION = (
    "MD5 and SHA-1 show accidental change; they cannot exclude a collision made on purpose "
    "before the hash was published"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not as the reference says.

    Attributes:
        outcome: A word of ``OUTCOMES``: changed (same name, other content), conflict (one
            algorithm agrees, another does not), moved (same content, other name), duplicate (one
            more entry with listed content), missing, new, unreadable.
        path: Where it is expected; where it is, for ``duplicate`` and ``new``.
        detail: Expected and found digests, the new place, or why it cannot be read.
        place: Where it is now, for ``moved``.
    """

    outcome: str
    path: bytes
    detail: str
    place: bytes | None = None


@dataclass(frozen=True, slots=True)
class WholeMatch:
    """What became of a digest that is expected of a container.

    Attributes:
        expected: The digest.
        matched: What has it (the file, all segments, FTK's image hash), nothing where none has.
    """

    expected: Digest
    matched: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What comparing found.

    Attributes:
        matched: How many entries (a container counts as one) have every digest that the reference
            gives.
        differences: Everything else, by outcome word, then by path.
        not_hashed: Paths of links and special files that the reference does not name.
        algorithms: What the reference gave.
        whole: What a container was held to as a whole.
        found: The digests of the container.
        allowed: Outcome words that the examiner accepts.
    """

    matched: int
    differences: tuple[Difference, ...]
    not_hashed: tuple[bytes, ...]
    algorithms: tuple[str, ...]
    whole: tuple[WholeMatch, ...] = ()
    found: tuple[WholeDigest, ...] = ()
    allowed: frozenset[str] = frozenset()

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
        """The counts in a line, zeros left out, and what of a container matched."""
        said = [
            f"{number:,} {word.replace('_', ' ')}" for word, number in self.counts.items() if number
        ]
        said += [
            f"{match.expected.algorithm} is that of {match.matched}"
            for match in self.whole
            if match.matched
        ]
        return ", ".join(said)

    @property
    def verdict(self) -> str:
        """``intact``, ``unreadable`` (that and nothing else) or ``differs``."""
        outcomes = {difference.outcome for difference in self.differences} - self.allowed
        if not outcomes:
            return "intact"
        return "unreadable" if outcomes == {"unreadable"} else "differs"

    @property
    def caution(self) -> str:
        """What a match by these algorithms does not show; empty where there is nothing to say."""
        return _CAUTION if set(self.algorithms) <= _WEAK else ""

    def joined(self, other: "VerificationReport") -> "VerificationReport":
        """Both reports as one: a container as a whole, and its entries."""
        said = frozenset(self.differences)  # an entry may be found out by both
        more = [one for one in other.differences if one not in said]
        return VerificationReport(
            self.matched + other.matched,
            tuple(sorted((*self.differences, *more), key=in_order)),
            (*self.not_hashed, *other.not_hashed),
            tuple(sorted({*self.algorithms, *other.algorithms})),
            (*self.whole, *other.whole),
            (*self.found, *other.found),
        )

    def records(self) -> tuple[Mapping[str, object], ...]:
        """The digests of the container for the log, and which of them was expected."""
        by_digest = {(match.matched, match.expected) for match in self.whole}
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
    return OUTCOMES.index(difference.outcome), difference.path
