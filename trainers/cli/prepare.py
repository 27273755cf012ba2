"""``dfc-train prepare``: train and test folders out of a label table."""

from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import ExitCode


def prepare(  # noqa: PLR0913 - the command line
    labels: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path,
            metavar="LABELS.csv",
            help="Table with path and label, and perhaps group (or source) and split.",
        ),
    ],
    images: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path, metavar="IMAGES", help="Folder that its paths begin from."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", parser=options.given_path, metavar="DATA", help="New folder."),
    ],
    classes: options.Classes = None,
    path_column: options.PathColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    test: Annotated[
        float,
        typer.Option(
            "--test",
            min=0.01,
            max=0.5,
            help="Share that becomes the test, where the table has no column split.",
        ),
    ] = 0.2,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Seed of the split: the same seed, the same parts.")
    ] = 0,
    *,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Make DATA/train and DATA/test with AI and Real in each, out of a label table.

    Stratified by class, seeded, and never through a group: a source is in train or in test.
    Pictures are hard-linked, or copied where the file system cannot; originals are not touched.
    Pictures that the table names and that are not there are listed, and end with exit code 3.

    Example: dfc-train prepare labels.csv images --out data
    """
    with reporting(debug):
        from forensic_cli.cli.console import RunConsole
        from forensic_cli.cli.console import out as say
        from forensic_cli.events import Progressed
        from trainers.libraries import prepare as load

        load()
        from trainers.data.split_folders import prepare_folders

        named = options.columns(path_column, label_column, group_column)
        truth = options.labelled(labels, classes, None, named)
        with RunConsole(quiet=quiet) as console:
            made = prepare_folders(
                truth,
                images,
                out,
                test,
                seed,
                lambda done, total: console(Progressed("preparing", done, total)),
            )
        for folder, count in made.counts.items():
            say(f"{folder:<14} {count:,} pictures")
        for way, count in made.ways.items():
            say(f"made by        {way}: {count:,}")
        if made.absent:
            say(f"NOT THERE      {len(made.absent):,} of {len(truth):,} pictures of the table:")
            for name in made.absent[:10]:
                say(f"               {name}")
        raise typer.Exit(ExitCode.INCOMPLETE if made.absent else ExitCode.OK)
