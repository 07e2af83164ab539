"""m-ArenaHard's stored answers through the command: every prompt that the files answer, and no other.

The judge is the offline stand-in: the paths are real, the verdicts mean nothing.
"""

import json

import pytest

from tests.evaluation import duel

PER_LANGUAGE = 70


def answers(folder, tag, model):
    """question_id -> text, straight from a file."""
    with (folder / "answers" / tag / f"{model}.jsonl").open(encoding="utf-8") as file:
        return {row["question_id"]: row["answer"] for row in map(json.loads, file)}


def arena(folder, out, models, tags, **more):
    config = duel.config(
        out.parent / "config.yaml",
        set={"name": "m-arena-hard", "path": str(folder / "questions"), "licence": "apache-2.0"},
        models=[{"model": model, "stored": str(folder)} for model in models],
        judge="relevance",
        languages=list(tags),
        **{"resamples": 200} | more,
    )
    duel.run("evaluate", "--config", config, "--out", out, "--quiet")
    return duel.results(out)


@pytest.fixture(scope="module")
def folder(real_data):
    return real_data / "m_arena_hard"


@pytest.mark.slow
def test_a_model_against_the_baseline(folder, tmp_path):
    tags = ("de", "es", "ko", "zh")
    results = arena(folder, tmp_path / "out", ("Llama-3.3-70B-Instruct", "aya-expanse-8b"), tags)
    (one,) = results["comparisons"]
    assert (one["model"], one["other"]) == ("Llama-3.3-70B-Instruct", "aya-expanse-8b")
    assert results["models"][1]["model"] == "CohereLabs/aya-expanse-8b"
    assert results["sets"][0]["languages"] == dict.fromkeys(tags, PER_LANGUAGE)
    assert {row["language"]: row["prompts"] for row in one["rows"]} == dict.fromkeys(tags, PER_LANGUAGE)
    # 70 prompts, the same in all four languages.
    assert one["average"]["groups"] == PER_LANGUAGE
    for row in one["rows"]:
        own = answers(folder, row["language"], "Llama-3.3-70B-Instruct")
        other = answers(folder, row["language"], "CohereForAI__aya-expanse-8b")
        assert len(own) == len(other) == PER_LANGUAGE and own.keys() == other.keys()
        assert row["wins"] + row["losses"] + row["ties"] + row["unparsed"] == PER_LANGUAGE
        # Both answer in the language nearly always.
        assert row["fidelity"]["lines"] > 0.9 and row["other_fidelity"]["lines"] > 0.9
    battles = duel.battles(tmp_path / "out")
    de = answers(folder, "de", "Llama-3.3-70B-Instruct")
    assert {group for tag, group in battles if tag == "de"} == set(de)
    assert sum(battles["de", group]["answer"] == text.strip() for group, text in de.items()) >= 60
    assert results["note"] == one["note"] == "not a quality judgement"
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "> **Not a quality judgement**" in report
    # The blog's figure for aya-expanse-8b on this set, beside and not in the table.
    assert "70.6" in report.partition("## Published figures")[2]


@pytest.mark.slow
def test_every_language_that_has_both(folder, tmp_path):
    models = ("Llama-3.3-70B-Instruct", "gpt-4")
    tags = sorted(
        path.name
        for path in (folder / "answers").iterdir()
        if all((path / f"{model}.jsonl").exists() for model in models)
    )
    assert len(tags) == 19 and "uk" not in tags and {"ar", "he", "zh", "fa", "hi"} <= set(tags)
    results = arena(folder, tmp_path / "out", models, tags, seen=["ar", "de"])
    (one,) = results["comparisons"]
    by_tag = {row["language"]: row for row in one["rows"]}
    assert {tag: row["prompts"] for tag, row in by_tag.items()} == dict.fromkeys(tags, PER_LANGUAGE)
    for tag in tags:
        own, other = (answers(folder, tag, model) for model in models)
        assert by_tag[tag]["ties"] >= sum(own[group].strip() == other[group].strip() for group in own)
        assert by_tag[tag]["wins"] + by_tag[tag]["losses"] + by_tag[tag]["ties"] + by_tag[tag]["unparsed"] == 70
        assert sum(by_tag[tag]["reasons"].values()) == by_tag[tag]["unparsed"]
    assert one["average"]["languages"] == tags and one["average"]["groups"] == PER_LANGUAGE
    assert one["contrast"]["seen"]["languages"] == ["ar", "de"] and len(one["contrast"]["unseen"]["languages"]) == 17
    assert results["models"][0]["answers"].keys() == set(tags)
    given = {tag: sum(bool(text.strip()) for text in answers(folder, tag, "gpt-4").values()) for tag in tags}
    second = results["models"][1]
    for tag in tags:
        unusable = sum(n for reason, n in second["failures"].get(tag, {}).items() if reason != "empty_answer")
        assert second["answers"][tag] == given[tag] - unusable
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "ot a quality judgement" in page and 'dir="rtl"' in page
