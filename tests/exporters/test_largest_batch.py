"""Where a kernel's rounding depends on a picture's place in its batch, one at a time is scored."""

from pathlib import Path

import pytest
import torch

from forensic_cli.inference.model_file import read_model
from forensic_cli.inference.session import Session
from tests.support.running import Runner

pytestmark = pytest.mark.slow


def network() -> torch.nn.Module:
    """As SqueezeNet ends: a mean over 13 x 13, whose rows begin where memory is not aligned."""
    torch.manual_seed(6)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 2, 17, 17), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "m.pt2"
    shapes = ({0: torch.export.Dim("batch")},)
    example = (torch.zeros(2, 3, 224, 224),)
    torch.export.save(torch.export.export(network().eval(), example, dynamic_shapes=shapes), path)
    return path


def test_it_is_exported_and_run_one_at_a_time(
    dfc_export: Runner, dfc: Runner, program: Path, tmp_path: Path, evidence: Path
) -> None:
    model = tmp_path / "m.onnx"
    options = ("--labels", "ai,real", "--preprocessing", "imagenet-224", "--out", model)
    done = dfc_export(program, *options)
    assert "trying one picture at a time" in done.err
    loaded = read_model(model)
    session = Session(loaded, "cpu")
    assert session.card.largest_batch == 1
    assert session.batch_size(None) == 1
    assert session.batch_size(4) == 4
    run = (evidence, "--model", model, "--out")
    dfc(*run, tmp_path / "a.csv", "--batch-size", "1", "--quiet")
    dfc(*run, tmp_path / "b.csv", "--quiet")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    said = dfc(*run, tmp_path / "c.csv", "--batch-size", "2", "--quiet", code=6).err
    assert "--batch-size 1 may help" in said
