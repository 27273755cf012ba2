"""A folder of everything that evidence should not be, and what must become of each path.

``PYTHONPATH=. python tests/support/nasty_tree.py FOLDER`` builds it, and prints what is expected as
JSON lines.
"""

import json
import os
import socket
import stat
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from forensic_cli.records import Status
from tests.support.heic import HEIC
from tests.support.hostile import chunk, jp2_with_length, noise, png_of, scans, small_png
from tests.support.pictures import encoded, png

FIFTEEN_MEGABYTES = 15 * 1024 * 1024


@dataclass(frozen=True)
class Expected:
    """What must become of a path.

    Attributes:
        status: As an examiner who may read everything finds it.
        unprivileged: As anyone else does, where that is another.
        flags: Of a scored picture.
        like: The path of a picture that must get the same score, if any.
    """

    status: Status = Status.SCORED
    unprivileged: Status | None = None
    flags: tuple[str, ...] = ()
    like: bytes | None = None


Tree = dict[bytes, Expected]

_NAMES = [
    b"new\nline.png", b"comma,name.png", b'quote"name.png', b"=1+1.png", b"+plus.png",
    b"-dash.png", b"@at.png", b"--out", b" leading.png", b"trailing .png", b"tab\tname.png",
    b"carriage\rreturn.png", b"bad\xff\xfe.png", b"esc\x1b[31mred\x1b[0m.png", b"bell\x07.png",
    b"[bold red]markup.png", b"[link=x]y.png", b"[blink].png", b"a\\x41.png", b"\\.png",
    b"$x^2$.png", b"%s%n.png", b"{0}.png", b"'; --.png", b"<b>.png", b"~.png", b"#.png", b"*.png",
    b"evil\xe2\x80\xaegnp.exe", "zero\u200bwidth.png".encode(), "emoji \U0001f9ff.png".encode(),
    "n\u00e9.png".encode(), "ne\u0301.png".encode(), b"n" * 251 + b".png", b"CON", b"nul.png ",
    "\u4eba\u5de5.png".encode(),
]  # fmt: skip


class Builder:
    """Writes entries below a folder, and remembers what must become of them."""

    def __init__(self, root: Path) -> None:
        """The folder must be empty."""
        self.root = os.fsencode(root)
        self.tree: Tree = {}

    def put(self, path: bytes, data: bytes, status: Status = Status.SCORED, **more: Any) -> None:
        """A file; keywords are those of ``Expected``."""
        full = self.root + b"/" + path
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as stream:
            stream.write(data)
        self.tree[path] = Expected(status, **more)


def build(root: Path) -> Tree:
    """Build the tree below an empty folder.

    Returns:
        Every path below it, as raw bytes, with what must become of it.
    """
    builder = Builder(root)
    for index, name in enumerate(_NAMES):
        has_extension = b"." in name.strip(b".") and not name.endswith(b".png")
        flags = ("extension_mismatch",) if has_extension else ()
        builder.put(b"names/" + name, png((5 * index, 30, 90), (20, 21)), flags=flags)
    builder.put(b"deep/" + b"d/" * 200 + b"a.png", png((9, 9, 9)))
    for folder in range(5):
        builder.put(b"many/%d/same.png" % folder, png((folder, 50, 60)))
    for part in (_odd, _damaged, _bombs, _no_pictures, _no_files, _out_of_reach):
        part(builder)
    return builder.tree


