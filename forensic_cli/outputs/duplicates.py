"""Which entries have the content of an earlier one, for millions of rows in little memory."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_NOTHING = bytes(32).hex()


def first_with_same_content(segments: Iterable[pa.Table]) -> npt.NDArray[np.int64]:
    """For each row the index of the first row of the same SHA-256.

    Args:
        segments: Tables with the columns ``sha256`` and ``size``, in order.

    Returns:
        int64, one per row; a row's own index where it is the first, empty, or was not read.
    """
    digests = bytearray()
    for segment in segments:
        full = pc.greater(segment["size"], 0)
        sha256 = pc.if_else(full, pc.fill_null(segment["sha256"], _NOTHING), _NOTHING)
        digests += bytes.fromhex("".join(sha256.to_pylist()))
    words = np.frombuffer(digests, dtype=">u8").reshape(-1, 4)
    own = np.arange(len(words), dtype=np.int64)
    if not len(words):
        return own
    order = np.lexsort((own, *words.T))
    ordered = words[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.empty_like(own)
    first[order] = order[begins][np.cumsum(begins) - 1]
    unread = ~words.any(axis=1)
    first[unread] = own[unread]
    return first
