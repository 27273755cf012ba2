"""Confine a worker, and each decoder that it forks, as far as the system lets them be."""

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from forensic_cli.decode_workers.confinement import landlock, linux, seccomp
from forensic_cli.decode_workers.confinement.measures import IN_FORCE, InForce, Measure, taken

_PASSED_ON = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONUSERBASE",
)  # fmt: skip
_PROGRAM = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """The variables that a worker is given: what Python needs to find itself and its modules."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def confine_keeper() -> InForce:
    """Take the measures that are this process's part."""
    found = taken(Measure.ENVIRONMENT, lambda: None)  # every worker is started with ``environment``
    return found | taken(Measure.NOT_DUMPABLE, linux.refuse_dumping)


def confine_worker() -> InForce:
    """Take what the decoders inherit; what they need is loaded, and one thread runs."""
    paths = tuple(_read_by_python())
    found = taken(Measure.NO_NEW_PRIVS, linux.refuse_new_privileges)
    found |= taken(Measure.NETWORK_NAMESPACE, linux.leave_network)
    found |= taken(Measure.CAPABILITIES, linux.drop_capabilities)
    return found | taken(Measure.LANDLOCK, lambda: landlock.read_only(paths))


def confine_decoder(worker: InForce) -> InForce:
    """Take what a worker cannot: it has to start decoders, and to end them.

    Args:
        worker: The measures of the worker.

    Returns:
        All of both.
    """
    found = dict(worker)
    if worker[Measure.LANDLOCK] == IN_FORCE:
        found |= taken(Measure.LANDLOCK, landlock.apart)
    return found | taken(Measure.SECCOMP, seccomp.refuse_calls)


def _read_by_python() -> Iterator[Path]:
    """Where modules and libraries are that may still be loaded: by name, at their first use."""
    yield _PROGRAM
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
    # Not the folder that the program lies in, where that is no folder of packages: it may hold
    # anything.
    yield from (Path(path) for path in sys.path if path and Path(path) != _PROGRAM.parent)
    if _PROGRAM.parent.name in {"site-packages", "dist-packages"}:
        yield _PROGRAM.parent
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape")
    mapped = (line.split(maxsplit=5)[-1] for line in maps.splitlines() if "/" in line)
    yield from {Path(file).parent for file in mapped if file.endswith(".so") or ".so." in file}
