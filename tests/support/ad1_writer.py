"""Writes AD1 images as FTK Imager does, from the description of the format in ``docs/ad1.md``.

The reader under test shares no line with it: a misreading of the page shows up as a disagreement.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

CHUNK = 65536
FULL_SIZE = 1572864000

_ATTRIBUTES = {
    0x2: "8ad873f4-c0b0-476a-ba1a-3681c1816b0b",
    0x3: "3508848a-764c-4721-979a-870e1c1a33e0",
    0x7: "e5cca637-0443-4f57-beca-8036e4f78574",
    0x8: "f3100dfc-c635-40ef-ab7b-2ea4f11d8947",
    0x9: "ad6ca6c8-dbef-4257-9c27-ada44e0fe8b7",
    0xD: "8c3281b6-c3de-4cb0-a453-6074b689b909",
    0xE: "060f4a7e-eb5f-4ba4-813f-088b6881d67f",
    0x1E: "ce64ac64-3a64-4f7e-8532-81289685580c",
    0x1002: "42045545-ad9e-421f-81e3-f789b541798e",
    0x1003: "a16af6f7-aa3d-4d14-9610-0173dc81a436",
    0x1004: "e9cb105e-6235-45ab-aa65-2e2a605e95b4",
    0x1005: "1d5c7965-1407-4362-bded-fe175a4d7140",
    0x5001: "6be2330a-15e2-4dea-b63e-2198e81eab75",
    0x5002: "40e8ff18-2327-4c24-9358-dbea9fa4dd5c",
    0x10002: "5eab9d65-a3f2-44a1-aadd-155f5506fd16",
}
_CLASSES = {
    1: "a2faa03e-4962-448a-ac58-898368016fc7",
    3: "64cbf242-6623-4c70-b563-afb179c5c836",
}
_STAMP = b"20180502T074235.705152"


@dataclass
class Entry:
    """A file (with content) or a folder (with children) of an image to write."""

    name: bytes
    content: bytes | None = None
    children: list["Entry"] = field(default_factory=list)
    md5: bytes | None = None
    sha1: bytes | None = None
    klass: int | None = None

    @property
    def is_folder(self) -> bool:
        return self.content is None


@dataclass
class Written:
    """An image's address space, and where in it things are."""

    space: bytes
    items: dict[bytes, int]
    tables: dict[bytes, int]
    image_hashes: dict[str, str]


def tree(files: dict[bytes, bytes]) -> list[Entry]:
    """Entries for files by their paths, folders where the paths have them, in sorted order."""
    top: list[Entry] = []
    for path, content in sorted(files.items()):
        here = top
        *folders, name = path.split(b"/")
        for folder in folders:
            found = next((one for one in here if one.is_folder and one.name == folder), None)
            if found is None:
                found = Entry(folder)
                here.append(found)
            here = found.children
        here.append(Entry(name, content))
    return top


class _Space:
    def __init__(self) -> None:
        self.data = bytearray()

    @property
    def end(self) -> int:
        return len(self.data)

    def put(self, data: bytes) -> int:
        at = self.end
        self.data += data
        return at

    def link(self, at: int, value: int) -> None:
        struct.pack_into("<Q", self.data, at, value)


