"""From ``--arch``, or from a checkpoint's own names and shapes, to a network."""

from dataclasses import replace
from pathlib import Path

from exporters.architectures import timm_models, torchvision_models, transformers_models
from exporters.architectures.aiornot_cnn import AiornotCnn, is_aiornot_cnn
from exporters.architectures.cnn_vit import is_vit_with_head
from exporters.architectures.fake_or_real import BackboneAndHead, is_backbone_and_head
from exporters.architectures.fitting import Built, Tensors, load_strictly
from exporters.architectures.picture_statistics.network import PictureStatistics
from exporters.architectures.torchvision_models import NO_DOWN, TRANSFORMED
from exporters.architectures.transformers_models import inferred
from exporters.libraries import require
from exporters.loaders.weights import Weights
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen

FORMS = (
    "swin-tiny, swin-small, swin-base, vit, cnn-vit, aiornot-cnn, fake-or-real, torchvision:NAME, "
    "timm:NAME, or a Hugging Face config.json"
)
SYSTEMS = {"cnn-vit": "resnet18", "cnn-vit-plain": "resnet18"}
"""Published systems, by the names of their preprocessing, and torchvision's network that they use:
for them the shapes are certain."""
OTHER_WAYS = (
    "Of a network with code of its own, export where that code is, and give dfc-export the file: "
    "torch.export.save(torch.export.export(model.eval(), (torch.zeros(2, 3, H, W),), "
    "dynamic_shapes=({0: torch.export.Dim('batch')},)), 'model.pt2'); or write ONNX and use "
    "dfc-export adopt"
)


class AmbiguousError(ExportError):
    """Several networks fit, and the user has to say which."""


_AS_PUBLISHED = "strides, pooling and activations: those of the published system"
_FACTS = ("arch", "architecture", "model_name")


def build(name: str, tensors: Tensors, size: tuple[int, int] | None = None) -> Built:
    """The network that ``--arch`` names, with a checkpoint's weights.

    Args:
        name: As ``--arch`` takes it.
        tensors: The weights.
        size: Height and width (pixels) that a network of timm was made for, where the user says.

    Raises:
        ExportError: No such network, or the weights do not fit it.
        UsageError: A size for a network that has none.
    """
    if size is not None and not (name.startswith("timm:") or _is_known("timm", name)):
        msg = "--image-size is of networks of timm (--arch timm:NAME)"
        raise UsageError(msg)
    return _built(name, tensors, size)


def _built(  # noqa: PLR0911 - one per kind of name
    name: str, tensors: Tensors, size: tuple[int, int] | None
) -> Built:
    library, _, inner = name.partition(":")
    match library:
        case "swin-tiny" | "swin-small" | "swin-base":
            return inferred(lambda: transformers_models.swin(tensors, name), name)
        case "vit" | "cnn-vit" if any(key.startswith("vit.") for key in tensors):
            return inferred(lambda: transformers_models.vit(tensors), name)
        case "aiornot-cnn":
            return _aiornot_cnn(tensors)
        case "fake-or-real":
            return _fake_or_real(tensors)
        case "picture-statistics":
            return _picture_statistics(tensors)
        case "torchvision" | "timm" if inner:
            return _of_library(library, inner, tensors, size)
    if name.endswith(".json"):
        config = transformers_models.read_config(Path(name))
        return transformers_models.from_config(
            config, tensors, config.model_type, f"as {name} says"
        )
    for known in ("torchvision", "timm"):
        if _is_known(known, name):
            return _of_library(known, name, tensors, size)
    msg = f"no architecture {on_screen(name)!r}; --arch takes {FORMS}"
    raise ExportError(msg)


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
    if is_backbone_and_head(tensors):
        return _fake_or_real(tensors)
    if is_aiornot_cnn(tensors):
        return _aiornot_cnn(tensors)
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
        return ExportError(
            f"the names in this checkpoint ({shown} ...) do not say what network it is; name it "
            f"with --arch: {FORMS}. {OTHER_WAYS}"
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


def _of_library(library: str, name: str, tensors: Tensors, size: tuple[int, int] | None) -> Built:
    require(library)
    if not _is_known(library, name):
        msg = f"{library} has no classifier {on_screen(name)!r}; --arch takes {FORMS}"
        raise ExportError(msg)
    if library == "timm":
        return timm_models.build(name, tensors, size)
    return torchvision_models.build(name, tensors)


def _is_known(library: str, name: str) -> bool:
    try:
        require(library)
    except ExportError:
        return False
    module = timm_models if library == "timm" else torchvision_models
    known: bool = module.is_known(name)
    return known


def _says(said: object, library: str) -> bool:
    return isinstance(said, str) and _is_known(library, said)


def _aiornot_cnn(tensors: Tensors) -> Built:
    module = AiornotCnn()
    load_strictly(module, tensors, "aiornot-cnn")
    reasoning = ("aiornot-cnn: every name and shape fits",)
    return Built("aiornot-cnn", module, 1, reasoning, (_AS_PUBLISHED,))


def _picture_statistics(tensors: Tensors) -> Built:
    head = tensors.get("head.weight")
    if head is None or head.ndim != 2:  # noqa: PLR2004 - a matrix
        msg = "the checkpoint is not picture-statistics: it has no head.weight"
        raise ExportError(msg)
    module = PictureStatistics(int(head.shape[0]))
    load_strictly(module, tensors, "picture-statistics")
    reasoning = ("picture-statistics: every name and shape fits",)
    return Built("picture-statistics", module, int(head.shape[0]), reasoning)


def _fake_or_real(tensors: Tensors) -> Built:
    require("torchvision")
    from torchvision import models  # noqa: PLC0415 - heavy

    head = tensors.get("classifier.weight")
    if head is None or head.ndim != 2:  # noqa: PLR2004 - a matrix
        msg = "the checkpoint is not fake-or-real: it has no classifier.weight"
        raise ExportError(msg)
    outputs, classes = map(int, head.shape)
    module = BackboneAndHead(models.efficientnet_b6(weights=None), classes, outputs)
    load_strictly(module, tensors, "fake-or-real (efficientnet_b6)")
    reasoning = ("torchvision's efficientnet_b6 below backbone., a layer on its classes",)
    return Built("fake-or-real", module, outputs, reasoning, (_AS_PUBLISHED,))
