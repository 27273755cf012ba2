"""Have pyarrow not import pandas, as it does when it makes its first array.

Where pandas is installed, that takes a fifth of a second, and no row of the main job needs it. The
first array is made here while pandas cannot be found. In the same process ``to_pandas`` and
conversions of a Series still work; ``pandas.NA`` is no longer taken for a null: pyarrow looks for
it once. So only the command line calls this, never who uses the job from Python.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec


class _NoPandas:
    """A finder of modules that says there is no pandas."""

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None, _target: object = None
    ) -> ModuleSpec | None:
        """Refuse pandas, leave all else to other finders."""
        if name == "pandas":
            raise ModuleNotFoundError(name=name)
        return None


def leave_pandas_out() -> None:
    """Make the first array of this process; nothing happens where pandas is loaded already."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, for who calls this only

    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)
