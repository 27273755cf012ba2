"""How containers are read, where they do not say it themselves."""

from dataclasses import dataclass

ENCODINGS = (
    "cp437", "cp850", "cp852", "cp866", "cp932", "cp936", "cp949", "cp950", "cp1250", "cp1251",
    "cp1252", "euc_jp", "euc_kr", "gb18030", "big5", "shift_jis", "koi8_r", "latin_1",
)  # fmt: skip
"""Character sets that names in archives from before UTF-8 may be in."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What the examiner says of the evidence.

    Attributes:
        encoding: Character set of names in archives that are not UTF-8; None: their bytes stay.
        levels: How deep containers inside the evidence are opened; 0: not at all.
    """

    encoding: str | None = None
    levels: int = 0

    def name(self, raw: bytes) -> bytes:
        """A name as UTF-8, where it can be told; its own bytes otherwise."""
        if self.encoding is None:
            return raw
        try:
            raw.decode()
        except UnicodeDecodeError:
            try:
                return raw.decode(self.encoding).encode()
            except UnicodeDecodeError:
                return raw
        return raw


DEFAULT = ReadingOptions()
