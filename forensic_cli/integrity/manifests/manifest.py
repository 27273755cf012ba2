"""What a manifest expects, as a value: a column of digests per algorithm, keyed by path bytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen, visible
from forensic_cli.hashing import Digest


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line of a manifest, understood.

    Attributes:
        path: The name, raw bytes as the manifest holds it.
        digests: What the line says of it, at least one.
        size: What it says of its size, if anything.
    """

    path: bytes
    digests: tuple[Digest, ...]
    size: int | None = None


@dataclass(frozen=True)
class Manifest:
    """The expectations of one or more manifest files.

    Attributes:
        columns: For each algorithm the raw digest of each path. Raw bytes, and one copy of each
            path, because a set of millions of files must fit in memory.
        lead: The leading part of every path that is not below the evidence root (``ImageSet/``,
            ``/mnt/case/ImageSet/``), or nothing.
        sizes: The size of each path, where the manifest says it.
    """

    columns: Mapping[str, Mapping[bytes, bytes]]
    lead: bytes = b""
    sizes: Mapping[bytes, int] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[ManifestEntry]) -> "Manifest":
        """Collect entries, their paths without ``.`` parts and doubled slashes.

        Raises:
            ManifestError: A path climbs with ``..`` or is there twice with different digests.
        """
        columns: dict[str, dict[bytes, bytes]] = {}
        sizes: dict[bytes, int] = {}
        for entry in entries:
            path = clean(entry.path)
            if entry.size is not None and sizes.setdefault(path, entry.size) != entry.size:
                msg = f"{shown(path)} is listed twice with different sizes; find out which is right"
                raise ManifestError(msg)
            for digest in entry.digests:
                column = columns.setdefault(digest.algorithm, {})
                value = bytes.fromhex(digest.hexdigest)
                if column.setdefault(path, value) != value:
                    msg = (
                        f"{shown(path)} is listed twice with different {digest.algorithm} values; "
                        "find out which one is right"
                    )
                    raise ManifestError(msg)
        return cls(columns, sizes=sizes)

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

    def size(self, path: bytes) -> int | None:
        """What is said of the size of a path below the root, if anything."""
        return self.sizes.get(self.lead + path)

    def holders(self, digests: set[Digest]) -> dict[Digest, list[bytes]]:
        """The paths below the root that are listed with these digests."""
        found: dict[Digest, list[bytes]] = {}
        for algorithm, column in self.columns.items():
            wanted = {
                bytes.fromhex(one.hexdigest): one for one in digests if one.algorithm == algorithm
            }
            for path, value in column.items() if wanted else ():
                if value in wanted:
                    found.setdefault(wanted[value], []).append(path[len(self.lead) :])
        return found

    def split_by_name(
        self, names: frozenset[bytes], holds: Callable[[bytes], bool]
    ) -> tuple["Manifest", "Manifest"]:
        """What is said of files with these names, wherever they lie, and what of all others.

        Args:
            names: Of a container's files.
            holds: Whether the container has an entry of that path, which is not the container.
        """
        if not names:
            return Manifest({}), self
        parts: tuple[dict[str, dict[bytes, bytes]], ...] = ({}, {})
        for algorithm, column in self.columns.items():
            for path, value in column.items():
                parts_of_path = path.replace(b"\\", b"/").split(b"/")
                ends = (b"/".join(parts_of_path[at:]) for at in range(len(parts_of_path)))
                named = parts_of_path[-1] in names and not any(map(holds, ends))
                parts[not named].setdefault(algorithm, {})[path] = value
        return Manifest(parts[0]), Manifest(parts[1], sizes=self.sizes)

    def below(self, lead: bytes) -> "Manifest":
        """The same with something before every path below the root."""
        if not lead:
            return self
        here = len(self.lead)
        columns = {
            algorithm: {lead + path[here:]: value for path, value in column.items()}
            for algorithm, column in self.columns.items()
        }
        return Manifest(
            columns, sizes={lead + path[here:]: size for path, size in self.sizes.items()}
        )

    def only(self, wanted: Callable[[bytes], bool]) -> "Manifest":
        """What is said of some paths, as they are in the manifest."""
        columns = {
            algorithm: {path: value for path, value in column.items() if wanted(path)}
            for algorithm, column in self.columns.items()
        }
        kept = {algorithm: column for algorithm, column in columns.items() if column}
        return Manifest(kept, self.lead, self.sizes)

    def merged(self, other: "Manifest") -> "Manifest":
        """The expectations of both, paths below the same root.

        Raises:
            ManifestError: They contradict each other.
        """
        return Manifest.of(
            ManifestEntry(path, manifest.expected(path), manifest.size(path))
            for manifest in (self, other)
            for path in manifest.paths()
        )


def clean(path: bytes) -> bytes:
    """A path without ``.`` parts and doubled slashes.

    Raises:
        ManifestError: It climbs with ``..``.
    """
    parts = path.split(b"/")
    if b".." in parts:
        msg = (
            f"the manifest names {shown(path)}; a path may not climb with '..', "
            "make the manifest again inside the evidence folder"
        )
        raise ManifestError(msg)
    if b"" not in parts and b"." not in parts:
        return path
    kept = b"/".join(part for part in parts if part not in {b"", b"."})
    return b"/" + kept if path.startswith(b"/") else kept


def shown(path: bytes) -> str:
    """A path for a sentence."""
    return repr(on_screen(visible(path)))
