"""Digests come out the same, however the work is shared out."""

import hashlib
import io
from itertools import combinations

import pytest

from forensic_cli.hashing import States, digest_stream

MIB = 1 << 20


def expected(data: bytes, algorithms: tuple[str, ...]) -> dict[str, str]:
    return {name: hashlib.new(name, data).hexdigest() for name in algorithms}


@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 4 * MIB + 1, 17 * MIB + 5])
def test_a_stream_of_any_length(size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    for count in (1, 3):
        for algorithms in combinations(("md5", "sha1", "sha256", "blake2b"), count):
            found = digest_stream(io.BytesIO(data), algorithms)
            assert {k: v.hexdigest for k, v in found.items()} == expected(data, algorithms)


def test_parts_by_both_ways_in_turn() -> None:
    """What is behind on the other thread comes before what follows."""
    algorithms = ("sha1", "md5")  # the others take longer, and MD5 would never be behind
    states, seen = States(algorithms), b""
    for index in range(24):
        part = bytes([index]) * (2 * MIB + index)
        (states.update_in_parallel if index % 8 else states.update)(part)
        seen += part
        if index % 9 == 0:
            found = {digest.algorithm: digest.hexdigest for digest in states.digests()}
            assert found == expected(seen, algorithms)


def test_digests_of_digests() -> None:
    states, other = States(("md5", "sha1")), States(("md5", "sha1"))
    parts = [bytes([index]) * 4 * MIB for index in range(8)]  # MD5 is behind at the end
    for part in parts:
        other.update_in_parallel(part)
    for part in parts:
        states.update_in_parallel(part)
    states.append(other)
    data = b"".join(parts)
    assert [digest.hexdigest for digest in states.digests()] == [
        hashlib.new(name, data + hashlib.new(name, data).digest()).hexdigest()
        for name in ("md5", "sha1")
    ]
