"""The networks that are measured: random weights with answers that vary, exported by dfc-export."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensic_cli.settings import BUILT_IN_MODEL

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Model:
    """A network: the ONNX that this tool runs, and the folder that its peers load.

    Attributes:
        name: In the tables.
        onnx: The exported file.
        folder: Hugging Face's layout; None for the built-in model, which only this tool has.
    """

    name: str
    onnx: Path
    folder: Path | None


def made(name: str, cache: Path) -> Model:
    """A network by name, made where the cache does not have it."""
    if name == "built-in":
        return Model(name, BUILT_IN_MODEL, None)
    folder, onnx = cache / name, cache / f"{name}.onnx"
    sources = (ROOT / "exporters").rglob("*.py")
    changed = max(path.stat().st_mtime for path in sources)
    if not onnx.exists() or onnx.stat().st_mtime < changed:
        sys.path.insert(0, str(ROOT))
        from tests.support import checkpoints  # noqa: PLC0415 - PyTorch and transformers, where they are needed

        if not folder.exists():
            checkpoints.hugging_face_folder(folder, _NETWORKS[name](checkpoints), version=5)
        command = [sys.executable, "-m", "exporters", str(folder), "--out", str(onnx), "--quiet"]
        subprocess.run(command, check=True, cwd=ROOT)
    return Model(name, onnx, folder)


def _swin_small(checkpoints: Any) -> Any:
    return checkpoints.swin(96, (2, 2, 18, 2))


def _resnet(depths: tuple[int, ...], layer: str, widths: tuple[int, ...]) -> Callable[[Any], Any]:
    def make(checkpoints: Any) -> Any:
        from transformers import ResNetConfig, ResNetForImageClassification  # noqa: PLC0415

        config = ResNetConfig(
            depths=list(depths),
            layer_type=layer,
            hidden_sizes=list(widths),
            num_labels=2,
            id2label=checkpoints.AI_FIRST,
            label2id={name: index for index, name in checkpoints.AI_FIRST.items()},
        )
        return checkpoints.seeded(lambda: ResNetForImageClassification(config), 224)

    return make


_NETWORKS: dict[str, Callable[[Any], Any]] = {
    "swin-small": _swin_small,
    "resnet-50": _resnet((3, 4, 6, 3), "bottleneck", (256, 512, 1024, 2048)),
    "resnet-18": _resnet((2, 2, 2, 2), "basic", (64, 128, 256, 512)),
}
