"""``dfc-classify verify-hash``: the integrity check alone."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import options
from forensic_cli.cli.digests import digests_given
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import DfcError, ExitCode, UsageError
from forensic_cli.hashing import Digest

if TYPE_CHECKING:
    from forensic_cli.hash_check import Checked, Progress

_PLACES = (Path(), Path("samples"))


def verify_hash(  # noqa: PLR0913 - the options of a command
    target: Annotated[
        Path | None,
        typer.Argument(
            parser=options.given_path,
            metavar="[TARGET]",
            help="Folder or file to check; without one, all that the manifests in hashes/ name.",
        ),
    ] = None,
    *,
    md5: options.Md5 = None,
    sha1: options.Sha1 = None,
    sha256: options.Sha256 = None,
    hashes: options.Hashes = None,
    workers: options.Workers,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Check evidence against its reference hashes, file by file, and say what differs.

    Outcomes: matched, changed, moved, missing, extra, unreadable. Every file is read once; MD5,
    SHA-1 and SHA-256 are computed together. Exit code 0 = intact, 4 = it differs,
    5 = something cannot be read or understood.
    """
    with reporting(debug):
        from forensic_cli.cli.console import RunConsole  # noqa: PLC0415
        from forensic_cli.events import Progressed  # noqa: PLC0415

        digests = digests_given(md5, sha1, sha256)
        given = tuple(hashes or ())
        with RunConsole(quiet=quiet) as console:

            def progress(stage: str, done: int, total: int) -> None:
                console(Progressed(stage, done, total))

            if target is None:
                code = _check_all(digests, given, workers, progress, quiet=quiet)
            else:
                checked = _check(target, digests, given, workers, progress)
                code = _report(checked, quiet=quiet)
        raise typer.Exit(code)


def _check(
    target: Path,
    digests: tuple[Digest, ...],
    given: tuple[Path, ...],
    workers: int,
    progress: "Progress",
) -> "Checked":
    from forensic_cli import hash_check  # noqa: PLC0415

    if os.path.isdir(target):  # noqa: PTH112 - it does not raise where a folder is locked
        if digests:
            msg = "a folder has no hash of its own, only its files have; give --hashes FILE"
            raise UsageError(msg)
        return hash_check.check_folder(target, given, workers, progress)
    if digests and not given:
        return hash_check.check_file(target, digests, "the command line")
    expected, reference = hash_check.expected_of_file(target, given)
    if digests:
        reference = f"the command line, {reference}"
    return hash_check.check_file(target, tuple(dict.fromkeys((*digests, *expected))), reference)


def _check_all(
    digests: tuple[Digest, ...],
    given: tuple[Path, ...],
    workers: int,
    progress: "Progress",
    *,
    quiet: bool,
) -> ExitCode:
    """Check every manifest at hand; one that cannot be read does not keep the others back."""
    from forensic_cli import hash_check  # noqa: PLC0415
    from forensic_cli.cli.console import out  # noqa: PLC0415
    from forensic_cli.manifests.reading import left_out_in  # noqa: PLC0415
    from forensic_cli.reference import FOLDER  # noqa: PLC0415

    if digests:
        msg = "name the file that should have this hash: dfc-classify verify-hash FILE --md5 HEX"
        raise UsageError(msg)
    codes = set()
    if not given:
        for path in left_out_in(Path(FOLDER)):
            out(f"left out       {path}  (no manifest, by its name)")
    for manifests in hash_check.by_name(given or hash_check.manifests_here()):
        near = manifests[0].absolute().parent
        try:
            checked = hash_check.check_manifests(
                manifests, (*_PLACES, near, near.parent), workers, progress
            )
        except DfcError as error:
            out(f"reference      {', '.join(map(str, manifests))}")
            out(f"verdict        NOT CHECKED: {error}")
            codes.add(error.exit_code)
        else:
            codes.add(_report(checked, quiet=quiet))
    worst_first = (ExitCode.EVIDENCE_DIFFERS, ExitCode.UNREADABLE, ExitCode.OK)
    return next((code for code in worst_first if code in codes), max(codes))


def _report(checked: "Checked", *, quiet: bool) -> ExitCode:
    """Print a check's outcome; a difference is printed even with ``--quiet``."""
    from forensic_cli.cli.console import out  # noqa: PLC0415
    from forensic_cli.names import visible  # noqa: PLC0415

    report = checked.report
    intact = report.verdict == "intact"
    if not quiet or not intact:
        out(f"target         {checked.target}")
        out(f"reference      {checked.reference}")
        for digest in checked.found:
            out(f"found          {digest}")
        for difference in report.differences:
            out(f"{difference.outcome:<14} {visible(difference.path)}  ({difference.detail})")
        for path in report.not_hashed:
            out(f"{'not hashed':<14} {visible(path)}  (a link or a special file)")
        out(f"counts         {', '.join(f'{n:,} {word}' for word, n in report.counts.items())}")
        out(f"compared       {', '.join(report.algorithms)}")
        out(f"verdict        {'intact' if intact else 'NOT INTACT'}")
    if report.caution and not quiet:
        out(f"note           {report.caution}")
    if intact:
        return ExitCode.OK
    return ExitCode.UNREADABLE if report.verdict == "unreadable" else ExitCode.EVIDENCE_DIFFERS
