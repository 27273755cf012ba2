"""The measures that confine a decoder: a closed list."""

from collections.abc import Callable, Mapping
from enum import StrEnum


class Measure(StrEnum):
    """A measure; the order in which they take force."""

    ENVIRONMENT = "environment"
    NOT_DUMPABLE = "not_dumpable"
    NO_NEW_PRIVS = "no_new_privs"
    NETWORK_NAMESPACE = "network_namespace"
    CAPABILITIES = "capabilities"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"

    @property
    def meaning(self) -> str:
        """What it does, in words."""
        return _MEANINGS[self]

    @property
    def is_required(self) -> bool:
        """Whether ``--require-sandbox`` asks for it; without it others do the same."""
        return self is not Measure.NETWORK_NAMESPACE

    @property
    def is_keepers(self) -> bool:
        """Whether it is taken by whoever starts a worker."""
        return self in {Measure.ENVIRONMENT, Measure.NOT_DUMPABLE}


_MEANINGS = {
    Measure.ENVIRONMENT: "a decoder is given only the variables that Python needs",
    Measure.NOT_DUMPABLE: "no process of the same user reads or writes this process's memory",
    Measure.NO_NEW_PRIVS: "no program that it runs has more rights than it",
    Measure.NETWORK_NAMESPACE: "it has no network at all, where the system lets it have its own",
    Measure.CAPABILITIES: "it has none of root's rights, should the tool run as root",
    Measure.LANDLOCK: "it reads nothing but Python's own files, writes none, and has no TCP",
    Measure.SECCOMP: "no socket, no program, no other process, no file opened for writing",
}

IN_FORCE = "in force"
InForce = Mapping[Measure, str]
"""For each measure that it is in force, or why not."""


def taken(measure: Measure, take: Callable[[], None]) -> dict[Measure, str]:
    """Take a measure; what became of it."""
    try:
        take()
    except OSError as error:
        return {measure: f"not in force: {error.strerror}"}
    return {measure: IN_FORCE}


def missing(decoder: InForce) -> dict[Measure, str]:
    """The measures of a decoder that ``--require-sandbox`` asks for and that it lacks, and why."""
    wanted = [one for one in Measure if one.is_required and not one.is_keepers]
    found = {measure: decoder.get(measure, "not in force") for measure in wanted}
    return {measure: said for measure, said in found.items() if said != IN_FORCE}
