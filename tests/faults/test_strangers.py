"""Names of strangers: columns, languages, configs, models, files and folders that try to be SQL, paths or commands.

Whatever a dataset calls its parts, a command refuses it in one sentence or shows the name as text: no file is written
that was not asked for, and a file beside the dataset is never read.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests import strangers
from tests.conftest import ROOT
from tests.release.helpers import write_pool

from .test_hostile import ESCAPES

pytestmark = pytest.mark.faults
#: Stands in a file beside the datasets; who reads that file gives it away.
CANARY = "canary-4711-sings"
PARTS = (
    *("'", '"', "''", '"";', "x := 1))::VARCHAR) AS rest FROM read_text('{canary}'); --", "COPY (SELECT 1) TO '{out}'"),
    *("read_text('{canary}')", "'; ATTACH '{out}' AS a; --", "\" FROM read_csv('{canary}')) --", "/*", "--", "\\'"),
    *("*", "?", "[x]", "{{a,b}}", "**", "../", "../../..", "{canary}", "{out}", "/etc/passwd", "C:\\", "\\\\h\\s", "~"),
    *(
        "$(touch {out})",
        "`touch {out}`",
        "%s%n",
        "{{0}}",
        "CON",
        "nul.txt",
        ".",
        "..",
        "-rf",
        "=1+1",
        "\u202e",
        "\ufeff",
    ),
    *(
        "\u200b",
        "\x00",
        "\x1b[2J",
        "\r\n",
        "\n",
        "e\u0301",
        "ａ＝",
        "語",
        "a" * 300,
        "x" * 5_000,
        "SELECT",
        "prompt",
        "",
    ),
)


def names(draw: random.Random, count: int, **places: Path) -> list[str]:
    """Every part alone, then two or three together."""
    names = list(PARTS)
    while len(names) < count:
        names.append("".join(draw.choices(PARTS, k=draw.choice((2, 2, 3)))))
    return [one.format(**places) for one in draw.sample(names, count)]


def a_column(folder: Path, name: str) -> None:
    strangers.tables(folder, strangers.with_column(name, "x"))


def a_model(folder: Path, name: str) -> None:
    def change(written: pa.Table) -> pa.Table:
        at = written.schema.get_field_index("chosen_model")
        return written.set_column(at, written.schema.field(at), pa.array([name] * written.num_rows, pa.string()))

    strangers.tables(folder, change)
    strangers.record(folder, lambda record: record["models"][0].update(model=name))


def a_language(folder: Path, name: str) -> None:
    def change(record: dict[str, Any]) -> None:
        for row in record["funnel"]:
            row["language"] = name
        for quotas in record["mixtures"].values():
            quotas[name] = quotas.pop("de")

    strangers.record(folder, change)


def a_config(folder: Path, name: str) -> None:
    def change(record: dict[str, Any]) -> None:
        record["mixtures"][name] = record["mixtures"].pop("four")
        for config in record["configs"]:
            config["config_name"] = config["config_name"].replace("four", name)

    strangers.record(folder, change)


def a_file(folder: Path, name: str) -> None:
    def change(record: dict[str, Any]) -> None:
        first = next(iter(record["files"]))
        record["files"][f"data/{name}"] = record["files"].pop(first)

    strangers.record(folder, change)


def a_stage(folder: Path, name: str) -> None:
    (folder / ".polypref").mkdir()
    strangers.record(folder, lambda record: record.update(rows=[name], fingerprints={"pair": name, "filtered": name}))


def the_dataset(folder: Path, name: str) -> None:
    strangers.record(folder, lambda record: record.update(name=name, version=name[:20] or "1.0.0", rater=name))


PLACES: tuple[Callable[[Path, str], None], ...] = (
    *(a_column, a_model, a_language, a_config, a_file, a_stage, the_dataset),
)


def listing(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_names_in_a_strangers_dataset(cli, built, tmp_path, pytestconfig, figure):
    draw, count = random.Random(pytestconfig.getoption("seed")), pytestconfig.getoption("mutations") // 250
    canary, work = tmp_path / "canary.txt", tmp_path / "work"
    canary.write_text(CANARY, "utf-8")
    work.mkdir()
    tried = 0
    for name in names(draw, count, canary=canary, out=tmp_path / "PWNED"):
        place = draw.choice(PLACES)
        if place is a_model and ("\x00" in name or not name):
            name += "x"
        theirs = strangers.copy(built, work / "theirs")
        place(theirs, name)
        before, about = listing(tmp_path), f"{place.__name__} {name[:80]!r}"
        written = {work / "page.html", *(work / "sheets" / f"review-{tag}.csv" for tag in ("de", "he", "ja"))}
        for words in (
            ("diff", built, theirs),
            ("inspect", theirs),
            ("inspect", theirs, "--html", work / "page.html"),
            ("review", "export", theirs, "--languages", "de", "--out", work / "sheets"),
        ):
            done = cli(*words, cwd=work)
            output = done.out + done.err
            assert done.code in (0, 2) and "Traceback" not in output, f"{about}: {words}\n{output}"
            assert done.code == 0 or done.err.count("\n") == 1, f"{about}: {done.err}"
            assert CANARY not in output and not ESCAPES.search(output), f"{about}: {output}"
            tried += 1
        after = listing(tmp_path)
        assert {path for path in after if after[path] != before.get(path)} <= set(map(str, written)), about
        assert not [path for path in written if path.exists() and CANARY in path.read_text("utf-8")], about
        shutil.rmtree(work)
        work.mkdir()
    assert not (tmp_path / "PWNED").exists() and canary.read_text("utf-8") == CANARY
    figure("strangers' names: in a dataset", tried)


def test_names_of_folders_and_rows_of_a_build(cli, tmp_path, pytestconfig, figure):
    """The folder that a build reads and writes, and what its rows call languages and models."""
    draw, count = random.Random(pytestconfig.getoption("seed")), pytestconfig.getoption("mutations") // 1_000
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY, "utf-8")
    work, tried = tmp_path / "work", 0
    for name in names(draw, count, canary=canary, out=tmp_path / "PWNED"):
        work.mkdir()
        folder = work / (name.replace("/", "_").replace("\x00", "_")[:80] or "_").lstrip(".")
        if len(os.fsencode(folder.name)) > 200 or folder == work:
            folder = work / "long"
        pool = write_pool(folder, 4, ("de",))
        with (pool / "de.jsonl").open("a", encoding="utf-8") as file:
            row = {"id": name, "language": name, "prompt": f"{name} fragt", "a": "ja", "b": "nein", name: name}
            file.write(json.dumps(row | {"score_a": 1, "score_b": 2}) + "\n")
        words = (
            "build",
            ROOT / "tests/scripts/pairs.py",
            "--source",
            pool,
            "--out",
            folder / "out",
            "--max-bad",
            "0.5",
        )
        for argv in (words, ("inspect", folder / "out"), ("diff", folder / "out", folder / "out")):
            done = cli(*argv, "--quiet", cwd=work) if argv is words else cli(*argv, cwd=work)
            output = done.out + done.err
            assert done.code in (0, 2) and "Traceback" not in output and CANARY not in output, (
                f"{name[:80]!r}: {output}"
            )
            assert done.code == 0 or done.err.count("\n") == 1, f"{name[:80]!r}: {done.err}"
            tried += 1
        assert {path.name for path in tmp_path.iterdir()} == {"work", "canary.txt"}, name[:80]
        assert {path.name for path in work.iterdir()} == {folder.name}, name[:80]
        shutil.rmtree(work)
    figure("strangers' names: folders and rows of a build", tried)
