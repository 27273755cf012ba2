"""What is known of a published detector."""

from dataclasses import asdict, dataclass, field
from typing import Any

NOT_RECORDED = "not recorded here; see its page"
FROM_THE_HUB = "huggingface-cli download {} --local-dir FOLDER, where there is a network"
OPENED = (
    "a random network in this layout was opened and answered as the plain one; the published "
    "weights were not at hand"
)
NAMES_ONLY = "its class names were read and put on a small network; the weights were not at hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One detector.

    Attributes:
        name: As ``dfc-export NAME CHECKPOINT`` takes it.
        title: With its authors and year.
        source: Where it is published.
        layout: What its files hold.
        classes: What its outputs mean.
        preparation: How pictures are prepared, in words.
        licence: As stated at its source.
        obtain: How to get it on a machine with a network.
        options: What dfc-export is told, by the option's name without the dashes.
        files: What has to be given beside the checkpoint, as on the command line.
        verified: What was checked, and how.
        cannot: Why it cannot be exported from its files, and the way that is left; empty where it
            can.
    """

    name: str
    title: str
    source: str
    layout: str
    classes: str
    preparation: str
    licence: str = NOT_RECORDED
    obtain: str = "as its page says"
    options: dict[str, str] = field(default_factory=dict)
    files: str = ""
    verified: str = ""
    cannot: str = ""

    @property
    def command(self) -> str:
        """The command that exports it, written out."""
        if self.cannot:
            return ""
        given = [f"--{name} {value}" for name, value in self.options.items()]
        return " ".join(
            ["dfc-export export CHECKPOINT", *given, *([self.files] * bool(self.files))]
        )

    def as_record(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "command": self.command}
