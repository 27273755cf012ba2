"""Does the file format alone tell the classes apart? Then a good figure may measure the format."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn import metrics

from forensic_cli.evaluation.pairing import Pair
from forensic_cli.records import LABEL_AI, LABEL_REAL

_TELLING = 0.9
"""Area under the ROC from which on it is said."""


def format_note(pairs: Sequence[Pair], formats: Mapping[str, str]) -> str | None:
    """A sentence where the format separates the classes, None where it does not.

    Args:
        pairs: Answers with their truth.
        formats: The format of a picture by its name in the result.
    """
    known = [(formats[one.answer.name], one.truth.label) for one in pairs if one.answer.name in formats]  # fmt: skip  # noqa: E501
    counts = Counter(known)
    totals = Counter(label for _, label in known)
    if not totals[LABEL_AI] or not totals[LABEL_REAL]:
        return None
    share = {
        kind: counts[kind, LABEL_AI] / totals[LABEL_AI]
        - counts[kind, LABEL_REAL] / totals[LABEL_REAL]
        for kind, _ in counts
    }
    truth = np.array([label == LABEL_AI for _, label in known])
    area = float(metrics.roc_auc_score(truth, [share[kind] for kind, _ in known]))
    if area < _TELLING:
        return None
    shown = "; ".join(
        f"{kind}: {counts[kind, LABEL_AI]:,} AI, {counts[kind, LABEL_REAL]:,} real"
        for kind in sorted(share)
    )
    return (
        f"the file format alone separates the classes (area under the ROC {area:.3f}; {shown}): "
        "these figures may measure the format and not the pictures"
    )
