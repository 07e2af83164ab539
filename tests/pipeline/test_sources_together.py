"""Prompts that stand in several sources of different kinds, as they are or nearly so: splits, contamination, limits."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.inference import Model, Reply, Served
from polypref.layouts.sources import Fields, Files
from polypref.pipeline.run import Built, run_builder
from polypref.raters.given import RelevanceRater
from polypref.release.folder import write_folder
from polypref.stages.balance import Split
from polypref.stages.checks.contamination import Contamination
from polypref.stages.complete import Complete, Route
from polypref.stages.equation import not_conserved
from polypref.stages.prompts.evaluation_overlap import EvaluationPrompts
from polypref.stages.prompts.index import Prompts
from polypref.stages.translate import CrossLingual

from .merged import Row, merged, row, source

#: A prompt with a number in it, a light edit of it, and a second one, in seven scripts.
NEARLY = {
    "de": ("Wie pflanze ich in meinem Garten {} Apfelbäume, ohne dass sie im Winter erfrieren?", "!"),
    "ru": ("Как посадить в моём саду {} яблонь, чтобы они не замёрзли зимой?", " "),
    "ar": ("كيف أزرع في حديقتي {} شجرة تفاح دون أن تتجمد في الشتاء القادم؟", " "),
    "he": ("איך שותלים בגינה שלי {} עצי תפוח בלי שיקפאו בחורף הקרוב?", "!"),
    "hi": ("मैं अपने बगीचे में {} सेब के पेड़ कैसे लगाऊँ ताकि वे सर्दी में न मरें?", " "),
    "ja": ("冬に枯れないように庭に{}本のりんごの木を植えるにはどうすればよいですか", "。"),
    "ko": ("겨울에 얼지 않도록 제 정원에 사과나무 {}그루를 심으려면 어떻게 해야 하나요", "!"),
}
#: Letters for hexadecimal digits, so that a hash is a long word.
LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
OTHER = ("Was kostet {} mal eine Fahrt mit dem Zug von Ulm nach Kiel?", "Wer schrieb Band {} dieser langen Reihe?")


@dataclass(frozen=True)
class Writing:
    """A backend of two models: one says the prompt again, the other nothing of it."""

    def run(self, requests: Sequence[Any]) -> Iterator[Any]:
        for request in requests:
            asked = request.messages[-1][1]
            yield request, Reply(f"{asked} 5" if request.model.name == "org/one" else "6", "stop")


WRITERS = Complete(
    tuple(Route(Served(Model(f"org/{name}", "1", "mit"), Writing())) for name in ("one", "two")), sources=("prompts",)
)


def prompts_only(folder: Path, rows: Sequence[Row]) -> Files:
    """A source of prompts to be answered."""
    written = source(folder, "rated-prompts", rows)
    return Files(written.path, Fields("prompt", language="language"), "prompts", "1", "cc0-1.0", rater=RelevanceRater())


def run(
    folder: Path, rows: dict[str, Sequence[Row]], asked: Sequence[Row], limit: int | None = None, **more: Any
) -> Built:
    kinds = (*(source(folder, name, some) for name, some in rows.items()), prompts_only(folder, asked))
    with Store(folder / "out" / ".polypref", "merged") as store:
        builder = merged(folder, {}, sources=kinds, complete=WRITERS, **{"prompts": Prompts()} | more)
        built = run_builder(builder, store, Local(1), limit, quiet=True)
        write_folder(built, folder / "out", "", quiet=True)
    assert not_conserved(built.funnel) == []
    return built


def released(folder: Path) -> list[dict[str, Any]]:
    return [
        one | {"split": file.name.partition("-")[0]}
        for file in (folder / "out" / "data").glob("*/*.parquet")
        for one in pq.read_table(file).to_pylist()
    ]


def counted(built: Built, stage: str, reason: str) -> Counter[str]:
    return Counter({one.language: one.rows for one in built.funnel if (one.stage, one.reason) == (stage, reason)})


@pytest.mark.slow
@pytest.mark.parametrize("language", NEARLY)
def test_near_copies_in_sources_of_three_kinds_are_in_one_split(language, tmp_path):
    text, mark = NEARLY[language]
    names = [hashlib.md5(str(number).encode()).hexdigest().translate(LETTERS) for number in range(12)]
    judged = [row(f"{name} {text.format(name)}", "Ja. 1", "Nein. 2", language) for name in names]
    scored = [row(f"{name} {text.format(name)}{mark}", "Doch. 3", "Nie. 4", language) for name in names]
    asked = [row(f"{name}  {text.format(name)}{mark}{mark}", "", "", language) for name in names]
    built = run(tmp_path, {"judged": judged, "scored": scored}, asked, split=Split(test=0.5))
    splits: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in released(tmp_path):
        name = one["prompt"][-1]["content"].split()[0]
        splits[name].add((one["source"], one["split"]))
    assert set(splits) == set(names)
    for name, several in splits.items():
        assert {where for where, _ in several} == {"judged@1", "scored@1", "prompts@1"}, name
        assert len({split for _, split in several}) == 1, name
    assert {split for several in splits.values() for _, split in several} == {"train", "test"}
    # What is joined is counted: of three groups of each prompt at least two lead to another.
    assert counted(built, "index", "joined_to_another_group")[language] >= 2 * len(names)


@pytest.mark.slow
def test_one_prompt_in_three_sources_is_one_and_keeps_what_each_says_apart(tmp_path):
    prompt = OTHER[0].format(7)
    judged = [row(prompt, "Ja. 1", "Nein. 2"), row(OTHER[1].format(1), "Ja. 1", "Nein. 2")]
    scored = [row(prompt, "Doch. 3", "Nie. 4", s=90, t=80)]
    built = run(tmp_path, {"judged": judged, "scored": scored}, [row(prompt, "", "")])
    assert counted(built, "index", "repeated_prompt") == {"de": 2}
    rows = [one for one in released(tmp_path) if one["prompt"][-1]["content"] == prompt]
    # Every pair says where its prompt stands; who preferred what is the rater's.
    assert {one["source"] for one in rows} == {"judged@1; scored@1; prompts@1"}
    pairs = {one["rater"]: (one["chosen"][-1]["content"], one["rejected"][-1]["content"]) for one in rows}
    assert len(rows) == len(pairs) == 3
    # No score of 90 meets a verdict; the rater that scores anew, at one time, may compare all answers that there are.
    assert pairs["people"] == ("Ja. 1", "Nein. 2") and pairs["source"] == ("Doch. 3", "Nie. 4")
    assert pairs["relevance-baseline"][0] == f"{prompt} 5"


@pytest.mark.slow
@pytest.mark.parametrize("language", NEARLY)
def test_a_prompt_of_an_evaluation_set_is_in_no_source(language, tmp_path):
    text, mark = NEARLY[language]
    held, free = text.format(4), text.replace("{}", "8 7 6 5").replace(" ", "  ", 1)[::-1]
    (tmp_path / "held.txt").write_text(held + mark + "\n", "utf-8")
    judged = [row(held, "Ja. 1", "Nein. 2", language), row(f"{free} A", "Ja. 1", "Nein. 2", language)]
    scored = [row(held + mark, "Doch. 3", "Nie. 4", language), row(f"{free} B 1", "Doch. 3", "Nie. 4", language)]
    asked = [row(f"{held}{mark}{mark}", "", "", language), row(f"{free} C 2 3", "", "", language)]
    evaluation = EvaluationPrompts("held", path=str(tmp_path / "held.txt"), language=language)
    built = run(
        tmp_path,
        {"judged": judged, "scored": scored},
        asked,
        prompts=Prompts(near_duplicates=None, evaluation=(evaluation,)),
        filters=(Contamination(),),
    )
    assert counted(built, "check", "contamination: contaminated") == {language: 3}
    assert {one["source"] for one in released(tmp_path)} == {"judged@1", "scored@1", "prompts@1"}
    assert not [one for one in released(tmp_path) if held in one["prompt"][-1]["content"]]


@pytest.mark.slow
def test_a_limit_counts_prompts_as_they_are_and_those_to_be_answered_in_another_language_each(tmp_path):
    asked = [row(OTHER[0].format(number), "", "") for number in range(6)]
    judged = [row(OTHER[1].format(number), "Ja. 1", "Nein. 2") for number in range(6)]
    built = run(
        tmp_path,
        {"judged": judged},
        asked,
        limit=4,
        cross_lingual=CrossLingual(("he",), sources=("prompts",)),
        prompts=Prompts(near_duplicates=None),
    )
    # Twelve as they are, of both sources, and six that ask for an answer in Hebrew: four of each.
    assert counted(built, "index", "beyond_limit") == {"de": 12 - 4 + 6 - 4}
    languages = Counter(one["response_language"] for one in released(tmp_path))
    assert languages["he"] == 4 and languages["de"] == 4
