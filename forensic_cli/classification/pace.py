"""How many entries a segment has: so few that little is lost where a run is interrupted."""

import time
from collections.abc import Callable

SECONDS = 10.0
"""Of work in a segment, about. A segment is committed when its last answer is there, and what is
read ahead is lost besides: together no more than half a minute."""
_FIRST = 16


class Pace:
    """How fast entries go through."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing went through yet.

        Args:
            most: Entries of a segment, at most.
            clock: Seconds.
        """
        self._most = most
        self._clock = clock
        self._begun: float | None = None
        self._done = 0

    def went_through(self, done: int) -> None:
        """Told how many entries have gone through."""
        self._done = done

    def size(self) -> int:
        """How many entries the next segment should have."""
        now = self._clock()
        if self._begun is None:
            self._begun = now
        seconds = now - self._begun
        if not self._done or seconds <= 0:
            return min(_FIRST, self._most)
        return max(1, min(int(self._done / seconds * SECONDS), self._most))
