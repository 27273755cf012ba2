"""``dfc-classify verify-hash``: the integrity check alone."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_cli.cli import evidence_options, options
from forensic_cli.cli.digests import digests_given
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import DfcError, ExitCode, UsageError
from forensic_cli.events import Observer
from forensic_cli.evidence.kinds import CONTAINERS_IN_WORDS
from forensic_cli.hashing import Digest
from forensic_cli.integrity.outcomes import Accepted
from forensic_cli.records import Verdict

if TYPE_CHECKING:
    from forensic_cli.integrity.report import Checked


_PLACES = (Path(), Path("samples"))


def verify_hash(  # noqa: PLR0913 - the options of a command
    target: Annotated[
        Path | None,
        typer.Argument(
            parser=options.given_path,
            metavar="[TARGET]",
            help=f"Folder, container ({CONTAINERS_IN_WORDS}) or file to check; without one, all "
            "that the manifests in hashes/ name.",
        ),
    ] = None,
    *,
    md5: options.Md5 = None,
    sha1: options.Sha1 = None,
    sha256: options.Sha256 = None,
    hashes: options.Hashes = None,
    extracted: Annotated[
        Path | None,
        typer.Option(
            "--extracted",
            parser=options.given_path,
            metavar="FOLDER",
            help="Also check a folder that was extracted from the container, file by file, "
            "against the hashes inside it.",
        ),
    ] = None,
    allow: options.Allow = None,
    names: evidence_options.ArchiveNames = None,
    workers: options.Workers,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Check evidence against its reference hashes, file by file, and say what differs.

    Outcomes: matched, changed, conflict (one algorithm agrees, another does not), renamed_form (the
    same name in other letters, which is no difference), moved, duplicate, missing, new, unreadable.
    Every file is read once; MD5, SHA-1 and SHA-256 are computed together. Of an AD1 image the hash
    of the file, of all segments and FTK Imager's image hash are computed in one pass, and the
    verdict says which one matched; its report NAME.ad1.txt is read where it lies beside it. Exit
    code 0 = intact, 4 = it differs, 5 = something cannot be read or understood.

    Example: dfc-classify verify-hash X.ad1 --md5 083C... --extracted ImageSet
    """
    with reporting(debug):
        from forensic_cli.cli.console import RunConsole

        digests = digests_given(md5, sha1, sha256)
        given = tuple(hashes or ())
        accepted = frozenset(allow or ())
        with RunConsole(quiet=quiet) as console:
            if target is None:
                if extracted:
                    msg = "name the container: dfc-classify verify-hash X.ad1 --extracted FOLDER"
                    raise UsageError(msg)
                code = _check_all(digests, given, workers, accepted, console, quiet=quiet)
            else:
                codes = []
                if extracted:
                    checked = _check_extracted(target, extracted, workers, console)
                    codes.append(_report(checked, accepted, quiet=quiet))
                if not extracted or digests or given or _has_reference(target):
                    checked = _check(target, digests, given, workers, names, console)
                    codes.append(_report(checked, accepted, quiet=quiet))
                else:
                    console.loud(
                        f"NOT VERIFIED: no reference hash was given or found for {target.name!r} "
                        "itself; the folder was compared with what is inside it"
                    )
                code = _overall(codes)
        raise typer.Exit(code)


def _check(  # noqa: PLR0913 - as the command
    target: Path,
    digests: tuple[Digest, ...],
    given: tuple[Path, ...],
    workers: int,
    names: str | None,
    tell: Observer,
) -> "Checked":
    from forensic_cli.evidence.options import ReadingOptions
    from forensic_cli.evidence.recognition import is_container
    from forensic_cli.integrity.check_evidence import check_evidence
    from forensic_cli.integrity.check_file import check_file, expected_of_file

    if os.path.isdir(target):  # noqa: PTH112 - it does not raise where a folder is locked
        if digests:
            msg = "a folder has no hash of its own, only its files have; give --hashes FILE"
            raise UsageError(msg)
        return check_evidence(target, given, (), workers, tell)
    if is_container(target):
        return check_evidence(target, given, digests, workers, tell, ReadingOptions(names))
    if digests and not given:
        return check_file(target, digests, "the command line")
    expected, reference = expected_of_file(target, given)
    if digests:
        reference = f"the command line, {reference}"
    return check_file(target, tuple(dict.fromkeys((*digests, *expected))), reference)


