"""Picture formats by content: what is decoded, what is only named, and what is no picture.

A file's extension never decides anything; where it says something else than the content, the
picture is flagged. Signatures are those of the formats' specifications.
"""

import re

from forensic_cli.imaging.tga import is_tga

DECODED = (
    "JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "ICO", "PPM", "HEIF",
)  # fmt: skip
"""Pillow's names of the formats that are decoded; its JPEG plugin opens MPO too. Never EPS: Pillow
hands it to Ghostscript, which runs it."""

EXTENSIONS = {
    "JPEG": {"jpg", "jpeg", "jpe", "jfif", "jif"},
    "MPO": {"jpg", "jpeg", "jpe", "jfif", "mpo"},
    "PNG": {"png", "apng"},
    "GIF": {"gif"},
    "WEBP": {"webp"},
    "BMP": {"bmp", "dib"},
    "DIB": {"dib", "bmp"},
    "TIFF": {"tif", "tiff"},
    "AVIF": {"avif", "avifs"},
    "JPEG2000": {"jp2", "j2k", "jpc", "jpf", "jpx", "j2c"},
    "ICO": {"ico"},
    "PPM": {"ppm", "pgm", "pbm", "pnm", "pfm", "pam"},
    "HEIF": {"heic", "heif", "heics", "heifs", "hif"},
}
"""By Pillow's name of every format that a decoded picture can have: what its file may be called."""

_FTYP_AVIF = {b"avif", b"avis"}
_FTYP_HEIF = {
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1",
    b"mif2", b"mif3", b"miaf",
}  # fmt: skip
_FTYP_NAMED = {
    b"crx ": "camera raw (Canon)",
    b"avci": "HEIF with AVC",
    b"avcs": "HEIF with AVC",
    b"j2ki": "HEIF with JPEG 2000",
    b"j2is": "HEIF with JPEG 2000",
    b"jpeg": "HEIF with JPEG",
    b"jpgs": "HEIF with JPEG",
    b"vvic": "HEIF with VVC",
}

