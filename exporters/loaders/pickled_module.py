"""Pickles that run code, loaded on demand in a process that is thrown away afterwards.

What comes back is data: a ``torch.export`` program of the module, or the weights, as tensors.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from exporters.libraries import prepare
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

PROGRAM_NAME = "module.pt2"
WEIGHTS_NAME = "weights.pt"
_LARGEST_BATCH = 4096
_TOLERANCE = 1e-4


def unpickle_apart(path: Path, size: tuple[int, int], key: str | None, folder: Path) -> Path:
    """Have another process load a pickle.

    Args:
        path: The checkpoint.
        size: Height and width (pixels) of the network's input.
        key: Which module of a dict to take, where it holds several.
        folder: An empty one, for what comes back.

    Returns:
        The file that was made of it, in ``folder``: a ``.pt2`` or a file of tensors.

    Raises:
        ExportError: It could not be loaded or exported there; the reason is given.
    """
    height, width = map(str, size)
    done = subprocess.run(  # noqa: S603 - this interpreter, this module
        [
            sys.executable,
            "-m",
            __name__,
            str(path.absolute()),
            str(folder),
            height,
            width,
            key or "",
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    for name in (PROGRAM_NAME, WEIGHTS_NAME):
        if done.returncode == 0 and (folder / name).is_file():
            return folder / name
    lines = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
    msg = (
        f"checkpoint {str(path)!r} could not be had from a process of its own "
        f"({on_screen(lines[-1], 300)}); is the package that defines its classes installed?"
    )
    raise ExportError(msg)


def main(arguments: list[str]) -> None:
    """The throw-away process."""
    import torch  # noqa: PLC0415 - the parent only waits

    prepare()
    path, folder, height, width, key = arguments
    sys.path.append(str(Path.cwd()))  # where a project's own classes are
    document = torch.load(path, map_location="cpu", weights_only=False)
    module = _module_in(document, key)
    if module is None:
        torch.save(_plain(document), Path(folder) / WEIGHTS_NAME)
        return
    module = module.eval().float()
    example = torch.zeros(2, 3, int(height), int(width))
    batch = torch.export.Dim("batch", min=1, max=_LARGEST_BATCH)
    with torch.no_grad():
        program = torch.export.export(module, (example,), dynamic_shapes=({0: batch},))
        probe = torch.linspace(-2, 2, 3 * example[0].numel()).view(3, *example.shape[1:])
        difference = (_first(module(probe)) - _first(program.module()(probe))).abs().max().item()
    if not difference <= _TOLERANCE:
        msg = f"torch.export changed what the module answers, by {difference:.3g}"
        raise SystemExit(msg)
    torch.export.save(program, Path(folder) / PROGRAM_NAME)


def _module_in(document: Any, key: str) -> Any:  # noqa: ANN401 - whatever was saved
    import torch  # noqa: PLC0415

    if isinstance(document, torch.nn.Module):
        return document
    held = document.items() if isinstance(document, dict) else ()
    modules = {
        str(name): entry
        for name, entry in held
        if isinstance(entry, torch.nn.Module) and key in {"", str(name)}
    }
    if len(modules) > 1:
        msg = f"it holds several modules: {', '.join(modules)}; name one with --weights"
        raise SystemExit(msg)
    return next(iter(modules.values()), None)


def _first(answer: Any) -> Any:  # noqa: ANN401 - tensor, tuple or a model output
    logits = getattr(answer, "logits", answer)
    return logits[0] if isinstance(logits, tuple | list) else logits


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever was saved
    """The part of a value that can be loaded without code: tensors, texts, numbers, containers."""
    import torch  # noqa: PLC0415

    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return value if isinstance(value, str | int | float | bool | None) else repr(type(value))


if __name__ == "__main__":
    main(sys.argv[1:])
