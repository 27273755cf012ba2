"""What is said of a picture that was scored, besides its score: closed lists."""

from enum import StrEnum


class Flag(StrEnum):
    """What is remarkable about a picture that was scored. The list is closed."""

    ALPHA = "alpha"
    ANIMATED = "animated"
    APPENDED_DATA = "appended_data"
    BLANK_FIRST_FRAME = "blank_first_frame"
    CLIPPED = "clipped"
    DAMAGED_DATA = "damaged_data"
    DAMAGED_METADATA = "damaged_metadata"
    DECODER_MESSAGE = "decoder_message"
    EVIDENCE_DIFFERS = "evidence_differs"
    EXIF_ERROR = "exif_error"
    EXTENSION_MISMATCH = "extension_mismatch"
    HIGH_BIT_DEPTH = "high_bit_depth"
    SAME_NAME = "same_name"
    STORED_TWICE = "stored_twice"

    @property
    def meaning(self) -> str:
        """What it says, in words."""
        return _FLAG_MEANINGS[self]

    @property
    def from_decoder(self) -> bool:
        """True where a decode worker may say so of a picture; no other word of its is taken."""
        return self not in {
            Flag.DECODER_MESSAGE,
            Flag.EVIDENCE_DIFFERS,
            Flag.EXTENSION_MISMATCH,
            Flag.SAME_NAME,
            Flag.STORED_TWICE,
        }


_FLAG_MEANINGS = {
    Flag.ALPHA: "it has transparency, which is dropped",
    Flag.ANIMATED: "it has more frames than the first, which is scored",
    Flag.APPENDED_DATA: "bytes follow the end of the picture; `appended` says which",
    Flag.BLANK_FIRST_FRAME: "its first frame or page, which is scored, has one colour; another has "
    "more",
    Flag.CLIPPED: "values outside 0 to 255, or between whole numbers, are lost in the conversion "
    "to eight bits: the picture that is scored may be white or black",
    Flag.DAMAGED_DATA: "its data are damaged; what could be decoded is scored (`--allow-damaged`)",
    Flag.DAMAGED_METADATA: "what describes it (text, a profile) is damaged and was passed over",
    Flag.DECODER_MESSAGE: "a decoding library printed something over it, a warning mostly",
    Flag.EVIDENCE_DIFFERS: "it is not what the reference says (`--continue-on-mismatch`)",
    Flag.EXIF_ERROR: "its EXIF cannot be read; it is scored as it is stored",
    Flag.EXTENSION_MISMATCH: "its name says another format than its content",
    Flag.HIGH_BIT_DEPTH: "it has more than eight bits per channel, of which eight are scored",
    Flag.SAME_NAME: "another entry of the container has its name and other content; all but the "
    "first have `#2`, `#3` and so on after it",
    Flag.STORED_TWICE: "the container has it more than once, with the same name and content",
}


class OrientationSource(StrEnum):
    """Where it is written how a picture is turned. The list is closed."""

    NONE = ""
    EXIF = "exif"
    XMP = "xmp"
    CONTAINER = "container"
    TAG = "tag"

    @property
    def meaning(self) -> str:
        """What it says, in words."""
        return _ORIENTATION_MEANINGS[self]


_ORIENTATION_MEANINGS = {
    OrientationSource.NONE: "nowhere",
    OrientationSource.EXIF: "in its EXIF",
    OrientationSource.XMP: "in its XMP; there is none in its EXIF",
    OrientationSource.CONTAINER: "in the boxes of a HEIF or AVIF",
    OrientationSource.TAG: "in a tag of a TIFF",
}
