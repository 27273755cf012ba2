"""pyarrow, without the import of pandas that its first array brings.

Where pandas is installed, pyarrow imports it when it makes its first array, to recognise pandas
objects: a fifth of a second that no row needs. Here its first array is made while pandas cannot be
found. pyarrow looks for it again where somebody asks for a pandas object.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec

import pyarrow as pa


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


def _make_first_array() -> None:
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


_make_first_array()

__all__ = ["pa"]
