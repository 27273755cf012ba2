"""Fetch the source distribution of the Pillow that is installed: ``fetch_pillow.py FOLDER``."""

import subprocess
import sys
from pathlib import Path

import PIL


def main() -> None:
    """Download it, unless it is there; say where it is not to be had."""
    folder = Path(sys.argv[1])
    if (folder / f"pillow-{PIL.__version__}.tar.gz").exists():
        return
    fetch = ("download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "pip", *fetch, f"pillow=={PIL.__version__}"],
        check=False, timeout=180,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write("Pillow's source is not to be had: its test pictures are left out\n")


if __name__ == "__main__":
    main()
