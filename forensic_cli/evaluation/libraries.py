"""The libraries of the extra ``report``, asked for before anything is computed."""

from importlib.util import find_spec

from forensic_cli.errors import MissingExtraError

_MODULES = {"sklearn": "scikit-learn", "matplotlib": "matplotlib"}


def require(*modules: str) -> None:
    """See that they are installed.

    Raises:
        MissingExtraError: One is not; says what to install.
    """
    for module in modules:
        if find_spec(module) is None:
            msg = f"this needs {_MODULES[module]}; pip install 'dfc-classify[report]'"
            raise MissingExtraError(msg)
