"""The documentation says what the program does: commands, options, exit codes, statuses, links."""

import re
from pathlib import Path
from typing import get_args

import pytest

from exporters.cli.app import PROGRAM as EXPORT
from forensic_cli.cli.app import PROGRAM
from forensic_cli.cli.program import Program
from forensic_cli.errors import ExitCode
from forensic_cli.events import Event, Progressed
from forensic_cli.flags import Flag
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.outputs.output_names import OutputNames
from forensic_cli.outputs.tables import COLUMNS
from forensic_cli.records import Status, Verdict
from tests.support.running import ROOT, Runner
from trainers.cli.app import PROGRAM as TRAIN

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])


def test_the_readme_has_the_table_of_exit_codes() -> None:
    rows = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    assert "\n".join(rows) in README


def test_the_readme_has_the_two_commands() -> None:
    assert "\n    make demo\n" in README
    assert "\n    make test\n" in README
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    ("program", "name"),
    [(program, name) for program in (PROGRAM, EXPORT, TRAIN) for name in program.commands],
)
def test_every_command_is_documented_and_explains_its_options(
    capsys: pytest.CaptureFixture[str], program: Program, name: str
) -> None:
    assert f"{program.name} {name}" in README or name == program.default
    text = Runner(capsys, program.run)(name, "--help").out
    assert len(text.splitlines()) > 20
    # An option's help begins two blanks behind it, or on the next line, further in.
    options = re.findall(
        r"^  (?:-\w, )?(--[a-z0-9-]+)[^\n]*?(?:  +|\n {10,})(\S[^\n]*)$", text, re.MULTILINE
    )
    named = re.findall(r"^  (?:-\w, )?(--[a-z0-9-]+)", text, re.MULTILINE)
    assert [option for option, _ in options] == named


def test_every_status_is_in_the_decoding_policy() -> None:
    text = (ROOT / "docs" / "decoding.md").read_text(encoding="utf-8")
    assert [status for status in Status if f"`{status}`" not in text and status != "scored"] == []


def test_the_page_of_the_outputs_has_every_column_flag_status_and_verdict() -> None:
    lines = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8").splitlines()
    expected = [
        *(f"| `{one.name}` | {one.type} | {one.meaning} |" for one in COLUMNS),
        *(f"| `{flag}` | {flag.meaning} |" for flag in Flag),
        *(f"| `{one}` | {'no' if one.leaves_run_complete else 'yes'} |" for one in Status),
        *(f"| `{one}` | {int(ExitCode.of_verdict(one))} |" for one in Verdict),
        *(f"| `{one}` | {one.meaning} |" for one in Outcome),
    ]
    assert [line for line in expected if line not in lines] == []
    named = {name for line in lines if (name := line.partition("| `")[2].partition("`")[0])}
    known = {line.partition("| `")[2].partition("`")[0] for line in expected}
    assert {name for name in named - known if not name.startswith("RESULT")} == set()


def test_the_page_of_the_outputs_has_every_file() -> None:
    text = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    names = OutputNames.of(Path("RESULT.csv"))
    for path in (*names.all, names.aside()):
        assert f"| `{path.name}` |" in text
    assert f"| `{names.partial.name}/` |" in text


def test_extending_names_files_and_tests_that_are_there() -> None:
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert set(re.findall(r"`(test_\w+)`", text)) <= tests
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("forensic_cli", "exporters")
        for path in (ROOT / package).rglob("*.py")
    )
    for name in re.findall(r"`([A-Z]\w+|[A-Z]+(?:_[A-Z]+)+)`", text):
        known = re.search(rf"^(?:class )?{name}\b", source, re.MULTILINE)
        assert known or name in {"MADE", "OTHER", "NAME"}, name
    for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)+\.(?:py|md))`", text):
        assert (ROOT / name).exists() or (ROOT / "forensic_cli" / name).exists(), name


def test_every_event_is_in_the_page_of_the_log() -> None:
    text = (ROOT / "docs" / "audit-log.md").read_text(encoding="utf-8")
    for kind in get_args(Event):
        word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
        assert (f"| `{word}` |" in text) == (kind is not Progressed), word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target
