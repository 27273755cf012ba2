"""An audit log altered by someone who knows its form: the chain holds again afterwards."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forensic_cli.audit.chain import GENESIS, digest
from forensic_cli.foundation.canonical_json import canonical_json

Records = list[dict[str, Any]]


def made_anew(log: Path, change: Callable[[Records], object], *, number: bool = True) -> str:
    """Change the lines of a log and make its chain anew.

    Args:
        log: Written to.
        change: Alters the records in place.
        number: Whether to number them anew.

    Returns:
        The head.
    """
    records = [json.loads(line) for line in log.read_bytes().splitlines()]
    change(records)
    previous, lines = GENESIS, []
    for seq, record in enumerate(records):
        if number:
            record["seq"] = seq
        record["prev"] = previous
        lines.append(canonical_json(record))
        previous = digest(lines[-1])
    log.write_bytes(b"\n".join(lines) + b"\n")
    return previous
