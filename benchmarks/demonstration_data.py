"""The pictures that the built-in model is made of, and its folds: whole sources, never pictures.

``DATA/manifest.csv`` has path, split (train or val), label (0 = AI, 1 = real), source, and how each
picture was stored; a lossless one says so.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

FOLDS = 5
_SEED = 7
# Sources that share their pictures or their maker.
_FAMILIES = {
    **dict.fromkeys(("songguoxs", "lesonky", "jamezbondos", "picotrex"), "songguoxs"),
    **dict.fromkeys(("ea_artists_sd35", "ea_styles_sd35"), "ea_sd35"),
    **dict.fromkeys(("nst_adain", "nst_gordic", "nst_jcj", "nst_titu", "nst_zhang"), "nst"),
}


def read_data(folder: Path) -> pd.DataFrame:
    """The manifest with the columns family, lossless and fold (-1 for val)."""
    table = pd.read_csv(folder / "manifest.csv")
    table["lossless"] = table.stored.str.contains("lossless")
    table["family"] = table.source.map(lambda source: _FAMILIES.get(source, source))
    table["fold"] = -1
    train = table.index[table.split == "train"]
    part = table.loc[train]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=_SEED)
    kinds = part.label * 2 + part.lossless
    for number, (_, places) in enumerate(folds.split(part, kinds, part.family)):
        table.loc[train[places], "fold"] = number
    return table


def slices(table: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """What figures are given for, as masks."""
    native = table.stored.str.startswith("256x256 crop at native resolution, lossless")
    train = (table.split == "train").to_numpy()
    lossless = table.lossless.to_numpy()
    return {
        "all": train,
        "lossless": train & lossless,
        "lossless, real ones not scaled": train & lossless & native.to_numpy(),
        "other": train & ~lossless,
        "val": ~train,
    }
