"""Sound files of each kind, for a fuzzer to begin with."""

import io
import zipfile

from forensic_cli.decode_workers.messages import Usage, answer
from forensic_cli.errors import ItemRefusedError
from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.records import ImageFacts, Status
from tests.support import ad1_writer
from tests.support.containers import tar_bytes
from tests.support.heic import HEIC
from tests.support.hostile import noise
from tests.support.pictures import encoded

PICTURES = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000", "ICO", "PPM")

MD5 = b"0cc175b9c0f1b6a831c399e269772661"
SHA256 = b"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
FILES = {b"a.png": b"a" * 300, b"sub/b": b"", "sub/한".encode(): b"c" * 5}


def _ad1(**how: object) -> bytes:
    written = ad1_writer.build(ad1_writer.tree(FILES), **how)  # type: ignore[arg-type]
    return b"".join(ad1_writer.cut(written.space, 1))


def _zip(method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in FILES.items():
            archive.writestr(name.decode(), content)
    return stream.getvalue()


SEEDS: dict[str, list[bytes]] = {
    "ad1": [_ad1(), _ad1(version=3), _ad1(level=0, chunk=64)],
    "zip": [_zip(zipfile.ZIP_STORED), _zip(zipfile.ZIP_DEFLATED)],
    "tar": [tar_bytes(FILES), tar_bytes({b"n" * 200: b"x"}), tar_bytes({b"n" * 200: b"x"}, 1)],
    "md5sum": [
        MD5 + b"  a\n" + MD5 + b" *Set/b\n",
        b"\\" + SHA256 + b"  a\\nb\\\\c\n",
        b"MD5 (a) = " + MD5 + b"\n",
        b"SHA2-256(a)= " + SHA256 + b"\n",
        MD5 + b"  a\nb\0" + MD5 + b"  c\0",
        (MD5 + b"  a\n").decode().encode("utf-16"),
    ],
    "hashdeep": [
        b"%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## x\n1,"
        + b",".join((MD5, SHA256, b"a,b\n"))
        + MD5
        + b","
        + SHA256
        + b",a,b\n"
    ],
    "tables": [
        b'MD5,SHA1,FileNames\n"' + MD5 + b'","","X.ad1\\Set\\a ""b"""\n',
        b'#TYPE x\n"Algorithm","Hash","Path"\n"MD5","' + MD5 + b'","C:\\Set\\a"\n',
    ],
    "ftk_report": [
        b"\xef\xbb\xbfCreated By AccessData\r\nCase Number: 1\r\n[Computed Hashes]\r\n"
        b" MD5 checksum: " + MD5 + b" : verified\r\n Segment list:\r\n  X.ad1\r\n"
    ],
    "bagit": [MD5 + b"  data/a%0A%25\n", MD5 + b"\t*data/b\n"],
    "picture": [
        *(encoded(noise(12, 9), form) for form in PICTURES),
        encoded(noise(12, 9), "JPEG", progressive=True),
        encoded(noise(12, 9).quantize(8), "PNG", transparency=0),
        encoded(noise(12, 9), "TIFF", compression="tiff_lzw"),
        encoded(noise(12, 9), "PNG", save_all=True, append_images=[noise(12, 9, 1)]),
        HEIC,
    ],
    "message": [
        answer(ItemRefusedError(Status.CORRUPT, "so"), Usage(1.0, 5)),
        answer(
            ImageFacts(
                "PNG",
                3,
                4,
                "RGB",
                6,
                OrientationSource.XMP,
                "00" * 32,
                "9 bytes at 5: text",
                (Flag.ALPHA,),
            ),
            Usage(1.0, 5),
        ),
    ],
    "rows": [b"name.png\0reason", b'=a,"b"\n\\x41\xff\0\x1b[31m\r\n'],
}
