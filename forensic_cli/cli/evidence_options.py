"""Options that say how evidence is read and named."""

from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli.options import given_path
from forensic_cli.errors import UsageError
from forensic_cli.evidence.options import ENCODINGS
from forensic_cli.known_files.formats import FORMATS_IN_WORDS
from forensic_cli.outputs.csv import NAME_FORMS


def archive_names(text: str) -> str:
    """A character set that names in archives may be in.

    Raises:
        BadParameter: It is none that is known here.
    """
    name = text.lower().replace("-", "_")
    if name not in ENCODINGS:
        msg = f"{text!r} is no character set that is read here; these are: {', '.join(ENCODINGS)}"
        raise typer.BadParameter(msg)
    return name


def names_given(given: list[str]) -> tuple[str, str | None]:
    """The form of names in the CSV, and the character set of names in archives.

    Raises:
        UsageError: Two of one kind, or neither.
    """
    forms = [one for one in given if one in NAME_FORMS]
    try:
        encodings = [archive_names(one) for one in given if one not in NAME_FORMS]
    except typer.BadParameter as error:
        msg = f"--names: {error}; or full, relative or basename"
        raise UsageError(msg) from error
    if len(forms) > 1 or len(encodings) > 1:
        msg = "--names: give one form (full, relative, basename) and one character set at most"
        raise UsageError(msg)
    return forms[0] if forms else NAME_FORMS[0], encodings[0] if encodings else None


ArchiveNames = Annotated[
    str | None,
    typer.Option(
        "--names",
        parser=archive_names,
        metavar="CHARSET",
        help="Character set of names in old archives that are not UTF-8: "
        f"{', '.join(ENCODINGS[:5])} ...",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--names",
        metavar="FORM|CHARSET",
        help="Names in the CSV: full (evidence and path), relative (the path) or basename "
        "(refused where two files have one). And the character set of names in old archives "
        f"that are not UTF-8: {', '.join(ENCODINGS[:5])} ... May be given twice.",
    ),
]
Descend = Annotated[
    bool,
    typer.Option(
        "--descend",
        help="Open ZIP, tar and AD1 containers inside the evidence; each of their entries is a "
        "row: outer.zip/inner/a.jpg.",
    ),
]
DescendLevels = Annotated[
    int,
    typer.Option("--descend-levels", min=1, max=8, help="How deep --descend goes."),
]
Known = Annotated[
    list[Path] | None,
    typer.Option(
        "--known",
        parser=given_path,
        metavar="FILE",
        help=f"List of known files ({FORMATS_IN_WORDS}), whose names the details say; may be "
        "given several times.",
    ),
]
SkipKnown = Annotated[
    bool,
    typer.Option("--skip-known", help="Leave known files unscored (status known_file)."),
]
