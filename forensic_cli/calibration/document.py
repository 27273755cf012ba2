"""The calibration file: one JSON object, read back as strictly as a model's card."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forensic_cli.calibration.logistic import Line
from forensic_cli.errors import ModelError
from forensic_cli.foundation.canonical_json import canonical_json

SCHEMA = 1
KIND = "score calibration"
BAND = 0.30
"""log10 of the ratio below which nothing is said: less than 2:1 either way."""
DIGITS = 16
"""Of a picture's SHA-256, by which it is known again in the evidence."""
_MOST_BYTES = 16 << 20

WORDS = {
    "name": "ENFSI Guideline for Evaluative Reporting (2015)",
    "edges": [
        [1, "does not support one proposition over the other"],
        [2, "weak support"],
        [10, "moderate support"],
        [100, "moderately strong support"],
        [1000, "strong support"],
        [10000, "very strong support"],
        [1000000, "extremely strong support"],
    ],
}
"""From this ratio on, these words; below 1 the reciprocal, for the other proposition."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The pictures that a calibration is for.

    Attributes:
        formats: File formats of the known pictures.
        short_side: 1 and 99 % points of their shorter sides, pixels.
        log_odds: Least and largest log odds among them.
    """

    formats: tuple[str, ...]
    short_side: tuple[float, float]
    log_odds: tuple[float, float]

    def outside(self, kind: str, short_side: int, log_odds: float) -> str | None:
        """Why a picture is not of these, None where it is."""
        if kind not in self.formats:
            return f"format {kind}; the known pictures are {', '.join(self.formats)}"
        low, high = self.short_side
        if not low <= short_side <= high:
            return f"short side {short_side}; the known pictures have {low:g} to {high:g}"
        low, high = self.log_odds
        if not low <= log_odds <= high:
            return f"log odds {log_odds:.2f}; the known pictures have {low:.2f} to {high:.2f}"
        return None


@dataclass(frozen=True, slots=True)
class Calibration:
    """A checked calibration.

    Attributes:
        model: SHA-256 of the model's file.
        propositions: What a ratio above 1 supports, and what one below 1 supports.
        line: From log odds to ln LR.
        bounds: Least and largest log10 LR that may be stated.
        scope: The pictures that it is for.
        band: log10 LR below which nothing is said.
        pictures: Beginnings of the known pictures' SHA-256.
        document: The whole object.
    """

    model: str
    propositions: tuple[str, str]
    line: Line
    bounds: tuple[float, float]
    scope: Scope
    band: float
    pictures: frozenset[str]
    document: Mapping[str, Any]

    @classmethod
    def from_json(cls, data: bytes) -> "Calibration":
        """Read and check a calibration.

        Raises:
            ModelError: It is none, or numbers in it cannot be meant.
        """
        try:
            found = json.loads(data, parse_constant=_no_constant)
            if found["schema"] != SCHEMA or found["kind"] != KIND:
                msg = f"schema {found['schema']!r}, kind {found['kind']!r}"
                raise ValueError(msg)  # noqa: TRY301 - one sentence for all that is wrong with it
            method, scope = found["method"], found["scope"]
            made = cls(
                model=str(found["model"]["sha256"]),
                propositions=_pair(found["propositions"], str),
                line=Line(
                    _finite(method["intercept"]),
                    _finite(method["slope"]),
                    _three(method["covariance"]),
                ),
                bounds=_pair([found["bounds"]["lower"], found["bounds"]["upper"]], _finite),
                scope=Scope(
                    tuple(str(kind) for kind in scope["formats"]),
                    _pair(scope["short_side"], _finite),
                    _pair(scope["log_odds"], _finite),
                ),
                band=_finite(found["band"]),
                pictures=frozenset(str(one) for one in found["pictures"]),
                document=found,
            )
            _check(made)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            msg = f"not a calibration that can be used ({error}); make it again with calibrate"
            raise ModelError(msg) from error
        return made


def read_bytes(path: Path) -> bytes:
    """The bytes of a calibration file, of a bounded size.

    Raises:
        ModelError: It cannot be read.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            msg = f"{str(path)!r} is larger than any calibration"
            raise ModelError(msg)
        return path.read_bytes()
    except OSError as error:
        msg = f"calibration {str(path)!r} cannot be read: {error.strerror}"
        raise ModelError(msg) from error


def written(document: Mapping[str, object]) -> bytes:
    """The bytes of a calibration file."""
    return canonical_json(document) + b"\n"


def _check(made: Calibration) -> None:
    lower, upper = made.bounds
    if not made.line.slope > 0:
        msg = f"a slope of {made.line.slope}"
        raise ValueError(msg)
    if not lower <= 0 <= upper:
        msg = f"bounds {lower} to {upper} do not hold 0 between them"
        raise ValueError(msg)
    if made.band < 0:
        msg = f"a band of {made.band}"
        raise ValueError(msg)


def _no_constant(name: str) -> float:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _finite(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        msg = f"{value!r} is no finite number"
        raise ValueError(msg)
    return float(value)


def _pair(values: Any, kind: Any) -> tuple[Any, Any]:  # noqa: ANN401 - of two kinds
    first, second = values
    return kind(first), kind(second)


def _three(values: Any) -> tuple[float, float, float]:  # noqa: ANN401 - JSON
    first, second, third = map(_finite, values)
    return first, second, third
