"""From a checkpoint's own names and shapes, or its words, to a network that they make certain."""

import re
from dataclasses import replace

from exporters.architectures import (
    efficientnet_pytorch,
    timm_models,
    torchvision_models,
    transformers_models,
)
from exporters.architectures.aiornot_cnn import is_aiornot_cnn
from exporters.architectures.cnn_vit import is_vit_with_head
from exporters.architectures.efficientnet_pytorch import is_efficientnet_pytorch
from exporters.architectures.fake_or_real import is_backbone_and_head
from exporters.architectures.fitting import Built, Tensors
from exporters.architectures.naming import FORMS, build, is_known
from exporters.architectures.own import aiornot_cnn, fake_or_real
from exporters.architectures.torchvision_models import NO_DOWN, TRANSFORMED
from exporters.architectures.transformers_models import inferred
from exporters.loaders.weights import Weights
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

SYSTEMS = {"cnn-vit": "resnet18", "cnn-vit-plain": "resnet18"}
"""Published systems, by the names of their preprocessing, and torchvision's network that they use:
for them the shapes are certain."""
AS_PROGRAM = (
    "torch.export.save(torch.export.export(model.eval(), (torch.zeros(2, 3, H, W),), "
    "dynamic_shapes=({0: torch.export.Dim('batch')},)), 'model.pt2')"
)
"""The line of Python that makes a file of any network where its code is."""
_OTHER_WAYS = (
    "Of a network with code of its own, export where that code is, and give dfc-export the file: "
    f"{AS_PROGRAM}; or write ONNX and use dfc-export adopt"
)
_IN_HEAD = re.compile(r"(?:fc|head|heads|classifier|mlp_head)\.(?:\w+\.)*\d+\.weight")


class AmbiguousError(ExportError):
    """Several networks fit, and the user has to say which."""


_FACTS = ("arch", "architecture", "model_name")


def recognise(weights: Weights, system: str | None) -> Built:  # noqa: PLR0911 - one per layout
    """The network that a checkpoint's own names and shapes (or its words) make certain.

    Args:
        weights: What the checkpoint holds.
        system: The published system that the user says it is of (``--preprocessing``).

    Raises:
        ExportError: Nothing is certain; the choices are named.
    """
    tensors = weights.tensors
    for fact in _FACTS:
        said = weights.facts.get(fact)
        library = next((one for one in ("timm", "torchvision") if _says(said, one)), None)
        if library is not None:
            built = build(f"{library}:{said}", tensors)
            why = f"the checkpoint says {fact} = {said}"
            return replace(built, reasoning=(why, *built.reasoning))
    if is_efficientnet_pytorch(tensors):
        return efficientnet_pytorch.build(tensors)
    if is_backbone_and_head(tensors):
        return fake_or_real(tensors)
    if is_aiornot_cnn(tensors):
        return aiornot_cnn(tensors)
    if is_vit_with_head(tensors) or "vit.embeddings.cls_token" in tensors:
        return inferred(lambda: transformers_models.vit(tensors), "a ViT")
    if any(key.startswith("swin.embeddings.") for key in tensors):
        return inferred(lambda: transformers_models.swin(tensors), "a Swin")
    found = torchvision_models.fitting(tensors)
    if (known := SYSTEMS.get(system or "")) in found:
        built = torchvision_models.build(known, tensors)
        why = f"--preprocessing {system}: the published system of that name is a {known}"
        return replace(built, reasoning=(why, *built.reasoning))
    if len(found) == 1:
        return torchvision_models.build(found[0], tensors)
    raise _not_certain(tensors, [f"torchvision:{name}" for name in found])


def _not_certain(tensors: Tensors, fitting: list[str]) -> ExportError:
    fitting += [f"timm:{name}" for name in timm_models.offered(tensors)]
    shown = ", ".join(on_screen(key) for key in list(tensors)[:4])
    if not fitting:
        layers = [key for key, one in tensors.items() if _IN_HEAD.fullmatch(key) and one.ndim > 1]
        head = ""
        if len(layers) > 1:
            named = ", ".join(map(on_screen, layers))
            head = f" Its head has several layers ({named}): what lies between is in no file."
        return ExportError(
            f"the names in this checkpoint ({shown} ...) do not say what network it is; name it "
            f"with --arch: {FORMS}.{head} {_OTHER_WAYS}"
        )
    note = ""
    if any(TRANSFORMED in name for name in fitting):
        note = f" ({TRANSFORMED} is right where training began with torchvision's own weights)"
    if any(NO_DOWN in name for name in fitting):
        note = (
            f" ({NO_DOWN}: its first convolution and pooling go on by one pixel, as in several "
            "published detectors; others of these shapes take gradient maps or spectra and no "
            "pictures)"
        )
    return AmbiguousError(
        f"the weights ({shown} ...) fit several networks that compute different things: "
        f"{', '.join(fitting)}; name the one that was trained with --arch{note}"
    )


def _says(said: object, library: str) -> bool:
    return isinstance(said, str) and is_known(library, said)
