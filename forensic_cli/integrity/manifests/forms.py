"""The forms in which a manifest can be written, and the program that checks each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests import bagit, hashdeep, md5sum

Line = Callable[[bytes, int, Mapping[str, Digest]], bytes]
"""Path, size in bytes and digests of a file, as the line that says so."""


@dataclass(frozen=True, slots=True)
class ManifestForm:
    """How a manifest is written.

    Attributes:
        algorithms: Those that it holds.
        head: What it begins with.
        line: Makes a line.
        root: What every path begins with instead of the evidence's own name, if anything.
        line_ends: Whether it can hold a name with a line end.
        check: The command that checks it, with ``{manifest}`` and ``{evidence}``, run beside that.
    """

    algorithms: tuple[str, ...]
    head: bytes
    line: Line
    root: bytes | None
    line_ends: bool
    check: str


def sums(algorithm: str) -> ManifestForm:
    """The form of md5sum and its siblings."""
    program = {"blake2b": "b2sum"}.get(algorithm, f"{algorithm}sum")

    def line(path: bytes, _: int, digests: Mapping[str, Digest]) -> bytes:
        return md5sum.line(path, digests[algorithm])

    return ManifestForm(
        (algorithm,), b"", line, None, line_ends=True, check=f"{program} -c {{manifest}}"
    )


def deep() -> ManifestForm:
    """The form of hashdeep, with the algorithms that it takes by itself."""
    algorithms = ("md5", "sha256")
    # Its -l, with a relative path, is what keeps the names as they are in the manifest.
    check = "hashdeep -r -l -a -v -k {manifest} {evidence}"
    return ManifestForm(algorithms, hashdeep.header(algorithms), hashdeep.row, None, False, check)  # noqa: FBT003


def bag(algorithm: str, declaration: bytes) -> ManifestForm:
    """The payload manifest of a bag whose ``data`` the evidence is, or is to be.

    Args:
        algorithm: The algorithm of the manifest.
        declaration: Content of the bag's ``bagit.txt``, empty where there is none yet.
    """
    percent = bagit.encodes_percent(declaration)

    def line(path: bytes, _: int, digests: Mapping[str, Digest]) -> bytes:
        return bagit.line(path, digests[algorithm], percent=percent)

    return ManifestForm(
        (algorithm,), b"", line, b"data", line_ends=True, check="bagit.py --validate ."
    )
