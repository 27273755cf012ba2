"""IO binding, batches and devices: the code that runs on CUDA too, run on the CPU."""

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic_cli.errors import DeviceError, ModelError
from forensic_cli.inference import providers
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import read_model
from forensic_cli.inference.runtime import installation, load_runtime
from forensic_cli.inference.session import Session
from tests.support.models import ModelMaker
from tests.support.running import DEMO_MODEL

SIDE = 64


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(read_model(DEMO_MODEL), "cpu")


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (23, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def reference(pictures: np.ndarray) -> np.ndarray:
    """ONNX Runtime's plain way, one picture at a time."""
    plain = load_runtime().InferenceSession(DEMO_MODEL, providers=["CPUExecutionProvider"])
    rows = [plain.run(["logits"], {"images": one[None]})[0][0] for one in pictures]
    return np.stack(rows)


@pytest.mark.parametrize("batch", [1, 2, 5, 23, 40])
def test_bound_batches_equal_plain_runs_to_the_bit(
    session: Session, pictures: np.ndarray, reference: np.ndarray, batch: int
) -> None:
    with BatchRunner(session, batch) as runner:
        assert np.array_equal(np.stack(list(runner.logits(pictures))), reference)


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 23), max_size=4))
def test_the_parts_of_a_set_score_like_the_whole(
    session: Session, pictures: np.ndarray, reference: np.ndarray, cuts: list[int]
) -> None:
    with BatchRunner(session, 4) as runner:
        edges = [0, *sorted(cuts), 23]
        rows = [
            row for first, last in pairwise(edges) for row in runner.logits(pictures[first:last])
        ]
    assert np.array_equal(np.stack(rows), reference)


def test_pictures_are_drawn_as_slots_come_free(session: Session, pictures: np.ndarray) -> None:
    drawn = 0

    def counted() -> object:
        nonlocal drawn
        for picture in pictures:
            drawn += 1
            yield picture

    with BatchRunner(session, 2) as runner:
        rows = runner.logits(counted())  # type: ignore[arg-type]
        next(rows)
        assert drawn <= 2 * (session.choice.streams + 2)
        assert len(list(rows)) == 22


def test_answers_can_be_had_without_more_pictures(
    session: Session, pictures: np.ndarray, reference: np.ndarray
) -> None:
    with BatchRunner(session, 1) as runner:
        rows = runner.put(pictures[0])
        end = time.monotonic() + 30
        while not rows and time.monotonic() < end:
            rows = runner.ready()
        assert np.array_equal(rows, reference[:1])
        assert runner.ready() == runner.drain() == []


def test_the_rest_of_a_short_batch_is_zeros(session: Session) -> None:
    slot = session.slot(4)
    slot.images[:] = 255
    slot.run(1)
    assert slot.images[0].all()
    assert not slot.images[1:].any()


def test_results_are_copies(session: Session, pictures: np.ndarray) -> None:
    slot = session.slot(2)
    slot.images[:] = pictures[:2]
    one = slot.run(2)
    kept = one.copy()
    slot.images[:] = pictures[2:4]
    slot.run(2)
    assert np.array_equal(one, kept)


def test_nodes_and_device_are_recorded(session: Session) -> None:
    record = session.device_record()
    assert record["provider"] == "CPUExecutionProvider"
    assert record["asked"] == "cpu"
    assert record["nodes_per_provider"] == session.nodes
    assert session.nodes["CPUExecutionProvider"] >= 5
    assert str(record["runtime"]).startswith("onnxruntime")


def test_auto_says_why_it_took_the_cpu() -> None:
    if providers.cuda_obstacle() is None:
        pytest.skip("there is a GPU")
    session = Session(read_model(DEMO_MODEL), "auto")
    assert session.choice.provider == providers.CPU
    assert "libcuda" in session.choice.reason


@pytest.mark.parametrize(
    "obstacle", ["the NVIDIA driver is not installed (x)", "there is no NVIDIA GPU"]
)
def test_cuda_is_never_replaced_in_silence(monkeypatch: pytest.MonkeyPatch, obstacle: str) -> None:
    monkeypatch.setattr(providers, "cuda_obstacle", lambda: obstacle)
    with pytest.raises(DeviceError) as error:
        Session(read_model(DEMO_MODEL), "cuda")
    assert obstacle in str(error.value)
    assert obstacle in Session(read_model(DEMO_MODEL), "auto").choice.reason


def test_a_session_that_lands_on_another_provider_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The libraries look fine, but the session quietly starts on the CPU: seen afterwards."""
    if providers.cuda_obstacle() is None:
        pytest.skip("there is a GPU")
    monkeypatch.setattr(providers, "cuda_obstacle", lambda: None)
    with pytest.raises(DeviceError, match="--device cuda cannot be had"):
        Session(read_model(DEMO_MODEL), "cuda")
    chosen = Session(read_model(DEMO_MODEL), "auto").choice
    assert chosen.provider == providers.CPU
    assert "CUDA cannot be used" in chosen.reason


def test_two_installed_runtimes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"onnxruntime": "1.31.1", "onnxruntime-gpu": "1.31.1"}
    monkeypatch.setattr(
        "forensic_cli.inference.runtime.package_version", lambda name: versions.get(name, "")
    )
    with pytest.raises(DeviceError, match="pip uninstall"):
        installation()
    versions.clear()
    with pytest.raises(DeviceError, match="not installed"):
        installation()


def test_a_card_for_another_graph_is_refused(make_model: ModelMaker, tmp_path: Path) -> None:
    model = read_model(make_model("a.onnx"))
    data = model.data.replace(b'"height": 16', b'"height": 17')
    (tmp_path / "b.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="N x 17 x 16 x 3"):
        Session(read_model(tmp_path / "b.onnx"), "cpu")


def test_importing_the_runtime_switches_its_telemetry_off() -> None:
    code = (
        "import os\n"
        "from forensic_cli.inference.runtime import load_runtime\n"
        "load_runtime()\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_batches_beyond_the_memory_are_refused(session: Session) -> None:
    with pytest.raises(DeviceError, match="--batch-size"):
        session.slot(10**9)


def test_weights_outside_the_file_are_refused(
    make_model: ModelMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No digest would cover them, and they would be looked for in the working folder."""
    graph = onnx.load(make_model())
    weights = next(one for one in graph.graph.initializer if one.name == "weights")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.bin").write_bytes(weights.raw_data)
    onnx.external_data_helper.set_external_data(weights, "weights.bin")
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    (tmp_path / "outside.onnx").write_bytes(graph.SerializeToString())
    with pytest.raises(ModelError, match="export it as one file"):
        Session(read_model(tmp_path / "outside.onnx"), "cpu")
