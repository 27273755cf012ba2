"""Fuzz a reader, guided by coverage: ``python tests/fuzzing/fuzz.py ad1 600`` (seconds).

Needs atheris (``pip install atheris``). What it finds is written to the working folder as
``crash-...``; make it small, fix the reader, and put the file into ``tests/fuzzing/corpus``.
"""

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["forensic_cli", "tarfile", "zipfile", "csv", "PIL"]):
    from tests.fuzzing.seeds import SEEDS
    from tests.fuzzing.targets import Target

CORPUS = Path(__file__).resolve().parent / "corpus"


def main() -> None:
    name, seconds = sys.argv[1], sys.argv[2]
    memory = Path("/dev/shm")  # noqa: S108 - where there is such a thing
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory() as found, tempfile.TemporaryDirectory(dir=where) as fed:
        for number, seed in enumerate(SEEDS[name]):
            (Path(found) / f"seed{number}").write_bytes(seed)
        for case in sorted((CORPUS / name).glob("*")):
            (Path(found) / case.name).write_bytes(case.read_bytes())
        options = [
            f"-max_total_time={seconds}",
            "-max_len=16384",
            "-timeout=10",
            "-rss_limit_mb=2048",
        ]
        atheris.Setup([sys.argv[0], *options, found], Target(name, Path(fed)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
