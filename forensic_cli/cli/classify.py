"""``dfc-classify classify``: the main job on the command line."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forensic_cli.cli import evidence_options, options
from forensic_cli.cli.digests import digests_given, head_given
from forensic_cli.cli.exits import reporting
from forensic_cli.errors import UsageError
from forensic_cli.evidence.kinds import CONTAINERS_IN_WORDS
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.integrity.outcomes import Accepted
from forensic_cli.settings import (
    BUILT_IN_MODEL,
    DEFAULT_FILE_TIMEOUT,
    DEFAULT_MAX_BYTES,
    DEFAULT_MAX_PIXELS,
    SEGMENT_SIZE,
    CaseFacts,
    ClassifySettings,
)


class _Allowed(StrEnum):
    """Differences with which a run may go on: no picture is scored for them."""

    NEW_BY_SYSTEM = Accepted.NEW_BY_SYSTEM.value


def classify(  # noqa: PLR0913 - the command line of the main job
    evidence: Annotated[
        list[Path],
        typer.Argument(
            parser=options.given_path,
            metavar="EVIDENCE...",
            help=f"What to examine: a folder, a container ({CONTAINERS_IN_WORDS}), a picture, or "
            "several of them.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            parser=options.given_path,
            metavar="RESULT.csv",
            help="Result file; RESULT.exceptions.csv, RESULT.details.parquet and "
            "RESULT.audit.jsonl appear beside it.",
        ),
    ],
    model: options.Model = BUILT_IN_MODEL,
    device: options.OnDevice = "auto",
    batch_size: options.BatchSize = None,
    *,
    workers: options.Workers,
    md5: options.Md5 = None,
    sha1: options.Sha1 = None,
    sha256: options.Sha256 = None,
    hashes: options.Hashes = None,
    continue_on_mismatch: Annotated[
        bool,
        typer.Option(
            "--continue-on-mismatch",
            help="Go on where the evidence is not intact; log, summary and exit code say so.",
        ),
    ] = False,
    allow: Annotated[
        list[_Allowed] | None,
        typer.Option(
            "--allow",
            metavar="new:system",
            help="Go on where files are new that systems make, as .DS_Store and Thumbs.db; none of "
            "them is scored.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Refuse evidence without a reference hash from outside the evidence.",
        ),
    ] = False,
    case: options.Case = "",
    exhibit: options.Exhibit = "",
    examiner: options.Examiner = "",
    agency: options.Agency = "",
    note: options.Note = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from an interrupted run of the same command.")
    ] = False,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="DIGEST",
            help="With --resume: the digest that the interrupted run ended with; another is "
            "refused.",
        ),
    ] = None,
    force: options.Force = False,
    max_pixels: Annotated[
        int, typer.Option("--max-pixels", min=1, help="Larger pictures are not decoded.")
    ] = DEFAULT_MAX_PIXELS,
    max_bytes: Annotated[
        int, typer.Option("--max-bytes", min=1, help="Larger files are not read.")
    ] = DEFAULT_MAX_BYTES,
    file_timeout: Annotated[
        float,
        typer.Option(
            "--file-timeout",
            min=0.1,
            max=86400.0,
            metavar="SECONDS",
            help="Time in which a file must be decoded; then it is reported as timeout.",
        ),
    ] = DEFAULT_FILE_TIMEOUT,
    allow_damaged: Annotated[
        bool,
        typer.Option(
            "--allow-damaged",
            help="Score damaged pictures, too, as far as they can be decoded (flag damaged_data).",
        ),
    ] = False,
    require_sandbox: Annotated[
        bool,
        typer.Option(
            "--require-sandbox",
            help="Refuse to run where the system does not let decoders be confined.",
        ),
    ] = False,
    names: evidence_options.Names = None,
    descend: evidence_options.Descend = False,
    descend_levels: evidence_options.DescendLevels = 2,
    known: evidence_options.Known = None,
    skip_known: evidence_options.SkipKnown = False,
    excel_safe: Annotated[
        bool,
        typer.Option(
            "--excel-safe",
            help="Also write copies of both CSV for a spreadsheet, with formula signs defused.",
        ),
    ] = False,
    profile: Annotated[
        bool,
        typer.Option("--profile", help="At the end, say where the time went and what bounds it."),
    ] = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Label every picture as AI-made (0) or real (1), with a score and an audit log.

    Evidence is a folder, a container, a picture, or several of them; of an AD1 image give the first
    segment. Containers are told by their content, read in place and never unpacked to disk.
    Evidence is checked against its manifest or hash first, and the run stops on a difference before
    a model is loaded. Every file ends as one row of RESULT.csv or RESULT.exceptions.csv;
    RESULT.details.parquet has all that was found out, RESULT.audit.jsonl is the examiner's log.

    Of several, each is checked against its own manifest, and its name stands before its entries.

    Example: dfc-classify "Target ImageSet.ad1" --md5 083C11A3... --out 2023.csv

    Example: dfc-classify ImageSet --model swin.onnx --out 2023.csv --case 2023-305 --examiner KE
    """
    with reporting(debug):
        digests = digests_given(md5, sha1, sha256)
        if digests and len(evidence) > 1:
            msg = (
                "--md5, --sha1 and --sha256 are of one file; with several pieces of evidence give "
                "the lists of their hashes with --hashes FILE"
            )
            raise UsageError(msg)
        if digests and os.path.isdir(evidence[0]):  # noqa: PTH112
            msg = (
                "a folder has no hash of its own, only its files have; check it against a manifest "
                "with --hashes FILE"
            )
            raise UsageError(msg)
        if head is not None and not resume:
            msg = "--head is of the run to go on from; give it with --resume"
            raise UsageError(msg)
        if skip_known and not known:
            msg = "--skip-known needs a list of known files; give it with --known FILE"
            raise UsageError(msg)
        name_form, encoding = evidence_options.names_given(names or [])
        settings = ClassifySettings(
            evidence=tuple(evidence),
            out=out,
            model=model,
            device=device,
            batch_size=batch_size,
            workers=workers,
            hashes=tuple(hashes or ()),
            digests=digests,
            continue_on_mismatch=continue_on_mismatch,
            allow=tuple(sorted(allow or ())),
            strict=strict,
            allow_damaged=allow_damaged,
            require_sandbox=require_sandbox,
            known=tuple(known or ()),
            skip_known=skip_known,
            resume=resume,
            head=head_given(head),
            force=force,
            max_pixels=max_pixels,
            max_bytes=max_bytes,
            file_timeout=file_timeout,
            segment_size=SEGMENT_SIZE,
            descend=descend_levels if descend else 0,
            name_form=name_form,
            names=encoding,
            excel_safe=excel_safe,
            case=CaseFacts(case, exhibit, examiner, agency, note),
        )
        # Only now: numpy, Pillow, ONNX Runtime and pyarrow take a while.
        from forensic_cli.classification.classify import classify as run
        from forensic_cli.cli.console import RunConsole
        from forensic_cli.cli.run_summary import print_summary
        from forensic_cli.outputs.without_pandas import leave_pandas_out

        leave_pandas_out()

        clock = StageClock()
        with RunConsole(quiet=quiet) as console:
            summary = run(settings, tuple(sys.argv), console, clock)
            print_summary(summary, console, quiet=quiet)
        if profile:
            from forensic_cli.cli.stage_table import print_stages

            print_stages(clock, summary.listed)
        raise typer.Exit(summary.exit_code)
