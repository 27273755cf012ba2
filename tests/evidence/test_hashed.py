"""Hashing stops when nobody wants the rest."""

import time
from pathlib import Path
from typing import Any

import pytest

from forensic_cli.evidence import hashed as module
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.foundation.ordered_map import in_groups


def test_what_is_left_in_the_queue_is_not_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(40):
        (tmp_path / f"{index:02d}.bin").write_bytes(bytes([index]) * (1 << 20))
    begun: list[object] = []

    def slow(stream: object, _algorithms: object) -> dict[str, Any]:
        begun.append(stream)
        time.sleep(1.0)
        return {}

    monkeypatch.setattr(module, "digest_stream", slow)
    source = open_evidence(tmp_path)
    digests = module.hash_entries(source, source.listing(lambda _: None), ("md5",), 2)
    next(digests)
    digests.close()  # type: ignore[attr-defined] # a generator
    assert len(begun) <= 5  # one was asked for, two are at work; eight wait


def test_groups_are_of_neighbours_and_small() -> None:
    sizes = [10] * 70 + [1 << 21, 1 << 21] + [600_000] * 3 + [0] * 33
    groups = list(in_groups(enumerate(sizes), lambda one: one[1]))
    assert [one for group in groups for one in group] == list(enumerate(sizes))
    assert [len(group) for group in groups] == [32, 32, 6, 1, 1, 1, 1, 32, 2]
    assert all(len(group) == 1 or sum(size for _, size in group) <= 1 << 20 for group in groups)


def test_groups_are_drawn_lazily() -> None:
    drawn: list[int] = []

    def numbers() -> Any:
        for number in range(1000):
            drawn.append(number)
            yield number

    next(in_groups(numbers(), lambda _: 1 << 19))
    assert len(drawn) <= 3
