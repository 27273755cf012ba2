"""The closing figures of a run, on the screen."""

from forensic_cli.classification.summary import RunSummary
from forensic_cli.cli.console import RunConsole, out
from forensic_cli.events import NOTICE
from forensic_cli.records import Status


def print_summary(summary: RunSummary, console: RunConsole, *, quiet: bool) -> None:
    """Print them.

    Args:
        summary: The figures.
        console: Shows what is printed even where little is asked for.
        quiet: Whether little is.
    """
    exceptions = summary.listed - summary.scored
    if summary.exit_code and exceptions:
        name = summary.outputs[1].name
        console.loud(f"{exceptions:,} of {summary.listed:,} entries were not scored: see {name}")
    if closed := summary.not_opened:
        said = ", ".join(f"{number:,} {status}" for status, number in closed.items())
        console.loud(
            f"NOT OPENED: {said}; pictures in these files were not examined. --descend opens ZIP, "
            "tar and AD1; unpack others on a working copy and examine that, too"
        )
    if quiet:
        return
    if summary.already_finished:
        out("this run had finished already; its outputs verify, nothing was done")
    ai, real = summary.labels.get("0", 0), summary.labels.get("1", 0)
    out(f"completeness   {summary.equation}")
    out(f"labels         {ai:,} x 0 (AI-generated), {real:,} x 1 (real)")
    for name, number in summary.known.items():
        left = " (not scored)" if Status.KNOWN_FILE in summary.counts else ""
        out(f"known files    {number:,} in {name}{left}")
    out(f"verification   {summary.verification}")
    out(f"device         {summary.device}")
    out(f"model          {summary.model}")
    if summary.model_notice:
        out(f"MODEL          {summary.model_notice}")
    for artifact in summary.outputs:
        out(f"output         {artifact.name}  {artifact.rows:,} rows  sha256 {artifact.sha256}")
    out(f"audit log      {summary.log_name}")
    out(f"head digest    {summary.head}")
    out("               write the head digest down: it alone shows a cut or rewritten log")
    out(f"note           {NOTICE}")
