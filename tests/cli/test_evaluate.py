"""`polypref evaluate` and `polypref report`: what their options come to. Evaluations are run in tests/evaluation."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from polypref.cli import evaluate as cli_evaluate
from polypref.cli import main
from polypref.evaluation import publish, run
from polypref.evaluation.inputs import lm_eval
from polypref.evaluation.inputs.layouts import read_layout
from polypref.evaluation.report import report


@pytest.fixture
def asked(monkeypatch) -> list[dict[str, object]]:
    """What `polypref.evaluate` is called with, in place of an evaluation."""
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(
        cli_evaluate, "evaluate", lambda config, out, **more: asked.append({"config": config, "out": out, **more})
    )
    return asked


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence of a command that must end with exit code 2."""
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err.removeprefix("polypref: ").rstrip("\n")


LEFT_OPEN = {"at": None, "steps": None, "log": None, "retry": False, "quiet": False}


def test_without_options_all_is_left_to_the_folder(asked):
    assert main(["evaluate"]) == 0
    assert asked == [{"config": {}, "out": "build/evaluation"} | LEFT_OPEN]


def test_every_option_arrives_under_the_name_that_a_config_has_for_it(asked):
    words = [
        "evaluate", "--set", "dolly", "--set", "{repo: org/set, split: test}", "--model", "mine", "--model",
        "{name: theirs, model: org/m}", "--judge", "reference", "--at", "transformers", "--sampling",
        "{temperature: 0.7, max_tokens: 256}", "--languages", "de,fr", "--seen", "de", "--limit", "5", "--seed", "3",
        "--step", "judge", "--step", "score", "--log", "log.sqlite", "--retry", "--quiet", "--out", "there",
    ]  # fmt: skip
    assert main(words) == 0
    config = {
        "set": ["dolly", {"repo": "org/set", "split": "test"}],
        "model": ["mine", {"name": "theirs", "model": "org/m"}],
        "judge": ["reference"],
        "sampling": {"temperature": 0.7, "max_tokens": 256},
        "languages": "de,fr",
        "seen": "de",
        "sample": 5,
        "seed": 3,
    }
    more = {"at": "transformers", "steps": ["judge", "score"], "log": "log.sqlite", "retry": True, "quiet": True}
    assert asked == [{"config": config, "out": "there", **more}]


