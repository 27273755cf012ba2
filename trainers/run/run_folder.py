"""The files of a training: what it is made with first, what came out of it last."""

import csv
import io
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from forensic_cli.errors import OutputError, UsageError
from forensic_cli.foundation.atomic_write import write_atomically
from trainers.data.reading import ReadPicture

RECORD = "training.json"
"""Written last: a folder without it holds no finished training. dfc-export reads it."""
_PLAN = "plan.json"
_CHECKPOINTS = "checkpoints"
# What --force replaces; anything else in the folder is somebody's and stays.
_OWN = (
    RECORD, _PLAN, "pictures.csv", "history.json", "curves.png", "model.safetensors", "config.json",
    "preprocessor_config.json",
)  # fmt: skip


class TrainingFolder:
    """``RUN/``."""

    def __init__(self, path: Path) -> None:
        """Name it; nothing is made yet."""
        self.path = path

    @property
    def checkpoints(self) -> Path:
        """Of the training library, until the training has finished."""
        return self.path / _CHECKPOINTS

    def begin(self, plan: Mapping[str, object], *, resume: bool, force: bool) -> None:
        """Make the folder, or see that it is the same training's.

        Args:
            plan: Everything that decides what comes out.
            resume: Go on with an unfinished training.
            force: Throw away the training that is there.

        Raises:
            UsageError: Something is there and must not be replaced, or is another training's.
            OutputError: It cannot be made.
        """
        there = self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir()))
        if there and resume:
            self._check_same(plan)
            return
        if there and not force:
            msg = (
                f"{str(self.path)!r} is there already; --resume goes on with an unfinished "
                "training, --force throws it away, --out names another folder"
            )
            raise UsageError(msg)
        if there and not (self.path / _PLAN).is_file():
            msg = f"{str(self.path)!r} is no folder of dfc-train's; --force does not throw it away"
            raise UsageError(msg)
        try:
            for name in _OWN if there else ():
                (self.path / name).unlink(missing_ok=True)
            shutil.rmtree(self.checkpoints, ignore_errors=True)
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError.of(self.path, error) from error
        self.write_json(_PLAN, plan)

    def _check_same(self, plan: Mapping[str, object]) -> None:
        if (self.path / RECORD).exists():
            msg = f"the training in {str(self.path)!r} has finished; there is nothing to resume"
            raise UsageError(msg)
        try:
            old = json.loads((self.path / _PLAN).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            msg = f"{str(self.path)!r} holds no training to resume; --force begins anew"
            raise UsageError(msg) from error
        now = json.loads(json.dumps(plan))
        different = sorted(key for key in {*old, *now} if old.get(key) != now.get(key))
        if different:
            msg = (
                f"{str(self.path)!r} holds another training: {', '.join(different)} differ; give "
                "the same options and pictures, or begin anew with --force"
            )
            raise UsageError(msg)

    def write_json(self, name: str, document: Mapping[str, object]) -> None:
        """A JSON file, whole.

        Raises:
            OutputError: It cannot be written.
        """
        text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False)
        write_atomically(self.path / name, f"{text}\n".encode())

    def write_pictures(self, read: Iterable[ReadPicture], part_of: Mapping[str, str]) -> None:
        """``pictures.csv``: every picture, its part, digest, and why it was left out, if so.

        Raises:
            OutputError: It cannot be written.
        """
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("path", "label", "group", "part", "sha256", "left_out"))
        for one in sorted(read, key=lambda each: each.picture.path.encode()):
            p = one.picture
            part = part_of.get(p.path, "")
            rows.writerow((p.path, p.label, p.group, part, one.sha256, one.refused))
        write_atomically(self.path / "pictures.csv", text.getvalue().encode())

    def finish(self, record: Mapping[str, object]) -> None:
        """Write the record, and remove what only a resumption needs.

        Raises:
            OutputError: It cannot be written.
        """
        self.write_json(RECORD, record)
        shutil.rmtree(self.checkpoints, ignore_errors=True)
