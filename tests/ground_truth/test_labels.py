"""What a data set says of its pictures, in the layouts that are in use."""

from pathlib import Path

import pytest

from forensic_cli.errors import LabelsError, UsageError
from forensic_cli.ground_truth.classes import ClassNames
from forensic_cli.ground_truth.labelled import Columns, Labelled
from forensic_cli.ground_truth.reading import of_split, read_labels


def lay(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return root


@pytest.mark.parametrize(
    ("ai", "real"),
    [
        ("AI", "Real"),
        ("ai", "real"),
        ("fake_images", "real_images"),
        ("FAKE", "REAL"),
        ("ai-generated", "human"),
        ("synthetic", "nature"),
        ("fakes", "authentic"),
    ],
)
def test_usual_folder_names_say_what_they_hold(tmp_path: Path, ai: str, real: str) -> None:
    found = read_labels(lay(tmp_path, f"{ai}/a.png", f"{real}/b.png"), ClassNames())
    assert {(one.path, one.label) for one in found} == {(f"{ai}/a.png", 0), (f"{real}/b.png", 1)}


def test_splits_and_groups_come_from_the_folders_around_and_inside(tmp_path: Path) -> None:
    root = lay(tmp_path, "Train/AI/sd/1.png", "Train/Real/2.png", "test_2022/AI/3.png",
               "test_2022/Real/x/y/4.png")  # fmt: skip
    assert read_labels(root, ClassNames()) == (
        Labelled("Train/AI/sd/1.png", 0, "sd", "Train", "AI"),
        Labelled("Train/Real/2.png", 1, "", "Train", "Real"),
        Labelled("test_2022/AI/3.png", 0, "", "test_2022", "AI"),
        Labelled("test_2022/Real/x/y/4.png", 1, "x", "test_2022", "Real"),
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ("progan/airplane/0_real/1.png", "progan/airplane/1_fake/2.png",
             "progan/cat/0_real/3.png"),
            {"1.png": (1, "progan/airplane", ""), "2.png": (0, "progan/airplane", ""),
             "3.png": (1, "progan/cat", "")},
        ),
        (
            ("Midjourney/imagenet_midjourney/val/ai/1.png",
             "Midjourney/imagenet_midjourney/val/nature/2.png",
             "Midjourney/imagenet_midjourney/train/nature/3.png"),
            {"1.png": (0, "Midjourney/imagenet_midjourney", "val"),
             "2.png": (1, "Midjourney/imagenet_midjourney", "val"),
             "3.png": (1, "Midjourney/imagenet_midjourney", "train")},
        ),
        (  # a class with sources in it, as before, whatever their names say
            ("AI/midjourney/1.png", "AI/human/2.png", "AI/sdxl/3.png", "Real/human/4.png"),
            {"1.png": (0, "midjourney", ""), "2.png": (0, "human", ""), "3.png": (0, "sdxl", ""),
             "4.png": (1, "human", "")},
        ),
        (  # generators as classes
            ("dalle/1.png", "sd/sub/2.png", "real/3.png"),
            {"1.png": (0, "", ""), "2.png": (0, "sub", ""), "3.png": (1, "", "")},
        ),
        (
            ("stylegan/0_real/1.png", "stylegan/1_fake/2.png", "real/flickr/3.png"),
            {"1.png": (1, "stylegan", ""), "2.png": (0, "stylegan", ""),
             "3.png": (1, "flickr", "")},
        ),
    ],
)  # fmt: skip
def test_sources_stand_round_the_classes_or_inside(
    tmp_path: Path, names: tuple[str, ...], expected: dict[str, tuple[int, str, str]]
) -> None:
    found = read_labels(lay(tmp_path, *names), ClassNames())
    assert {Path(one.path).name: (one.label, one.group, one.split) for one in found} == expected


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("path;label\na.png;0\nb.png;1\n", "utf-8"),
        ("path\tlabel\na.png\tai\nb.png\treal\n", "utf-16"),
        ("path\tlabel\r\na.png\tai\r\nb.png\treal\r\n", "utf-16-be-mark"),
        ("file_name,label\na.png,0.0\nb.png,1.0\n", "utf-8-sig"),
        ("file_path|class\na.png|fake\nb.png|0_real\n", "utf-8"),
        ("label\na.png\n", "utf-8"),
    ],
)
def test_tables_as_other_programs_write_them(tmp_path: Path, text: str, encoding: str) -> None:
    data = text.encode("utf-16-be") if encoding.endswith("mark") else text.encode(encoding)
    table = tmp_path / "labels.csv"
    table.write_bytes(b"\xfe\xff" + data if encoding.endswith("mark") else data)
    if text.startswith("label"):
        with pytest.raises(LabelsError, match="no column for the picture's path"):
            read_labels(table, ClassNames())
        return
    assert [(one.path, one.label) for one in read_labels(table, ClassNames())] == [
        ("a.png", 0), ("b.png", 1),
    ]  # fmt: skip