def _odd(builder: Builder) -> None:
    """Odd, and sound."""
    plain = noise(40, 30, 1)
    builder.put(b"odd/noextension", encoded(plain, "PNG"))
    builder.put(b"odd/wrong.jpg", encoded(plain, "PNG"), flags=("extension_mismatch",))
    builder.put(b"odd/UPPER.JPEG", encoded(plain, "JPEG"))
    frames = [noise(30, 30, seed) for seed in (2, 3)]
    for form, name in (("PNG", b"apng.png"), ("GIF", b"a.gif"), ("WEBP", b"a.webp")):
        data = encoded(frames[0], form, save_all=True, append_images=frames[1:], loop=0)
        builder.put(b"odd/animated-" + name, data, flags=("animated",))
    pages = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    builder.put(b"odd/pages.tif", pages, flags=("animated",))
    deep = Image.fromarray(np.arange(900, dtype=np.uint16).reshape(30, 30) * 60)
    builder.put(b"odd/deep.png", encoded(deep, "PNG"), flags=("clipped", "high_bit_depth"))
    builder.put(b"odd/deep.tif", encoded(deep, "TIFF"), flags=("clipped", "high_bit_depth"))
    builder.put(b"odd/cmyk.jpg", encoded(plain.convert("CMYK"), "JPEG"))
    palette = encoded(plain.quantize(16), "PNG", transparency=0)
    builder.put(b"odd/palette.png", palette, flags=("alpha",))
    builder.put(b"odd/alpha.webp", encoded(plain.convert("RGBA"), "WEBP"))
    clear = plain.convert("RGBA")
    clear.putalpha(100)
    builder.put(b"odd/clear.webp", encoded(clear, "WEBP"), flags=("alpha",))
    builder.put(b"odd/one.png", png((1, 2, 3), (1, 1)))
    builder.put(b"odd/thin.png", png((1, 2, 3), (1, 10_000)))
    builder.put(b"odd/flat.png", png((1, 2, 3), (10_000, 1)))
    builder.put(b"odd/phone.heic", HEIC)
    builder.put(
        b"odd/float.tif",
        encoded(Image.new("F", (9, 9), 5.0), "TIFF"),
        flags=("clipped", "high_bit_depth"),
    )
    for orientation in (3, 6, 8):
        upright = noise(40, 30, 9)
        turn = {
            3: Image.Transpose.ROTATE_180,
            6: Image.Transpose.ROTATE_90,
            8: Image.Transpose.ROTATE_270,
        }
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = upright.transpose(turn[orientation])
        builder.put(
            b"odd/turned%d.png" % orientation,
            encoded(stored, "PNG", exif=exif),
            like=b"odd/upright.png",
        )
    builder.put(b"odd/upright.png", encoded(noise(40, 30, 9), "PNG"))
    builder.put(
        b"odd/workflow.png", small_png(chunk(b"tEXt", b"workflow\0" + b"w" * FIFTEEN_MEGABYTES))
    )
    exif_broken = encoded(plain, "JPEG").replace(
        b"\xff\xdb", b"\xff\xe1\x00\x10Exif\0\0II*\0\xff\xff\xff\x7f\xff\xdb", 1
    )
    builder.put(b"odd/exif.jpg", exif_broken)


