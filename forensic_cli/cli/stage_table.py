"""What ``--profile`` prints: where the time of a run went, and what bounds it."""

from forensic_cli.cli.console import note
from forensic_cli.foundation.stage_clock import WAITS, StageClock
from forensic_cli.settings import available_cores


def print_stages(clock: StageClock, entries: int) -> None:
    """A table of stages on the standard error stream.

    Args:
        clock: The clock of the run.
        entries: How many were listed.
    """
    seconds, elapsed, cores = clock.seconds(), clock.elapsed(), available_cores()
    note(f"{'stage':<20}{'seconds':>10}{'ms/entry':>10}")
    for stage, spent in seconds.items():
        note(f"{stage:<20}{spent:>10.2f}{1000 * spent / max(1, entries):>10.2f}")
    busy = sum(spent for stage, spent in seconds.items() if stage not in WAITS)
    share = 100 * busy / (elapsed * cores)
    note(f"in all {elapsed:.2f} s; {cores} cores, {share:.0f} % accounted for")
    note(f"bound by {_bound(clock)}")


def _bound(clock: StageClock) -> str:
    seconds = clock.seconds()
    decoding, inference = (seconds.get(stage, 0.0) for stage in WAITS)
    other = clock.elapsed() - decoding - inference
    longest = max(decoding, inference, other)
    if longest == inference:
        return f"inference: {inference:.2f} s were waited for it, {decoding:.2f} s for decoding"
    if longest == decoding:
        return f"decoding: {decoding:.2f} s were waited for it, {inference:.2f} s for inference"
    return (
        f"neither decoding nor inference ({decoding:.2f} s and {inference:.2f} s were waited for "
        "them), but what lies around them: start, verification, reading, writing"
    )
