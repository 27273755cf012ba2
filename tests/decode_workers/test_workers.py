"""Decoding in worker processes: the same pixels, and no file that takes others with it."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.decode_workers import process, worker_process
from forensic_cli.decode_workers.messages import DecodeTask, Usage, answer, parse_answer
from forensic_cli.decode_workers.pool import DecodeWorkers, Prepared, decode_task
from forensic_cli.errors import DeviceError, ItemRefusedError
from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.formats import EXTENSIONS
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import CenterCrop, ConvertRgb, ExifTranspose, ResizeShortestEdge
from forensic_cli.records import ImageFacts, Status
from forensic_cli.settings import DEFAULT_MAX_BYTES, DEFAULT_MAX_PIXELS
from tests.support.hostile import noise, scans
from tests.support.models import ModelMaker
from tests.support.pictures import encoded, png
from tests.support.running import ROOT, Runner, decode_workers, decoders

pytestmark = pytest.mark.slow

STEPS = (ExifTranspose(), ConvertRgb(), ResizeShortestEdge(40, "bicubic"), CenterCrop(32, 32))
PREPROCESSING = Preprocessing(STEPS, 255.0, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
TASK = decode_task(PREPROCESSING, DEFAULT_MAX_PIXELS, DEFAULT_MAX_BYTES, 30.0)
SLOW = encoded(noise(2500, 2500), "PNG")
SOUND = png((1, 2, 3), (50, 60))


@pytest.fixture
def workers() -> Iterator[DecodeWorkers]:
    made = DecodeWorkers(2)
    yield made
    made.close()


def of(
    workers: DecodeWorkers, *files: bytes, task: DecodeTask = TASK
) -> list[Prepared | ItemRefusedError]:
    """What became of files begun together, in order."""
    begun: list[Future[Prepared]] = [workers.begin(data, task) for data in files]
    found: list[Prepared | ItemRefusedError] = []
    for index, data in enumerate(files):
        try:
            found.append(workers.finish(data, task, begun[index], begun[index + 1 :], print))
        except ItemRefusedError as refused:
            found.append(refused)
    return found


def same(one: Prepared | ItemRefusedError, data: bytes) -> bool:
    """Whether it is what this process itself makes of the file."""
    assert not isinstance(one, ItemRefusedError), one
    configure(DEFAULT_MAX_PIXELS)
    pixels, facts = prepare(decode(data), PREPROCESSING)
    return bool(np.array_equal(one[0], pixels)) and one[1] == facts


def status(one: Prepared | ItemRefusedError) -> Status:
    return one.status if isinstance(one, ItemRefusedError) else Status.SCORED


def until(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def other_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has workers run something before they serve; ``decoding`` is the function they call."""

    def use(code: str) -> None:
        script = tmp_path / "other_worker.py"
        script.write_text(
            "import os, sys, time\n"
            "from forensic_cli.decode_workers import decoder as worker, worker as program\n"
            "program.confine_worker = dict\n"  # what it does here a decoder may not
            "program.confine_decoder = dict\n"
            f"real = worker.decode\n{code}\n"
            "program.main(sys.argv[1:])\n"
        )
        monkeypatch.setattr(worker_process, "_PROGRAM", (str(script),))

    return use


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_the_same_pixels_and_facts(workers: DecodeWorkers, form: str) -> None:
    files = [encoded(noise(90 + 7 * index, 61, index), form) for index in range(6)]
    for found, data in zip(of(workers, *files), files, strict=True):
        assert same(found, data)


def test_a_file_larger_than_what_is_kept(workers: DecodeWorkers) -> None:
    large = encoded(noise(2600, 2400), "BMP")
    assert len(large) > 16 * 1024 * 1024
    assert all(same(found, data) for found, data in zip(
        of(workers, large, SOUND, large), (large, SOUND, large), strict=True
    ))  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM])
def test_a_worker_that_dies_costs_nothing(workers: DecodeWorkers, number: signal.Signals) -> None:
    of(workers, SOUND, SOUND)  # a worker that is lost before it is ready is another matter
    files = [SLOW, SOUND, SLOW, SOUND]
    losses: list[Any] = []
    held = decoders(os.getpid())[0]
    os.kill(held, signal.SIGSTOP)  # so that it holds a file for certain when it dies
    begun = [workers.begin(data, TASK) for data in files]
    assert until(lambda: sum(one.done() for one in begun) == len(files) - 1)
    os.kill(held, number)
    os.kill(held, signal.SIGCONT)
    for index, data in enumerate(files):
        found = workers.finish(data, TASK, begun[index], begun[index + 1 :], losses.append)
        assert same(found, data)
    assert [loss.killed for loss in losses] == [number is signal.SIGKILL]


