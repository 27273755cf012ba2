"""``dfc-classify hash``: make a manifest."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import UsageError
from forensic_cli.hashing import ALGORITHM_BY_SUFFIX

_SUFFIXES = ", ".join(ALGORITHM_BY_SUFFIX)
_CHECKERS = {"blake2b": "b2sum"}


def hash_evidence(  # noqa: PLR0913 - the options of a command
    evidence: Annotated[
        Path,
        typer.Argument(
            parser=options.given_path, metavar="EVIDENCE", help="Folder or file to hash."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="NAME.md5",
            help="The manifest; its suffix chooses the algorithm: "
            + ", ".join(ALGORITHM_BY_SUFFIX)
            + ".",
        ),
    ],
    *,
    workers: options.Workers,
    force: options.Force = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write the manifest of some evidence, in the form that md5sum -c accepts, odd names included.

    Names begin with the evidence's own name. A file that cannot be read is an error: no manifest
    is written that leaves something out.
    """
    with reporting(debug):
        algorithm = ALGORITHM_BY_SUFFIX.get(out.suffix.lower())
        if algorithm is None:
            msg = (
                f"--out {str(out)!r}: the name must end in one of {', '.join(ALGORITHM_BY_SUFFIX)}"
            )
            raise UsageError(msg)
        from forensic_cli.cli.console import RunConsole  # noqa: PLC0415
        from forensic_cli.cli.console import out as say  # noqa: PLC0415
        from forensic_cli.events import Progressed  # noqa: PLC0415
        from forensic_cli.manifest_writing import write_manifest  # noqa: PLC0415

        with RunConsole(quiet=quiet) as console:
            written = write_manifest(
                evidence,
                out,
                algorithm,
                force=force,
                workers=workers,
                progress=lambda done, total: console(Progressed("hashing", done, total)),
            )
        if not quiet:
            checker = _CHECKERS.get(algorithm, f"{algorithm}sum")
            say(f"manifest       {written.path}, {written.files:,} files, {algorithm}")
            if written.left_out:
                say(f"left out       {written.left_out:,} links and special files")
            say(
                f"check it with  cd {shlex.quote(str(written.base))} && "
                f"{checker} -c {shlex.quote(str(written.path.absolute()))}"
            )
