"""One of the models compared: loaded, timed, and its answers kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import numpy as np
from PIL.Image import Image

from forensic_cli.errors import ModelError
from forensic_cli.finished_run.answers import Answer
from forensic_cli.imaging.pixels import Pixels, prepare
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.bounds import seconds_to_run, within
from forensic_cli.inference.scores import score
from forensic_cli.inference.session import Logits, Session, Slot
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_check.self_test import self_test


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: its raw path inside the evidence, and its name in a result."""

    path: bytes
    name: str
    image: Image

    def prepared(self, preprocessing: Preprocessing) -> Pixels:
        """What a model takes of it; the picture itself stays as it is.

        Raises:
            ItemRefusedError: A step fails on it.
        """
        image = self.image.copy()
        image.format = self.image.format
        return prepare(image, preprocessing)[0]


@dataclass(slots=True)
class Clock:
    """Seconds spent, and on how many pictures.

    Attributes:
        preparing: Host steps of batches.
        inference: Running batches on the device.
        pictures: In those batches.
        single: For each picture taken alone, host steps and inference.
    """

    preparing: float = 0.0
    inference: float = 0.0
    pictures: int = 0
    single: list[float] = field(default_factory=list)


class Contender:
    """A loaded model."""

    def __init__(self, session: Session, batch_size: int) -> None:
        """Run its self-test, which warms it up too.

        Raises:
            ModelError: It cannot be run.
            DeviceError: The device computes something else.
        """
        self.session = session
        with BatchRunner(session, batch_size) as runner:
            self_test(runner, session.card)
        self._batch = session.slot(batch_size)
        self._one = self.session.slot(1)
        self.clock = Clock()
        self.answers: list[Answer] = []

    def take(self, pictures: Sequence[Picture]) -> None:
        """Score a batch, against the clock.

        Raises:
            ItemRefusedError: A host step fails on one of them; nothing is kept.
        """
        card = self.session.card
        began = perf_counter()
        ready = [one.prepared(card.preprocessing) for one in pictures]
        prepared = perf_counter()
        self._batch.images[: len(ready)] = np.stack(ready)
        logits = self._run(self._batch, len(ready))
        ended = perf_counter()
        scores = [score(row, card) for row in logits]
        self.clock.preparing += prepared - began
        self.clock.inference += ended - prepared
        self.clock.pictures += len(ready)
        self.answers += [
            Answer(one.name, found.label, found.p_ai)
            for one, found in zip(pictures, scores, strict=True)
        ]

    def take_one(self, picture: Picture) -> None:
        """Score one picture alone, against the clock only."""
        began = perf_counter()
        self._one.images[0] = picture.prepared(self.session.card.preprocessing)
        self._run(self._one, 1)
        self.clock.single.append(perf_counter() - began)

    def _run(self, slot: Slot, count: int) -> Logits:
        seconds = seconds_to_run(slot.images.shape[0], [])
        try:
            return within(seconds, partial(slot.run, count))
        except TimeoutError as error:
            self.session.stop()
            msg = (
                f"model {str(self.session.model.path)!r} takes more than {seconds:,.0f} seconds "
                f"for {count} pictures; compare without it"
            )
            raise ModelError(msg) from error

    def accepts(self, picture: Picture) -> None:
        """See that its host steps take a picture.

        Raises:
            ItemRefusedError: They do not.
        """
        picture.prepared(self.session.card.preprocessing)
