"""What fuzzing found, once more; and a little of it with each run of the tests."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.seeds import SEEDS
from tests.fuzzing.targets import KINDS, Target

CORPUS = Path(__file__).resolve().parent / "corpus"
CASES = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*"))


@pytest.mark.parametrize("case", CASES)
def test_what_was_found_is_refused_or_read(case: str, tmp_path: Path) -> None:
    Target(case.partition("/")[0], tmp_path)((CORPUS / case).read_bytes())


@pytest.fixture(scope="module", params=sorted(KINDS))
def fuzzed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    return Target(request.param, tmp_path_factory.mktemp(request.param))


@given(data=st.data())
def test_flipped_and_cut_files(fuzzed: Target, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS[fuzzed.name])))
    place = st.integers(0, len(content) - 1)
    for at in data.draw(st.lists(place, max_size=4)):
        width = data.draw(st.sampled_from((1, 4, 8)))
        content[at : at + width] = data.draw(st.binary(min_size=width, max_size=width))
    if data.draw(st.booleans()):
        del content[data.draw(place) :]
    fuzzed(bytes(content))


@given(content=st.binary(max_size=300))
def test_anything(fuzzed: Target, content: bytes) -> None:
    fuzzed(content)
