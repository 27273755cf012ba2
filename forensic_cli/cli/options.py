"""Options that several commands share, each spelt once."""

from pathlib import Path
from typing import Annotated

import typer

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


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and warnings only.")]
Force = Annotated[bool, typer.Option("--force", help="Replace outputs that are there already.")]
OnDevice = Annotated[
    Device,
    typer.Option("--device", help="auto takes CUDA where it works, and says what it took."),
]
BatchSize = Annotated[
    int, typer.Option("--batch-size", min=1, max=4096, help="Pictures per inference call.")
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=1,
        max=256,
        show_default="one per core",
        default_factory=available_cores,
        help="Threads that read, hash and decode.",
    ),
]
Md5 = Annotated[str | None, typer.Option("--md5", metavar="HEX", help="Expected MD5 of a file.")]
Sha1 = Annotated[
    str | None, typer.Option("--sha1", metavar="HEX", help="Expected SHA-1 of a file.")
]
Sha256 = Annotated[
    str | None, typer.Option("--sha256", metavar="HEX", help="Expected SHA-256 of a file.")
]
Hashes = Annotated[
    list[Path] | None,
    typer.Option(
        "--hashes",
        parser=given_path,
        metavar="FILE",
        help="Manifest to check against (md5sum, sha*sum, hashdeep); may be given several times. "
        "Default: hashes/NAME.* in the working folder or next to the evidence.",
    ),
]
