"""JSON in one form only: sorted keys, no spaces, ASCII, no NaN. One value, one text."""

import json


def canonical_json(value: object) -> bytes:
    """The bytes of a value.

    Raises:
        ValueError: NaN or infinity, which JSON does not have.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return text.encode("ascii")
