"""What a user of dfc-export sees: steps on the standard error stream, results on the output."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from exporters.checkpoints.inspection import Found
from exporters.exporting.export import Exported
from exporters.loaders.hub import fetch, is_hub_name
from forensic_cli.cli.console import out
from forensic_cli.cli.streams import write_line
from forensic_cli.foundation.path_text import on_screen


def teller(*, quiet: bool) -> Callable[[str], None]:
    """Says each step, with the seconds since the beginning."""
    began = monotonic()

    def tell(line: str) -> None:
        if not quiet:
            write_line(sys.stderr, f"[{monotonic() - began:5.1f} s] {on_screen(line, 1000)}")

    return tell


def fetched(checkpoint: str, tell: Callable[[str], None]) -> Path:
    """The checkpoint's path; a hub name is resolved from the cache or the network, and said so."""
    if is_hub_name(checkpoint):
        tell(f"{checkpoint} is no path here: asking the Hugging Face cache, then the hub")
        return fetch(checkpoint)
    return Path(checkpoint)


def print_exported(made: Exported, *, quiet: bool) -> None:
    """The finished file and its proof."""
    if quiet:
        return
    report = made.report
    out(f"model          {made.path}")
    out(f"size           {made.size:,} bytes")
    out(f"sha256         {made.sha256}")
    out(f"architecture   {made.subject.architecture} ({made.subject.form})")
    out(f"classes        {', '.join(f'{c.name} = {c.label}' for c in made.meant.classes)}")
    out("               label 0 = AI-generated, 1 = real, in output order")
    out(f"preprocessing  {made.preparation.origin}")
    for line in made.subject.assumed:
        out(f"assumed        {line}")
    batches = ", ".join(map(str, report.batch_sizes))
    out(f"parity         {report.pictures} pictures, batches of {batches}")
    out(
        f"               largest logit difference {report.max_logit_difference:.3g} (allowed "
        f"{report.allowed:.3g}), logits over {report.logit_range:.3g}"
    )
    out(
        f"               labels equal {report.labels_equal} of {report.pictures}"
        + (f", {report.undecided} on the border" if report.undecided else "")
        + f"; the source says 0 for {report.label_counts['0']}, 1 for {report.label_counts['1']}"
    )
    out(f"self-test      {made.self_tested}")
    if 0 in report.label_counts.values():
        out("note           the test pictures all got one label; try it on pictures you know")


def print_found(found: Found) -> None:
    """What a checkpoint is taken for."""
    out(f"form           {found.form}")
    out(f"architecture   {found.architecture}")
    out(f"parameters     {found.parameters:,}")
    out(f"outputs        {found.outputs if found.outputs is not None else 'seen when it is run'}")
    out(f"classes        {', '.join(found.classes) or 'the checkpoint does not say'}")
    if found.preprocessing is None:
        out("preprocessing  the checkpoint does not say")
    else:
        out(f"preprocessing  {json.dumps(found.preprocessing)}")
    for line in found.reasoning:
        out(f"because        {line}")
    for line in found.assumed:
        out(f"assumed        {line}")
    for need in found.needs:
        out(f"export needs   {need}")
    for file in found.files:
        out(f"file           {file['name']}  {file['size']:,} bytes  sha256 {file['sha256']}")
