"""From ``--arch``, or from a checkpoint's own names and shapes, to a network."""

from pathlib import Path

from exporters.architectures import timm_models, torchvision_models, transformers_models
from exporters.architectures.aiornot_cnn import AiornotCnn, is_aiornot_cnn
from exporters.architectures.cnn_vit import is_vit_with_head
from exporters.architectures.fake_or_real import BackboneAndHead, is_backbone_and_head
from exporters.architectures.fitting import Built, Tensors, load_strictly
from exporters.architectures.picture_statistics.network import PictureStatistics
from exporters.architectures.torchvision_models import TRANSFORMED
from exporters.architectures.transformers_models import inferred
from exporters.libraries import require
from exporters.loaders.weights import Weights
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

FORMS = (
    "swin-tiny, swin-small, swin-base, vit, cnn-vit, aiornot-cnn, fake-or-real, torchvision:NAME, "
    "timm:NAME, or a Hugging Face config.json"
)
_FACTS = ("arch", "architecture", "model_name")


def build(name: str, tensors: Tensors) -> Built:  # noqa: PLR0911 - one per kind of name
    """The network that ``--arch`` names, with a checkpoint's weights.

    Raises:
        ExportError: No such network, or the weights do not fit it.
    """
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
            return _of_library(library, inner, tensors)
    if name.endswith(".json"):
        config = transformers_models.read_config(Path(name))
        return transformers_models.from_config(
            config, tensors, config.model_type, f"as {name} says"
        )
    for known in ("torchvision", "timm"):
        if _is_known(known, name):
            return _of_library(known, name, tensors)
    msg = f"no architecture {on_screen(name)!r}; --arch takes {FORMS}"
    raise ExportError(msg)


def recognise(weights: Weights) -> Built:
    """The network that a checkpoint's own names and shapes (or its words) make certain.

    Raises:
        ExportError: Nothing is certain; the choices are named.
    """
    tensors = weights.tensors
    for fact in _FACTS:
        said = weights.facts.get(fact)
        if isinstance(said, str) and _is_known("timm", said):
            built = build(f"timm:{said}", tensors)
            return Built(built.name, built.module, built.outputs, (f"the checkpoint says {fact} = {said}", *built.reasoning))  # fmt: skip  # noqa: E501
    if is_backbone_and_head(tensors):
        return _fake_or_real(tensors)
    if is_aiornot_cnn(tensors):
        return _aiornot_cnn(tensors)
    if is_vit_with_head(tensors) or "vit.embeddings.cls_token" in tensors:
        return inferred(lambda: transformers_models.vit(tensors), "a ViT")
    if any(key.startswith("swin.embeddings.") for key in tensors):
        return inferred(lambda: transformers_models.swin(tensors), "a Swin")
    found = torchvision_models.fitting(tensors)
    if len(found) == 1:
        return torchvision_models.build(found[0], tensors)
    raise _not_certain(tensors, [f"torchvision:{name}" for name in found])


def _not_certain(tensors: Tensors, fitting: list[str]) -> ExportError:
    fitting += [f"timm:{name}" for name in timm_models.offered(tensors)]
    shown = ", ".join(on_screen(key) for key in list(tensors)[:4])
    if not fitting:
        return ExportError(
            f"the names in this checkpoint ({shown} ...) do not say what network it is; name it "
            f"with --arch: {FORMS}"
        )
    note = ""
    if any(TRANSFORMED in name for name in fitting):
        note = f" ({TRANSFORMED} is right where training began with torchvision's own weights)"
    return ExportError(
        f"the weights ({shown} ...) fit several networks that compute different things: "
        f"{', '.join(fitting)}; name the one that was trained with --arch{note}"
    )


def _of_library(library: str, name: str, tensors: Tensors) -> Built:
    require(library)
    if not _is_known(library, name):
        msg = f"{library} has no classifier {on_screen(name)!r}; --arch takes {FORMS}"
        raise ExportError(msg)
    if library == "timm":
        return timm_models.build(name, tensors)
    return torchvision_models.build(name, tensors)


def _is_known(library: str, name: str) -> bool:
    try:
        require(library)
    except ExportError:
        return False
    module = timm_models if library == "timm" else torchvision_models
    known: bool = module.is_known(name)
    return known


def _aiornot_cnn(tensors: Tensors) -> Built:
    module = AiornotCnn()
    load_strictly(module, tensors, "aiornot-cnn")
    return Built("aiornot-cnn", module, 1, ("aiornot-cnn: every name and shape fits",))


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
    return Built("fake-or-real", module, outputs, reasoning)
