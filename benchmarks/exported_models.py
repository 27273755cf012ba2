"""Export every architecture that is documented, and write the table of docs/models.md.

    make models            (or: PYTHONPATH=. python benchmarks/exported_models.py)

Checkpoints are made here, in the layouts of the published systems, with random weights whose
answers vary; nothing is downloaded. Each is exported by dfc-export as a process of its own. Rows
that were measured before are kept in the JSON beside the page; --again measures them anew.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch

from tests.support import checkpoints as make

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "exported_models.json"
PAGE = ROOT / "docs" / "models.md"
MARK = "<!-- measured -->"

IMAGENET = ("--preprocessing", "imagenet-224")
AI_REAL, REAL_AI = ("--labels", "ai,real"), ("--labels", "real,ai")


@dataclass(frozen=True)
class Row:
    """One checkpoint: where it comes from, how it is made, what dfc-export is told."""

    system: str
    architecture: str
    form: str
    build: Callable[[Path], Path]
    options: tuple[str, ...] = ()


def saved(document: Callable[[], Any], name: str = "best.pt") -> Callable[[Path], Path]:
    """A checkpoint by ``torch.save``."""

    def build(folder: Path) -> Path:
        torch.save(document(), folder / name)
        return folder / name

    return build


def folder_of(module: Callable[[], Any], **options: Any) -> Callable[[Path], Path]:
    """A Hugging Face folder."""
    return lambda folder: make.hugging_face_folder(folder / "model", module(), **options)


def timm_row(name: str, size: int = 224) -> Row:
    """A backbone of the comparison, as timm's own training script saves it."""

    def document() -> Any:
        state = make.timm_model(name, size).state_dict()
        return {"epoch": 3, "arch": name, "state_dict": state, "metric": 0.95}

    options = ("--preprocessing", f"timm:{name}", *AI_REAL)
    return Row("DFC 305", f"timm:{name}", "timm training checkpoint", saved(document), options)


def cnn_row(name: str, head: str, spread: float = 2.0) -> Row:
    """A CNN of the CNN-against-ViT system: torchvision's names below ``model.``."""

    def document() -> Any:
        return make.training_dict(make.tv(name, head, spread=spread).state_dict())

    named = ("--arch", f"torchvision:{name}") if name == "resnet50" else ()
    options = ("--preprocessing", "cnn-vit-plain", *named, *REAL_AI)
    return Row("CNN against ViT", f"torchvision:{name}", "training dict", saved(document), options)


def vit_state() -> Any:
    """The two-layer ViT under the names of version 4."""
    return make.version_4_vit(make.vit_with_head().state_dict())


def script(folder: Path) -> Path:
    """A TorchScript file."""
    scripted = torch.jit.trace(make.tv("resnet18", "fc"), torch.zeros(2, 3, 224, 224))
    scripted.save(str(folder / "script.pt"))
    return folder / "script.pt"


def program(folder: Path) -> Path:
    """A ``torch.export`` archive."""
    batch = torch.export.Dim("batch", min=1, max=1024)
    exported = torch.export.export(
        make.tv("resnet18", "fc"), (torch.zeros(2, 3, 224, 224),), dynamic_shapes=({0: batch},)
    )
    torch.export.save(exported, folder / "program.pt2")
    return folder / "program.pt2"


