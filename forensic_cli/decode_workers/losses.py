"""A worker that is lost over a file."""

from forensic_cli.records import Status


class WorkerLostError(Exception):
    """A worker died, hung or outgrew its memory over a file, and is gone.

    Attributes:
        status: What the file is reported as, where it happens again.
        reason: The sentence for it.
        killed: Whether someone outside ended it, which says nothing of the file.
        conclusive: Whether trying again cannot end otherwise.
    """

    def __init__(
        self, status: Status, reason: str, *, killed: bool = False, conclusive: bool = False
    ) -> None:
        """Keep all parts."""
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason
        self.killed = killed
        self.conclusive = conclusive


def timed_out(seconds: float, *, conclusive: bool) -> WorkerLostError:
    """The loss of a worker that took too long."""
    reason = f"decoding takes more than --file-timeout {seconds:g} seconds"
    return WorkerLostError(Status.TIMEOUT, reason, conclusive=conclusive)
