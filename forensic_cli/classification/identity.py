"""What a row of a run depends on: the environment's fingerprint, and what must match on resume."""

from collections.abc import Mapping

from forensic_cli import __version__
from forensic_cli.classification.evidence_check import EvidenceState
from forensic_cli.foundation.environment import (
    fingerprint,
    host_facts,
    package_version,
    score_facts,
)
from forensic_cli.imaging.decode import library_versions
from forensic_cli.imaging.opencv import opencv_version
from forensic_cli.known_files.known import KnownFiles
from forensic_cli.pipelines.pipeline import LoadedModel
from forensic_cli.settings import Binding, ClassifySettings

RULES = 3
"""Which rules say what is scored, refused, flagged, and in which words (docs/decoding.md); a higher
number where a version of the tool says something else of the same bytes. 1 is not in logs."""
_PACKAGES = (
    "numpy",
    "pillow",
    "pi-heif",
    "pyarrow",
    "simplejpeg",
    "onnxruntime-gpu",
    "onnxruntime",
    "typer",
    "rich",
)


def environment_record() -> dict[str, object]:
    """Host, user, system and versions, for the log."""
    return {
        **host_facts(),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "imaging": library_versions(),
    }


def identity_of(
    settings: ClassifySettings, model: LoadedModel, evidence: EvidenceState, known: KnownFiles
) -> Mapping[str, object]:
    """Everything but the evidence's own bytes that can change a row, as JSON values.

    ``environment`` is the fingerprint that the documentation speaks of.
    """
    environment = fingerprint(
        {
            "tool": __version__,
            "batch_size": model.batch_size,
            "imaging": library_versions() | opencv_version(model.card.preprocessing),
            "inference": model.score_facts,
            **score_facts(),
        }
    )
    return {
        "rules": RULES,
        "model": model.sha256,
        "environment": environment,
        "evidence_verdict": evidence.verdict,
        "references": list(evidence.references),
        "batch_size": model.batch_size,
        # Entries that only an inner list names are scored without --strict.
        **({"strict": True} if settings.strict else {}),
        **({"known": [one.sha256 for one in known.lists]} if known.lists else {}),
        **({"skip_known": True} if known.skip else {}),
        # What is off was off before there was the setting.
        **{name: value for name, value in settings.bound(Binding.IDENTITY).items() if value},
    }
