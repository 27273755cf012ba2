"""``dfc-train DATA``: a checkpoint with its training record."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from forensic_cli.ground_truth.labelled import Columns
    from trainers.data.collection import Collection
    from trainers.training import Trained


def train(  # noqa: PLR0913 - the command line
    data: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path,
            metavar="DATA",
            help="Labelled folders (AI and Real, fake_images and real_images ..., below train, val "
            "and test or not), or a CSV with path and label.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", parser=options.given_path, metavar="RUN", help="Folder of the result."
        ),
    ],
    recipe: Annotated[
        str,
        typer.Option("--recipe", metavar="NAME", help="dfc-train recipes lists them."),
    ] = "dfc305",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change any setting of the recipe; may be given several times.",
        ),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            "--backbone",
            metavar="NAME|FOLDER",
            help="Another network: a hub name or folder of transformers, timm:NAME, "
            "torchvision:NAME, swin-tiny, swin-small, swin-base ...",
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            parser=options.given_path,
            metavar="FILE",
            help="Begin with the weights in this file (.pth, .safetensors); the head may differ.",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Passes over the pictures.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", min=1, help="Pictures per step.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", help="At its peak.")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            parser=options.given_path,
            metavar="DIR",
            help="Folder that a CSV's paths begin from. Default: the CSV's own.",
        ),
    ] = None,
    classes: options.Classes = None,
    path_column: options.PathColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            min=0,
            max=2**31 - 1,
            help="Seed of splits, order, augmentation and fresh weights.",
        ),
    ] = 0,
    device: options.OnDevice = "auto",
    precision: Annotated[
        Literal["fp32", "bf16", "fp16"],
        typer.Option("--precision", help="Mixed precision; weights stay float32."),
    ] = "fp32",
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=0,
            max=256,
            help="Processes that prepare pictures; 0 = none of their own. Default: 0 on the CPU, "
            "one per core (at most 8) with CUDA.",
        ),
    ] = None,
    *,
    scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Begin with random weights.")
    ] = False,
    ignore_groups: Annotated[
        bool,
        typer.Option(
            "--ignore-groups",
            help="Split validation pictures off by chance, through groups; its figures then "
            "flatter.",
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an unfinished training in RUN.")
    ] = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Train by a recipe, keep the best epoch, and write what dfc-export needs.

    Every picture is read once first; what cannot be decoded is listed and left out. Without a
    validation part a share is split off, stratified and seeded, and by group (source) where the
    data have one: a column group or source, or folders inside the class folders. RUN gets
    model.safetensors, training.json (settings, seed, digest of the data, versions, figures),
    pictures.csv, history.json and curves.png.

    Examples: dfc-train data --out run --recipe dfc305

    dfc-train labels.csv --images pictures --out run --set warmup=0.2
    """
    with reporting(debug):
        from exporters.loaders.hub import is_hub_name
        from trainers.libraries import prepare
        from trainers.recipes.published import recipe_named

        direct = {
            "backbone": backbone,
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
        }
        given = [f"{name}={value}" for name, value in direct.items() if value is not None]
        chosen = recipe_named(recipe).changed([*(settings or []), *given])
        prepare(online=is_hub_name(chosen.backbone))
        from forensic_cli.cli.console import RunConsole
        from forensic_cli.events import Progressed
        from trainers.fitting.machine import machine
        from trainers.run.request import TrainingRequest
        from trainers.training import Listeners
        from trainers.training import train as run

        named = options.columns(path_column, label_column, group_column)
        collection = _collection(data, images, classes, named, ignore_groups=ignore_groups)
        on = machine(device, precision, workers)
        with RunConsole(quiet=quiet) as console:
            console.say(f"device: {on.device}, {on.precision}")
            request = TrainingRequest(
                collection, out, chosen, seed, scratch, weights, on, resume=resume, force=force
            )
            made = run(
                request,
                Listeners(
                    console.say,
                    console.loud,
                    lambda stage, done, total: console(Progressed(stage, done, total)),
                ),
            )
        if not quiet:
            _print(made)
        raise typer.Exit(ExitCode.OK)


def _collection(
    data: Path,
    images: Path | None,
    classes: str | None,
    columns: "Columns | None",
    *,
    ignore_groups: bool,
) -> "Collection":
    from trainers.data.collection import Collection

    pictures = options.labelled(data, classes, None, columns)
    if data.is_dir() and images is not None:
        msg = "--images goes with a CSV; a folder holds its pictures itself"
        raise UsageError(msg)
    if ignore_groups:
        pictures = tuple(replace(picture, group="") for picture in pictures)
    return Collection(data if data.is_dir() else images or data.parent, pictures)


def _print(made: "Trained") -> None:
    from forensic_cli.cli.console import out

    best = made.fitted.best
    out(f"trained        {made.folder}")
    out(f"weights        sha256 {made.sha256}")
    out(f"updates        {made.fitted.steps:,}")
    for name, measures in (("validation", best), *made.fitted.tests.items()):
        auc = "-" if measures.roc_auc is None else f"{measures.roc_auc:.4f}"
        out(
            f"{name:<14} accuracy {measures.accuracy:.4f}, F1 of AI {measures.ai.f1:.4f}, macro F1 "
            f"{measures.macro_f1:.4f}, area under ROC {auc}"
        )
    if made.unreadable:
        out(f"left out       {len(made.unreadable):,} pictures, see pictures.csv")
    out(f"next           dfc-export {made.folder} --out MODEL.onnx")
