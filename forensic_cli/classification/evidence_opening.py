"""All evidence that was named, opened as one source."""

import os
from collections.abc import Sequence
from pathlib import Path

from forensic_cli.errors import EvidenceError, UsageError
from forensic_cli.evidence.files_source import FilesSource
from forensic_cli.evidence.inner_containers import Budget
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.options import ReadingOptions
from forensic_cli.evidence.recognition import begins_as_container, is_container, open_evidence
from forensic_cli.evidence.several import SeveralSource
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.foundation.path_text import visible
from forensic_cli.imaging.formats import HEAD, sniff
from forensic_cli.imaging.other_content import is_called_picture


def open_named(paths: Sequence[Path], options: ReadingOptions) -> EvidenceSource:
    """Open folders, containers and pictures as one set of evidence.

    Args:
        paths: As they were named, at least one.
        options: How containers are read, where they do not say it themselves.

    Raises:
        EvidenceError: One is missing, not permitted, damaged, or of a kind that is not read.
        UsageError: One is named twice, or lies in another.
    """
    _refuse_overlaps(paths)
    pictures: list[Path] = []
    sources: list[EvidenceSource] = []
    budget = Budget()
    try:
        for path in paths:
            if _is_picture(path):
                pictures.append(path)
            else:
                sources.append(open_evidence(path, options, budget))
    except BaseException:
        for source in sources:
            source.close()
        raise
    if pictures:
        sources.append(FilesSource(pictures))
    return sources[0] if len(sources) == 1 else SeveralSource(sources)


def _is_picture(path: Path) -> bool:
    """Whether it is a file that holds a picture, or should, and no container."""
    if not os.path.isfile(path) or begins_as_container(path):  # noqa: PTH113 - it does not raise
        return False
    file = EvidenceFile(path)
    try:
        head = file.read_at(0, min(HEAD, file.size))
    finally:
        file.close()
    called = is_called_picture(os.fsencode(path.name))
    return sniff(head) is not None or (called and not is_container(path))


def _refuse_overlaps(paths: Sequence[Path]) -> None:
    """See that no entry would have two rows.

    Raises:
        UsageError: It would.
        EvidenceError: A path cannot be looked at.
    """
    if len(paths) == 1:
        return
    seen: dict[tuple[int, int], Path] = {}
    for path in paths:
        if (first := seen.setdefault(_identity(path), path)) is not path:
            msg = f"{_shown(path)} and {_shown(first)} are the same; name each once"
            raise UsageError(msg)
    for path in paths:
        for above in Path(os.path.realpath(path)).parents:
            if (around := seen.get(_identity(above))) is not None:
                msg = f"{_shown(path)} lies in {_shown(around)}, which was named, too"
                raise UsageError(msg)


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        msg = f"{_shown(path)} cannot be opened: {error.strerror}; check the path"
        raise EvidenceError(msg) from error
    return found.st_dev, found.st_ino


def _shown(path: Path) -> str:
    return repr(visible(os.fsencode(path)))
