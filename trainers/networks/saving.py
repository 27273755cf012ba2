"""The finished checkpoint, in the form that dfc-export reads."""

import hashlib
import shutil
from pathlib import Path

import torch
from safetensors.torch import save as serialised

from exporters.preparation.huggingface import NAME
from exporters.preparation.preparation import FILTERS
from forensic_cli.errors import OutputError
from forensic_cli.foundation.atomic_write import write_atomically
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import ConvertRgb, ExifTranspose, ResizeSquash
from trainers.networks.backbones import Backbone

WEIGHTS = "model.safetensors"


def save(backbone: Backbone, preprocessing: Preprocessing, folder: Path) -> str:
    """Write the weights; of a network of transformers its configuration and processor too.

    Args:
        backbone: Trained.
        preprocessing: What it was trained with; where transformers has no processor that does
            it, the training record alone says it.
        folder: The folder of the result.

    Returns:
        SHA-256 of the weights' file.

    Raises:
        OutputError: A file cannot be written.
    """
    try:
        if backbone.architecture:
            tensors = backbone.network.state_dict()
            write_atomically(
                folder / WEIGHTS, serialised({k: _plain(t) for k, t in tensors.items()})
            )
        else:
            _save_transformers(backbone, preprocessing, folder)
        return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    except OSError as error:
        raise OutputError.of(folder / WEIGHTS, error) from error


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().cpu().contiguous().clone()


def _save_transformers(backbone: Backbone, preprocessing: Preprocessing, folder: Path) -> None:
    backbone.network.cpu().save_pretrained(folder, max_shard_size="100GB")
    if backbone.processor is not None and preprocessing == backbone.preprocessing:
        shutil.copyfile(backbone.processor / NAME, folder / NAME)
        return
    match preprocessing.host:
        case (ExifTranspose(), ConvertRgb(), ResizeSquash(height, width, filter_)):
            import transformers  # noqa: PLC0415 - heavy

            transformers.ViTImageProcessor(
                size={"height": height, "width": width},
                resample=next(number for number, name in FILTERS.items() if name == filter_),
                rescale_factor=1 / preprocessing.scale,
                image_mean=list(preprocessing.mean),
                image_std=list(preprocessing.std),
            ).save_pretrained(folder)
        case _:  # the record says it
            pass
