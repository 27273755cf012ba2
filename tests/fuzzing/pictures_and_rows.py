"""What is fuzzed behind the walk: what a decode worker is fed and answers, and what rows are of."""

import csv
import io
from contextlib import suppress
from pathlib import Path

from forensic_cli.decode_workers.messages import Usage, answer, parse_answer
from forensic_cli.errors import ItemRefusedError
from forensic_cli.foundation.path_text import from_visible, on_screen, visible
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import CenterCrop, ConvertRgb, ExifTranspose, ResizeShortestEdge
from forensic_cli.outputs.csv import exception_line, result_line, spreadsheet_line
from forensic_cli.records import Status
from forensic_cli.settings import DEFAULT_MAX_PIXELS

_STEPS = (ExifTranspose(), ConvertRgb(), ResizeShortestEdge(20, "bicubic"), CenterCrop(16, 16))
_PREPROCESSING = Preprocessing(_STEPS, 255.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
_MOST_PIXELS = 200_000


def picture(path: Path) -> None:
    """Decode and prepare; the outcome must pass through a worker's message unchanged."""
    configure(_MOST_PIXELS)
    try:
        pixels, facts = prepare(decode(path.read_bytes()), _PREPROCESSING)
    except ItemRefusedError as refused:
        assert refused.status is not Status.SCORED
        assert refused.reason.isprintable()
        assert len(refused.reason) < 1000
        told, _ = parse_answer(answer(refused, Usage(0.0)))
        assert isinstance(told, ItemRefusedError)
        assert told.reason == refused.reason
        return
    finally:
        configure(DEFAULT_MAX_PIXELS)  # the limit is the process's
    assert pixels.shape == (16, 16, 3)
    usage = Usage(0.5, warnings=7)
    assert parse_answer(answer(facts, usage)) == (facts, usage)


def message(path: Path) -> None:
    """A worker's answer: parse_answer, or refused by the one error that is provided for."""
    with suppress(ValueError):
        parse_answer(path.read_bytes())


def rows(path: Path) -> None:
    """Names and reasons of any bytes: a row each, read back as they were, harmless on screen."""
    data = path.read_bytes()
    name, _, rest = data.partition(b"\0")
    reason = rest.decode(errors="replace")
    shown = visible(name)
    assert from_visible(shown) == name
    lines = (
        exception_line(("corrupt", reason, shown, len(data), "", "")),
        result_line(0.5, 1, shown),
        spreadsheet_line(0.5, 0, shown),
    )
    for line in lines:
        line.encode()
    failed, scored, defused = (
        next(csv.reader(io.StringIO(line, ""), strict=True)) for line in lines
    )
    assert failed == ["corrupt", reason, shown, str(len(data)), "", ""]
    assert scored == ["0.500000", "1", shown]
    assert not defused[2].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert on_screen(shown + reason).isprintable()