SMALL, BASE = (2, 2, 18, 2), 128
ROWS = (
    Row("DFC 305", "swin-tiny", "folder, v4 names, .bin", folder_of(make.swin, safe=False)),
    Row("DFC 305", "swin-small", "folder, v4 names", folder_of(lambda: make.swin(96, SMALL))),
    Row(
        "DFC 305", "swin-base", "folder, v5 names",
        folder_of(lambda: make.swin(BASE, SMALL, 4), version=5),
    ),
    Row(
        "DFC 305", "swin-base", "AI-image-detector's layout",
        folder_of(lambda: make.swin(BASE, SMALL, 4), safe=False, processor=make.OLD_PROCESSOR),
    ),
    Row(
        "DFC 305", "swin-tiny", "bare state_dict, v4 names",
        saved(lambda: make.version_4_swin(make.swin().state_dict())), (*IMAGENET, *AI_REAL),
    ),
    timm_row("resnet50"),
    timm_row("resnetv2_50"),
    timm_row("resnetv2_152"),
    timm_row("densenet121"),
    timm_row("densenet201"),
    timm_row("mobilenetv2_100"),
    timm_row("mobilenetv3_large_100"),
    timm_row("inception_v3", 299),
    timm_row("tf_efficientnetv2_b0", 224),
    cnn_row("resnet18", "fc"),
    cnn_row("resnet50", "fc"),
    cnn_row("efficientnet_b0", "classifier.1"),
    cnn_row("efficientnet_b2", "classifier.1", 0.1),
    cnn_row("mobilenet_v3_small", "classifier.3"),
    Row(
        "CNN against ViT", "cnn-vit", "training dict, v4 names",
        saved(lambda: make.training_dict(vit_state(), "")),
        ("--preprocessing", "cnn-vit-plain", *REAL_AI),
    ),
    Row(
        "CNN against ViT", "vit", "training dict, v4 names below model.",
        saved(lambda: make.training_dict(make.version_4_vit(make.wrapped_vit().state_dict()))),
        ("--preprocessing", "cnn-vit-plain", *REAL_AI),
    ),
    Row(
        "aiornot CNN", "aiornot-cnn", "state_dict", saved(lambda: make.aiornot_cnn().state_dict()),
        ("--preprocessing", "aiornot", *AI_REAL),
    ),
    Row(
        "aiornot CNN", "aiornot-cnn", "Keras file",
        lambda folder: make.keras_file(folder, bias=2.918),
        ("--preprocessing", "aiornot", *AI_REAL),
    ),
    Row(
        "Apples", "torchvision:resnet50", "state_dict",
        saved(lambda: make.tv("resnet50", "fc").state_dict(), "apples.pth"),
        ("--arch", "torchvision:resnet50", "--preprocessing", "torchvision:IMAGENET1K_V1",
         *AI_REAL),
    ),
    Row(
        "Fake or Real", "fake-or-real", "state_dict",
        saved(lambda: make.fake_or_real().state_dict()),
        ("--preprocessing", "fake-or-real", *REAL_AI),
    ),
    Row("other forms", "resnet18", "TorchScript", script, (*IMAGENET, *AI_REAL)),
    Row("other forms", "resnet18", "torch.export program", program, (*IMAGENET, *AI_REAL)),
    Row(
        "other forms", "resnet18", "pickled module",
        saved(lambda: make.tv("resnet18", "fc"), "module.pt"),
        (*IMAGENET, *AI_REAL, "--trust-pickle"),
    ),
    Row(
        "half precision", "swin-tiny", "folder, v4 names", folder_of(make.swin),
        ("--precision", "fp16"),
    ),
    Row(
        "half precision", "torchvision:resnet18", "training dict",
        saved(lambda: make.training_dict(make.tv("resnet18", "fc").state_dict())),
        ("--preprocessing", "cnn-vit-plain", *REAL_AI, "--precision", "fp16"),
    ),
)  # fmt: skip


def measure(row: Row) -> dict[str, Any]:
    """Make the checkpoint, export it, and read the figures off the finished file."""
    with tempfile.TemporaryDirectory(prefix="dfc-models-") as name:
        folder = Path(name)
        checkpoint, out = row.build(folder), folder / "out.onnx"
        began = time.monotonic()
        command = [sys.executable, "-m", "exporters", str(checkpoint), "--out", str(out)]
        done = subprocess.run(
            [*command, *row.options], capture_output=True, text=True, check=False, cwd=ROOT
        )
        seconds = time.monotonic() - began
        if done.returncode:
            return {"failed": done.stderr.strip().splitlines()[-1]}
        model = onnx.load(out)
        card = json.loads(model.metadata_props[0].value)
        weights = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
        return {
            "parameters": card["parameters"],
            "seconds": round(seconds, 1),
            "bytes": out.stat().st_size,
            "weight_bytes": weights,
            "parity": card["parity"],
            "libraries": card["exporter"]["libraries"],
        }


def table(results: dict[str, Any]) -> str:
    """The page's table."""
    columns = (
        "system", "architecture", "checkpoint", "parameters", "export s", "file MB",
        "max abs logit difference", "allowed", "labels equal",
    )  # fmt: skip
    ruler = ["---"] * 3 + ["---:"] * 6
    lines = [f"| {' | '.join(columns)} |", f"| {' | '.join(ruler)} |"]
    for row in ROWS:
        found = results.get(key_of(row))
        if found is None or "failed" in found:
            said = "not measured" if found is None else f"failed: {found['failed']}"
            lines.append(f"| {row.system} | {row.architecture} | {row.form} | {said} | | | | | |")
            continue
        parity = found["parity"]
        border = f" + {parity['undecided']} on the border" if parity["undecided"] else ""
        lines.append(
            f"| {row.system} | {row.architecture} | {row.form} | {found['parameters']:,} | "
            f"{found['seconds']:.0f} | {found['bytes'] / 1e6:.1f} | "
            f"{parity['max_logit_difference']:.1e} | {parity['allowed']:.1e} | "
            f"{parity['labels_equal']} of {parity['pictures']}{border} |"
        )
    return "\n".join(lines)


def key_of(row: Row) -> str:
    """Names a row in the JSON."""
    return f"{row.system} / {row.architecture} / {row.form}"


def main() -> None:
    """Measure what is missing; write JSON and page after each row."""
    again = "--again" in sys.argv[1:]
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() and not again else {}
    for row in ROWS:
        if "parity" not in results.get(key_of(row), {}):
            results[key_of(row)] = measure(row)
            print(key_of(row), json.dumps(results[key_of(row)])[:200], flush=True)
            RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    if PAGE.exists():
        head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
        PAGE.write_text(f"{head}{MARK}\n\n{table(results)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
