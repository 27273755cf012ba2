"""What every kind of evidence has to do; an entry in ``containers.MADE`` has a new kind tried."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.contents import contents, read_all
from forensic_cli.evidence.kinds import BY_PATH, Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.recognition import is_container, open_evidence
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.hashing import digest_bytes
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.records import EvidenceItem, Status
from tests.support.containers import MADE, NOT_UTF8, ODD_NAMES, PICTURES, Files, md5_of, rows
from tests.support.running import DEMO_MODEL, Runner

FILES: Files = {
    **dict(list(PICTURES.items())[:9]),
    **dict.fromkeys(ODD_NAMES, b"odd"),
    b"empty.png": b"",
    b"large.bin": bytes(range(256)) * 9000,
    b"sub-.png": b"comes before what is in sub/",
    b"sub0.png": b"comes after it",
}
kinds = pytest.mark.parametrize("kind", BY_PATH)


@pytest.fixture
def evidence(kind: Kind, tmp_path: Path) -> Path:
    return MADE[kind].make(tmp_path / "case" / MADE[kind].name, FILES)


@pytest.fixture(autouse=True)
def _case(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()


@pytest.fixture
def source(evidence: Path) -> Iterator[EvidenceSource]:
    with closing(open_evidence(evidence)) as opened:
        yield opened


def listed(source: EvidenceSource) -> Listing:
    return source.listing(lambda _: None)


def test_every_kind_has_a_maker() -> None:
    assert set(MADE) == set(BY_PATH)


@kinds
def test_its_content_and_not_its_name_tells_what_it_is(kind: Kind, evidence: Path) -> None:
    odd = evidence.rename(evidence.with_name("evidence.bin"))
    with closing(open_evidence(odd)) as source:
        assert source.kind is kind
        assert source.name == b"evidence.bin"
        assert source.aliases[0] == source.name
        assert bool(source.files) == (kind is not Kind.FOLDER)
    assert kind is Kind.FOLDER or is_container(odd)


@kinds
def test_everything_reads_back(kind: Kind, source: EvidenceSource) -> None:
    listing = listed(source)
    items = [listing[index] for index in source.in_reading_order(range(len(listing)))]
    found = {item.path: read() for item, read in contents(source, items, 1 << 30)}
    assert found == FILES, kind
    assert {item.path: item.size for item in listing} == {
        name: len(content) for name, content in FILES.items()
    }


@kinds
def test_the_listing_is_in_the_order_of_raw_bytes_and_always_the_same(
    kind: Kind, source: EvidenceSource
) -> None:
    counts: list[int] = []
    first = source.listing(counts.append)
    assert [item.path for item in first] == sorted(FILES), kind
    assert counts[-1] == len(FILES)
    assert listed(source).sha256 == first.sha256


@kinds
def test_names_that_are_not_utf8(kind: Kind, tmp_path: Path) -> None:
    if not MADE[kind].any_name:
        pytest.skip("this kind has no such names")
    made = MADE[kind].make(tmp_path / "case" / MADE[kind].name, {NOT_UTF8: b"content"})
    with closing(open_evidence(made)) as source:
        (item,) = listed(source)
        assert item.path == NOT_UTF8
        assert read_all(source, item, 10) == b"content"


@kinds
def test_what_is_larger_than_allowed_is_refused_unread(kind: Kind, source: EvidenceSource) -> None:
    item = listed(source).find(b"large.bin")
    assert item is not None, kind
    with pytest.raises(ItemRefusedError) as refused:
        read_all(source, item, 1000)
    assert refused.value.status is Status.TOO_LARGE


@kinds
def test_evidence_that_is_written_to_is_noticed(
    kind: Kind, evidence: Path, source: EvidenceSource
) -> None:
    listing = listed(source)
    written = evidence / "large.bin" if kind is Kind.FOLDER else evidence
    with written.open("ab") as stream:
        stream.write(b"more")
    item = listing.find(b"large.bin")
    assert item is not None
    with pytest.raises(ItemRefusedError) as refused:
        read_all(source, item, 1 << 30)
    assert refused.value.status is Status.CHANGED_DURING_RUN


@kinds
def test_several_threads_read_at_once(kind: Kind, source: EvidenceSource) -> None:
    if source.sequential:
        pytest.skip("read by one reader only")

    def read(item: EvidenceItem) -> tuple[bytes, bytes]:
        return item.path, read_all(source, item, 1 << 30)

    listing = listed(source)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(read, [*listing] * 20))
    assert len(found) == 20 * len(FILES), kind
    assert all(FILES[name] == content for name, content in found)


@kinds
def test_the_container_s_own_hash(kind: Kind, evidence: Path, source: EvidenceSource) -> None:
    listed(source)
    whole = source.container_digests(("md5", "sha256"), lambda _done, _total: None)
    found = {one.digest.hexdigest for one in whole.digests}
    if kind is Kind.FOLDER:
        assert not found
    else:
        assert {md5_of(evidence)} <= found


@kinds
def test_stored_digests_are_those_of_the_content(kind: Kind, source: EvidenceSource) -> None:
    for item in listed(source):
        for digest in source.stored_digests(item):
            found = digest_bytes(FILES[item.path], [digest.algorithm])
            assert found[digest.algorithm] == digest, kind


@kinds
def test_closed_twice_it_closes_nothing_else(kind: Kind, evidence: Path) -> None:
    source = open_evidence(evidence)
    source.close()
    descriptor = os.open(os.devnull, os.O_RDONLY)  # takes the number that is free now
    try:
        source.close()
        assert os.fstat(descriptor), kind
    finally:
        os.close(descriptor)


@kinds
def test_nothing_stays_open(kind: Kind, evidence: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with closing(open_evidence(evidence)) as source:
        listed(source)
        source.container_digests(("md5",), lambda _done, _total: None)
    assert os.listdir("/proc/self/fd") == before, kind


@kinds
def test_another_process_opens_it_again_by_its_path(
    kind: Kind, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(evidence.parent)
    with closing(open_evidence(Path(evidence.name))) as source:
        digest, path = listed(source).sha256, source.path
    code = (
        "import sys, hashlib\nfrom pathlib import Path\n"
        "from forensic_cli.evidence.recognition import open_evidence\n"
        "from forensic_cli.evidence.contents import read_all\n"
        "source = open_evidence(Path(sys.argv[1]))\n"
        "listing = source.listing(lambda _: None)\n"
        "item = listing.find(b'large.bin')\n"
        "data = read_all(source, item, 1 << 30)\n"
        "print(source.kind, listing.sha256, hashlib.md5(data).hexdigest(), sep='|')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], cwd="/", capture_output=True, text=True, check=True
    )
    md5 = digest_bytes(FILES[b"large.bin"], ["md5"])["md5"].hexdigest
    assert done.stdout.strip() == f"{kind}|{digest}|{md5}"


@pytest.mark.slow
@kinds
def test_the_main_job_gives_the_rows_of_the_folder(
    kind: Kind, dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    folder = MADE[Kind.FOLDER].make(tmp_path / "plain" / "Set", FILES)
    found = []
    for number, one in enumerate((folder, evidence)):
        out = tmp_path / f"{number}.csv"
        dfc(one, "--model", DEMO_MODEL, "--out", out, code=3)
        table = pq.read_table(out.with_suffix(".details.parquet")).drop_columns(
            ["path", "path_bytes", "duplicate_of"]
        )
        found.append((rows(out), rows(out.with_suffix(".exceptions.csv")), table.to_pylist()))
    assert found[0] == found[1], kind


@pytest.mark.slow
@kinds
def test_interrupted_and_resumed_it_ends_in_the_same_bytes(
    kind: Kind, dfc: Runner, evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 5)
    whole, broken = tmp_path / "a" / "r.csv", tmp_path / "b" / "r.csv"
    for out in (whole, broken):
        out.parent.mkdir()
    dfc(evidence, "--model", DEMO_MODEL, "--out", whole, code=3)
    commit = RunFolder.commit

    def stopped(self: RunFolder, index: int, table: object) -> str:
        if index == 2:
            raise KeyboardInterrupt
        return commit(self, index, table)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "commit", stopped)
        dfc(evidence, "--model", DEMO_MODEL, "--out", broken, code=130)
    dfc(evidence, "--model", DEMO_MODEL, "--out", broken, "--resume", code=3)
    for name in ("r.csv", "r.exceptions.csv", "r.details.parquet"):
        assert (whole.parent / name).read_bytes() == (broken.parent / name).read_bytes(), kind


@kinds
def test_verify_hash_says_intact_and_differs(
    kind: Kind, dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    manifest = tmp_path / "list.md5"
    dfc("hash", evidence, "--out", manifest)
    assert "verdict        intact" in dfc("verify-hash", evidence, "--hashes", manifest).out
    line = manifest.read_bytes()
    digit = re.search(rb"[0-9a-f]", line)
    assert digit is not None
    at = digit.start()
    manifest.write_bytes(line[:at] + (b"1" if line[at : at + 1] == b"0" else b"0") + line[at + 1 :])
    done = dfc("verify-hash", evidence, "--hashes", manifest, code=4)
    assert "NOT INTACT" in done.out, kind


@kinds
def test_only_reading_and_no_access_time(kind: Kind, evidence: Path) -> None:
    paths = [evidence, *evidence.rglob("*")]
    for path in paths:
        os.utime(path, (1, 1))
    with closing(open_evidence(evidence)) as source:
        for item in listed(source):
            if not source.sequential:
                read_all(source, item, 1 << 30)
        source.container_digests(("md5",), lambda _done, _total: None)
    assert [(path.stat().st_atime, path.stat().st_mtime) for path in paths] == [
        (1, 1) for _ in paths
    ], kind


def test_help_and_sentences_name_every_container(dfc: Runner, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing that is known")
    refused = dfc(tmp_path / "x", "--out", tmp_path / "r.csv", code=5).err
    helps = [" ".join(dfc(one, "--help").out.split()) for one in ("classify", "verify-hash")]
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    for kind in set(BY_PATH) - {Kind.FOLDER}:
        # "tar archive (gzip)" is in "tar (plain, gzip, ...)".
        words = set(kind.replace("(", "").replace(")", "").split()) - {"archive", "image"}
        for text in (refused, *helps, page):
            assert all(word in text for word in words), (kind, text)
