"""The answer pool of m-ArenaHard, end to end: 21 languages with answers of two models or more."""

import json
import random
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.languages import AYA_23

pytestmark = pytest.mark.slow

FIVE = ("de", "pt", "tr", "vi", "zh")


@pytest.fixture(scope="module")
def arena(real_data) -> Path:
    return real_data / "m_arena_hard"


@pytest.fixture(scope="module")
def built(arena, polypref, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("arena") / "out"
    polypref("build", "builders/answer_pool.py", "--source", arena, "--out", out)
    return out


@pytest.fixture(scope="module")
def record(built) -> dict[str, Any]:
    return json.loads((built / "provenance.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows(built) -> list[dict[str, Any]]:
    files = sorted(built.glob("data/*/*.parquet"))
    return [row | {"split": f.name.split("-")[0]} for f in files for row in pq.read_table(f).to_pylist()]


def answering_models(arena: Path) -> dict[str, int]:
    return {folder.name: len(list(folder.glob("*.jsonl"))) for folder in (arena / "answers").iterdir()}


def test_every_language_with_two_answering_models_has_train_and_test(arena, record):
    """No answers in English, one model's in Ukrainian."""
    expected = {tag for tag, models in answering_models(arena).items() if models >= 2}
    quotas = record["mixtures"]["all"]
    assert set(quotas) == expected
    assert len(quotas) == 21
    assert all(row["given"] > 0 and row["test"] > 0 for row in quotas.values())


def test_quotas_are_as_declared(record, rows):
    train = Counter(row["language"] for row in rows if row["split"] == "train")
    assert {tag: row["given"] for tag, row in record["mixtures"]["all"].items()} == train
    assert {tag: row["given"] for tag, row in record["mixtures"]["five"].items()} == dict.fromkeys(FIVE, 40)


def test_load_dataset_reads_both_mixtures_and_a_language(built, record, tmp_path):
    from datasets import load_dataset

    for config, total in (("five", 200), ("five-vi", 40)):
        assert len(load_dataset(str(built), config, split="train", cache_dir=str(tmp_path))) == total
    loaded = load_dataset(str(built), "all", cache_dir=str(tmp_path))
    assert len(loaded["train"]) == sum(row["given"] for row in record["mixtures"]["all"].values())
    assert set(loaded["test"]["language"]) == set(record["mixtures"]["all"])


def test_no_question_is_in_two_splits_and_no_pair_stored_twice(rows):
    splits = defaultdict(set)
    for row in rows:
        splits[row["group_id"]].add(row["split"])
    assert all(len(detected) == 1 for detected in splits.values())
    assert len({row["pair_id"] for row in rows}) == len(rows)
    # The 70 answered questions have the same ids in all languages but one, whose answers are to others.
    assert 70 <= len(splits) <= 140


def test_70_prompts_a_language_have_answers(record):
    pairs = {
        r["language"]: r["rows"]
        for r in record["funnel"]
        if (r["stage"], r["unit"], r["outcome"]) == ("pair", "prompts", "kept")
    }
    assert set(pairs) == set(record["mixtures"]["all"])
    assert set(pairs.values()) == {70}


def test_nothing_of_it_may_be_trained_on(built, record):
    assert record["evaluation_set"] is True
    assert "evaluation set" in (built / "README.md").read_text("utf-8")


def test_the_baseline_is_named_as_one(record):
    assert record["rater"] == "relevance-baseline"
    assert any("no judgement of quality" in note for note in record["notes"])


def test_texts_are_those_of_the_files(arena, rows):
    """20 pairs a language against the answers as they lie in the files."""
    draw = random.Random(1)
    for tag in sorted({row["language"] for row in rows}):
        answers: dict[str, set[str]] = defaultdict(set)
        for file in (arena / "answers" / tag).glob("*.jsonl"):
            for line in file.open(encoding="utf-8"):
                answers[file.stem.replace("__", "/")].add(json.loads(line)["answer"].strip())
        for row in draw.sample([r for r in rows if r["language"] == tag], 20):
            for side in ("chosen", "rejected"):
                assert row[side][0]["content"].strip() in answers[row[f"{side}_model"]]


def prose(text: str) -> str:
    """A text without code, formulas and addresses, cut out here on purpose without the project's own help."""
    text = re.sub(r"(?s)```.*?(```|\Z)|`[^`]*`|\$\$.*?\$\$|\\\[.*?\\\]|https?://\S+", " ", text)
    lines = [line for line in text.splitlines() if len(re.findall(r"[^\W\d_]", line)) > 0.4 * len(line.strip())]
    return " ".join(lines)[:1500]


def test_no_chosen_answer_is_in_another_language(rows):
    """An independent detector (lingua, over the 23 languages) on the prose of every longer answer."""
    lingua = pytest.importorskip("lingua", reason="needs lingua: pip install -e '.[dev]', or make test-slow")
    codes = [getattr(lingua.IsoCode639_1, tag.upper()) for tag in AYA_23]
    detector = lingua.LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
    assert detector.detect_language_of("This is an answer in English, whatever was asked for.").name == "ENGLISH"
    odd, seen = [], Counter()
    for row in rows:
        tag, text = row["language"], prose(row["chosen"][0]["content"])
        if len(text) < (150 if tag in ("ja", "ko", "zh") else 300):
            continue
        seen[tag] += 1
        detected = detector.detect_language_of(text)
        if detected is None or detected.iso_code_639_1.name.lower() != tag:
            odd.append((tag, detected and detected.name, text[:200]))
    assert len(seen) == 21 and min(seen.values()) >= 40
    assert not odd, odd
