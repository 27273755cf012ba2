"""``verify-hash`` against md5sum, hashdeep and openssl: one large file, and many."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.speed.processes import timed

ROOT = Path(__file__).resolve().parents[2]


def measured(cache: Path, size: int, files: int, rounds: int) -> list[dict[str, Any]]:
    """Seconds of each program, in turns; the files are in the system's cache."""
    cache.mkdir(parents=True, exist_ok=True)
    large, folder = cache / "large.bin", cache / "Set"
    if not large.exists() or large.stat().st_size != size:
        with large.open("wb") as stream:
            for _ in range(0, size, 1 << 24):
                stream.write(os.urandom(1 << 24))
            stream.truncate(size)
    if not folder.exists() or len(list(folder.iterdir())) != files:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for index in range(files):
            (folder / f"{index:05d}.bin").write_bytes(os.urandom(600_000))
    listed = cache / "Set.md5"
    base = [sys.executable, "-m", "forensic_cli"]
    hashed = [*base, "hash", str(folder), "--out", str(listed), "--force"]
    subprocess.run(hashed, check=True, capture_output=True, cwd=ROOT)
    done = subprocess.run(["md5sum", large], check=True, capture_output=True, text=True)  # noqa: S607
    md5 = done.stdout[:32]
    every = sorted(map(str, folder.iterdir()))
    commands = {
        "one file": {
            "dfc-classify verify-hash (MD5, SHA-1, SHA-256)":
                [*base, "verify-hash", str(large), "--md5", md5],
            "md5sum": ["md5sum", str(large)],
            "openssl sha256": ["openssl", "dgst", "-sha256", str(large)],
            "hashdeep (MD5, SHA-256)": ["hashdeep", str(large)],
        },
        f"{files:,} files": {
            "dfc-classify verify-hash (MD5, SHA-1, SHA-256)":
                [*base, "verify-hash", str(folder), "--hashes", str(listed)],
            "md5sum": ["md5sum", *every],
            "openssl sha256": ["openssl", "dgst", "-sha256", *every],
            "hashdeep (MD5, SHA-256)": ["hashdeep", "-r", str(folder)],
        },
    }  # fmt: skip
    found = []
    for what, ways in commands.items():
        there = {way: command for way, command in ways.items() if shutil.which(command[0])}
        times: dict[str, list[float]] = {way: [] for way in there}
        for _ in range(rounds):
            for way, command in there.items():
                times[way].append(timed(command))
        found.append({"what": what, "bytes": size if what == "one file" else files * 600_000,
                      "seconds": times})  # fmt: skip
    return found
