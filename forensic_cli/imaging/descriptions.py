"""A file without what describes its picture, over which Pillow stumbles where it is damaged."""

from forensic_cli.imaging.damage.jpeg import bare_jpeg
from forensic_cli.imaging.damage.png import without_descriptions as bare_png


def without_descriptions(data: bytes, form: str | None) -> tuple[bytes, bool] | None:
    """The picture alone.

    Args:
        data: A whole file.
        form: Its format by content.

    Returns:
        The file, and whether what says how it is turned was lost; None for formats whose
        descriptions do not get in the way.
    """
    match form:
        case "PNG":
            return bare_png(data)
        case "JPEG":
            return bare_jpeg(data)
        case _:
            return None