def _damaged(builder: Builder) -> None:
    cut, broken = Status.TRUNCATED, Status.CORRUPT
    plain = noise(40, 30, 4)
    for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "JPEG2000", "AVIF"):
        data = encoded(plain, form)
        builder.put(b"damaged/cut." + form.lower().encode(), data[: len(data) // 2], cut)
    builder.put(b"damaged/cut.heic", HEIC[: len(HEIC) // 2], cut)
    sound = encoded(plain, "PNG")
    builder.put(b"damaged/crc.png", sound[:60] + bytes([sound[60] ^ 255]) + sound[61:], broken)
    builder.put(b"damaged/text-mode.png", sound.replace(b"\r\n", b"\n"), broken)
    builder.put(b"damaged/noise.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, broken)
    builder.put(b"damaged/empty.png", b"", Status.EMPTY_FILE)


def _bombs(builder: Builder) -> None:
    pixels, large = Status.TOO_MANY_PIXELS, Status.TOO_LARGE
    builder.put(b"bombs/pixels.png", png_of(65535, 65535, bytes(1000)), pixels)
    builder.put(b"bombs/just-over.png", png_of(15812, 15811, bytes(1000)), pixels)
    builder.put(b"bombs/scans.jpg", scans(8192, 1500), Status.TIMEOUT)
    builder.put(
        b"bombs/text.png", small_png(chunk(b"tEXt", b"Comment\0" + b"A" * 100_000_000)), large
    )
    packed = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 100_000_000, 9))
    builder.put(b"bombs/packed-text.png", small_png(packed), large)
    builder.put(b"bombs/header.jp2", jp2_with_length(b"jp2h", 0xFFFFFFF0), Status.TRUNCATED)
    builder.put(b"bombs/box.jp2", jp2_with_length(b"jp2c", 0xFFFFFFFF))
    sides = struct.pack("<HH", 65535, 65535)
    gif = b"GIF89a" + sides + b"\x80\0\0" + bytes(6) + b",\0\0\0\0" + sides + b"\0\2\2\x4c\1\0;"
    builder.put(b"bombs/sides.gif", gif, pixels)


def _no_pictures(builder: Builder) -> None:
    nothing, named = Status.NOT_AN_IMAGE, Status.UNSUPPORTED_FORMAT
    builder.put(
        b"none/pointer.png",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        nothing,
    )
    builder.put(b"none/page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", nothing)
    builder.put(b"none/zeros.png", bytes(5000), Status.CORRUPT)
    builder.put(b"none/notes.txt", b"notes\n", nothing)
    builder.put(b"none/archive.zip", b"PK\x03\x04" + bytes(40), Status.CONTAINER_INSIDE)
    builder.put(b"none/program", b"\x7fELF" + bytes(60), nothing)
    builder.put(
        b"none/run.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n", named
    )
    builder.put(b"none/drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", named)
    builder.put(b"none/new.jxl", b"\xff\x0a" + bytes(30), named)
    builder.put(b"none/paper.pdf", b"%PDF-1.7\n", Status.DOCUMENT)
    builder.put(b"none/scan.dcm", bytes(128) + b"DICM" + bytes(20), named)
    builder.put(b"none/light.exr", b"\x76\x2f\x31\x01" + bytes(20), named)
    builder.put(b"none/old.tga", encoded(noise(20, 20), "TGA"), named)
    builder.put(b"none/camera.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(40), named)


def _no_files(builder: Builder) -> None:
    base, tree = builder.root, builder.tree
    folder = base + b"/links/"
    os.mkdir(folder)
    for name, target in (
        (b"dangling.png", b"nowhere"), (b"loop.png", b"loop.png"), (b"out.png", b"/etc/passwd"),
        (b"inside.png", b"../odd/one.png"), (b"folder", b".."), (b"control", b"\x1b[2J"),
    ):  # fmt: skip
        os.symlink(target, folder + name)
        tree[b"links/" + name] = Expected(Status.SYMLINK)
    os.mkfifo(folder + b"fifo.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(folder, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{here}/socket.jpg")
        os.close(here)
    tree[b"links/fifo.jpg"] = tree[b"links/socket.jpg"] = Expected(Status.SPECIAL_FILE)
    os.link(base + b"/odd/one.png", folder + b"hard.png")
    tree[b"links/hard.png"] = Expected(like=b"odd/one.png")
    with open(folder + b"giant.png", "wb") as stream:
        stream.truncate(10 << 30)
    tree[b"links/giant.png"] = Expected(Status.TOO_LARGE)


def _out_of_reach(builder: Builder) -> None:
    base = builder.root
    builder.put(b"reach/locked.png", png((7, 7, 7)), unprivileged=Status.PERMISSION_DENIED)
    os.chmod(base + b"/reach/locked.png", 0)
    builder.put(b"reach/shut/inside.png", png((8, 8, 8)))
    os.chmod(base + b"/reach/shut", 0)
    _too_long(base, builder.tree)


def _too_long(base: bytes, tree: Tree) -> None:
    """A path that is longer than the system opens at once: made step by step."""
    name = b"l" * 200
    here = os.open(base + b"/reach", os.O_RDONLY)
    parts = [b"reach"]
    for _ in range(22):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        parts.append(name)
    os.close(os.open(b"far.png", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    tree[b"/".join([*parts, b"far.png"])] = Expected(Status.PATH_TOO_LONG)


def expectations(tree: Tree, *, privileged: bool) -> Tree:
    """The paths that a user's walk finds: a folder that is shut hides what is in it."""
    if privileged:
        return tree
    seen = {path: one for path, one in tree.items() if not path.startswith(b"reach/shut/")}
    return seen | {b"reach/shut/": Expected(Status.PERMISSION_DENIED)}


@contextmanager
def unchanged(root: Path) -> Iterator[None]:
    """Assert that what runs inside leaves names, sizes and all times of a folder as they are.

    But for one: reading where a link points to moves the link's own access time, and Linux has no
    call that would not.
    """
    before = dict(_states(os.fsencode(root)))
    yield
    after = dict(_states(os.fsencode(root)))
    changed = {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }
    assert not changed


def _states(root: bytes) -> Iterator[tuple[bytes, tuple[int, ...]]]:
    """Inode, mode, size and times of every entry; the walk itself moves no access time."""
    stack = [(b"", os.open(root, os.O_RDONLY | os.O_NOATIME))]
    while stack:
        prefix, folder = stack.pop()
        for name in os.listdir(folder):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            path = prefix + os.fsencode(name)
            yield path, (
                found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns,
                0 if stat.S_ISLNK(found.st_mode) else found.st_atime_ns,
            )  # fmt: skip
            if stat.S_ISDIR(found.st_mode):
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NOATIME
                try:
                    stack.append((path + b"/", os.open(name, flags, dir_fd=folder)))
                except PermissionError:
                    continue
        os.close(folder)


def main() -> None:
    """Build where the command line says."""
    root = Path(sys.argv[1])
    root.mkdir(parents=True)
    for path, expected in sorted(build(root).items()):
        line = {"path": repr(path), **asdict(expected)}
        sys.stdout.write(json.dumps(line, default=repr) + "\n")


if __name__ == "__main__":
    main()
