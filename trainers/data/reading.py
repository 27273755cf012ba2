"""Every picture read once before training: its digest, and whether it can be decoded at all."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from forensic_cli.errors import ItemRefusedError, LabelsError
from forensic_cli.foundation.ordered_map import ordered_map
from forensic_cli.ground_truth.labelled import Labelled
from forensic_cli.imaging.decode import decode
from trainers.data.collection import Collection, Parts, check_both


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """What a picture's file was like.

    Attributes:
        picture: Which.
        sha256: SHA-256 of its bytes; empty where it could not be read.
        refused: Why it cannot be trained on; empty where it can.
    """

    picture: Labelled
    sha256: str
    refused: str


def read_all(
    collection: Collection, parts: Parts, workers: int, tell: Callable[[int, int], None]
) -> tuple[ReadPicture, ...]:
    """ReadPicture and decode every picture of the parts.

    Args:
        collection: Where they are.
        parts: Which.
        workers: Threads.
        tell: Told how many are done, of how many.
    """
    pictures = [picture for part in parts.named.values() for picture in part]

    def look(picture: Labelled) -> ReadPicture:
        try:
            data = read_bytes(collection.file(picture))
        except OSError as error:
            return ReadPicture(picture, "", f"read_error: {error.strerror}")
        digest = hashlib.sha256(data).hexdigest()
        try:
            decode(data)
        except ItemRefusedError as refusal:
            return ReadPicture(picture, digest, str(refusal))
        return ReadPicture(picture, digest, "")

    found: list[ReadPicture] = []
    with ThreadPoolExecutor(workers) as executor:
        for one in ordered_map(executor, look, pictures, 2 * workers):
            found.append(one)
            tell(len(found), len(pictures))
    return tuple(found)


def only_readable(parts: Parts, read: Iterable[ReadPicture]) -> Parts:
    """The parts without what cannot be decoded.

    Raises:
        LabelsError: Nothing of one class is left to train on.
    """
    sound = {one.picture for one in read if not one.refused}

    def left(pictures: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
        return tuple(picture for picture in pictures if picture in sound)

    made = Parts(
        left(parts.train),
        left(parts.validation),
        {name: left(rows) for name, rows in parts.tests.items() if left(rows)},
    )
    try:
        check_both("readable train", made.train)
        if parts.validation:
            check_both("readable validation", made.validation)
    except LabelsError as error:
        refused = next((one for one in read if one.refused), None)
        why = f"; the first that cannot be read: {refused.refused}" if refused else ""
        msg = f"{error}{why}"
        raise LabelsError(msg) from error
    return made


def count_shared(parts: Parts, read: Iterable[ReadPicture]) -> dict[str, int]:
    """How many contents and groups stand in more than one part; nothing that stands in none."""
    digests = {one.picture.path: one.sha256 for one in read}
    contents: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    for pictures in parts.named.values():
        contents.update({digests[picture.path] for picture in pictures})
        groups.update({picture.group for picture in pictures} - {""})
    found = {"pictures of the same content": contents, "groups": groups}
    counts = {name: sum(n > 1 for n in counter.values()) for name, counter in found.items()}
    return {name: count for name, count in counts.items() if count}


def digest_of(read: Iterable[ReadPicture]) -> str:
    """One digest over names, contents, labels, groups and splits, in the order of the names."""
    state = hashlib.sha256()
    for one in sorted(read, key=lambda each: each.picture.path.encode()):
        p = one.picture
        state.update(f"{one.sha256}\t{p.label}\t{p.split}\t{p.group}\t{p.path}\n".encode())
    return state.hexdigest()


def read_bytes(path: bytes) -> bytes:
    """A file's content, by its raw name."""
    with open(path, "rb") as stream:  # noqa: PTH123 - a name in bytes
        return stream.read()
