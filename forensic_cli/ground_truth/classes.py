"""Which label the name of a class in somebody's data means."""

from dataclasses import dataclass

from forensic_cli.errors import UsageError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.model_card.class_words import implied, is_generator, meaning
from forensic_cli.records import LABEL_AI, LABEL_REAL

OWN_NUMBERS = {"0": LABEL_AI, "0.0": LABEL_AI, "1": LABEL_REAL, "1.0": LABEL_REAL}
"""This tool's own numbers in a table."""


@dataclass(frozen=True, slots=True)
class ClassNames:
    """The two class names of a data set.

    Attributes:
        ai: What it calls AI-made pictures; empty = any name that says so by itself.
        real: What it calls real ones; empty as well then.
    """

    ai: str = ""
    real: str = ""

    @classmethod
    def given(cls, text: str | None) -> "ClassNames":
        """From ``--classes AI,REAL``.

        Raises:
            UsageError: Not two different names, or two that say the opposite.
        """
        if text is None:
            return cls()
        ai, _, real = (part.strip() for part in text.partition(","))
        if not ai or not real or "," in real or ai == real:
            msg = f"--classes takes two names, the AI class first; {on_screen(text)!r} is not that"
            raise UsageError(msg)
        if implied(ai) == LABEL_REAL or implied(real) == LABEL_AI:
            msg = f"--classes names the AI class first; {on_screen(text)!r} says the opposite"
            raise UsageError(msg)
        return cls(ai, real)

    def of_folder(self, name: str) -> int | None:
        """The label that a folder of this name stands for, None where it stands for none."""
        if self.ai:
            return {self.ai: LABEL_AI, self.real: LABEL_REAL}.get(name)
        return meaning(name)

    def is_source(self, name: str) -> bool:
        """Whether a folder of this name may hold a source of its own, with both classes in it."""
        return self.of_folder(name) is None or (not self.ai and is_generator(name))

    def of_value(self, value: str) -> int | None:
        """The label that a table's value stands for; numbers are this tool's, 0 = AI, 1 = real."""
        found = self.of_folder(value.strip())
        if found is None and not self.ai:
            return OWN_NUMBERS.get(value.strip())
        return found
