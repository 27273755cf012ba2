"""The bytes of the result files: any CSV reader gets back what was written."""

import csv as standard
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.outputs import csv

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def read_back(text: str) -> list[list[str]]:
    return list(standard.reader(io.StringIO(text, newline=""), strict=True))


@given(st.floats(0, 1), st.sampled_from([0, 1]), TEXT.filter(lambda text: "\0" not in text))
def test_a_result_line_is_one_row(score: float, label: int, name: str) -> None:
    line = csv.result_line(score, label, name)
    assert line.endswith("\n")
    assert read_back(line) == [[f"{score:.6f}", str(label), name]]


@given(st.lists(TEXT.filter(lambda text: "\0" not in text), min_size=5, max_size=5))
def test_an_exception_line_is_one_row(values: list[str]) -> None:
    status, reason, name, md5, sha256 = values
    line = csv.exception_line((status, reason, name, 7, md5, sha256))
    assert read_back(line) == [[status, reason, name, "7", md5, sha256]]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("plain", "plain"),
        (" lead", " lead"),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ("a\nb", '"a\nb"'),
        ("a\rb", '"a\rb"'),
        ("=1+1", "=1+1"),
    ],
)
def test_quoting_to_the_byte(name: str, field: str) -> None:
    assert csv.result_line(0.5, 1, name) == f"0.500000,1,{field}\n"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_defused_in_the_copy_only(sign: str) -> None:
    assert csv.defused(f"{sign}x") == f"'{sign}x"
    assert read_back(csv.spreadsheet_line(0.5, 0, f"{sign}x"))[0][2] == f"'{sign}x"
    assert csv.defused("x=1") == "x=1"
