"""The job, top to bottom: labelled pictures in, a checkpoint with its training record out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import transformers

from exporters.architectures.picture_statistics.network import PictureStatistics
from exporters.networks.torch_network import run_module
from exporters.preparation.huggingface import NAME as PROCESSOR
from forensic_cli.errors import ExportError, InterruptedRunError, UsageError
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.imaging.decode import configure
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import LABEL_AI
from forensic_cli.settings import DEFAULT_MAX_PIXELS, available_cores
from trainers.data.collection import Parts, parts_of
from trainers.data.dataset import Pictures
from trainers.data.reading import ReadPicture, count_shared, only_readable, read_all
from trainers.data.splitting import split_off
from trainers.data.weighting import weights_of
from trainers.fitting.augmentation import CROPPING, steps_of
from trainers.fitting.classifier import Classifier
from trainers.fitting.fit import Fitted, fit
from trainers.fitting.fit_head import fit_head
from trainers.fitting.history import write_history
from trainers.networks import backbones as networks
from trainers.networks import saving
from trainers.recipes.preprocessing import preprocessing_of, recipe_overrides_backbone
from trainers.recipes.published import recipe_named
from trainers.recipes.recipe import Recipe
from trainers.run.plan import plan_of
from trainers.run.request import TrainingRequest
from trainers.run.run_folder import TrainingFolder


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training."""

    folder: Path
    sha256: str
    fitted: Fitted
    unreadable: tuple[ReadPicture, ...]
    record: dict[str, object]


@dataclass(frozen=True, slots=True)
class Listeners:
    """Whom to tell: lines, loud lines, and how far a stage is."""

    tell: Callable[[str], None]
    warn: Callable[[str], None]
    progress: Callable[[str, int, int], None]


def train(request: TrainingRequest, to: Listeners) -> Trained:
    """Train a classifier.

    Raises:
        DfcError: The data, the backbone or the folder cannot be used.
    """
    recipe, folder = request.recipe, TrainingFolder(request.out)
    _check_solver(recipe)
    configure(DEFAULT_MAX_PIXELS)
    parts = parts_of(request.collection.pictures)
    read = read_all(
        request.collection,
        parts,
        available_cores(),
        lambda done, total: to.progress("reading", done, total),
    )
    refused = tuple(one for one in read if one.refused)
    if refused:
        to.warn(f"LEFT OUT: {len(refused)} of {len(read)} pictures cannot be decoded")
        for one in refused[:5]:
            to.warn(f"left out: {one.picture.path} ({one.refused})")
    parts = _with_validation(only_readable(parts, read), request, to.tell)
    for what, count in count_shared(parts, read).items():
        to.warn(f"{what}: {count} stand in more than one part; figures on the later ones flatter")

    names = _class_names(recipe, parts.train)
    transformers.set_seed(request.seed)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    backbone = networks.build(
        recipe.backbone, names, recipe.size, scratch=request.scratch, weights=request.weights
    )
    to.tell(f"backbone: {recipe.backbone}, {backbone.start}")
    preprocessing = backbone.preprocessing
    if preprocessing is None or recipe_overrides_backbone(recipe, recipe_named(recipe.name)):
        preprocessing = preprocessing_of(recipe)
    elif backbone.processor is not None:
        to.tell(f"preprocessing: the backbone's own, {backbone.processor / PROCESSOR}")
    _check_size(backbone, preprocessing, recipe.augmentation)
    plan = plan_of(request, parts, read, preprocessing)
    for given in (Path(recipe.backbone), request.weights):
        if (
            given is not None
            and given.exists()
            and given.resolve().is_relative_to(request.out.resolve())
        ):
            msg = f"--out {str(request.out)!r} holds the weights to begin with; name another folder"
            raise UsageError(msg)
    folder.begin(plan, resume=request.resume, force=request.force)
    folder.write_pictures(read, _part_names(parts))
    try:
        fitted = _fit(request, parts, backbone, preprocessing, to)
    except KeyboardInterrupt as interrupt:
        msg = (
            f"interrupted by {str(interrupt) or 'Ctrl-C'}; --resume goes on after the last whole "
            f"epoch in {str(request.out)!r}"
        )
        raise InterruptedRunError(msg) from interrupt
    sha256 = saving.save(backbone, preprocessing, request.out)
    write_history(fitted.history, request.out)
    record = {
        **plan,
        "start": backbone.start,
        "architecture": backbone.architecture,
        "classes": [
            {"name": name, "label": label} for name, label in zip(names, recipe.labels, strict=True)
        ],
        "steps": fitted.steps,
        "validation": asdict(fitted.best),
        "tests": {name: asdict(measures) for name, measures in fitted.tests.items()},
        "weights_sha256": sha256,
    }
    folder.finish(record)
    return Trained(request.out, sha256, fitted, refused, record)