def test_options_go_before_the_config(asked, tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text("sets: [dolly]\nmodels: [one, two]\nlimit: 9\nseed: 1\n", "utf-8")
    assert main(["evaluate", "--config", str(path), "--limit", "2", "--model", "three"]) == 0
    assert asked[0]["config"] == {"sets": ["dolly"], "model": ["three"], "sample": 2, "seed": 1}


def test_verdicts_of_others_are_a_file_and_its_layout_from_either_place(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("layout.yaml").write_text("form: winner\ncolumns: w\n", "utf-8")
    layout = {"form": "winner", "columns": "w"}
    assert main(["evaluate", "--judgements", "games.csv", "--layout", "layout.yaml", "--seed", "3"]) == 0
    # A class of one's own is named, and no file of YAML.
    assert main(["evaluate", "--judgements", "games.csv", "--layout", "mine:Layout"]) == 0
    Path("e.yaml").write_text("judgements: {path: old.csv, layout: {form: text}}\n", "utf-8")
    assert main(["evaluate", "--config", "e.yaml", "--layout", "layout.yaml"]) == 0
    assert main(["evaluate", "--config", "e.yaml"]) == 0
    assert [one["config"] for one in asked] == [
        {"seed": 3, "judgements": {"path": "games.csv", "layout": layout}},
        {"judgements": {"path": "games.csv", "layout": "mine:Layout"}},
        {"judgements": {"path": "old.csv", "layout": layout}},
        {"judgements": {"path": "old.csv", "layout": {"form": "text"}}},
    ]


def test_bad_rows_are_a_setting_of_the_layout(asked, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    named = {"name": "pandalm", "bad_rows": "left_out"}
    assert main(["evaluate", "--judgements", "g.json", "--layout", "pandalm", "--bad-rows", "left_out"]) == 0
    Path("e.yaml").write_text("judgements: {path: old.json, layout: {name: pandalm, language: en}}\n", "utf-8")
    assert main(["evaluate", "--config", "e.yaml", "--bad-rows", "error"]) == 0
    assert [one["config"]["judgements"] for one in asked] == [
        {"path": "g.json", "layout": named},
        {"path": "old.json", "layout": {"name": "pandalm", "language": "en", "bad_rows": "error"}},
    ]
    Path("layout.yaml").write_text("form: winner\ncolumns: w\n", "utf-8")
    for words in (["--judgements", "g.csv", "--layout", "layout.yaml"], ["--layout", "mine:Layout"], []):
        assert "--bad-rows is for --judgements that a layout by name or a LAYOUT.toml reads" in refused(
            capsys, "evaluate", *words, "--bad-rows", "left_out"
        )


def test_records_are_where_the_rows_of_a_json_file_are(asked, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('[fields]\nprompt = "q"\nanswers = [{text = "a"}]\n', "utf-8")
    words = ["evaluate", "--judgements", "g.json", "--records", "data.rows", "--layout"]
    assert main([*words, "oasst"]) == main([*words, "mine.toml"]) == 0
    of_name, of_fields = (one["config"]["judgements"]["layout"] for one in asked)
    assert of_name == {"name": "oasst", "records": "data.rows"}
    assert of_fields["records"] == "data.rows" and of_fields["fields"]["prompt"] == "q"
    assert read_layout(of_name).layout.records == "data.rows"
    Path("layout.yaml").write_text("form: winner\ncolumns: w\n", "utf-8")
    assert "--records is for --judgements that a layout by name or a LAYOUT.toml reads" in refused(
        capsys, *words, "layout.yaml"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--judgements", "g.csv"], "--judgements and --layout go together: the file, and which of its columns says"),
        (["--layout", "mine:Layout"], "--judgements and --layout go together"),
        (["--sampling", "{temperature: 1}"], "--sampling says nothing about it, leave it out"),
        (
            ["--judgements", "g.csv", "--layout", "mine:Layout", "--languages", "de"],
            "--languages beside --judgements is for",
        ),
        (["--layout", "nowhere.yaml"], "there is no file and no layout nowhere.yaml"),
        (["--model", "{name:"], "cannot read '{name:'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words, sentence, asked, capsys):
    beside = ["--judgements", "g.csv", "--layout", "mine:Layout"] if "says nothing" in sentence else []
    assert sentence in refused(capsys, "evaluate", *beside, *words)
    assert asked == []


def test_a_dry_run_prints_what_would_be_asked_and_asks_nothing(asked, monkeypatch, capsys):
    calls = []

    def rehearse(*words):
        calls.append(words)
        return run.Rehearsal([("mine", 1200, "answers"), ("judge\x1b[2J", 48, "verdicts at most")], ["as before"])

    monkeypatch.setattr(run, "rehearse", rehearse)
    assert main(["evaluate", "--dry-run", "--seed", "3", "--log", "log.sqlite", "--at", "transformers"]) == 0
    assert main(["evaluate", "--dry-run", "--out", "there"]) == 0
    out = Path("build/evaluation")
    assert calls == [({"seed": 3}, out, Path("log.sqlite"), "transformers"), ({}, Path("there"), None, None)]
    assert capsys.readouterr().out.splitlines()[:4] == [
        "as before",
        "mine: 1,200 answers",
        "judge\ufffd[2J: 48 verdicts at most",
        "nothing was asked; what a server fails to answer is sent again, which is not counted here",
    ]
    assert asked == []


def test_a_plan_by_hand(asked, capsys):
    """A fifth of ties, a fifth of the rest disagreeing: a deviation of sqrt(0.8 x 0.8 / 4) = 0.4.

    One language: (1.95996 + 0.84162) x 0.4 / 0.05 = 22.4126, squared 502.3. One of two, Bonferroni: z of 1 - 0.05 / 4
    is 2.24140, so 24.6642 squared, 608.3. The average over two whose scores correlate by 0.3: 502.3 x 1.3 / 2 = 326.5.
    """
    assert main(["evaluate", "--plan", "0.05", "--languages", "de,he"]) == 0
    stdout = capsys.readouterr().out
    assert "win-rate of 0.550" in stdout
    assert stdout.splitlines()[1:] == [
        "  503 prompts for one language looked at alone",
        "  609 prompts a language for each of 2 languages at once",
        "  327 prompts a language for the average over 2 languages",
    ]
    assert main(["evaluate", "--plan", "0.05"]) == 0
    assert "for each of 23 languages at once" in capsys.readouterr().out and asked == []


def test_help_names_the_options_and_ends_well(capsys):
    with pytest.raises(SystemExit) as end:
        main(["evaluate", "--help"])
    assert end.value.code == 0 and "--judgements" in capsys.readouterr().out


# The report.


@pytest.fixture
def reported(monkeypatch) -> list[object]:
    """What the report's functions are called with, in place of their work."""
    calls: list[object] = []

    def write_results(out, academic=None):
        calls.append(("write", out, academic))
        return SimpleNamespace(name="figures")

    def push_evaluation(out, results, model, battles):
        calls.append(("push", out, results.name, model, battles))
        return ["sent \x1b[2J", "twice"]

    monkeypatch.setattr(run, "write_results", write_results)
    monkeypatch.setattr(publish, "push_evaluation", push_evaluation)
    monkeypatch.setattr(report, "show_report", lambda results: calls.append(("show", results.name)))
    monkeypatch.setattr(
        lm_eval, "merge_results", lambda before, after, slices: (before, after, *([slices] if slices else []))
    )
    return calls


def test_a_report_is_written_and_shown(reported, capsys):
    assert main(["report", "there", "--lm-eval", "a.json", "b.json"]) == 0
    assert reported == [("write", Path("there"), (Path("a.json"), Path("b.json"))), ("show", "figures")]
    assert capsys.readouterr().out == "wrote there/report.html\n"


def test_a_report_slices_results_of_lm_eval_only(reported, capsys):
    assert main(["report", "there", "--lm-eval", "a.json", "b.json", "--slice", "country"]) == 0
    assert reported[0] == ("write", Path("there"), (Path("a.json"), Path("b.json"), ("country",)))
    assert main(["report", "there", "--slice", "country"]) == 2
    assert "--lm-eval BEFORE AFTER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "model", "battles"),
    [
        (["--push", "org/model"], "org/model", None),
        (["--battles", "org/battles", "--public"], None, "org/battles"),
        (["--push", "org/model", "--battles", "org/battles", "--public"], "org/model", "org/battles"),
    ],
)
def test_a_report_that_is_published_says_what_was_sent(words, model, battles, reported, capsys):
    assert main(["report", "there", *words]) == 0
    assert reported == [("write", Path("there"), None), ("push", Path("there"), "figures", model, battles)]
    assert capsys.readouterr().out == "sent \ufffd[2J\ntwice\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--battles", "org/x"], "battles are published with --public only: they hold prompts and answers"),
        (["--public"], "--public publishes the battles; name their dataset with --battles ORG/NAME"),
    ],
)
def test_battles_and_public_go_together(words, sentence, reported, capsys):
    assert refused(capsys, "report", "there", *words) == sentence
    assert reported == []
