"""The table of detectors, and one of them applied to a checkpoint."""

from dataclasses import dataclass
from difflib import get_close_matches

from exporters.detectors.academic import ACADEMIC
from exporters.detectors.detector import Detector
from exporters.detectors.folders import FOLDERS
from exporters.detectors.impossible import IMPOSSIBLE
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen

DETECTORS: dict[str, Detector] = {one.name: one for one in (*FOLDERS, *ACADEMIC, *IMPOSSIBLE)}
"""Every detector that is known, by name."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an export is told, as on the command line."""

    arch: str | None = None
    features: str | None = None
    labels: str | None = None
    preprocessing: str | None = None


def detector(name: str) -> Detector:
    """A detector by name.

    Raises:
        UsageError: None has it.
    """
    if name in DETECTORS:
        return DETECTORS[name]
    near = get_close_matches(name, DETECTORS, 1)
    meant = f"did you mean {near[0]}?" if near else "dfc-export detectors lists them"
    msg = f"no detector {on_screen(name)!r} is known; {meant}"
    raise UsageError(msg)


def applied(name: str, given: Given) -> Given:
    """What the entry of a detector says, beside what the user says.

    Args:
        name: The detector's.
        given: What the user says; the preprocessing may be another than the entry's.

    Raises:
        UsageError: Nothing of that name is known, or the user contradicts the entry.
        ExportError: It is known that it cannot be exported.
    """
    found = detector(name)
    if found.cannot:
        msg = f"{found.title} cannot be exported from its files: {found.cannot}"
        raise ExportError(msg)
    told = {}
    for option in ("arch", "features", "labels", "preprocessing"):
        own, said = found.options.get(option), getattr(given, option)
        if said is not None and own not in {None, said} and option != "preprocessing":
            msg = f"{name} has --{option} {own}; leave out --{option} {said}, or the name"
            raise UsageError(msg)
        told[option] = said if said is not None else own
    return Given(**told)
