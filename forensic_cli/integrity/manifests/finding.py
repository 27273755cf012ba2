"""Find the manifests of some evidence by their names; none is read."""

from collections.abc import Iterable
from pathlib import Path

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import ALGORITHM_BY_SUFFIX
from forensic_cli.integrity.manifests import bagit

CHECKSUM_SUFFIXES = frozenset({*ALGORITHM_BY_SUFFIX, ".hashdeep"})
"""What a manifest is called outside a folder of manifests, where other files may lie."""

_NO_MANIFESTS = frozenset(
    {".md", ".rst", ".html", ".pdf", ".asc", ".sig", ".gpg", ".pem", ".bak", ".orig", ".py"}
)


def find_manifests(
    names: Iterable[str], places: Iterable[Path], suffixes: frozenset[str] = frozenset()
) -> tuple[Path, ...]:
    """Manifests that are named after the evidence: ``NAME.`` and one suffix.

    Args:
        names: What the evidence is called.
        places: Folders to look in; one that is missing holds nothing.
        suffixes: Which suffixes count; none = all.

    Returns:
        Regular files, sorted, each once.
    """
    names, found = frozenset(names), dict[Path, Path]()
    for place in places:
        for path in manifests_in(place):
            if path.stem in names and (not suffixes or path.suffix.lower() in suffixes):
                found.setdefault(path.resolve(), path)
    return tuple(sorted(found.values()))


def manifests_in(folder: Path) -> tuple[Path, ...]:
    """The regular files of a folder that are manifests by their name, sorted."""
    return tuple(path for path in _files(folder) if not _no_manifest(path))


def left_out_in(folder: Path) -> tuple[Path, ...]:
    """The regular files of a folder that are taken for no manifests by their name, sorted.

    Hidden files, editors' copies (``~``), and what can only be text about a manifest or a
    signature of one.
    """
    return tuple(path for path in _files(folder) if _no_manifest(path))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        msg = f"the folder {str(folder)!r} cannot be listed: {error.strerror}"
        raise ManifestError(msg) from error


def _no_manifest(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.endswith("~")
    return hidden or path.suffix.lower() in _NO_MANIFESTS


def of_bag(folder: Path) -> tuple[Path, ...]:
    """The manifests of a BagIt bag, payload and tags, sorted; none where the folder is no bag."""
    if not (folder / bagit.DECLARATION).is_file():
        return ()
    return tuple(path for path in _files(folder) if bagit.is_manifest(path.name))