def test_names_that_say_nothing_need_classes(tmp_path: Path) -> None:
    root = lay(tmp_path, "kitsch/a.png", "museum/b.png")
    with pytest.raises(LabelsError, match="--classes AI,REAL"):
        read_labels(root, ClassNames())
    found = read_labels(root, ClassNames.given("kitsch,museum"))
    assert [one.label for one in found] == [0, 1]


def test_not_ai_is_no_ai(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="no folders called"):
        read_labels(lay(tmp_path, "not_ai/a.png", "unreal/b.png"), ClassNames())


@pytest.mark.parametrize("given", ["real,ai", "human,x", "a", "a,a", ",b", "a,b,c"])
def test_classes_that_cannot_be_meant(given: str) -> None:
    with pytest.raises(UsageError):
        ClassNames.given(given)


def test_one_class_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="no picture of one class, real"):
        read_labels(
            lay(tmp_path, "AI/a.png", "Real/sub/.keep", "other/x"), ClassNames.given("AI,R")
        )


def test_a_name_that_is_no_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    lay(tmp_path, "AI/a.png", "Real/b.png")
    (Path(bytes(tmp_path / "AI").decode()) / "x").write_bytes(b"")
    with open(bytes(tmp_path) + b"/AI/\xff.png", "wb"):
        pass
    assert r"AI/\xff.png" in [one.path for one in read_labels(tmp_path, ClassNames())]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_the_usual_columns(tmp_path: Path) -> None:
    table = write(
        tmp_path / "labels.csv",
        "\ufefffilename,label,source,split\n./b.png,1,museum,val\na.png,ai,sd15,train\n",
    )
    assert read_labels(table, ClassNames()) == (
        Labelled("a.png", 0, "sd15", "train", "ai"),
        Labelled("b.png", 1, "museum", "val", "real"),
    )


def test_numbers_are_this_tools_unless_told(tmp_path: Path) -> None:
    table = write(tmp_path / "labels.csv", "path,label\na.png,0\nb.png,1\n")
    assert [one.label for one in read_labels(table, ClassNames())] == [0, 1]
    assert [one.label for one in read_labels(table, ClassNames.given("1,0"))] == [1, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,what\na,0\n", "no column for the label"),
        ("x,label\na,0\n", "no column for the picture's path"),
        ("path,label\na.png,2\n", "'2' is neither AI nor real"),
        ("path,label\na.png,kitsch\n", "--classes AI,REAL"),
        ("path,label\na.png,\n", "line 2: an empty or a surplus value"),
        ("path,label\na.png,0,9\n", "line 2: an empty or a surplus value"),
        ("path,label\na.png,0\n./a.png,1\n", "'a.png' twice"),
        ("path,label\n", "no rows"),
        ("", "no column"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LabelsError, match=said):
        read_labels(write(tmp_path / "labels.csv", text), ClassNames())


def test_columns_can_be_named(tmp_path: Path) -> None:
    table = write(tmp_path / "l.csv", "p,l,g\na.png,0,x\nb.png,1,y\n")
    found = read_labels(table, ClassNames(), Columns("p", "l", "g"))
    shown = [(one.path, one.label, one.group) for one in found]
    assert shown == [("a.png", 0, "x"), ("b.png", 1, "y")]
    with pytest.raises(LabelsError, match="no column 'q'"):
        read_labels(table, ClassNames(), Columns("q", "l"))


def test_a_split_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    table = write(tmp_path / "l.csv", "path,label,split\na,0,train\nb,1,val\n")
    labels = read_labels(table, ClassNames())
    assert [one.path for one in of_split(labels, "val")] == ["b"]
    with pytest.raises(LabelsError, match="train, val"):
        of_split(labels, "test")


def test_a_split_is_found_however_it_is_spelt(tmp_path: Path) -> None:
    table = write(tmp_path / "l.csv", "Path,Label,Split,Source\na,0,train,x\nb,1,Test,y\n")
    found = read_labels(table, ClassNames())
    assert [(one.split, one.group) for one in found] == [("train", "x"), ("Test", "y")]


def test_a_split_inside_a_class_is_no_source(tmp_path: Path) -> None:
    root = lay(tmp_path, "AI/train/1.png", "AI/test/2.png", "Real/train/3.png")
    with pytest.raises(LabelsError, match="splits stand outside: test/AI"):
        read_labels(root, ClassNames())


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    root = lay(tmp_path / "set", "AI/1.png", "Real/2.png")
    lay(tmp_path / "elsewhere", "3.png")
    (root / "AI" / "sd").symlink_to(tmp_path / "elsewhere")
    (root / "AI" / "loop").symlink_to(root / "AI")
    found = read_labels(root, ClassNames())
    assert [(one.path, one.group) for one in found] == [
        ("AI/1.png", ""),
        ("AI/sd/3.png", "sd"),
        ("Real/2.png", ""),
    ]


def test_paths_with_backslashes_that_cannot_be_names_are_said(tmp_path: Path) -> None:
    table = write(tmp_path / "l.csv", "path,label\nset\\images\\x10.png,0\nb,1\n")
    with pytest.raises(LabelsError, match="paths use /"):
        read_labels(table, ClassNames())
