"""``dfc-classify selftest``: whether this machine computes what the model's maker measured."""

from forensic_cli.cli import options
from forensic_cli.cli.exits import reporting
from forensic_cli.settings import BUILT_IN_MODEL


def selftest(
    model: options.Model = BUILT_IN_MODEL,
    *,
    device: options.OnDevice = "auto",
    batch_size: options.BatchSize = None,
    debug: options.Debug = False,
) -> None:
    """Run the test pictures of a model's card through decoding, resizing and the device.

    The pictures are made by a formula, the expected logits are in the card. dfc-classify does the
    same at the start of every run. Exit code 0 = passed, 6 = the model holds no test or cannot be
    used, 7 = the answers are others, or the device cannot be had.
    """
    with reporting(debug):
        from forensic_cli.cli.console import out
        from forensic_cli.errors import ModelError
        from forensic_cli.inference.batching import BatchRunner
        from forensic_cli.inference.model_file import read_model
        from forensic_cli.inference.session import Session
        from forensic_cli.model_check.self_test import self_test

        session = Session(read_model(model), device)
        if session.card.self_test is None:
            msg = f"model {str(model)!r} holds no self-test; export it again with dfc-export"
            raise ModelError(msg)
        size = session.batch_size(batch_size)
        with BatchRunner(session, size) as runner:
            found = self_test(runner, session.card)
        out(f"model          {session.card.name} (sha256 {session.model.sha256})")
        out(f"device         {session.device}")
        out(f"batch size     {size}")
        out(f"self-test      {found}")