def build(  # noqa: C901, PLR0915 - the format, from its first byte to its last
    entries: list[Entry],
    *,
    source: bytes = b"E:\\ImageSet",
    level: int = 6,
    version: int = 4,
    chunk: int = CHUNK,
) -> Written:
    """The address space of an image."""
    space = _Space()
    keys = {0x10002}
    name_at = 92 if version == 4 else 48
    header = struct.pack("<16s3I2QI", b"ADLOGICALIMAGE", version, 1, chunk, 0, 0, len(source))
    if version == 4:
        header += struct.pack("<4s5Q", b"AD", name_at, 0, 0, 0, 0)
    space.put(header + source)
    space.link(28, space.end)
    space.put(struct.pack("<Q3I", 0, 1, 0x10002, len(source)) + source)
    items: dict[bytes, int] = {}
    tables: dict[bytes, int] = {}
    hashed: list[tuple[int, int]] = []
    contents = {name: hashlib.new(name) for name in ("md5", "sha1", "sha256")}
    first = space.end
    space.link(36, first if entries else 0)

    def write(entries: list[Entry], parent: int, above: bytes) -> None:
        for index, entry in enumerate(entries):
            content = entry.content or b""
            at = space.put(
                struct.pack(
                    "<5Q2I", 0, 0, 0, 0, len(content), 5 if entry.is_folder else 0, len(entry.name)
                )
                + entry.name
                + struct.pack("<Q", parent)
            )
            path = above + entry.name
            items[path] = at
            hashed.append((at, space.end))
            for state in contents.values():
                state.update(content)
            if content:
                pieces = [content[i : i + chunk] for i in range(0, len(content), chunk)]
                table = space.put(struct.pack("<Q", len(pieces)) + bytes(8 * (len(pieces) + 1)))
                tables[path] = table
                space.link(at + 24, table)
                for number, piece in enumerate(pieces, start=1):
                    space.link(table + 8 * number, space.put(zlib.compress(piece, level)))
                    space.link(table + 8 * (number + 1), space.end)
            began = space.end
            space.link(at + 16, began)
            records = list(_records(entry, content))
            for left, (category, key, value) in zip(
                reversed(range(len(records))), records, strict=True
            ):
                keys.add(key)
                size = 20 + len(value)
                space.put(
                    struct.pack("<Q3I", space.end + size if left else 0, category, key, len(value))
                    + value
                )
            hashed.append((began, space.end))
            if entry.children:
                space.link(at + 8, space.end)
                write(entry.children, at, path + b"/")
            if index + 1 < len(entries):
                space.link(at, space.end)

    write(entries, 0, b"")
    tables_at = space.end
    if version == 4:
        space.link(60, tables_at)
        space.put(_table(b"ATTRGUID", keys, _ATTRIBUTES))
        space.link(76, space.end)
        classes = {3, 1} if any(entry.is_folder for entry in _all(entries)) else {1}
        space.put(_table(b"LOCSGUID", classes, _CLASSES))
    data = bytes(space.data)
    hashes = {}
    for algorithm, state in contents.items():
        image = hashlib.new(algorithm, data[:first])
        image.update(data[tables_at:])
        for start, stop in hashed:
            image.update(data[start:stop])
        image.update(state.digest())
        hashes[algorithm] = image.hexdigest()
    return Written(data, items, tables, hashes)


def _all(entries: list[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _all(entry.children)


def _records(entry: Entry, content: bytes) -> Iterator[tuple[int, int, bytes]]:
    klass = entry.klass or (3 if entry.is_folder else 1)
    yield 2, 0x2, b"%d" % klass
    yield 3, 0x3, b"%d" % len(content)
    yield 5, 0x7, _STAMP
    yield 5, 0x8, _STAMP
    yield 5, 0x9, _STAMP
    for key in (0xD, 0xE, 0x1E, 0x1002, 0x1003, 0x1004, 0x1005):
        yield 4, key, b"true" if key == 0x1E else b"false"
    if not entry.is_folder:
        yield 1, 0x5001, entry.md5 or hashlib.new("md5", content).hexdigest().encode()
        yield 1, 0x5002, entry.sha1 or hashlib.new("sha1", content).hexdigest().encode()


def _table(magic: bytes, keys: set[int], guids: dict[int, str]) -> bytes:
    rows = b"".join(struct.pack("<I", key) + UUID(guids[key]).bytes_le for key in sorted(keys))
    return magic + struct.pack("<2I", 0, len(keys)) + rows


def cut(space: bytes, segments: int, full_size: int | None = None) -> list[bytes]:
    """The segment files of an address space, all but the last full."""
    if segments == 1:
        return [_segment(1, 1, FULL_SIZE if full_size is None else full_size, space)]
    body = -(-len(space) // segments)
    declared = 512 + body if full_size is None else full_size
    bodies = [space[i * body : (i + 1) * body] for i in range(segments)]
    return [_segment(n, segments, declared, part) for n, part in enumerate(bodies, start=1)]


def _segment(number: int, count: int, full_size: int, body: bytes) -> bytes:
    header = struct.pack("<16s4IQI", b"ADSEGMENTEDFILE", 1, 2, number, count, full_size, 512)
    return header.ljust(512, b"\0") + body


def write(
    path: Path, entries: list[Entry], segments: int = 1, full_size: int | None = None, **how: object
) -> Written:
    """Write an image; ``path`` is the first segment."""
    written = build(entries, **how)  # type: ignore[arg-type]
    for number, data in enumerate(cut(written.space, segments, full_size), start=1):
        path.with_suffix(f".ad{number}").write_bytes(data)
    return written
