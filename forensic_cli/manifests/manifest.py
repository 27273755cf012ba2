"""What a manifest expects, as a value: a column of digests per algorithm, keyed by path bytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import Digest
from forensic_cli.names import on_screen, visible

_PROBED = 1000
"""How many paths tell which folder a manifest was made from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a manifest, understood.

    Attributes:
        path: The name, raw bytes as the manifest holds it.
        digests: What the line says of it, at least one.
    """

    path: bytes
    digests: tuple[Digest, ...]


@dataclass(frozen=True)
class Manifest:
    """The expectations of one or more manifest files.

    Attributes:
        columns: For each algorithm the raw digest of each path. Raw bytes, and one copy of each
            path, because a set of millions of files must fit in memory.
        lead: The leading part of every path that is not below the evidence root (``ImageSet/``,
            ``/mnt/case/ImageSet/``), or nothing.
    """

    columns: Mapping[str, Mapping[bytes, bytes]]
    lead: bytes = b""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Manifest":
        """Collect entries, their paths without ``.`` parts and doubled slashes.

        Raises:
            ManifestError: A path climbs with ``..`` or is there twice with different digests.
        """
        columns: dict[str, dict[bytes, bytes]] = {}
        for entry in entries:
            path = _clean(entry.path)
            for digest in entry.digests:
                column = columns.setdefault(digest.algorithm, {})
                value = bytes.fromhex(digest.hexdigest)
                if column.setdefault(path, value) != value:
                    msg = (
                        f"{_shown(path)} is listed twice with different {digest.algorithm} values; "
                        "find out which one is right"
                    )
                    raise ManifestError(msg)
        return cls(columns)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms used, sorted."""
        return tuple(sorted(self.columns))

    def __len__(self) -> int:
        """How many paths have a digest of some algorithm."""
        return sum(1 for _ in self.paths())

    def paths(self) -> Iterator[bytes]:
        """Every path below the root, each once."""
        before: list[Mapping[bytes, bytes]] = []
        for column in self.columns.values():
            for path in column:
                if not any(path in earlier for earlier in before):
                    yield path[len(self.lead) :]
            before.append(column)

    def expected(self, path: bytes) -> tuple[Digest, ...]:
        """The digests of a path below the root, empty where it is not listed."""
        key = self.lead + path
        return tuple(
            Digest(algorithm, self.columns[algorithm][key].hex())
            for algorithm in self.algorithms
            if key in self.columns[algorithm]
        )

    def located(self, root: bytes, holds: Callable[[bytes], bool]) -> "Manifest":
        """The same expectations with paths taken below an evidence root.

        Manifests are made inside the folder (``a.png``), beside it (``ImageSet/a.png``) or from
        afar (``/mnt/case/ImageSet/a.png``). Of the leading parts that *every* path has and that
        end in the root's name, the one is taken under which most of the first paths exist.

        Args:
            root: Raw bytes of the evidence folder's own name.
            holds: Whether the evidence has a path.

        Raises:
            ManifestError: A path is absolute and not below the root.
        """
        first = next(self.paths(), b"")
        absolute = [path for path in self.paths() if path.startswith(b"/")]
        leads = [
            lead
            for lead in _leads(first, root)
            if all(path.startswith(lead) for path in self.paths())
        ]
        if not absolute:
            leads.append(b"")
        if not leads:
            msg = (
                f"the manifest names {_shown(absolute[0])}, which is not below a folder called "
                f"{_shown(root)}; is it the manifest of another set?"
            )
            raise ManifestError(msg)
        some = list(islice(self.paths(), _PROBED))
        best = max(leads, key=lambda lead: sum(holds(path[len(lead) :]) for path in some))
        return replace(self, lead=best)

    def merged(self, other: "Manifest") -> "Manifest":
        """The expectations of both, paths below the same root.

        Raises:
            ManifestError: They contradict each other.
        """
        return Manifest.of(
            Entry(path, manifest.expected(path))
            for manifest in (self, other)
            for path in manifest.paths()
        )


def _clean(path: bytes) -> bytes:
    parts = path.split(b"/")
    if b".." in parts:
        msg = (
            f"the manifest names {_shown(path)}; a path may not climb with '..', "
            "make the manifest again inside the evidence folder"
        )
        raise ManifestError(msg)
    if b"" not in parts and b"." not in parts:
        return path
    kept = b"/".join(part for part in parts if part not in {b"", b"."})
    return b"/" + kept if path.startswith(b"/") else kept


def _leads(path: bytes, root: bytes) -> Iterator[bytes]:
    """Every leading part of a path that ends in the root's name and a slash, shortest first."""
    parts = path.split(b"/")[:-1]
    for index, part in enumerate(parts):
        if part == root:
            yield b"/".join(parts[: index + 1]) + b"/"


def _shown(path: bytes) -> str:
    return repr(on_screen(visible(path)))
