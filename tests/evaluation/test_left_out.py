"""Rows and stored answers that an evaluation does not use: counted by reason and language, shown and said."""

import pytest

from polypref import languages
from polypref.evaluation import left_out
from polypref.evaluation.results import ModelFacts, SetFacts
from tests.evaluation import duel
from tests.evaluation.duel import run

ABOUT = {"repo": None, "revision": None, "licence": None, "languages": {"de": 2}}
RIGHT, WRONG = "Das Museum liegt am großen Fluss mitten in der Stadt.", "Das weiß ich leider überhaupt nicht genau."


def test_rows_of_a_set_by_reason_the_most_frequent_first():
    facts = SetFacts(
        name="sky",
        note=None,
        **ABOUT,
        left_out={"de": {"empty_prompt": 1}, "gl": {"language_not_asked_for": 20, "empty_prompt": 1}},
        unknown_languages={"tlh": 4},
    )
    assert left_out.words(left_out.of_set(facts)) == (
        "language not asked for 20 (gl 20); empty prompt 2 (de 1, gl 1); unknown language 4 (tlh 4)"
    )
    # Of prompts that are damaged the terminal says nothing: the report does.
    (line,) = left_out.lines([facts, SetFacts(name="sea", note=None, **ABOUT)])
    assert "set sky: rows left out: language not asked for 20 (gl 20); unknown language 4 (tlh 4);" in line


def test_a_line_names_eight_languages_of_many():
    counts = {f"x{n}": {"language_not_asked_for": 30 - n} for n in range(10)}
    (line,) = left_out.lines([SetFacts(name="sky", note=None, **ABOUT, left_out=counts)])
    assert "255 (x0 30, x1 29, x2 28, x3 27, x4 26, x5 25, x6 24, x7 23 and 2 more languages)" in line


def test_stored_answers_that_were_not_used():
    facts = ModelFacts(
        name="a", model=None, revision=None, licence=None, how=None, answers={}, failures={},
        left_out={"no_key": 3}, unmatched={"de": 2, "": 1},
    )  # fmt: skip
    assert left_out.words(left_out.of_model(facts)) == "no key 3; to no prompt asked 3 (de 2, not told 1)"


@pytest.fixture
def asked(tmp_path):
    """Prompts in three languages, of which a config asks for one; a model answered all of them."""
    tags = {"de": 3, "gl": 20, "tlh": 4}
    rows = [
        {"id": f"g{n}", "language": tag, "prompt": f"{tag} {n}?"} for tag, many in tags.items() for n in range(many)
    ]
    duel.lines(tmp_path / "sky.jsonl", [row | {"reference": RIGHT} for row in rows])
    for name, text in (("good", RIGHT), ("weak", WRONG)):
        duel.lines(tmp_path / f"{name}.jsonl", [row | {"answer": text} for row in rows])
    models = [{"name": name, "stored": str(tmp_path / f"{name}.jsonl")} for name in ("good", "weak")]
    keys = {"set": str(tmp_path / "sky.jsonl"), "models": models, "judge": "reference", "resamples": 100}
    return duel.config(tmp_path / "evaluation.yaml", **keys, languages="de")


def test_prompts_in_languages_that_a_config_does_not_ask_for_are_reported_and_said_once(asked, tmp_path, capsys):
    run("evaluate", "--config", asked, "--out", tmp_path / "out")
    line = "set sky: rows left out: language not asked for 20 (gl 20); unknown language 4 (tlh 4)"
    shown = capsys.readouterr()
    assert (shown.out + shown.err).count(line) == 1
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    for text in (report.replace("\\", ""), page):
        assert "language not asked for 20 (gl 20); unknown language 4 (tlh 4)" in text
        assert "unknown language 4; to no prompt asked 20 (gl 20)" in text
    run("evaluate", "--config", asked, "--out", tmp_path / "dry", "--dry-run")
    assert line in capsys.readouterr().out


def test_names_of_own_languages_stay_in_a_report_that_is_written_again(asked, tmp_path):
    before = dict(languages.registry._registered)
    own = {"tlh": {"name": "Klingon", "native_name": "tlhIngan Hol", "iso639_3": "tlh", "scripts": ["Latn"]}}
    config = duel.config(tmp_path / "own.yaml", **duel.read(asked) | {"own_languages": own, "languages": "de,tlh"})
    out = tmp_path / "out"
    try:
        run("evaluate", "--config", config, "--out", out, "--quiet")
        page = (out / "report.html").read_bytes()
        assert b"Klingon" in page
        for recorded in (True, False):  # before 0.3 the config alone held them
            _forget("tlh")
            if not recorded:
                duel.without(out / "evaluation.json", "own_languages")
            run("report", out)
            assert (out / "report.html").read_bytes() == page
    finally:
        languages.registry._registered.clear()
        languages.registry._registered.update(before)
        languages.registry._all.cache_clear()
        languages.registry._by_name.cache_clear()


def _forget(tag):
    """As in another process."""
    del languages.registry._registered[tag]
    languages.registry._all.cache_clear()
    languages.registry._by_name.cache_clear()


def test_a_language_asked_for_that_a_set_has_no_row_in_is_said():
    one = SetFacts(name="sky", note=None, **ABOUT, not_in_set=("fr", "ja"))
    assert left_out.lines([one]) == ["set sky: no row in fr, ja (asked for by languages)"]
