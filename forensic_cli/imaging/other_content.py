"""What a file is that is no picture, and may hold some: an archive, a document, a film.

Told by signatures, as pictures are; a file's name decides nothing but whether a picture was meant
to be in it. Signatures are those of the formats' specifications.
"""

import re
from collections.abc import Iterator

from forensic_cli.imaging.formats import EXTENSIONS, extension_of, sniff
from forensic_cli.imaging.lost_pictures import lost_picture, shifted_picture
from forensic_cli.records import Status

_CONTAINER, _DOCUMENT, _VIDEO = Status.CONTAINER_INSIDE, Status.DOCUMENT, Status.VIDEO
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ZIPPED_DOCUMENTS = (
    b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis", b"mimetypeapplication/epub",
    b"mimetypeapplication/hwp", b"Index/Document.iwa", b"FixedDocSeq.fdseq",
)  # fmt: skip
"""In the first kilobytes of archives that are documents: Office, OpenDocument, EPUB, Hangul,
iWork, XPS."""
_AUDIO_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"aax "}
_HEAD, _TAIL = 64 * 1024, 512
_AT = (
    # (status, what it is, where, bytes)
    (_CONTAINER, "ZIP archive", 0, b"PK\x05\x06"),
    (_CONTAINER, "split ZIP archive", 0, b"PK\x07\x08"),
    (_CONTAINER, "RAR archive", 0, b"Rar!\x1a\x07"),
    (_CONTAINER, "7-Zip archive", 0, b"7z\xbc\xaf\x27\x1c"),
    (_CONTAINER, "gzip file", 0, b"\x1f\x8b\x08"),
    (_CONTAINER, "bzip2 file", 4, b"1AY&SY"),
    (_CONTAINER, "xz file", 0, b"\xfd7zXZ\0"),
    (_CONTAINER, "Zstandard file", 0, b"\x28\xb5\x2f\xfd"),
    (_CONTAINER, "LZ4 file", 0, b"\x04\x22\x4d\x18"),
    (_CONTAINER, "cabinet file", 0, b"MSCF\0\0\0\0"),
    (_CONTAINER, "LHA archive", 2, b"-lh"),
    (_CONTAINER, "ACE archive", 7, b"**ACE**"),
    (_CONTAINER, "ALZ archive", 0, b"ALZ\x01"),
    (_CONTAINER, "EGG archive", 0, b"EGGA"),
    (_CONTAINER, "tar archive", 257, b"ustar"),
    (_CONTAINER, "ISO 9660 disk image", 32769, b"CD001"),
    (_CONTAINER, "VHD disk image", 0, b"conectix"),
    (_CONTAINER, "VHDX disk image", 0, b"vhdxfile"),
    (_CONTAINER, "VMDK disk image", 0, b"KDMV"),
    (_CONTAINER, "VMDK disk image", 0, b"# Disk DescriptorFile"),
    (_CONTAINER, "QCOW disk image", 0, b"QFI\xfb"),
    (_CONTAINER, "VDI disk image", 64, b"\x7f\x10\xda\xbe"),
    (_CONTAINER, "WIM disk image", 0, b"MSWIM\0\0\0"),
    (_CONTAINER, "EWF disk image (E01)", 0, b"EVF\x09\x0d\x0a\xff\x00"),
    (_CONTAINER, "EWF disk image (Ex01)", 0, b"EVF2\x0d\x0a\x81\x00"),
    (_CONTAINER, "logical EWF image (L01)", 0, b"LVF\x09\x0d\x0a\xff\x00"),
    (_CONTAINER, "AD1 image", 0, b"ADSEGMENTEDFILE\0"),
    (_CONTAINER, "encrypted AD1 image", 0, b"ADCRYPT\0"),
    (_CONTAINER, "AFF disk image", 0, b"AFF10\r\n"),
    (_CONTAINER, "disk image (NTFS)", 3, b"NTFS    "),
    (_CONTAINER, "disk image (exFAT)", 3, b"EXFAT   "),
    (_CONTAINER, "disk image (GPT)", 512, b"EFI PART"),
    (_CONTAINER, "SquashFS image", 0, b"hsqs"),
    (_CONTAINER, "thumbnail database (Windows)", 0, b"CMMM"),
    (_CONTAINER, "thumbnail index (Windows)", 0, b"IMMM"),
    (_DOCUMENT, "PDF document", 0, b"%PDF-"),
    (_DOCUMENT, "RTF document", 0, b"{\\rtf"),
    (_DOCUMENT, "Outlook mailbox (PST)", 0, b"!BDN"),
    (_DOCUMENT, "Outlook Express mailbox", 0, b"\xcf\xad\x12\xfe"),
    (_DOCUMENT, "OneNote document", 0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"),
    (_DOCUMENT, "Hangul document", 0, b"HWP Document File V"),
    (_VIDEO, "AVI film", 8, b"AVI "),
    (_VIDEO, "Matroska or WebM film", 0, b"\x1a\x45\xdf\xa3"),
    (_VIDEO, "Flash film", 0, b"FLV\x01"),
    (_VIDEO, "Windows Media film", 0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    (_VIDEO, "MPEG film", 0, b"\0\0\x01\xba"),
    (_VIDEO, "MPEG film", 0, b"\0\0\x01\xb3"),
    (_VIDEO, "MXF film", 0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01"),
    (_VIDEO, "RealMedia film", 0, b".RMF"),
)
_MAIL = re.compile(
    rb"From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rb"|(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|X-[\w-]+|Date|Subject|From|To)"
    rb": ?[^\r\n]*\r?\n(?:[\w-]+: ?[^\r\n]*\r?\n|[ \t][^\r\n]*\r?\n){2}",
    re.IGNORECASE,
)
_QUICKTIME = {b"moov", b"mdat", b"wide", b"skip", b"free"}
_TRANSPORT_PACKET = 188
_CATALOGUE = 1 << 20
_THUMBS = "Catalog".encode("utf-16-le")
_DMG_END, _VHD_END = b"koly", b"conectix"
_PICTURE_NAMES = set().union(*EXTENSIONS.values())
_PACKED = {"gzip file", "bzip2 file", "xz file", "Zstandard file", "LZ4 file"}
"""What holds a single file: under a picture's name that picture."""
_NOT_EXAMINED = {
    _CONTAINER: "what is in it was not examined",
    _DOCUMENT: "pictures in it were not examined",
    _VIDEO: "its frames were not examined",
}


def other_content(data: bytes, *, is_called_picture: bool) -> tuple[Status, str] | None:
    """What becomes of a file in which no picture was found.

    Args:
        data: The whole file.
        is_called_picture: Whether by its name a picture was meant to be in it.

    Returns:
        A status and a sentence; None where it is no picture and holds none.
    """
    named = next(_named(data), None)
    if named is not None and not (is_called_picture and named[1] in _PACKED):
        status, name = named
        return status, f"{name}: {_NOT_EXAMINED[status]}"
    if is_called_picture:
        packed = None if named is None else f"it is packed ({named[1]})"
        lost = packed or lost_picture(data)
    else:
        lost = shifted_picture(data)
    return None if lost is None else (Status.CORRUPT, lost)


def is_called_picture(path: bytes) -> bool:
    """Whether a file's extension is one of a picture that is decoded."""
    return extension_of(path) in _PICTURE_NAMES


def _named(data: bytes) -> Iterator[tuple[Status, str]]:
    """What it may be, most certain first."""
    head = data[:_HEAD]
    if head.startswith(_ZIP):
        is_document = any(mark in head for mark in _ZIPPED_DOCUMENTS)
        zipped = (_DOCUMENT, "Office or other packed document")
        yield zipped if is_document else (_CONTAINER, "ZIP archive")
    if head.startswith(_OLE):
        is_store = _THUMBS in data[:_CATALOGUE]
        stored = (_CONTAINER, "thumbnail database (Thumbs.db)")
        yield stored if is_store else (_DOCUMENT, "Office document or Outlook message")
    yield from ((status, name) for status, name, at, magic in _AT if data.startswith(magic, at))
    if _is_film(data):
        yield _VIDEO, "MP4 or QuickTime film"
    if head[: 4 * _TRANSPORT_PACKET : _TRANSPORT_PACKET] == b"\x47" * 4:
        yield _VIDEO, "MPEG transport stream"
    if b"FAT" in {head[54:57], head[82:85]} and head[510:512] == b"\x55\xaa":
        yield _CONTAINER, "disk image (FAT)"
    if data[-_TAIL:].startswith((_DMG_END, _VHD_END)):
        yield _CONTAINER, "disk image (DMG or VHD)"
    if _MAIL.match(head):
        yield _DOCUMENT, "e-mail"


def _is_film(data: bytes) -> bool:
    """ISO/IEC 14496-12: a file type that is no picture's and no sound's, or QuickTime's boxes."""
    name = data[4:8]
    if name == b"ftyp":
        return sniff(data) is None and data[8:12] not in _AUDIO_BRANDS
    return name in _QUICKTIME and data[:2] == b"\0\0"
