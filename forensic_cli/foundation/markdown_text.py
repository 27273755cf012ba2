"""Names in Markdown: what somebody else chose must not become markup, a link or a cell."""

import re

from forensic_cli.foundation.path_text import on_screen

_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]()<>#+!|~&:@$^=-])")


def inert(text: str, most: int = 200) -> str:
    """Text as it is read, whatever Markdown, HTML or an automatic link would make of it.

    Args:
        text: Anything.
        most: Characters that are kept.
    """
    return _MEANS_SOMETHING.sub(r"\\\1", on_screen(text, most)).replace("www.", "www\\.")
