"""Options that several commands share, each spelt once."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from forensic_cli.ground_truth.labelled import Columns, Labelled
from forensic_cli.cli.streams import write_line
from forensic_cli.errors import OutputError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.integrity.manifests.formats import FORMATS_IN_WORDS
from forensic_cli.integrity.outcomes import Accepted
from forensic_cli.settings import Device, available_cores


def given_path(text: str) -> Path:
    """A path from the command line; whether it can be read is found out where it is read.

    Raises:
        typer.BadParameter: Nothing was given, an unset variable say; it would mean this folder.
    """
    if not text:
        msg = "is empty; was a variable not set?"
        raise typer.BadParameter(msg)
    return Path(text)


def columns(path: str | None, label: str | None, group: str | None) -> "Columns | None":
    """The columns of a label table that were named, None where none was."""
    from forensic_cli.ground_truth.labelled import Columns

    named = Columns(path, label, group)
    return None if named == Columns() else named


def labelled(
    where: Path, classes: str | None, split: str | None, named: "Columns | None"
) -> "tuple[Labelled, ...]":
    """The known answers that ``--labels`` and its companions name.

    Raises:
        LabelsError: They cannot be read, or the split is empty.
        UsageError: The options do not fit.
    """
    from forensic_cli.ground_truth.classes import ClassNames
    from forensic_cli.ground_truth.folders import without_class
    from forensic_cli.ground_truth.reading import of_split, read_labels

    names = ClassNames.given(classes)
    found = of_split(read_labels(where, names, named), split)
    if where.is_dir():
        for folder in without_class(where, names):
            said = on_screen(f"note: {folder!r} holds no class folders and is left out")
            write_line(sys.stderr, said)
    return found


def refuse_inside(folder: Path | None, evidence: Path | None) -> None:
    """See that what is written does not lie in the evidence.

    Raises:
        OutputError: It would.
    """
    if folder and evidence and folder.resolve().is_relative_to(evidence.resolve()):
        msg = f"{str(folder)!r} lies inside the evidence, which is only read; choose another place"
        raise OutputError(msg)


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
Head = Annotated[
    str | None,
    typer.Option(
        "--head", metavar="DIGEST", help="Head digest that was written down when the run ended."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace outputs that are there already.")]
OnDevice = Annotated[
    Device,
    typer.Option("--device", help="auto takes CUDA where it works, and says what it took."),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        "--batch-size",
        min=1,
        max=4096,
        show_default="2 on the CPU, 8 on CUDA",
        help="Pictures per inference call.",
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=1,
        max=256,
        show_default="one per core",
        default_factory=available_cores,
        help="Threads that read and hash, and processes that decode.",
    ),
]
Allow = Annotated[
    list[Accepted] | None,
    typer.Option(
        "--allow",
        metavar="OUTCOME",
        help="Accept files that only moved (moved), copies of listed ones (duplicate), or new "
        "files that systems make, as .DS_Store and Thumbs.db (new:system); may be repeated.",
    ),
]
Md5 = Annotated[
    str | None, typer.Option("--md5", metavar="HEX", help="Expected MD5 of a file or container.")
]
Sha1 = Annotated[
    str | None, typer.Option("--sha1", metavar="HEX", help="Expected SHA-1 of a file or container.")
]
Sha256 = Annotated[
    str | None,
    typer.Option("--sha256", metavar="HEX", help="Expected SHA-256 of a file or container."),
]
Hashes = Annotated[
    list[Path] | None,
    typer.Option(
        "--hashes",
        parser=given_path,
        metavar="FILE",
        help=f"Manifest to check against ({FORMATS_IN_WORDS}); may be given several times. "
        "Default: hashes/NAME.* in the working folder or next to the evidence.",
    ),
]
LabelsAt = Annotated[
    Path,
    typer.Option(
        "--labels",
        parser=given_path,
        metavar="LABELS",
        help="Known answers: a CSV with path and label (and perhaps group or source, and split), "
        "or labelled folders (AI and Real, or their like). 0 = AI, 1 = real.",
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        "--classes",
        metavar="AI,REAL",
        help="What the data call the two classes, the AI class first: fake_images,real_images, or "
        "1,0 for a table in which 1 means AI.",
    ),
]
Split = Annotated[
    str | None,
    typer.Option("--split", metavar="NAME", help="Only labels of this split (train, val ...)."),
]
PathColumn = Annotated[
    str | None,
    typer.Option(
        "--path-column",
        metavar="NAME",
        help="Column of the paths, where it is not called path or filename.",
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column",
        metavar="NAME",
        help="Column of the labels, where it is not called label or class.",
    ),
]
GroupColumn = Annotated[
    str | None,
    typer.Option(
        "--group-column",
        metavar="NAME",
        help="Column of the groups (where a picture is from), where it is not called group or "
        "source.",
    ),
]
Model = Annotated[
    Path,
    typer.Option(
        "--model",
        parser=given_path,
        metavar="MODEL.onnx",
        show_default="the built-in demonstration model",
        help="Exported model with a card.",
    ),
]
Case = Annotated[str, typer.Option("--case", metavar="TEXT", help="Case, for the log.")]
Exhibit = Annotated[str, typer.Option("--exhibit", metavar="TEXT", help="Exhibit, for the log.")]
Examiner = Annotated[str, typer.Option("--examiner", metavar="TEXT", help="Examiner, for the log.")]
Agency = Annotated[str, typer.Option("--agency", metavar="TEXT", help="Agency, for the log.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Anything else, for the log.")]
