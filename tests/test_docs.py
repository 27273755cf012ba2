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
from forensic_cli.records import Status
from tests.support.running import ROOT, Runner

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("*.md"))


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
    [(program, name) for program in (PROGRAM, EXPORT) for name in program.commands],
)
def test_every_command_is_documented_and_explains_its_options(
    capsys: pytest.CaptureFixture[str], program: Program, name: str
) -> None:
    assert f"{program.name} {name}" in README or name == "classify"
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


def test_every_event_is_in_the_page_of_the_log() -> None:
    text = (ROOT / "docs" / "audit-log.md").read_text(encoding="utf-8")
    for kind in get_args(Event):
        word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
        assert (f"| `{word}` |" in text) == (kind is not Progressed), word


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target
