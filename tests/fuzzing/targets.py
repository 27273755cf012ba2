"""What is fuzzed: bytes in, and nothing but the tool's own errors out."""

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from forensic_cli.errors import DfcError, ItemRefusedError
from forensic_cli.evidence.ad1.source import Ad1Source
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.evidence.tar_source import TarSource
from forensic_cli.evidence.zip_source import ZipSource
from forensic_cli.integrity.manifests.location import locate
from forensic_cli.integrity.manifests.reading import read_manifest
from tests.fuzzing.pictures_and_rows import message, picture, rows

MAX_BYTES = 1 << 20


class Target:
    """A reader, fed with files of its own kind, which are written into a folder."""

    def __init__(self, name: str, folder: Path) -> None:
        file_name, self._read = KINDS[name]
        self.name = name
        self._path = folder / file_name

    def __call__(self, data: bytes) -> None:
        """Read these bytes; raises only where the reader has a fault."""
        self._path.write_bytes(data)
        with suppress(DfcError):
            self._read(self._path)


def _source(begin: Callable[[Path], EvidenceSource]) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        with closing(begin(path)) as source:
            listing = source.listing(lambda _: None)
            for index in source.in_reading_order(range(len(listing))):
                with suppress(ItemRefusedError):
                    item = listing[index]
                    source.stored_digests(item)
                    with source.reading(item) as stream:
                        assert len(stream.read(MAX_BYTES)) <= MAX_BYTES
            source.container_digests(("md5",), lambda *_: None)

    return read


def _manifest(path: Path) -> None:
    file = read_manifest(path)
    found = locate(file.manifest, (b"Set",), lambda path: len(path) % 2 == 0)
    for name in found.paths():
        assert b".." not in name.split(b"/")
        assert found.expected(name)
        os.fsdecode(name)


KINDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "ad1": ("X.ad1", _source(Ad1Source)),
    "zip": ("X.zip", _source(ZipSource)),
    "tar": ("X.tar", _source(lambda path: TarSource(path, Kind.TAR, None))),
    "md5sum": ("list.md5", _manifest),
    "hashdeep": ("list.hashdeep", _manifest),
    "tables": ("list.csv", _manifest),
    "ftk_report": ("X.ad1.txt", _manifest),
    "bagit": ("manifest-md5.txt", _manifest),
    "picture": ("picture", picture),
    "message": ("message", message),
    "rows": ("rows", rows),
}
