"""Compile the C files here when the package is built or installed; without a compiler, go without.

A hook of the build backend (https://hatch.pypa.io, build hooks); the installed program never
imports it.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCES = sorted(Path(__file__).parent.glob("*.c"))
_PROCESSORS = ("x86_64", "AMD64")
# Without contraction: a coefficient must round as Pillow's does.
_FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off")


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc] # hatchling is there to build only
    """Adds the shared library to the wheel, and the wheel's tag says so."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - theirs
        """Compile, for a wheel or an editable installation."""
        if platform.machine() not in _PROCESSORS:
            return
        targets = [source.with_suffix(".so") for source in _SOURCES]
        try:
            for source, target in zip(_SOURCES, targets, strict=True):
                _compile(source, target)
        except (OSError, subprocess.CalledProcessError) as error:
            for target in targets:
                with suppress(OSError):
                    target.unlink()
            self.app.display_warning(
                f"C code was not compiled ({error}): pictures are resized and checked with the "
                "same result, more slowly"
            )
            return
        system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{system}"
        build_data["artifacts"] += [f"/{target.relative_to(self.root)}" for target in targets]


def _compile(source: Path, target: Path) -> None:
    given = os.environ.get("CC") or sysconfig.get_config_var("CC") or ""
    compiler = given.split()
    if not compiler or (not os.environ.get("CC") and shutil.which(compiler[0]) is None):
        compiler = ["cc"]
    revision = hashlib.sha256(source.read_bytes()).hexdigest()
    draft = target.with_suffix(".draft")
    command = [*compiler, *_FLAGS, f'-DREVISION="{revision}"', "-o", draft, source, "-lm", "-ldl"]
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a compiler
    draft.replace(target)
