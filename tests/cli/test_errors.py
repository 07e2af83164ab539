"""Every mistake of a user gets one clear sentence on standard error and exit code 2, and leaves no half a dataset."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

SCRIPT = """
from dataclasses import dataclass, field
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture
from polypref.layouts.sources import Answer, Fields, Files

@dataclass(frozen=True)
class Params:
    source: str = ""
    count: int = 1
    share: float = 0.5

def build(params):
    answers = (Answer("a", model="one", score="x"), Answer("b", model="two", score="y"))
    fields = Fields("prompt", answers, language="language", group="id")
    source = Files(params.source, fields, name="mine", revision="1", licence="cc0-1.0")
    return Builder("mine", "1.0.0", "card.md", (source,), (MIXTURES), filters=())
"""
#: Leaves the language filter out: loading its model takes longer than the rest of a small build.
FAST = "--no-identify"
ROW = {"id": "1", "language": "de", "prompt": "Wie spät ist es?", "a": "Drei Uhr.", "b": "Vier Uhr.", "x": 2, "y": 1}


@pytest.fixture
def fails(polypref, tmp_path):
    """Runs a command that must fail, and returns its one sentence; no finished or half-written dataset may be left."""

    def run(*arguments: object, out: Path | None = tmp_path / "out", **more: str) -> str:
        words = [*arguments, *(["--out", out] if out else [])]
        done = polypref(*words, expect=2, **more)
        lines = [
            line
            for line in done.stderr.splitlines()
            if not line.startswith(("read ", "index ", "check ", "pair ", "rate ", "rated "))
        ]
        lines = [line for line in lines if not line.startswith(("filter ", "balance ", "write "))]
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("polypref: ")
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
        if out and out.is_dir():
            assert {p.name for p in out.iterdir()} <= {".polypref"}
        return lines[0].removeprefix("polypref: ")

    return run


@pytest.fixture
def mine(tmp_path, make_script):
    """Writes the script with some mixtures, and rows as a JSONL file; returns the words of the command."""

    def make(rows: list[dict], mixtures: str = 'Mixture("all"),') -> list[object]:
        script = make_script(tmp_path, SCRIPT.replace("MIXTURES", mixtures))
        source = tmp_path / "rows.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return ["build", script, "--source", source]

    return make


def test_the_script_used_here_builds(tmp_path, polypref, mine):
    polypref(*mine([ROW]), "--out", tmp_path / "out")
    assert (tmp_path / "out" / "provenance.json").is_file()


# --- the command line itself


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bild"], "invalid choice: 'bild'"),
        (["bild"], "did you mean build? see polypref --help"),
        (["build", "builders/quickstart.py", "--limit", "x"], "argument --limit: x is not a number of at least 1"),
        (["build", "builders/quickstart.py", "--limit", "0"], "argument --limit: 0 is not a number of at least 1"),
        (["build", "builders/quickstart.py", "--workers", "-1"], "--workers"),
        (["build", "builders/quickstart.py", "--max-bad", "2"], "argument --max-bad: 2 is not a share between 0 and 1"),
        (["build", "builders/quickstart.py", "--languages", ""], "--languages names no language"),
        (["languages", "--all"], "polypref languages has no --all; see polypref languages --help"),
        (["evaluate", "--langauges", "de"], "polypref evaluate has no --langauges; did you mean --languages?"),
        (
            ["review", "export", "x", "--languages", "de", "--pear", "1"],
            "polypref review export has no --pear; did you",
        ),
        (["inspect", "x", "--pairs", "many"], "argument --pairs"),
    ],
)
def test_wrong_options(fails, words, sentence):
    assert sentence in fails(*words, out=None)


def test_a_script_must_be_named(polypref):
    done = polypref("build", expect=2)
    assert done.stderr == (
        "polypref: polypref build needs a builder script: a .py file, or the name of one that comes with polypref, as "
        "in polypref build quickstart; polypref new NAME writes one, and polypref build --help says more\n"
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (
            ["--sed", "1"],
            ["polypref build builders/quickstart.py has no --sed; did you mean --seed?", "--help lists its"],
        ),
        (["--seed", "one"], ["argument --seed: invalid int value: 'one'"]),
        (["--seed"], ["argument --seed: expected one argument"]),
        (["--test", "2"], ["--test 2.0: the test share must be at least 0 and under 1"]),
        (["--lim", "1"], ["has no --lim; did you mean --limit?"]),
        (
            ["--langauges", "de"],
            ["polypref build builders/quickstart.py has no --langauges; did you mean --languages?"],
        ),
        (["--languages", "de,gre,xx"], ["Unknown language 'xx'"]),
        (["--languages", "Grman"], ["languages (--languages): Unknown language 'Grman'", "de (German)"]),
        (["--lang", "de"], ["polypref build builders/quickstart.py has no --lang; did you mean --languages?"]),
        (
            ["--log", "builders/quickstart.py"],
            ["cannot use builders/quickstart.py as response log (file is not a data"],
        ),
        (["--languages", "tlh"], ["Unknown language 'tlh'", "registe"]),
        (["--mixture", "ml-24"], ["has no mixture 'ml-24'; it has ml-23, ml-5, en-1"]),
        (["--mixture", "en-1", "--languages", "de"], ["no mixture has any of the languages de"]),
        (["--engine", "spark"], ["argument --engine: invalid choice: 'spark'"]),
        (["--ray-address", "10.0.0.1:6379"], ["ray_address (--ray-address) says where", "--engine ray"]),
        (["--engine", "ray", "--ray-address", "ray://a:1"], ["ray://a:1 is no address", "10.0.0.1:6379, or auto"]),
    ],
)
def test_wrong_parameters_of_a_script(fails, tmp_path, words, sentences):
    message = fails("build", "builders/quickstart.py", *words)
    assert all(sentence in message for sentence in sentences), message
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_ray_is_an_extra(polypref, tmp_path, root):
    (tmp_path / "ray.py").write_text("raise ImportError", "utf-8")
    words = ("build", "builders/quickstart.py", "--engine", "ray", "--out", tmp_path / "out")
    done = polypref(*words, expect=2, PYTHONPATH=f"{tmp_path}:{root}")
    assert done.stderr.startswith("polypref: engine='ray' (--engine ray) needs Ray; run: pip install 'ray[data]")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_known_tag_gre_is_greek(polypref, tmp_path):
    """So that the case above fails for xx alone."""
    polypref("build", "builders/quickstart.py", "--languages", "gre", "--out", tmp_path / "out")
    assert [p.name for p in (tmp_path / "out" / "data").iterdir()] == ["el"]


def test_a_parameter_may_not_have_the_name_of_an_option(fails, tmp_path, make_script):
    script = make_script(
        tmp_path, SCRIPT.replace("share: float", "max_bad: float").replace("MIXTURES", 'Mixture("a"),')
    )
    assert "parameter max_bad has the name of an option of polypref build" in fails("build", script)


# --- builder scripts

BROKEN = {
    "no such file": (None, ["no builder script at", "script.py"]),
    "no build": ("class Params: pass\n", ["script.py does not define build"]),
    "no Params": ("def build(params): pass\n", ["script.py does not define Params"]),
    "raises when loaded": ("x = 1\ny = 1 / 0\n", ["script.py, line 2, raises ZeroDivisionError: division by zero"]),
    "does not parse": ("x = 1\n\ndef build(:\n", ["script.py, line 3, raises SyntaxError"]),
    "imports what is not there": ("import nothing_of_that_name\n", ["line 1, raises ModuleNotFoundError"]),
    "leaves": ("raise SystemExit('bye')\n", ["line 1, raises SystemExit: bye"]),
    "Params is no dataclass": ("class Params: pass\ndef build(p): pass\n", ["is not a dataclass"]),
    "odd parameter": (
        "from dataclasses import dataclass\n@dataclass\nclass Params:\n    x: list = None\ndef build(p): pass\n",
        ["parameter x: a builder parameter is a str, int, float or bool"],
    ),
    "build raises": (
        "from dataclasses import dataclass\n@dataclass\nclass Params: pass\ndef build(p):\n    return {}['key']\n",
        ["build() of", "script.py, line 5, raises KeyError: 'key'"],
    ),
    "build returns nothing": (
        "from dataclasses import dataclass\n@dataclass\nclass Params: pass\ndef build(p): pass\n",
        ["build() of", "returns nothing; end it with return Builder(...)"],
    ),
    "build is no function": (
        "from dataclasses import dataclass\n@dataclass\nclass Params: pass\nbuild = 3\n",
        ["build() of", "raises TypeError"],
    ),
    "unknown language": (
        SCRIPT.replace("MIXTURES", 'Mixture("all", languages=("de", "tlh")),'),
        ["Mixture('all', languages=...): Unknown language 'tlh'", "polypref.register"],
    ),
    "unknown pair rule": (
        SCRIPT.replace("MIXTURES", 'Mixture("all"),').replace(
            "filters=()", "pairs=__import__('polypref').stages.pair.PairRule('best')"
        ),
        ["PairRule(rule='best'): write one of best_vs_worst, best_vs_random"],
    ),
    "two mixtures of one name": (
        SCRIPT.replace("MIXTURES", 'Mixture("all"), Mixture("all")'),
        ["needs mixtures, each with a name of its own"],
    ),
    "wrong version": (
        SCRIPT.replace("MIXTURES", 'Mixture("all"),').replace("1.0.0", "v1"),
        ["is not of the form 1.2.3"],
    ),
}


@pytest.mark.parametrize("case", list(BROKEN))
def test_broken_scripts(fails, tmp_path, make_script, case):
    text, sentences = BROKEN[case]
    script = make_script(tmp_path, text or "")
    if text is None:
        script.unlink()
    message = fails("build", script)
    assert all(sentence in message for sentence in sentences), message


def test_a_script_that_is_not_python(fails, tmp_path):
    (tmp_path / "script.txt").write_text("x")
    assert "is not a Python file; a builder script ends in .py" in fails("build", tmp_path / "script.txt")
    assert "no builder script at" in fails("build", tmp_path)


# --- sources


def test_missing_file(fails, mine, tmp_path):
    words = mine([ROW])
    (tmp_path / "rows.jsonl").unlink()
    message = fails(*words)
    assert f"no file at {tmp_path}/rows.jsonl; check the path of source 'mine'" in message


def test_missing_folder_of_the_answer_pool(fails, tmp_path):
    assert "needs --source" in fails("build", "builders/answer_pool.py")
    message = fails("build", "builders/answer_pool.py", "--source", tmp_path / "nothing")
    assert f"no file at {tmp_path}/nothing; check the path of source 'nothing'" in message


def test_an_answer_pool_without_two_models(fails, tmp_path):
    (tmp_path / "pool" / "questions").mkdir(parents=True)
    (tmp_path / "pool" / "questions" / "de.jsonl").write_text('{"question_id": 1, "turns": [{"content": "Was?"}]}\n')
    message = fails("build", "builders/answer_pool.py", "--source", tmp_path / "pool")
    assert "no language of" in message and "has answers of two models" in message


def test_missing_column(fails, mine, tmp_path):
    rows = [{k: v for k, v in ROW.items() if k != "b"}] * 3
    message = fails(*mine(rows))
    assert f"source 'mine': column 'b' (text of Answer) is in none of the 3 rows of {tmp_path}/rows.jsonl" in message
    assert "there are 'id', 'language', 'prompt', 'a', 'x', 'y'; name it as the rows do" in message


def test_unknown_language_in_the_rows(fails, mine):
    assert "unknown_language tlh" in fails(*mine([ROW | {"language": "tlh"}]))


def test_an_empty_file(fails, mine):
    assert "source 'mine' has no rows" in fails(*mine([]))


def test_no_row_in_the_languages_asked_for(fails, mine):
    sentence = "no source has a usable prompt in ja; rows are in de 1: ask for one of these (--languages)"
    assert sentence in fails(*mine([ROW]), "--languages", "ja")


def test_a_folder_in_place_of_a_file(fails, mine, tmp_path):
    words = mine([ROW])
    (tmp_path / "rows.jsonl").unlink()
    (tmp_path / "rows.jsonl").mkdir()
    assert f"{tmp_path}/rows.jsonl is a folder; name the files of source 'mine'" in fails(*words)


@pytest.mark.skipif(
    not Path("/proc/self/mem").exists(), reason="needs a file whose bytes cannot be read: run it on Linux with /proc"
)
def test_unreadable_file(fails, mine, tmp_path):
    words = mine([ROW])
    (tmp_path / "rows.jsonl").unlink()
    (tmp_path / "rows.jsonl").symlink_to("/proc/self/mem")
    message = fails(*words)
    assert "cannot read" in message and "Input/output error" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits mean nothing to root: run it as another user")
def test_forbidden_file(fails, mine, tmp_path):
    words = mine([ROW])
    (tmp_path / "rows.jsonl").chmod(0)
    message = fails(*words)
    assert f"cannot read {tmp_path}/rows.jsonl: Permission denied" in message


def test_damaged_file(fails, mine, tmp_path):
    words = mine([ROW])
    damaged = tmp_path / "rows.jsonl.gz"
    damaged.write_bytes(b"\x1f\x8b\x08\x00" + bytes(20))
    assert f"{damaged}" in fails(*words[:-1], damaged)


def test_a_file_of_unknown_kind(fails, mine, tmp_path):
    words = mine([ROW])
    shutil.copy(tmp_path / "rows.jsonl", tmp_path / "rows.txt")
    assert "rows.txt ends in none of the known ways" in fails(*words[:-1], tmp_path / "rows.txt")


# --- mixtures


def test_a_mixture_that_cannot_be_filled(fails, mine):
    rows = [ROW | {"id": str(n), "prompt": f"Wie viel ist {n} mal {n}?"} for n in range(10)]
    message = fails(*mine(rows, 'Mixture("big", per_language=1000, shortage="error"),'))
    assert "mixture 'big' cannot be filled: de " in message and "of 1,000 training pairs" in message


def test_an_empty_mixture(fails, mine):
    rows = [ROW | {"id": str(n), "prompt": f"Wie viel ist {n} mal {n}?"} for n in range(10)]
    message = fails(*mine(rows, 'Mixture("east", languages=("ja", "zh")),'))
    assert "mixture 'east' is empty: " in message and "(ja, zh)" in message


def test_no_pair_at_all(fails, mine):
    assert "no pair is left to share out" in fails(*mine([ROW | {"y": 2}]))


def test_mixtures_that_do_not_nest(fails, mine):
    rows = [ROW | {"id": str(n), "prompt": f"Wie viel ist {n} mal {n}?"} for n in range(10)]
    mixtures = 'Mixture("x", ("de", "fr"), prompts="distinct"), Mixture("y", ("de", "ja"), prompts="distinct")'
    assert "need nested languages" in fails(*mine(rows, mixtures))


def test_contradictory_mixture(fails, mine):
    assert "give per_language or total, not both" in fails(*mine([ROW], 'Mixture("x", per_language=1, total=2),'))


# --- output folders


@pytest.mark.slow
def test_the_folder_of_another_build(polypref, mine, tmp_path, contents):
    out = tmp_path / "out"
    polypref("build", "builders/quickstart.py", "--languages", "de", "--out", out, "--quiet")
    before = contents(out)
    done = polypref(*mine([ROW]), "--out", out, expect=2)
    assert done.stderr == (
        f"polypref: {out} holds the build 'polypref-quickstart', not 'mine'; choose another folder (out= or --out)\n"
    )
    assert contents(out) == before


def test_a_folder_with_something_else_in_it(polypref, mine, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    done = polypref(*mine([ROW]), "--out", out, expect=2)
    assert (
        done.stderr == f"polypref: {out} is there and holds no polypref build; choose another folder (out= or --out)\n"
    )
    assert [p.name for p in out.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_is_taken(polypref, mine, tmp_path):
    (tmp_path / "out").mkdir()
    polypref(*mine([ROW]), "--out", tmp_path / "out")


def test_a_file_in_place_of_the_folder(fails, mine, tmp_path):
    (tmp_path / "file").write_text("x")
    assert "holds no polypref build" in fails(*mine([ROW]), out=tmp_path / "file")
    assert "cannot write" in fails(*mine([ROW]), out=tmp_path / "file" / "out")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.slow
def test_a_second_process_on_the_same_folder(polypref, mine, tmp_path):
    out = tmp_path / "out"
    (out / ".polypref").mkdir(parents=True)
    with (out / ".polypref" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as versions before 0.2.0 do, without any library
        done = polypref(*mine([ROW]), "--out", out, expect=2)
    assert done.stderr == (
        f"polypref: {out} is in use by another polypref process; wait for it or choose another folder (out= or --out)\n"
    )
    polypref(*mine([ROW]), "--out", out)


def test_a_read_only_folder(fails, mine):
    """/proc refuses new files to root as well."""
    message = fails(*mine([ROW]), out=Path("/proc/polypref"))
    assert "cannot write /proc/polypref" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits mean nothing to root: run it as another user")
def test_a_forbidden_folder(fails, mine, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    assert "Permission denied" in fails(*mine([ROW]), out=tmp_path / "closed" / "out")


# --- inspect


def test_inspect_of_something_else(fails, tmp_path):
    assert f"{tmp_path} is not a finished polypref dataset (no provenance.json)" in fails("inspect", tmp_path, out=None)
    assert f"no folder at {tmp_path}/nothing" in fails("inspect", tmp_path / "nothing", out=None)