def _check_solver(recipe: Recipe) -> None:
    """See that the one network with a solver of its own gets it, and no other does."""
    own = recipe.backbone == "picture-statistics"
    if own != (recipe.optimiser == "lbfgs"):
        msg = (
            f"{recipe.backbone} is trained with optimiser {'lbfgs' if own else 'adamw or sgd'}, "
            f"not {recipe.optimiser}; begin with another --recipe, or add --set optimiser="
        )
        raise UsageError(msg)


def _check_size(
    backbone: networks.Backbone, preprocessing: Preprocessing, augmentation: tuple[str, ...]
) -> None:
    """See that the network takes pictures of this size, before hours are spent.

    Raises:
        UsageError: It does not.
    """
    height, width = preprocessing.size
    if CROPPING.intersection(augmentation) and height != width:
        msg = f"a random crop makes squares; this network takes {height} x {width}"
        raise UsageError(msg)
    example = np.zeros((1, 3, height, width), np.float32)
    try:
        run_module(backbone.network.eval(), example, "give a --set size= that it takes")
    except ExportError as error:
        raise UsageError(str(error)) from error


def _with_validation(parts: Parts, request: TrainingRequest, tell: Callable[[str], None]) -> Parts:
    if not parts.validation:
        kept, apart = split_off(parts.train, request.recipe.validation, request.seed)
        parts = Parts(kept, apart, parts.tests)
        groups = len({picture.group for picture in apart} - {""})
        by = f"{groups} whole groups" if groups else "by chance, no groups are known"
        tell(f"validation: {len(apart)} pictures split off ({by})")
    for name, pictures in parts.named.items():
        ai = sum(picture.label == LABEL_AI for picture in pictures)
        tell(f"{name}: {len(pictures)} pictures, {ai} AI-generated, {len(pictures) - ai} real")
    return parts


def _fit(
    request: TrainingRequest,
    parts: Parts,
    backbone: networks.Backbone,
    preprocessing: Preprocessing,
    to: Listeners,
) -> Fitted:
    recipe = request.recipe
    class_of = {label: place for place, label in enumerate(recipe.labels)}
    height, _ = preprocessing.size
    cropped = bool(CROPPING.intersection(recipe.augmentation))

    def measured(pictures: tuple[Labelled, ...]) -> Pictures:
        ones = [1.0] * len(pictures)
        return Pictures(request.collection, pictures, preprocessing, class_of, ones)

    training = Pictures(
        request.collection,
        parts.train,
        preprocessing,
        class_of,
        weights_of(parts.train, recipe.weighting),
        steps_of(recipe.augmentation, height),
        cropped=cropped,
        seed=request.seed,
    )
    validation = measured(parts.validation)
    tests = {name: measured(pictures) for name, pictures in parts.tests.items()}

    def progress(done: int, total: int) -> None:
        to.progress("training", done, total)

    network, on = backbone.network, request.machine
    if isinstance(network, PictureStatistics):
        return fit_head(network, recipe, training, validation, tests, on, to.tell, progress)
    return fit(
        Classifier(network, recipe),
        recipe,
        training,
        validation,
        tests,
        TrainingFolder(request.out).checkpoints,
        on,
        request.seed,
        resume=request.resume,
        tell=to.tell,
        progress=progress,
    )


def _class_names(recipe: Recipe, pictures: tuple[Labelled, ...]) -> tuple[str, ...]:
    """What the data call the classes, in the recipe's output order."""
    return tuple(
        min(picture.class_name for picture in pictures if picture.label == label)
        for label in recipe.labels
    )


def _part_names(parts: Parts) -> dict[str, str]:
    return {p.path: name for name, pictures in parts.named.items() for p in pictures}