def state_of(pid: int) -> str:
    """One letter of proc(5); Z also for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def is_busy(pid: int) -> bool:
    return state_of(pid) == "R"


def test_idle_workers_that_are_killed_are_replaced(workers: DecodeWorkers) -> None:
    assert same(of(workers, SOUND)[0], SOUND)
    for list_of in (decoders, decode_workers, decoders):
        for pid in list_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        assert all(same(found, SOUND) for found in of(workers, SOUND, SOUND, SOUND))


def test_a_decoder_that_crashes_each_time_is_reported(
    other_program: Callable[[str], None],
) -> None:
    other_program(
        "def dying(data, **options):\n"
        "    if data.endswith(b'crash'): os.abort()\n"
        "    if data.endswith(b'leave'): os._exit(7)\n"
        "    return real(data, **options)\n"
        "worker.decode = dying"
    )
    workers = DecodeWorkers(2)
    files = (SOUND, SOUND + b"crash", SOUND, SOUND + b"leave", SOUND)
    found = of(workers, *files)
    workers.close()
    words = [status(one) for one in found]
    assert words == ["scored", "decoder_crash", "scored", "decoder_crash", "scored"]
    assert "SIGABRT" in str(found[1])
    assert "exit status 7" in str(found[3])


def test_a_file_that_only_fails_beside_others_is_scored(
    other_program: Callable[[str], None], tmp_path: Path
) -> None:
    """A crash once, and a hang while others decode: neither says anything of the file."""
    mark = tmp_path / "was-here"
    other_program(
        f"mark = {str(mark)!r}\n"
        "def once(data, **options):\n"
        "    if data.endswith(b'once') and not os.path.exists(mark):\n"
        "        os.mkdir(mark)\n"
        "        time.sleep(60)\n"
        "    return real(data, **options)\n"
        "worker.decode = once"
    )
    workers = DecodeWorkers(2)
    task = replace(TASK, seconds=1.0)
    found = of(workers, SOUND + b"once", SOUND, task=task)
    workers.close()
    assert [status(one) for one in found] == ["scored", "scored"]
    assert mark.exists()


def test_a_file_that_takes_too_long(workers: DecodeWorkers) -> None:
    bomb = scans(4096, 1500)
    task = replace(TASK, seconds=1.0)
    found = of(workers, bomb, SOUND, SOUND, task=task)
    assert [status(one) for one in found] == ["timeout", "scored", "scored"]
    assert "--file-timeout 1 seconds" in str(found[0])


def test_what_hangs_without_computing_is_tried_again_alone(
    other_program: Callable[[str], None], tmp_path: Path
) -> None:
    other_program(
        f"tries = {str(tmp_path / 'tries')!r}\n"
        "def sleeping(data, **options):\n"
        "    if data.endswith(b'sleep'):\n"
        "        os.close(os.open(tries + str(time.monotonic_ns()), os.O_CREAT))\n"
        "        time.sleep(60)\n"
        "    return real(data, **options)\n"
        "worker.decode = sleeping"
    )
    workers = DecodeWorkers(2)
    found = of(workers, SOUND + b"sleep", SOUND, task=replace(TASK, seconds=0.5))
    workers.close()
    assert [status(one) for one in found] == ["timeout", "scored"]
    assert len(list(tmp_path.glob("tries*"))) == 2


def test_the_retry_is_alone(other_program: Callable[[str], None], tmp_path: Path) -> None:
    other_program(
        f"place = {str(tmp_path)!r}\n"
        "def logged(data, **options):\n"
        "    if data.endswith(b'crash'):\n"
        "        others = [n for n in os.listdir(place) if n.startswith('busy')]\n"
        "        os.mkdir(f'{place}/try{time.monotonic_ns()}-{len(others)}')\n"
        "        time.sleep(0.1)\n"
        "        os.abort()\n"
        "    mark = f'{place}/busy{os.getpid()}'\n"
        "    os.mkdir(mark)\n"
        "    time.sleep(0.4)\n"
        "    os.rmdir(mark)\n"
        "    return real(data, **options)\n"
        "worker.decode = logged"
    )
    workers = DecodeWorkers(2)
    found = of(workers, SOUND + b"crash", *[SOUND] * 5)
    workers.close()
    assert [status(one) for one in found] == ["decoder_crash", *["scored"] * 5]
    tries = sorted(path.name for path in tmp_path.glob("try*"))
    assert len(tries) == 2
    assert tries[1].endswith("-0")


def test_memory_is_bounded(workers: DecodeWorkers) -> None:
    large = encoded(noise(16, 16).resize((9000, 9000), 0), "PNG")
    small = replace(TASK, address_space=300 * 1024 * 1024)
    found = of(workers, large, SOUND, task=small)
    assert [status(one) for one in found] == ["out_of_memory", "scored"]
    assert same(of(workers, large)[0], large)


def test_memory_that_is_short_once_is_no_verdict(
    other_program: Callable[[str], None], tmp_path: Path
) -> None:
    """What earlier files have left in a worker is not the fault of the next."""
    other_program(
        f"mark = {str(tmp_path / 'was-here')!r}\n"
        "from forensic_cli.errors import ItemRefusedError\n"
        "from forensic_cli.records import Status\n"
        "def short(data, **options):\n"
        "    if not os.path.exists(mark):\n"
        "        os.mkdir(mark)\n"
        "        raise ItemRefusedError(Status.OUT_OF_MEMORY, 'so')\n"
        "    return real(data, **options)\n"
        "worker.decode = short"
    )
    workers = DecodeWorkers(1)
    assert same(of(workers, SOUND)[0], SOUND)
    workers.close()


def test_what_a_worker_prints_is_kept_from_the_terminal(
    other_program: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    other_program(
        "def loud(data, **options):\n"
        "    if data.endswith(b'loud'): os.write(1, b'out\\n'); os.write(2, b'\\x1b[31mred\\n')\n"
        "    if data.endswith(b'flood'): os.system('yes >&2')\n"
        "    return real(data, **options)\n"
        "worker.decode = loud"
    )
    workers = DecodeWorkers(1)
    broken = SOUND[:-20] + b"loud"
    files = (SOUND, SOUND + b"loud", SOUND, broken, SOUND + b"flood", SOUND)
    found = of(workers, *files)
    workers.close()
    assert capfd.readouterr() == ("", "")
    assert [status(one) for one in found] == [
        "scored", "scored", "scored", "corrupt", "scored", "scored",
    ]  # fmt: skip
    flags = [one[1].flags for one in found if not isinstance(one, ItemRefusedError)]
    loud = ("appended_data", "decoder_message")
    assert flags == [(), loud, (), loud, ()]
    assert str(found[3]).endswith("; it printed: out")


def test_an_answer_that_makes_no_sense(other_program: Callable[[str], None]) -> None:
    other_program("worker.answer = lambda *_: b'[[[[[' * 1000 if 0 else b'{\"told\": 3}'")
    workers = DecodeWorkers(1)
    found = of(workers, SOUND)
    workers.close()
    assert "the decoder answered nonsense" in str(found[0])


def test_a_worker_that_cannot_start_ends_the_run(other_program: Callable[[str], None]) -> None:
    other_program("sys.exit('no such library\\x1b')")
    workers = DecodeWorkers(1)
    with pytest.raises(
        DeviceError, match=r"it ends or hangs at once, saying 'no such library\\\\x1b'"
    ):
        of(workers, SOUND)
    workers.close()


def test_evidence_is_never_a_place_for_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("numpy", "PIL", "json", "forensic_cli"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    workers = DecodeWorkers(1)
    found = of(workers, SOUND)
    workers.close()
    assert same(found[0], SOUND)
    assert not (tmp_path / "ran").exists()


def test_nothing_is_left_open_or_running() -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_files()
    workers = DecodeWorkers(2)
    for _ in range(4):
        of(workers, SOUND, SOUND)
        for pid in decode_workers(os.getpid()):
            os.kill(pid, signal.SIGKILL)
    workers.close()
    assert open_files() == before
    assert not decode_workers(os.getpid())


def test_children_of_a_worker_end_with_it(
    other_program: Callable[[str], None], tmp_path: Path
) -> None:
    other_program(
        f"place = {str(tmp_path / 'child')!r}\n"
        "def forking(data, **options):\n"
        "    child = os.fork()\n"
        "    if not child: time.sleep(100)\n"
        "    open(place, 'w').write(str(child))\n"
        "    return real(data, **options)\n"
        "worker.decode = forking"
    )
    workers = DecodeWorkers(1)
    assert same(of(workers, SOUND)[0], SOUND)
    child = int((tmp_path / "child").read_text())
    assert state_of(child) != "Z"
    workers.close()
    assert until(lambda: state_of(child) == "Z", 5)


def test_what_is_printed_while_a_worker_starts_is_of_no_file(
    other_program: Callable[[str], None],
) -> None:
    other_program("print('starting', file=sys.stderr)")
    workers = DecodeWorkers(1)
    assert same(of(workers, SOUND)[0], SOUND)
    workers.close()


def test_shared_memory_that_is_not_to_be_had_is_not_the_file_s_fault(
    workers: DecodeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("forensic_cli.decode_workers.worker_process.os.pwrite", full)
    with pytest.raises(DeviceError, match="No space left"):
        of(workers, SOUND)


def test_the_largest_limits(workers: DecodeWorkers) -> None:
    task = decode_task(PREPROCESSING, 10**18, 10**18, 30.0)
    assert same(of(workers, SOUND, task=task)[0], SOUND)


def test_a_worker_that_has_grown_is_replaced(
    workers: DecodeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(same(found, SOUND) for found in of(workers, SOUND, SOUND))
    before = set(decoders(os.getpid()))
    assert all(same(found, SOUND) for found in of(workers, SOUND, SOUND))
    assert set(decoders(os.getpid())) == before
    monkeypatch.setattr(process, "_MOST_KEPT", 1000)
    assert same(of(workers, SOUND)[0], SOUND)
    assert until(lambda: set(decoders(os.getpid())) != before)


def test_closing_does_not_wait_for_a_file_that_hangs(workers: DecodeWorkers) -> None:
    bomb = scans(4096, 1500)
    for _ in range(4):
        workers.begin(bomb, TASK)
    assert until(lambda: any(map(is_busy, decoders(os.getpid()))))
    began = time.monotonic()
    numbers = decoders(os.getpid())
    workers.close()
    assert time.monotonic() - began < 15
    assert until(lambda: {state_of(number) for number in numbers} == {"Z"}, 5)
    assert not decode_workers(os.getpid())


KEEPER = """
import os, sys
sys.path.insert(0, {root!r})
from tests.decode_workers.test_workers import *
workers = DecodeWorkers(2)
short = replace(TASK, seconds=3.0)
of(workers, SOUND, SOUND, task=short)
print(*decode_workers(os.getpid()), *decoders(os.getpid()), flush=True)
workers.begin(scans(8192, 3000), short)
time.sleep(600)
"""


def test_workers_do_not_outlive_their_keeper() -> None:
    paths = [str(ROOT)]
    code = KEEPER.format(root=paths[0])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, *filter(None, sys.path)])}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as keeper:
        try:
            assert keeper.stdout is not None
            numbers = [int(number) for number in keeper.stdout.readline().split()]
            assert len(numbers) == 4
            assert until(lambda: any(map(is_busy, numbers)), 10)
        finally:
            keeper.kill()
    assert until(lambda: {state_of(number) for number in numbers} == {"Z"}, 25)


def test_many_threads_may_ask_at_once(workers: DecodeWorkers) -> None:
    files = [png((index, 0, 0), (20 + index, 30)) for index in range(40)]
    found: dict[int, Prepared | ItemRefusedError] = {}

    def ask(index: int) -> None:
        found[index] = of(workers, files[index])[0]

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(found[index], data) for index, data in enumerate(files))


DECODER_FLAGS = [flag for flag in Flag if flag.from_decoder]
facts = st.builds(
    ImageFacts,
    format=st.sampled_from(sorted(EXTENSIONS)),
    width=st.integers(1, 2**31 - 1), height=st.integers(1, 2**31 - 1),
    mode=st.sampled_from(["RGB", "I;16", "1"]), exif_orientation=st.integers(0, 8),
    orientation_source=st.sampled_from(OrientationSource),
    rgb_sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    appended=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50),
    flags=st.lists(st.sampled_from(DECODER_FLAGS), max_size=3).map(tuple),
)  # fmt: skip
USAGE = Usage(1.5, warnings=2)
FACTS = ImageFacts("PNG", 3, 4, "RGB", 1, OrientationSource.EXIF, "0a" * 32, "", (Flag.ALPHA,))


@given(facts)
def test_facts_arrive_as_they_were_sent(sent: ImageFacts) -> None:
    assert parse_answer(answer(sent, USAGE)) == (sent, USAGE)


@given(st.sampled_from(["corrupt", "truncated", "out_of_memory"]), st.text())
def test_refusals_arrive_harmless(word: str, reason: str) -> None:
    found, _ = parse_answer(answer(ItemRefusedError(Status(word), reason), USAGE))
    assert isinstance(found, ItemRefusedError)
    assert (found.status, found.reason) == (word, on_screen(reason, 1000))


def forged(path: str, value: object) -> bytes:
    """A sound answer with one value replaced."""
    message = json.loads(answer(FACTS, USAGE))
    part, _, key = path.partition(".")
    message[part][key] = value
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("told.format", "XX"), ("told.format", ["PNG"]), ("told.width", 0), ("told.width", 2**31),
        ("told.height", 3.0), ("told.height", True), ("told.mode", "\ud800"), ("told.mode", 3),
        ("told.exif_orientation", 9), ("told.exif_orientation", -1), ("told.rgb_sha256", "0A" * 32),
        ("told.rgb_sha256", ""), ("told.rgb_sha256", None), ("told.flags", ["evidence_differs"]),
        ("told.flags", ["extension_mismatch"]), ("told.flags", [["alpha"]]), ("told.more", 1),
        ("told.status", "scored"), ("told.status", "symlink"), ("told.status", "hash_mismatch"),
        ("usage.cpu_seconds", -1.0), ("usage.cpu_seconds", 10**400), ("usage.cpu_seconds", "1"),
        ("usage.cpu_seconds", float("inf")), ("usage.cpu_seconds", float("nan")),
        ("usage.warnings", -1), ("usage.warnings", 1.5), ("usage.more", 1),
    ],
)  # fmt: skip
def test_a_worker_can_only_say_what_a_decoder_can(path: str, value: object) -> None:
    assert parse_answer(answer(FACTS, USAGE))[0] == FACTS
    with pytest.raises(ValueError, match=r"."):
        parse_answer(forged(path, value))


@pytest.mark.parametrize("word", ["scored", "symlink", "hash_mismatch", "timeout", "special_file"])
def test_a_worker_cannot_refuse_for_other_reasons_than_a_decoder(word: str) -> None:
    told = {"status": word, "reason": "so"}
    message = {"usage": {"cpu_seconds": 1.0}, "told": told}
    with pytest.raises(ValueError, match=r"."):
        parse_answer(json.dumps(message).encode())
    message["told"] = told | {"status": "corrupt"}
    assert parse_answer(json.dumps(message).encode())


@pytest.mark.parametrize("reason", ["\ud800", "\x1b[2J", "x" * 1001, 3, None])
def test_a_reason_is_a_short_and_harmless_text(reason: object) -> None:
    told = {"status": "corrupt", "reason": reason}
    message = {"usage": {"cpu_seconds": 1.0}, "told": told}
    with pytest.raises(ValueError, match=r"."):
        parse_answer(json.dumps(message).encode())


@given(st.binary() | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["told", "status", "reason", "usage", "cpu_seconds", "flags"]), inner
    ),
).map(lambda value: repr(value).replace("'", '"').encode()))  # fmt: skip
def test_nonsense_is_told_from_an_answer(message: bytes) -> None:
    try:
        found, _ = parse_answer(message)
    except ValueError:
        return
    assert isinstance(found, ItemRefusedError | ImageFacts)


FACTS_WITH = """
from dataclasses import replace
apply_steps = worker.apply_steps
def other(*given):
    picture, facts = apply_steps(*given)
    return picture, replace(facts, {})
worker.apply_steps = other
"""
REFUSED_AS = """
from forensic_cli.errors import ItemRefusedError
from forensic_cli.records import Status
def other(data, **options):
    raise ItemRefusedError(Status.{}, "so")
worker.decode = other
"""


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (FACTS_WITH.format("flags=('landscape',)"), "flag landscape"),
        (FACTS_WITH.format("flags=('evidence_differs',)"), "flag evidence_differs"),
        (FACTS_WITH.format("format='JXL'"), "format JXL"),
        (REFUSED_AS.format("PATH_TOO_LONG"), "status path_too_long"),
    ],
)
def test_a_word_that_was_not_declared_is_a_bug_and_no_row(
    other_program: Callable[[str], None],
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    code: str,
    word: str,
) -> None:
    other_program(code)
    done = dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv", code=1)
    assert f"internal error: a decode worker may not say {word}" in done.err
    assert not (tmp_path / "r.csv").exists()
    assert not (tmp_path / "r.exceptions.csv").exists()
