import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.foundation.path_text import from_visible, on_screen, visible

NAMES = st.one_of(
    st.binary(max_size=30),
    st.text(alphabet="\\xf0a9é/ \n", max_size=12).map(str.encode),
    st.lists(st.sampled_from([b"\\", b"\\x", b"\\xff", b"\xff", b"ab", b"\\\\"])).map(b"".join),
)


@given(NAMES)
def test_visible_names_can_be_turned_back(name: bytes) -> None:
    text = visible(name)
    text.encode()
    assert from_visible(text) == name


@given(NAMES, NAMES)
def test_two_names_never_look_the_same(one: bytes, other: bytes) -> None:
    assert (visible(one) == visible(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"plain.png", "plain.png"),
        ("해질녘.png".encode(), "해질녘.png"),
        (b"back\\slash", "back\\slash"),
        (b"bad\xff", "bad\\xff"),
        (b"bad\xff\\", "bad\\xff\\\\"),
        (b"literal\\xff", "literal\\\\xff"),
    ],
)
def test_visible_names(name: bytes, text: str) -> None:
    assert visible(name) == text


def test_text_that_was_never_escaped_so_is_refused() -> None:
    with pytest.raises(ValueError, match="lone backslash"):
        from_visible("\\xff \\q")


@given(st.text(max_size=400))
def test_nothing_on_screen_can_act(text: str) -> None:
    shown = on_screen(text)
    assert shown.isprintable()


def test_screen_text_is_escaped_and_capped() -> None:
    assert on_screen("a\x1b[31m\n\u202eb") == "a\\x1b[31m\\n\\u202eb"
    long = on_screen("x" * 1000, 50)
    assert len(long) <= 50
    assert "..." in long
