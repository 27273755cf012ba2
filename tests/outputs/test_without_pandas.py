"""The main job does not pay for pandas; who needs pandas has it all the same."""

import subprocess
import sys
from pathlib import Path

from tests.support.running import DEMO_MODEL, SAMPLES


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_the_main_job_does_not_import_pandas(tmp_path: Path) -> None:
    arguments = [SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", "-q"]
    code = (
        "import sys, threading\nfrom forensic_cli.cli.app import main\n"
        f"sys.argv = ['dfc-classify', *{list(map(str, arguments))!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('pandas' in sys.modules, 'pyarrow' in sys.modules)\n"
    )
    assert python(code) == "False True"


def test_callers_in_python_keep_all_of_pandas() -> None:
    code = (
        "import forensic_cli.classification.classify, pyarrow as pa, pandas as pd\n"
        "frame = pd.DataFrame({'a': [pd.NA, 'x']}, dtype=object)\n"
        "print(pa.Table.from_pandas(frame)['a'].null_count)\n"
    )
    assert python(code) == "1"


def test_pandas_is_found_where_it_is_asked_for() -> None:
    code = (
        "from forensic_cli.outputs.without_pandas import leave_pandas_out\n"
        "leave_pandas_out()\n"
        "import pyarrow as pa, pandas as pd\n"
        "frame = pa.table({'a': ['x', 'y']}).to_pandas()\n"
        "print(type(frame).__name__, pa.array(pd.Series([1, 2])).type)\n"
    )
    assert python(code) == "DataFrame int64"
