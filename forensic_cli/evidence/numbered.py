"""Names made different from each other."""

from collections import Counter
from collections.abc import Sequence


def numbered(names: Sequence[bytes]) -> list[bytes]:
    """The names; the second of two alike gets ``#2`` after it, and so on."""
    taken = set(names)
    seen: Counter[bytes] = Counter()
    different = []
    for name in names:
        seen[name] += 1
        if seen[name] == 1:
            different.append(name)
            continue
        number = seen[name]
        while (other := name + b"#%d" % number) in taken:
            number += 1
        taken.add(other)
        different.append(other)
    return different
