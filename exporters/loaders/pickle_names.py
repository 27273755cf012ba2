"""The globals that a pickle names, read off its opcodes; nothing is executed."""

import pickletools
from pathlib import Path

_STRINGS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING",
            "SHORT_BINSTRING"}  # fmt: skip
# What files of nothing but tensors name.
_TENSORS = ("torch._utils._rebuild", "torch.storage", "collections.OrderedDict")


def globals_named(path: Path) -> list[str]:
    """Modules and names that a file of pickles, one after the other, asks for.

    Args:
        path: A file that begins with a pickle.

    Returns:
        ``module.name``, sorted, without those that make up tensors.
    """
    found: set[str] = set()
    with path.open("rb") as stream:
        while True:
            try:
                found |= _in_one(stream)
            except Exception:  # noqa: BLE001 - the tensors' bytes come after the last pickle
                break
    return sorted(name for name in found if not _is_tensor(name))


def _in_one(stream: object) -> set[str]:
    """The globals of the next pickle; found ones are kept only where it is whole."""
    found: set[str] = set()
    memo: dict[int, str] = {}
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(stream):  # type: ignore[arg-type]
        if opcode.name in _STRINGS:
            texts.append(str(argument))
        elif opcode.name == "MEMOIZE" and texts:
            memo[len(memo)] = texts[-1]
        elif opcode.name in {"BINPUT", "LONG_BINPUT", "PUT"} and texts:
            memo[int(argument or 0)] = texts[-1]
        elif opcode.name in {"BINGET", "LONG_BINGET", "GET"}:
            texts.append(memo.get(int(argument or 0), "?"))
        elif opcode.name in {"GLOBAL", "INST"}:
            found.add(str(argument).replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":
            found.add(".".join(texts[-2:]))
    return found


def _is_tensor(name: str) -> bool:
    return name.startswith(_TENSORS) or (name.startswith("torch.") and name.endswith("Storage"))