_COMMENTS = rb"(?:#[^\n]*\n\s*)*"
_NETPBM = rb"P[1-6fFy]\s+" + _COMMENTS + rb"\d+(?:\s+" + _COMMENTS + rb"\d+(?:\s|$)|\s*$)"
_SIGNATURES = (
    # (name, decoded here, pattern at the beginning)
    ("JPEG", True, re.compile(rb"\xff\xd8\xff")),
    # The bytes after the name show whether a transfer as text has damaged the file.
    ("PNG", True, re.compile(rb"\x89PNG|PNG\r\n\x1a\n\0\0\0\rIHDR")),
    ("GIF", True, re.compile(rb"GIF8[79]a")),
    ("WEBP", True, re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("BMP", True, re.compile(rb"BM.{4}\0{4}", re.DOTALL)),
    ("BMP", True, re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0{3}", re.DOTALL)),
    ("camera raw (Canon)", False, re.compile(rb"(?:II\*\0|MM\0\*).{4}CR", re.DOTALL)),
    ("TIFF", True, re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+|II\0\*|MM\*\0")),
    ("JPEG2000", True, re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n")),
    ("ICO", True, re.compile(rb"\0\0\x01\0[^\0]\0.{3}\0", re.DOTALL)),
    ("PPM", True, re.compile(_NETPBM)),
    # A damaged header; the bytes after it show that it is no text.
    ("PPM", True, re.compile(rb"P[1-6fFy]\s+\d.{0,500}?[\0-\x08\x0e-\x1f]", re.DOTALL)),
    ("DIB", True, re.compile(rb"\x28\0{3}.{8}\x01\0[\x01\x04\x08\x10\x18\x20]\0", re.DOTALL)),
    ("XBM", False, re.compile(rb"(?:/\*.{0,200}?\*/)?\s*#define\s+\S+_width\s+\d", re.DOTALL)),
    ("PCX", False, re.compile(rb"\x0a[\0\x02-\x05]\x01[\x01\x02\x04\x08]")),
    ("GIMP brush", False, re.compile(rb".{20}GIMP", re.DOTALL)),
    ("JPEG XL", False, re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n")),
    ("MNG", False, re.compile(rb"\x8aMNG\r\n\x1a\n|\x8bJNG\r\n\x1a\n")),
    ("XPM", False, re.compile(rb"/\* XPM \*/|! XPM2")),
    ("camera raw (Sigma)", False, re.compile(rb"FOVb[\0-\x0f]{2}")),
    ("camera raw (Minolta)", False, re.compile(rb"\0MRM")),
    ("Photo CD", False, re.compile(rb".{2048}PCD_", re.DOTALL)),
    ("IM", False, re.compile(rb"Image type: [^\r\n]+ image\r?\n")),
    ("PDF", False, re.compile(rb"%PDF-")),
    ("PostScript", False, re.compile(rb"%!PS|\xc5\xd0\xd3\xc6")),
    ("OpenEXR", False, re.compile(rb"\x76\x2f\x31\x01")),
    ("DICOM", False, re.compile(rb".{128}DICM", re.DOTALL)),
    ("Photoshop", False, re.compile(rb"8BPS")),
    ("GIMP", False, re.compile(rb"gimp xcf ")),
    ("camera raw (Fujifilm)", False, re.compile(rb"FUJIFILMCCD-RAW")),
    ("camera raw (Panasonic)", False, re.compile(rb"IIU\0")),
    ("camera raw (Olympus)", False, re.compile(rb"IIR[OS]|MMOR")),
    ("DirectDraw surface", False, re.compile(rb"DDS \x7c\0\0\0")),
    ("PAM", False, re.compile(rb"P7\s")),
    ("Windows cursor", False, re.compile(rb"\0\0\x02\0[^\0]\0.{3}\0", re.DOTALL)),
    ("Radiance HDR", False, re.compile(rb"#\?(?:RADIANCE|RGBE)\n")),
    ("JPEG XR", False, re.compile(rb"II\xbc")),
    ("Windows metafile", False, re.compile(rb"\x01\0\x09\0\0")),
    ("BPG", False, re.compile(rb"BPG\xfb")),
    ("FLIF", False, re.compile(rb"FLIF[134ACDQSTacd][012]")),
    ("DjVu", False, re.compile(rb"AT&TFORM")),
    ("QOI", False, re.compile(rb"qoif")),
    ("FITS", False, re.compile(rb"SIMPLE  =")),
    ("Windows metafile", False, re.compile(rb"\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF", re.DOTALL)),
)  # fmt: skip
HEAD = 4096
"""Bytes that are looked at, but for TGA."""
_NUMBER = re.compile(rb"#[0-9]+\Z")


def sniff(data: bytes, size: int | None = None) -> tuple[str, bool] | None:
    """The picture format that a file's first bytes announce.

    Args:
        data: The whole file, or its beginning.
        size: Bytes of the whole file, where that is more.

    Returns:
        Its name and whether it is decoded here; None where it is no picture format known here.
    """
    head = data[:HEAD]
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    for name, decoded, pattern in _SIGNATURES:
        if pattern.match(head):
            return name, decoded
    if _is_svg(head):
        return "SVG", False
    return ("TGA", False) if is_tga(data, size or len(data)) else None


def _by_brand(head: bytes) -> tuple[str, bool] | None:
    """ISO/IEC 14496-12, 4.3: a file's major brand, its version, and the compatible brands."""
    major = head[8:12]
    if major in _FTYP_NAMED:
        return _FTYP_NAMED[major], False
    brands = {major, *(head[at : at + 4] for at in range(16, min(len(head), 64), 4))}
    if brands & _FTYP_AVIF:
        return "AVIF", True
    return ("HEIF", True) if brands & _FTYP_HEIF else None


def _is_svg(head: bytes) -> bool:
    """Whether XML begins here whose first element may be ``svg``; in linear time."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")):
        return False
    svg, html = text.find(b"<svg"), text.find(b"<html")
    return svg >= 0 and not 0 <= html < svg


def extension_of(path: bytes) -> str:
    """A file's extension, in small letters; empty where it has none.

    A number that tells entries of one name apart (``a.jpg#2``) is not of the name.
    """
    name = _NUMBER.sub(b"", path.rpartition(b"/")[2])
    stem, dot, extension = name.rpartition(b".")
    return extension.decode(errors="replace").lower() if stem and dot else ""


def extension_differs(path: bytes, form: str) -> bool:
    """Whether a file's extension, where it has one, says something else than its content."""
    extension = extension_of(path)
    return bool(extension) and extension not in EXTENSIONS[form]
