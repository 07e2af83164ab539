"""What tests of the harness share: prompts in four scripts, stored answers, a judge whose mind is known.

The judge prefers the answer with the mark; where both or none have it, it is a tie. Words in a prompt make it err.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from tests.inference import loopback

TAGS = ("ar", "de", "he", "zh")
GROUPS = 24
MARK = "★"
#: Long enough to tell their language.
SAID = {
    "ar": "يقع المتحف الوطني في وسط المدينة بالقرب من النهر الكبير وهو مفتوح كل يوم",
    "de": "Das Museum liegt mitten in der Stadt am großen Fluss und ist jeden Tag geöffnet",
    "he": "המוזיאון הלאומי נמצא במרכז העיר ליד הנהר הגדול והוא פתוח בכל יום",
    "zh": "国家博物馆位于市中心的大河旁边，每天都开放，欢迎大家前来参观",
}
ASKED = {"ar": "أين المتحف رقم", "de": "Wo liegt das Museum", "he": "איפה המוזיאון", "zh": "博物馆在哪里"}
ENGLISH = "The national museum lies in the middle of the city near the great river and opens every day"
_SHOWN = re.compile(r"<<BEGIN ([AB]) \w+>>\n(.*?)\n<<END", re.DOTALL)
_CODE = re.compile(r"<<BEGIN A (\w+)>>")
REPLY = "Comparison: one is better.\n{}"


def lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Writes JSONL."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def write_set(path: Path, words: Mapping[tuple[str, int], str] = {}, groups: int = GROUPS) -> Path:
    """The prompts; `words` adds a word to the prompt of a language and group."""
    return lines(
        path,
        (
            {"id": f"g{n}", "language": tag, "prompt": f"{ASKED[tag]} {n}? {words.get((tag, n), '')}".strip()}
            for tag in TAGS
            for n in range(groups)
        ),
    )


def write_answers(
    path: Path, mark: str = "", other: Mapping[tuple[str, int], str | None] = {}, groups: int = GROUPS
) -> Path:
    """Stored answers of one model; `other` has another text, or None for none, at a language and group."""
    rows = []
    for tag in TAGS:
        for n in range(groups):
            text = other.get((tag, n), f"{SAID[tag]} {n}{mark}")
            if text is not None:
                rows.append({"id": f"g{n}", "language": tag, "answer": text})
    return lines(path, rows)


class Judge:
    """The server's judge, what it was asked and what it says.

    Attributes:
        asked: body -> how often.
        seen: every pair of answers that it was shown.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.seen: list[tuple[str, str]] = []

    @property
    def count(self) -> int:
        return self.asked.total()

    def __call__(self, body: dict[str, Any], _: Any) -> Any:
        self.asked[json.dumps(body, sort_keys=True)] += 1
        text = loopback.last_turn(body)
        shown = dict(_SHOWN.findall(text))
        assert set(shown) == {"A", "B"}, text
        self.seen.append((shown["A"], shown["B"]))
        return self.say(text, shown, body["model"])

    @staticmethod
    def say(text: str, shown: Mapping[str, str], model: str) -> Any:
        marked = [label for label in "AB" if MARK in shown[label]]
        right = marked[0] if len(marked) == 1 else "C"
        if "ALWAYS" in text:
            right = "A"
        if "HALF" in text and right != "A":
            right = "C"
        code = code_of(text)
        if "GARBAGE" in text:
            return loopback.chat("I like both of them.", model)
        if "CUT" in text:
            return loopback.chat(REPLY.format(f"[[{right} {code}]]"), model, "length")
        if "TWICE" in text:
            return loopback.chat(REPLY.format(f"[[A {code}]] or [[B {code}]]"), model)
        return loopback.chat(REPLY.format(f"[[{right} {code}]]"), model)


def code_of(text: str) -> str:
    """The code of a judge's prompt, as it stands at the answer that is shown as A."""
    return _CODE.findall(text)[-1]


def judged_by(url: str, model: str = "judge-x", **more: Any) -> dict[str, Any]:
    """A judge's part of a config."""
    return {"kind": "llm", "model": model, "at": url, "licence": "apache-2.0", "options": {"backoff": 0.01}} | more


def config(path: Path, **keys: Any) -> Path:
    """Writes a config; JSON is YAML."""
    path.write_text(json.dumps(keys, ensure_ascii=False), "utf-8")
    return path


def read(path: Path) -> dict[str, Any]:
    """A JSON object, or a config as `config` wrote it."""
    value = json.loads(path.read_text("utf-8"))
    assert isinstance(value, dict)
    return value


def without(path: Path, key: str) -> None:
    """Takes a key out of a JSON object that must have it."""
    value = read(path)
    del value[key]
    path.write_text(json.dumps(value), "utf-8")


def run(*words: object, expect: int = 0) -> None:
    """The command line in this process."""
    code = main([str(word) for word in words])
    assert code == expect, f"exit code {code}"


def stored(folder: Path, *names: str) -> list[dict[str, str]]:
    """Models whose answers lie beside the config."""
    return [{"name": name, "stored": str(folder / f"{name}.jsonl"), "licence": "apache-2.0"} for name in names]


def evaluate(folder: Path, **keys: Any) -> Path:
    """Evaluates by a config of these keys; returns the folder of the results."""
    run(
        "evaluate",
        "--config",
        config(folder / "config.yaml", **{"resamples": 100} | keys),
        "--out",
        folder / "out",
        "--quiet",
    )
    return folder / "out"


def scored(body: Any, _: Any) -> Any:
    """A reward model that counts marks; it chokes on one answer."""
    assert body["messages"][-1]["role"] == "assistant"
    text = loopback.last_turn(body)
    return loopback.score("NaN" if "CHOKE" in text else 1 + text.count(MARK) / 4, body["model"])


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """What a command that must be refused says: exit code 2, one line, no traceback."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    assert code == 2, f"exit code {code}\n{captured.err}"
    assert captured.err.startswith("polypref: ") and captured.err.count("\n") == 1, captured.err
    return captured.err.removeprefix("polypref: ").strip()


def results(out: Path) -> dict[str, Any]:
    figures = json.loads((out / "results.json").read_text("utf-8"))
    assert isinstance(figures, dict)
    return figures


def rows(out: Path, at: int = 0) -> dict[str, dict[str, Any]]:
    """Rows of one comparison, by language."""
    return {row["language"]: row for row in results(out)["comparisons"][at]["rows"]}


def battles(out: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Battles by language and group; of one comparison."""
    table_rows = pq.read_table(out / "battles.parquet").to_pylist()
    assert len({(row["language"], row["group_id"]) for row in table_rows}) == len(table_rows)
    return {(row["language"], row["group_id"]): row for row in table_rows}


FILES = ("results.json", "battles.parquet", "report.md", "report.html")


def written(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES}
