"""What a model's maker says of it, out of a JSON file, for its card."""

import json
from collections.abc import Mapping
from pathlib import Path

from forensic_cli.errors import UsageError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_card.card import NOTICE_LENGTH

_TEXTS = ("notice", "intended_use", "limits")
_FREE = ("training_data", "validation")


def read_facts(path: Path | None) -> Mapping[str, object]:
    """The file's object; empty for None.

    ``notice`` is shown by every run of the model, ``intended_use`` and ``limits`` replace the
    card's own sentences; ``training_data`` and ``validation`` are copied as they are.

    Raises:
        UsageError: It cannot be read, or holds something else.
    """
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"--facts {str(path)!r} is no JSON file that can be read ({error})"
        raise UsageError(msg) from error
    known = ", ".join((*_TEXTS, *_FREE))
    if not isinstance(document, dict) or not set(document) <= {*_TEXTS, *_FREE}:
        msg = f"--facts {str(path)!r} must be an object with no more than {known}"
        raise UsageError(msg)
    for key in _TEXTS:
        if key in document and (not isinstance(document[key], str) or not document[key].strip()):
            msg = f"--facts {str(path)!r}: {key} must be a text"
            raise UsageError(msg)
    if len(document.get("notice", "")) > NOTICE_LENGTH:
        shown = on_screen(document["notice"], 60)
        msg = f"--facts {str(path)!r}: notice {shown!r} is longer than {NOTICE_LENGTH} characters"
        raise UsageError(msg)
    return document
