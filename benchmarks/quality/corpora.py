"""The texts of the quality benchmark as rows of a filter batch; read where they lie, copied nowhere."""

import csv
import functools
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from polypref.languages import AYA_23
from polypref.stages.checks.contract import Batch
from polypref.text.cleaning import Uncleanable, clean_text

Row = dict[str, Any]
DATA = Path(os.environ.get("POLYPREF_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
OMGEVAL = {"arabic": "ar", "chinese": "zh", "english": "en", "french": "fr", "russia": "ru", "spanish": "es"}
# Answers believed clean: gpt-4's, and gpt-4o-mini's in Greek, where there are none of gpt-4.
CLEAN = {"gpt-4", "gpt-4o-mini"}


def _cleaned(value: Any) -> Any:
    """Cleans a text as everything is cleaned that comes into a build; what a build would turn away stays as it is."""
    try:
        return clean_text(value) if isinstance(value, str) else value
    except Uncleanable:
        return value


def lines(path: str) -> Iterator[Any]:
    """Yields the records of a JSON Lines file below DATA."""
    with (DATA / path).open(encoding="utf-8") as file:
        for line in file:
            yield {name: _cleaned(value) for name, value in json.loads(line).items()}


@functools.cache
def udhr() -> list[tuple[str, str, str]]:
    """Paragraphs of the Universal Declaration of Human Rights: (language, id, text)."""
    return [(r["language"], f"udhr:{r['para']}", r["text"]) for r in lines("parallel_text/udhr_23_languages.jsonl")]


@functools.cache
def parallel() -> list[tuple[str, str, str, str]]:
    """Human translations out of English: (language, id, English, translation); XQuAD paragraphs, Tatoeba sentences."""
    xquad = list(lines("parallel_text/xquad_paragraphs_11_languages.jsonl"))
    english = {r["paragraph"]: r["context"] for r in xquad if r["language"] == "en"}
    found = [
        (r["language"], f"xquad:{r['paragraph']}", english[r["paragraph"]], r["context"])
        for r in xquad
        if r["language"] != "en"
    ]
    tatoeba = lines("parallel_text/tatoeba_22_languages.jsonl")
    return found + [(r["language"], f"tatoeba:{r['i']}", r["english"], r["text"]) for r in tatoeba]


@functools.cache
def arena() -> list[tuple[str, str, str, str]]:
    """Answers of m_arena_hard: (language, model, question id, text)."""
    found = []
    for path in sorted((DATA / "m_arena_hard/answers").glob("*/*.jsonl")):
        for r in lines(str(path.relative_to(DATA))):
            found.append((path.parent.name, path.stem, r["question_id"], r["answer"]))
    return found


@functools.cache
def questions() -> list[tuple[str, str, str]]:
    """Questions of m_arena_hard, machine-translated out of English: (language, question id, text)."""
    return [
        (tag, r["question_id"], r["turns"][0]["content"])
        for tag in AYA_23
        for r in lines(f"m_arena_hard/questions/{tag}.jsonl")
    ]


def omgeval(model: str) -> list[tuple[str, str, str]]:
    """Answers of one model in omgeval: (language, id, text)."""
    return [
        (tag, f"omgeval:{r['row']}", r["output"])
        for folder, tag in OMGEVAL.items()
        for r in lines(f"omgeval/outputs/{folder}/{model}.jsonl")
    ]


@functools.cache
def clean_answers() -> list[Row]:
    """Texts believed clean, as chosen answers: UDHR paragraphs and answers of gpt-4; 3,874 texts.

    The prompt is a UDHR paragraph, the rejected answer the clean text after it in the same language.
    """
    texts = udhr() + [(tag, f"arena:{i}", text) for tag, model, i, text in arena() if model in CLEAN] + omgeval("gpt4")
    by_language = defaultdict(list)
    for tag, name, text in texts:
        by_language[tag].append((name, text))
    prompts = {tag: text for tag, name, text in udhr() if name == "udhr:2"}
    return [
        {"id": name, "language": tag, "prompt": prompts[tag], "chosen": text, "rejected": found[i - 1][1]}
        for tag, found in sorted(by_language.items())
        for i, (name, text) in enumerate(found)
    ]


@functools.cache
def parallel_answers() -> dict[str, dict[str, str]]:
    """Clean answers to the questions of m_arena_hard: id -> language -> text."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in clean_answers():
        if row["id"].startswith("arena:"):
            found[row["id"]][row["language"]] = row["chosen"]
    return found


def answers_with_parallels() -> list[Row]:
    """The clean answers that there are in several languages."""
    return [row for row in clean_answers() if len(parallel_answers().get(row["id"], ())) > 1]


@functools.cache
def clean_prompts() -> list[Row]:
    """Texts believed clean as prompts: UDHR paragraphs and Tatoeba sentences; 7,974 texts."""
    texts = udhr() + [(tag, name, text) for tag, name, _, text in parallel() if name.startswith("tatoeba")]
    return [{"id": name, "language": tag, "prompt": text, "chosen": "✓"} for tag, name, text in texts]


@functools.cache
def translations() -> list[Row]:
    """Human translations as translated prompts with their source: XQuAD and Tatoeba; 9,000 texts."""
    return [
        {"id": name, "language": tag, "prompt": text, "prompt_source": source, "origin": "translated", "chosen": "✓"}
        for tag, name, source, text in parallel()
    ]


@functools.cache
def model_pairs() -> list[Row]:
    """Answers of two models to one question of m_arena_hard, each with each."""
    by_question = defaultdict(list)
    for tag, model, question, text in arena():
        by_question[tag, question].append((model, text))
    return [
        {"id": f"{question}:{a}:{b}", "language": tag, "prompt": "?", "chosen": text, "rejected": other}
        for (tag, question), found in sorted(by_question.items())
        for i, (a, text) in enumerate(found)
        for b, other in found[:i]
    ]


def changed_facts() -> list[tuple[str, str]]:
    """Korean answers beside themselves with false information put in (kudge)."""
    path = DATA / "small_native_preference/ko_kudge_falseinfo_pairwise.csv"
    with path.open(encoding="utf-8") as file:
        return [(r["original_response"], r["response_with_false_info"]) for r in csv.DictReader(file)]


def table(rows: Iterable[Row]) -> pa.Table:
    """Returns the rows as a table of pairs; what a row does not say is as sound pairs have it."""
    rows = list(rows)
    sound = {
        "rejected": "…", "origin": "native", "translator": None, "chosen_route": "direct", "rejected_route": "direct",
        "chosen_finish_reason": "stop", "rejected_finish_reason": "stop", "chosen_score": 2.0, "rejected_score": 1.0,
        "score_margin": 1.0, "prompt_source": None, "chosen_scores": None, "rejected_scores": None,
        "reference": None, "labels": None, "contaminated_by": None, "review": None, "by_check": None,
    }  # fmt: skip
    columns = {name: [row.get(name, value) for row in rows] for name, value in sound.items()}
    columns |= {name: [row[name] for row in rows] for name in ("language", "chosen")}
    columns["response_language"] = columns["language"]
    asked = [row["prompt"] for row in rows]
    columns["prompt"] = [[{"role": "user", "content": one}] if isinstance(one, str) else one for one in asked]
    for name in ("pair_id", "prompt_id", "group_id"):
        columns[name] = list(map(str, range(len(rows))))
    scores = pa.list_(pa.float64())
    types = {"chosen_scores": scores, "rejected_scores": scores, "labels": pa.list_(pa.string())}
    text = ("translator", "prompt_source", "reference", "chosen_finish_reason", "rejected_finish_reason")
    text += ("contaminated_by", "review", "by_check")
    types |= dict.fromkeys(text, pa.string())
    return pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()})


def batch(rows: Iterable[Row]) -> Batch:
    """Returns the rows as filters see them."""
    return Batch(table(rows))
