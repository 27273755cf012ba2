"""What is tried: one network of a library, as its checkpoint, with what dfc-export is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from exporters.proof.pictures import pictures

Floats = npt.NDArray[np.float32]
CLASSES = {0: "artificial", 1: "human"}


@dataclass(frozen=True)
class Source:
    """The plain network and its library's own preparation: what an export has to equal.

    Attributes:
        module: In evaluation mode.
        pixels: From an upright RGB picture to float32, 3 x height x width.
    """

    module: torch.nn.Module
    pixels: Callable[[Image.Image], Floats]


@dataclass(frozen=True)
class Member:
    """One network.

    Attributes:
        library: ``transformers``, ``timm`` or ``torchvision``.
        family: What the library calls its kind.
        name: The network, or the form of it.
        make: Writes the checkpoint into a folder; the checkpoint and the plain network.
        options: What dfc-export is told, by name.
        proven: Whether the whole export is made, or only the opening and the pixels.
    """

    library: str
    family: str
    name: str
    make: Callable[[Path], tuple[Path, Source]]
    options: Mapping[str, str]
    proven: bool = True


def logits_of(module: Any, pixels: torch.Tensor) -> torch.Tensor:
    """One tensor of logits, whatever the library wraps it in."""
    answer = module(pixels)
    logits: torch.Tensor = getattr(answer, "logits", answer)
    return logits


def settled(source: Source) -> Source:
    """Make a random network's answers vary and fall on both sides, as a trained one's do.

    Batch normalisations get the statistics of some pictures; the last layer is scaled. Both change
    numbers only, never what is computed.
    """
    module = source.module.eval()
    for part in module.modules():
        if isinstance(part, torch.nn.Linear) and not part.weight.any():  # some begin with zeros
            torch.nn.init.normal_(part.weight, std=0.02)
    try:
        drawn = torch.from_numpy(np.stack([source.pixels(one) for one in [*pictures(24)][::3]]))
        with torch.no_grad():
            logits_of(module, drawn)
    except Exception:  # noqa: BLE001 - it takes something else than pictures of one size
        return source
    norms = [part for part in module.modules() if isinstance(part, torch.nn.modules.batchnorm._BatchNorm)]  # fmt: skip  # noqa: E501, SLF001
    for norm in norms:
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        if norms:
            logits_of(module, drawn)
        for norm in norms:  # a channel that hardly varied would blow up on other pictures
            variance: Any = norm.running_var
            if variance is not None:
                variance.clamp_(min=float(variance.mean()))
        module.eval()
        _spread_last_layer(module, logits_of(module, drawn))
    return source


def _spread_last_layer(module: torch.nn.Module, logits: torch.Tensor) -> None:
    kinds = torch.nn.Linear | torch.nn.Conv2d
    last = [
        part
        for part in module.modules()
        if isinstance(part, kinds) and part.weight.shape[0] == len(CLASSES)
    ]
    if not last or logits.ndim != 2:
        return
    margin = logits[:, 1] - logits[:, 0]
    gain = 2.0 / max(float(margin.std()), 1e-6)
    for part in last:
        part.weight.mul_(gain)
        if part.bias is not None:
            part.bias.mul_(gain)
    if last[-1].bias is not None:
        last[-1].bias[1] -= gain * margin.quantile(0.5)
