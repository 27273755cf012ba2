r"""Where the paths of a manifest begin: below which folder, and with which slashes.

Manifests are made inside the folder (``a.png``), beside it (``ImageSet/a.png``) or from afar
(``/mnt/case/ImageSet/a.png``, ``C:\case\ImageSet\a.png``).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from forensic_cli.errors import ManifestError
from forensic_cli.integrity.manifests.manifest import Manifest, ManifestEntry, shown

_PROBED = 1000
"""How many paths tell which folder a manifest was made from."""

_ABSOLUTE = re.compile(rb"/|[A-Za-z]:/")
Holds = Callable[[bytes], bool]


def locate(manifest: Manifest, names: tuple[bytes, ...], holds: Holds) -> Manifest:
    """The same expectations with paths taken below an evidence root.

    Of the leading parts that *every* path has and that end in a name of the root, the one is taken
    under which most of the first paths exist; where none exists so, any leading part that all paths
    have: the evidence may have been renamed. Backslashes are taken for slashes where more paths
    exist so: on a file system of Unix a backslash may be part of a name.

    Args:
        manifest: As it was read.
        names: What the evidence's root may be called, raw bytes, its own name first.
        holds: Whether the evidence has a path.

    Raises:
        ManifestError: A path is absolute and not below the root, or climbs.
    """
    readings = [manifest]
    if any(b"\\" in path for path in manifest.paths()):
        readings.append(_with_slashes(manifest))
    best, most, wrong = None, -1, None
    for reading in readings:
        try:
            candidate, held = _below(reading, names, holds)
        except ManifestError as error:
            wrong = error
        else:
            if held > most:
                best, most = candidate, held
    if best is None or (wrong is not None and not most):
        raise wrong or ManifestError("the manifest holds no entry")
    return best


def _below(manifest: Manifest, names: tuple[bytes, ...], holds: Holds) -> tuple[Manifest, int]:
    first = next(manifest.paths(), b"")
    absolute = next((path for path in manifest.paths() if _ABSOLUTE.match(path)), None)
    some = list(islice(manifest.paths(), _PROBED))
    shared = [
        lead for lead in _leads(first) if all(path.startswith(lead) for path in manifest.paths())
    ]
    leads = [
        lead for name in names for lead in shared if (b"/" + lead).endswith(b"/" + name + b"/")
    ]
    if absolute is None:
        leads.append(b"")
    held = {lead: sum(holds(path[len(lead) :]) for path in some) for lead in leads}
    if not any(held.values()):
        others = {lead: sum(holds(path[len(lead) :]) for path in some) for lead in shared}
        held |= {lead: count for lead, count in others.items() if count}
    if absolute is not None and not held:
        msg = (
            f"the manifest names {shown(absolute)}, which is not below a folder called "
            f"{shown(names[0])}; is it the manifest of another set?"
        )
        raise ManifestError(msg)
    best = max(held, key=held.__getitem__)
    return replace(manifest, lead=best), held[best]


def _leads(path: bytes) -> Iterator[bytes]:
    """Every leading part of a path that ends in a slash, shortest first."""
    parts = path.split(b"/")[:-1]
    for index in range(len(parts)):
        yield b"/".join(parts[: index + 1]) + b"/"


def _with_slashes(manifest: Manifest) -> Manifest:
    return Manifest.of(
        ManifestEntry(path.replace(b"\\", b"/"), manifest.expected(path), manifest.size(path))
        for path in manifest.paths()
    )
