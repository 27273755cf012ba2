"""What others do with the same network and the same pictures, each as a process of its own.

``python -m benchmarks.speed.peers WAY MODEL EVIDENCE OUT --batch N`` writes a CSV with the
probability that each picture is real, and prints when its loop began and ended.
"""

import argparse
import csv
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WAYS = ("hf", "torch", "timm", "ort")
REAL = 1
Answer = tuple[str, float]


def hugging_face(model: Path, files: list[Path], batch: int) -> Iterator[Answer]:
    """``pipeline("image-classification")``, as its documentation has it."""
    from transformers import pipeline  # noqa: PLC0415 - each way pays for its own imports

    classify = pipeline("image-classification", model=str(model))
    yield from _begun()
    found = classify((str(path) for path in files), batch_size=batch, top_k=None)
    for path, answer in zip(files, found, strict=True):
        yield path.name, next(one["score"] for one in answer if one["label"] == "human")


def data_loader(model: Path, files: list[Path], batch: int) -> Iterator[Answer]:
    """A PyTorch DataLoader of two worker processes in front of the network."""
    from transformers import AutoImageProcessor  # noqa: PLC0415

    processor = AutoImageProcessor.from_pretrained(model)

    def prepare(image: Any) -> Any:
        return processor(image, return_tensors="pt")["pixel_values"][0]

    yield from _loaded(model, files, batch, prepare)


def timm_style(model: Path, files: list[Path], batch: int) -> Iterator[Answer]:
    """The transforms of timm's ``inference.py``, on a DataLoader, channels last."""
    from exporters.libraries import prepare  # noqa: PLC0415

    prepare()
    import timm.data  # noqa: PLC0415

    transform = timm.data.create_transform(
        (3, 224, 224), interpolation="bicubic", crop_pct=1.0, crop_mode="squash",
        mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
    )  # fmt: skip
    yield from _loaded(model, files, batch, transform, channels_last=True)


def _loaded(
    model: Path,
    files: list[Path],
    batch: int,
    prepare: Callable[[Any], Any],
    *,
    channels_last: bool = False,
) -> Iterator[Answer]:
    import torch  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415
    from transformers import AutoModelForImageClassification  # noqa: PLC0415

    class Pictures(torch.utils.data.Dataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, index: int) -> Any:
            return prepare(Image.open(files[index]).convert("RGB"))

    network = AutoModelForImageClassification.from_pretrained(model).eval()
    form = torch.channels_last if channels_last else torch.contiguous_format
    network = network.to(memory_format=form)
    loader = torch.utils.data.DataLoader(Pictures(), batch_size=batch, num_workers=2)
    yield from _begun()
    names = iter(files)
    with torch.inference_mode():
        for pixels in loader:
            logits = network(pixel_values=pixels.contiguous(memory_format=form)).logits
            for row in torch.softmax(logits, -1).tolist():
                yield next(names).name, row[REAL]


def onnx_runtime(model: Path, files: list[Path], batch: int) -> Iterator[Answer]:
    """The loop that one writes first: decode, stack, ``session.run``, with the defaults."""
    import numpy as np  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    path = model.with_suffix(".onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    yield from _begun()
    for first in range(0, len(files), batch):
        part = files[first : first + batch]
        images = [
            np.asarray(Image.open(one).convert("RGB").resize((224, 224), Image.Resampling.BICUBIC))
            for one in part
        ]
        logits = session.run(["logits"], {"images": np.stack(images)})[0].astype(np.float64)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        for one, row in zip(part, shares / shares.sum(axis=1, keepdims=True), strict=True):
            yield one.name, float(row[REAL])


_ROADS = {"hf": hugging_face, "torch": data_loader, "timm": timm_style, "ort": onnx_runtime}
_began: list[float] = []


def _begun() -> Iterator[Answer]:
    """The model is there; from here on pictures are worked at."""
    _began.append(time.monotonic())
    return iter(())


def _hide_torchvision() -> None:
    """Have transformers take its Pillow path: the torch that is measured has no torchvision."""
    find = importlib.util.find_spec
    vars(importlib.util)["find_spec"] = lambda name, *rest: (
        None if name.partition(".")[0] == "torchvision" else find(name, *rest)
    )


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("model", type=Path)
    parser.add_argument("evidence", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--batch", type=int, required=True)
    asked = parser.parse_args()
    if asked.way in {"hf", "torch"}:
        _hide_torchvision()
    files = sorted(asked.evidence.iterdir())
    with asked.out.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        for name, real in _ROADS[asked.way](asked.model, files, asked.batch):
            rows.writerow((name, repr(real)))
    print(json.dumps({"loop_seconds": time.monotonic() - _began[0]}))


if __name__ == "__main__":
    main()
