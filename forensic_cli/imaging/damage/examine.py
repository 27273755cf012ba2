"""Whether a file's own bytes prove that its picture is not whole."""

from forensic_cli.imaging.damage.finding import Damage
from forensic_cli.imaging.damage.jpeg import jpeg_damage
from forensic_cli.imaging.damage.png import png_damage
from forensic_cli.imaging.damage.structure import STRUCTURES, structural_damage

EXAMINED = {"JPEG", "MPO", "PNG", *STRUCTURES}
"""The formats whose files tell whether they are whole."""


def damage_of(data: bytes, form: str) -> Damage | None:
    """What is wrong with a file, in the words of a report.

    Args:
        data: The whole file.
        form: Pillow's name of its format, by content.
    """
    match form:
        case "JPEG" | "MPO":
            return jpeg_damage(data)
        case "PNG":
            return png_damage(data)
        case _ if form in STRUCTURES:
            return structural_damage(data, form)
        case _:
            return None
