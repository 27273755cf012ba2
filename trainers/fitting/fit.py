"""Fit a network with transformers' Trainer: its loop, schedules, checkpoints and resumption."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from safetensors.torch import load_file

from forensic_cli.errors import DeviceError, OutputError, UsageError
from forensic_cli.evaluation.measures import Measures, Scored, measure
from forensic_cli.records import LABEL_AI
from trainers.data.dataset import Pictures
from trainers.fitting.classifier import Classifier
from trainers.fitting.history import Row, rows_of
from trainers.fitting.machine import Machine
from trainers.recipes.recipe import Recipe

Tell = Callable[[str], None]
Progress = Callable[[int, int], None]

_DIVERGED = (
    "the network answers no numbers any more; try a smaller --learning-rate, or --precision fp32"
)
_SCHEDULES = {
    "linear": "linear",
    "cosine": "cosine",
    "constant": "constant_with_warmup",
    "plateau": "reduce_lr_on_plateau",
}
_PLATEAU: dict[str, Any] = {"factor": 0.2, "patience": 2}
_OPTIMISERS = {"adamw": ("adamw_torch", None), "sgd": ("sgd", "momentum=0.9")}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished training; the classifier holds the best epoch's weights.

    Attributes:
        history: A row per epoch.
        best: Measures of the best epoch on the validation pictures.
        steps: Updates.
        tests: Measures on the test parts, by name.
    """

    history: list[Row]
    best: Measures
    steps: int
    tests: dict[str, Measures]


def fit(  # noqa: PLR0913 - the parts of the job
    classifier: Classifier,
    recipe: Recipe,
    train: Pictures,
    validation: Pictures,
    tests: Mapping[str, Pictures],
    folder: Path,
    on: Machine,
    seed: int,
    *,
    resume: bool,
    tell: Tell,
    progress: Progress,
) -> Fitted:
    """Train, and measure.

    Args:
        classifier: Changed in place.
        recipe: Every setting.
        train: Pictures with augmentation.
        validation: Pictures that pick the best epoch.
        tests: Pictures that are only measured, at the end.
        folder: For the library's checkpoints.
        on: Device, arithmetic, workers.
        seed: The seed of order, dropout and augmentation.
        resume: Go on from the last checkpoint in the folder.
        tell: Told a line per epoch.
        progress: Told updates done, and of how many.

    Raises:
        OutputError: A checkpoint cannot be written.
        UsageError: The loss is no number any more.
    """
    ai = recipe.labels.index(LABEL_AI)
    trainer = transformers.Trainer(
        model=classifier,
        args=_arguments(recipe, folder, on, seed),
        train_dataset=train,
        eval_dataset=validation,
        compute_metrics=lambda answers: figures_of(_measured(answers, ai)),
        callbacks=[_Watch(tell, progress)],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    if recipe.early_stopping:
        trainer.add_callback(transformers.EarlyStoppingCallback(recipe.early_stopping))
    last = _last_whole(folder) if resume else None
    if last:
        tell(f"going on after {last.name}")
    try:
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    except OSError as error:
        raise OutputError.of(folder, error) from error
    except torch.OutOfMemoryError as error:
        msg = "the device has no memory for this; a smaller --batch-size needs less (and "
        msg += "--set accumulation= keeps the sum)"
        raise DeviceError(msg) from error
    # The library loads the best epoch by a path that it noted; the folder may have moved since.
    best_epoch = folder / f"checkpoint-{trainer.state.best_global_step}"
    classifier.load_state_dict(load_file(best_epoch / "model.safetensors"))
    rows = rows_of(trainer.state.log_history)
    if not all(np.isfinite(row["loss"]) for row in rows if "loss" in row):
        raise UsageError(_DIVERGED)
    best = _measured(trainer.predict(validation), ai)
    measured = {name: _measured(trainer.predict(part), ai) for name, part in tests.items()}
    return Fitted(rows, best, trainer.state.global_step, measured)


def _last_whole(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end; what comes after it is removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    while found and not (found[-1] / "trainer_state.json").is_file():
        shutil.rmtree(found.pop())
    return found[-1] if found else None


def _arguments(recipe: Recipe, folder: Path, on: Machine, seed: int) -> Any:  # noqa: ANN401 - the library's
    optimiser, options = _OPTIMISERS[recipe.optimiser]
    plateau = recipe.schedule == "plateau"
    mode = "min" if recipe.best_by == "loss" else "max"
    return transformers.TrainingArguments(
        output_dir=str(folder.absolute()),
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        optim=optimiser,
        optim_args=options,
        lr_scheduler_type=_SCHEDULES[recipe.schedule],
        lr_scheduler_kwargs=_PLATEAU | {"mode": mode} if plateau else None,
        warmup_steps=recipe.warmup,
        num_train_epochs=recipe.epochs,
        max_steps=recipe.max_steps or -1,
        eval_strategy="epoch",
        save_strategy="epoch",
        logging_strategy="epoch",
        logging_nan_inf_filter=False,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{recipe.best_by}",
        greater_is_better=recipe.best_by != "loss",
        seed=seed,
        data_seed=seed,
        use_cpu=on.device == "cpu",
        bf16=on.precision == "bf16",
        fp16=on.precision == "fp16",
        dataloader_num_workers=on.workers,
        dataloader_pin_memory=on.device == "cuda",
        remove_unused_columns=False,
        label_names=["labels"],
        disable_tqdm=True,
        report_to=[],
        restore_callback_states_from_checkpoint=True,
    )


def _measured(answers: Any, ai: int) -> Measures:  # noqa: ANN401 - the library's
    """Measures of logits (N x 2) against output indices (N)."""
    logits = np.asarray(answers.predictions, np.float64)
    if not np.isfinite(logits).all():
        raise UsageError(_DIVERGED)
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    p_ai = (shifted / shifted.sum(axis=1, keepdims=True))[:, ai]
    called = logits.argmax(axis=1) == ai
    return measure(Scored(np.asarray(answers.label_ids) == ai, called, p_ai))


def figures_of(measures: Measures) -> dict[str, float]:
    """Those that an epoch can be picked by."""
    return {
        "accuracy": measures.accuracy,
        "f1_ai": measures.ai.f1,
        "macro_f1": measures.macro_f1,
        "roc_auc": measures.roc_auc or 0.0,
    }


class _Watch(transformers.TrainerCallback):
    """Tells how far a training is."""

    def __init__(self, tell: Tell, progress: Progress) -> None:
        self._tell = tell
        self._progress = progress

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:  # noqa: ANN401
        self._progress(state.global_step, state.max_steps)

    def on_evaluate(
        self,
        _args: Any,  # noqa: ANN401 - the library's
        state: Any,  # noqa: ANN401 - the library's
        _control: Any,  # noqa: ANN401 - the library's
        metrics: Mapping[str, float],
        **_: Any,  # noqa: ANN401
    ) -> None:
        loss = next((row["loss"] for row in reversed(state.log_history) if "loss" in row), None)
        trained = f"training loss {loss:.4f}, " if loss is not None else ""
        self._tell(
            f"epoch {state.epoch:g}: {trained}validation loss {metrics['eval_loss']:.4f}, "
            f"accuracy {metrics['eval_accuracy']:.4f}, macro F1 {metrics['eval_macro_f1']:.4f}, "
            f"area under ROC {metrics['eval_roc_auc']:.4f}"
        )
