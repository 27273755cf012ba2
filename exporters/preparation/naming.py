"""From ``--preprocessing`` to a preparation."""

import json
from difflib import get_close_matches
from pathlib import Path

from exporters.preparation.huggingface import NAME, read_huggingface
from exporters.preparation.preparation import Preparation
from exporters.preparation.presets import PRESETS
from exporters.preparation.timm_transform import of_timm
from exporters.preparation.torchvision_transform import of_torchvision
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.model_card.preprocessing import Preprocessing

FORMS = (
    f"{', '.join(PRESETS)}, timm (or timm:NAME), torchvision (or torchvision:IMAGENET1K_V1), a "
    f"{NAME}, or a JSON file with a card's preprocessing object"
)


def preparation_named(given: str, architecture: str | None) -> Preparation:
    """What ``--preprocessing`` stands for.

    Args:
        given: The option.
        architecture: As ``--arch`` takes it: ``timm`` and ``torchvision`` alone mean its own.

    Raises:
        UsageError: Nothing of that name.
        ExportError: A file that cannot be used.
    """
    if given in PRESETS:
        made = PRESETS[given]
        return Preparation(made, None, f"the preset {given}")
    library, _, inner = given.partition(":")
    if library == "timm":
        return of_timm(inner or _network(architecture, given))
    if library == "torchvision":
        name = _network(architecture, given).partition("+")[0]
        return of_torchvision(name, inner or "DEFAULT")
    path = Path(given)
    if not path.is_file():
        near = get_close_matches(given, PRESETS, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        msg = f"--preprocessing {given!r} is neither a file nor a name{meant} It takes {FORMS}"
        raise UsageError(msg)
    return _read(path)


def _network(architecture: str | None, given: str) -> str:
    name = (architecture or "").partition(":")[2] or architecture
    if not name:
        msg = f"--preprocessing {given} needs the network's name: give --arch, or {given}:NAME"
        raise UsageError(msg)
    return name


def _read(path: Path) -> Preparation:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"preprocessing file {str(path)!r} is not JSON ({error})"
        raise ExportError(msg) from error
    if isinstance(document, dict) and ("do_resize" in document or "image_mean" in document):
        return read_huggingface(path)
    if isinstance(document, dict) and "preprocessing" in document:
        document = document["preprocessing"]  # a whole card
    try:
        made = Preprocessing.from_json(document)
    except ValueError as error:
        msg = f"preprocessing file {str(path)!r} cannot be used: {error}"
        raise ExportError(msg) from error
    return Preparation(made, None, path.name)
