"""The heavy libraries of the extra ``train``, asked for before anything is computed."""

from importlib.util import find_spec

from exporters.libraries import prepare as prepare_exporters
from forensic_cli.errors import MissingExtraError

_MODULES = {
    "torch": "torch",
    "transformers": "transformers",
    "torchvision": "torchvision",
    "accelerate": "accelerate",
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
}


def prepare(*, online: bool = False) -> None:
    """See that they are there, and quiet.

    Args:
        online: Whether a name was given for which the network may be asked.

    Raises:
        MissingExtraError: One is not installed.
    """
    for module, package in _MODULES.items():
        if find_spec(module) is None:
            msg = f"training needs {package}; pip install 'dfc-classify[train]'"
            raise MissingExtraError(msg)
    prepare_exporters(online=online)
