"""Compile ``pixels.c`` when the package is built or installed; without a compiler, go without.

A hook of the build backend (https://hatch.pypa.io, build hooks); the installed program never
imports it.
"""

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCE = Path(__file__).with_name("pixels.c")
# Without contraction: a coefficient must round as Pillow's does.
_FLAGS = ("-O3", "-fPIC", "-shared", "-ffp-contract=off", "-fvisibility=default")


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc] # hatchling is there to build only
    """Adds the shared library to the wheel, and the wheel's tag says so."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - theirs
        """Compile, for a wheel or an editable installation."""
        compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()
        target = _SOURCE.with_suffix(".so")
        draft = target.with_suffix(".draft")
        command = [*compiler, *_FLAGS, "-o", str(draft), str(_SOURCE), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            target.unlink(missing_ok=True)
            self.app.display_warning(
                f"pixels.c was not compiled ({error}): pictures are resized by Pillow, with the "
                "same pixels, more slowly"
            )
            return
        draft.replace(target)
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(f"/{target.relative_to(self.root)}")
