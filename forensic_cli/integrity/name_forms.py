"""Whether two names are one name in two forms: Unicode, capitals, an older character set."""

import re
import unicodedata
from functools import lru_cache

from forensic_cli.evidence.options import ENCODINGS

_SYSTEM = re.compile(
    rb"(?:^|/)(?:\.DS_Store|\._[^/]*|\.AppleDouble|__MACOSX/.*|\.Spotlight-V100|\.Trashes"
    rb"|Thumbs\.db|ehthumbs\.db|desktop\.ini|\.directory|\.fseventsd(?:/.*)?)$",
    re.IGNORECASE,
)


def same_form(one: bytes, other: bytes) -> bool:
    """Whether two paths would be read as the same, in whatever form their letters are stored.

    Args:
        one: A path, raw bytes.
        other: Another one.
    """
    return not _forms(one).isdisjoint(_forms(other))


def made_by_system(path: bytes) -> bool:
    """Whether operating systems make a file of this name by themselves, for looking at a folder."""
    return _SYSTEM.search(path) is not None


@lru_cache(maxsize=4096)
def _forms(path: bytes) -> frozenset[str]:
    try:
        texts = [path.decode()]
    except UnicodeDecodeError:
        texts = [text for name in ENCODINGS if (text := _decoded(path, name)) is not None]
    return frozenset(unicodedata.normalize("NFKC", text).casefold() for text in texts)


def _decoded(path: bytes, encoding: str) -> str | None:
    try:
        return path.decode(encoding)
    except UnicodeDecodeError:
        return None
