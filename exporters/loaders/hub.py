"""A name on the Hugging Face hub: the one place in the project that may use the network."""

import re
from pathlib import Path

from exporters.libraries import require
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_FILES = {".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".pt2", ".keras", ".h5", ".onnx"}
_WANTED = ["config.json", "preprocessor_config.json", "*.safetensors", "*.bin", "*.index.json"]


def is_hub_name(given: str) -> bool:
    """Whether this is a name like ``microsoft/swin-small-patch4-window7-224``, and no path here."""
    path = Path(given)
    return (
        bool(_NAME.fullmatch(given))
        and not path.exists()
        and not path.parent.exists()  # a slip in a path must not be told to anybody
        and path.suffix not in _FILES
    )


def fetch(name: str) -> Path:
    """The folder of a model, from the cache or from the hub.

    Raises:
        ExportError: Neither has it.
    """
    require("transformers")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - reads its settings at import

    try:
        return Path(snapshot_download(name, allow_patterns=_WANTED))
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = on_screen(lines[0] if lines else type(error).__name__, 300)
        msg = (
            f"{name!r} is no file or folder here, and as a name on the Hugging Face hub it cannot "
            f"be had: {said}"
        )
        raise ExportError(msg) from error
