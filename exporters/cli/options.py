"""Options that dfc-export's commands share, each spelt once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forensic_cli.cli.options import given_path
from forensic_cli.errors import UsageError
from forensic_cli.model_card.steps import MAX_SIDE

Checkpoint = Annotated[
    str,
    typer.Argument(
        metavar="CHECKPOINT",
        help="A folder of dfc-train or Hugging Face (or a hub name), .pt, .pth, .bin, "
        ".safetensors, TorchScript, .pt2, .keras or .h5 file; or DETECTOR CHECKPOINT.",
    ),
]
Known = Annotated[
    str | None,
    typer.Argument(
        metavar="[CHECKPOINT]",
        help="The checkpoint, where the first argument is a detector of dfc-export detectors, "
        "whose entry then says how it is exported.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        parser=given_path,
        metavar="MODEL.onnx",
        help="File to write. Default: the checkpoint's name with .onnx, in the working folder.",
    ),
]
Arch = Annotated[
    str | None,
    typer.Option(
        "--arch",
        metavar="NAME",
        help="Architecture, where names and shapes do not make it certain: swin-tiny, swin-small, "
        "swin-base, vit, cnn-vit, aiornot-cnn, fake-or-real, clip, clip-gelu, torchvision:NAME (of "
        "ResNets also NAME-nodown), timm:NAME, either with +linear for one more layer on its "
        "outputs, or a Hugging Face config.json.",
    ),
]
Prefix = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        metavar="NAME.",
        help="What a wrapper wrote before the network's own names (backbone. say), where the usual "
        "ones do not fit.",
    ),
]
ImageSize = Annotated[
    str | None,
    typer.Option(
        "--image-size",
        metavar="SIZE",
        help="Pixels that a network of timm was made for, where not the usual ones: 384 or "
        "height x width as 384x256.",
    ),
]
Head = Annotated[
    Path | None,
    typer.Option(
        "--head",
        parser=given_path,
        metavar="FILE",
        help="The head of a CLIP, SigLIP or DINO tower whose folder is CHECKPOINT (of CLIP also a "
        "file, with --arch clip or clip-gelu): one linear layer, in a file of its own.",
    ),
]
Features = Annotated[
    Literal["projected", "projected-unit", "pooled", "pooled-unit"] | None,
    typer.Option(
        "--features",
        help="What --head was trained on: the embedding or the pooled output before any "
        "projection; with -unit each divided by its length.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="ai,real",
        help="What the outputs mean, in output order, where the class names do not say: ai or real "
        "for each. A sigmoid's one output has two: what it means near 0, what it means near 1.",
    ),
]
Preprocessing = Annotated[
    str | None,
    typer.Option(
        "--preprocessing",
        metavar="NAME|FILE",
        help="How pictures are prepared, where the checkpoint does not say: a preprocessor_config"
        ".json, a JSON file with a card's preprocessing, timm or torchvision (that network's own), "
        "or a preset: imagenet-224, vit-224, clip-224, clip-bilinear-224, center-crop-224, "
        "clip-center-crop-224, ten-crop-224, drct-224, drct-crop-224, community-forensics-384, "
        "cnn-vit, cnn-vit-plain, aiornot, fake-or-real, "
        "fake-or-real-imagenet.",
    ),
]
Precision = Annotated[
    Literal["fp32", "fp16"],
    typer.Option("--precision", help="fp16 halves the file; its scores differ a little."),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="TEXT", help="What the model is called. Default: the file."),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights", metavar="KEY", help="Which weights of a training dict, where it holds several."
    ),
]
TrustPickle = Annotated[
    bool,
    typer.Option(
        "--trust-pickle",
        help="Load a pickle that runs code, in a process of its own. Only if you trust its maker.",
    ),
]
Facts = Annotated[
    Path | None,
    typer.Option(
        "--facts",
        parser=given_path,
        metavar="FILE.json",
        help="What to say of the model in its card: an object with notice (shown by every run), "
        "intended_use, limits, training_data, validation; each may be left out.",
    ),
]


def image_size(text: str | None) -> tuple[int, int] | None:
    """Height and width from ``--image-size``.

    Raises:
        UsageError: Neither a number nor two.
    """
    if text is None:
        return None
    parts = text.lower().split("x")
    sides = [int(part) for part in parts if part.strip().isdecimal()]
    is_one_or_two = len(parts) in {1, 2} and len(sides) == len(parts)
    if not is_one_or_two or not all(0 < side <= MAX_SIDE for side in sides):
        msg = f"--image-size takes a number of pixels, or height x width as 384x256, not {text!r}"
        raise UsageError(msg)
    return sides[0], sides[-1]