def _check_all(  # noqa: PLR0913 - as the command
    digests: tuple[Digest, ...],
    given: tuple[Path, ...],
    workers: int,
    accepted: frozenset[Accepted],
    tell: Observer,
    *,
    quiet: bool,
) -> ExitCode:
    """Check every manifest at hand; one that cannot be read does not keep the others back."""
    from forensic_cli.cli.console import out
    from forensic_cli.integrity import check_lists as lists
    from forensic_cli.integrity.gathering import FOLDER
    from forensic_cli.integrity.manifests.finding import left_out_in

    if digests:
        msg = "name the file that should have this hash: dfc-classify verify-hash FILE --md5 HEX"
        raise UsageError(msg)
    codes = []
    if not given:
        for path in left_out_in(Path(FOLDER)):
            out(f"left out       {path}  (no manifest, by its name)")
    for manifests in lists.by_name(given or lists.manifests_here()):
        near = manifests[0].absolute().parent
        try:
            checked = lists.check_manifests(manifests, (*_PLACES, near, near.parent), workers, tell)
        except DfcError as error:
            out(f"reference      {', '.join(map(str, manifests))}")
            out(f"verdict        NOT CHECKED: {error}")
            codes.append(error.exit_code)
        else:
            codes.append(_report(checked, accepted, quiet=quiet))
    return _overall(codes)


def _overall(codes: list[ExitCode]) -> ExitCode:
    """The worst of several checks, said once more at their end."""
    from forensic_cli.cli.console import out

    if len(codes) > 1:
        intact = set(codes) == {ExitCode.OK}
        out(f"in all         {'intact' if intact else 'NOT INTACT'}, {len(codes)} checks")
    worst_first = (ExitCode.EVIDENCE_DIFFERS, ExitCode.UNREADABLE)
    return next((code for code in worst_first if code in codes), max(codes))


def _has_reference(target: Path) -> bool:
    from forensic_cli.integrity.check_evidence import has_reference

    return has_reference(target)


def _check_extracted(target: Path, folder: Path, workers: int, tell: Observer) -> "Checked":
    from forensic_cli.integrity.extracted_folder import check_extracted
    from forensic_cli.integrity.report import Checked

    report = check_extracted(target, folder, workers, tell)
    return Checked(f"folder {folder}", f"the files inside {target}", report)


def _report(checked: "Checked", accepted: frozenset[Accepted], *, quiet: bool) -> ExitCode:
    """Print a check's outcome; a difference is printed even with ``--quiet``."""
    from forensic_cli.cli.console import out
    from forensic_cli.foundation.path_text import visible

    report = replace(checked.report, allowed=accepted)
    intact = report.verdict is Verdict.INTACT
    if not quiet or not intact:
        out(f"target         {checked.target}")
        out(f"reference      {checked.reference}")
        for record in report.records():
            said = "  <- this is what was expected" if record["matched"] else ""
            out(f"found          {record['algorithm']}:{record['digest']}  {record['of']}{said}")
        for difference in report.differences:
            out(f"{difference.outcome:<14} {visible(difference.path)}  ({difference.detail})")
        for path in report.not_hashed:
            out(f"{'not hashed':<14} {visible(path)}  (a link or a special file)")
        for path in report.not_verified:
            out(f"{'not verified':<14} {visible(path)}  (no reference names it, none has to)")
        out(f"counts         {', '.join(f'{n:,} {word}' for word, n in report.counts.items())}")
        out(f"compared       {', '.join(report.algorithms)}")
        matched = "; ".join(
            f"the {one.expected.algorithm} expected is that of {one.matched}"
            for one in report.container
            if one.matched
        )
        out(f"verdict        {'intact' if intact else 'NOT INTACT'}{matched and f' ({matched})'}")
    if report.question:
        out(f"QUESTION       {report.question}")
    for remark in checked.remarks:
        out(f"NOTE           {remark}")
    if report.caution and not quiet:
        out(f"note           {report.caution}")
    return ExitCode.of_verdict(report.verdict)
