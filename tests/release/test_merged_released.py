"""A dataset of sources of four kinds on the Hub: sources, licences, raters and people, in its rows and its card."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROSE

from .helpers import Line, rows_of

SCRIPT = """
from dataclasses import dataclass
from pathlib import Path

from polypref import Answer, Builder, Fields, Files, Mixture, PairRule, Prompts
from polypref import RelevanceRater, SourceRater, Split, Verdict

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Params:
    closed: bool = False


def part(name, licence, answers, rater=None, **more):
    rule = PairRule("given") if "verdict" in more else None
    fields = Fields("q", answers, language="l", **more)
    return Files(str(HERE / f"{name}.jsonl"), fields, name, "7", licence, rater=rater, pairs=rule)


def build(params):
    model = "closed" if params.closed else "open"
    two = (Answer("a", model=f"{model}-1"), Answer("b", model=f"{model}-2"))
    votes = Verdict("voters", "won", ("a",), ("b",), annotator="who", join="each")
    marks = Answer("text", model_column="model", score="mark", rater="markers")
    return Builder(
        "merged",
        "1.0.0",
        card="card.md",
        sources=(
            part("votes", "cc-by-4.0", two, SourceRater("voters"), verdict=votes),
            part("sided", "cc0-1.0", two, SourceRater("editors"), verdict=Verdict("editors")),
            part("marks", "apache-2.0", (marks,), SourceRater("markers"), occasion="session"),
            part("rated", "mit", two, RelevanceRater()),
        ),
        filters=(),
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0.2),
        mixtures=(Mixture("all"), Mixture("small", per_language=9)),
        licences={"closed-1": "openai", **dict.fromkeys(("open-1", "open-2", "closed-2", "m1", "m2"), "apache-2.0")},
    )
"""
ASKED = {
    "de": ("Wie heißt der {}. Fluss?", "Die {}. Ems.", "Keiner."),
    "ar": ("ما اسم النهر رقم {}؟", "النهر رقم {} هو النيل.", "لا أعرف."),
    "ja": ("{}番目の川の名前は何ですか。", "{}番目の川は信濃川です。", "知りません。"),
}


def rows(kind: str) -> list[dict[str, Any]]:
    whole: list[dict[str, Any]] = []
    for language, (question, good, poor) in ASKED.items():
        for number in range(8):
            # The first question stands in all four sources.
            asked = question.format(number if number == 0 else f"{number}-{kind}")
            one = {"q": asked, "l": language, "a": good.format(number), "b": poor}
            if kind == "votes":
                whole += [
                    one | {"who": f"{language}-{who}", "won": "b" if who == 5 and number else "a"} for who in range(6)
                ]
            elif kind == "marks":
                whole += [
                    {"q": asked, "l": language, "session": f"s{person}", "model": model, "text": text, "mark": mark}
                    for person in range(2)
                    for model, text, mark in (
                        ("m1", f"{good.format(number)} {person}", 9 - person),
                        ("m2", f"{poor} {person}", 3),
                    )
                ]
            else:
                whole.append(one)
    return whole


@pytest.fixture(scope="module")
def folder(cli: Line, tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = tmp_path_factory.mktemp("merged")
    (whole / "dataset_cards").mkdir()
    (whole / "dataset_cards" / "card.md").write_text(PROSE, "utf-8")
    (whole / "script.py").write_text(SCRIPT, "utf-8")
    for kind in ("votes", "sided", "marks", "rated"):
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in rows(kind))
        (whole / f"{kind}.jsonl").write_text("".join(lines), "utf-8")
    cli.ok("build", whole / "script.py", "--out", whole / "out", "--workers", 1, "--quiet")
    return whole


def test_it_comes_back_from_the_hub_with_sources_licences_raters_and_people(folder, cli, session_hub):
    name = cli.new_name("merged")
    cli.ok("release", folder / "out", "--repo", name, "--public")
    code = f"""
import json
from datasets import load_dataset
for split, rows in load_dataset("{name}", revision="v1.0.0").items():
    for row in rows:
        print(json.dumps([split, row], ensure_ascii=False))
"""
    loaded = [json.loads(line) for line in cli.python(code, token=None).splitlines()]
    local = [(split, row) for (_, split), rows in rows_of(folder / "out").items() for row in rows]
    assert sorted((split, row["pair_id"]) for split, row in loaded) == sorted((s, row["pair_id"]) for s, row in local)
    by_id = {row["pair_id"]: row for _, row in local}
    assert all(row == by_id[row["pair_id"]] for _, row in loaded)
    licences = {"votes": "cc-by-4.0", "sided": "cc0-1.0", "marks": "apache-2.0", "rated": "mit"}
    raters = {"votes": "voters", "sided": "editors", "marks": "markers", "rated": "relevance-baseline"}
    alone = Counter[str]()
    for _, row in loaded:
        sources = [one.removesuffix("@7") for one in row["source"].split("; ")]
        assert {licences[one] for one in sources} <= set(row["licence"].split(" AND ")) | {"apache-2.0"}
        assert row["rater"] in {raters[one] for one in sources}
        # Somebody's vote, or an occasion, is of the rows whose rater it is, and of no others.
        assert (row["annotator"] is not None) == (row["rater"] == "voters")
        assert (row["occasion"] is not None) == (row["rater"] == "markers")
        alone[sources[0] if len(sources) == 1 else "several"] += 1
    # Seven questions in three languages; six votes on each, two occasions of marks; the eighth stands in all sources.
    assert [alone[kind] for kind in ("votes", "sided", "marks", "rated")] == [7 * 3 * 6, 7 * 3, 7 * 3 * 2, 7 * 3]
    # There the first of two sources that say the same of two texts keeps its pairs, the votes; each says what it says.
    shared = Counter(row["rater"] for _, row in loaded if ";" in row["source"])
    assert (shared["voters"], shared["markers"], shared["editors"]) == (3 * 6, 3 * 2, 0)
    people = {row["annotator"] for _, row in loaded if row["rater"] == "voters"}
    assert len(people) == 18 and not any(str(one).startswith(("de-", "ar-", "ja-")) for one in people)


def test_the_card_says_it_all(folder, cli):
    card = (folder / "out" / "README.md").read_text("utf-8")
    assert "\nlicense: cc-by-4.0\n" in card
    for line in (
        "| votes | voters | given |",
        "| sided | editors | given |",
        r"| marks | markers | best\_vs\_worst |",
        r"| rated | relevance-baseline | best\_vs\_worst |",
    ):
        assert line in card
    for name, licence in (("votes", "cc-by-4.0"), ("sided", "cc0-1.0"), ("marks", "apache-2.0"), ("rated", "mit")):
        assert any(name in line and licence in line for line in card.splitlines() if line.startswith("|")), name
    assert "annotator" in card and "occasion" in card


@pytest.mark.slow
def test_one_source_that_may_not_be_published_stops_the_release_of_all(folder, cli):
    cli.ok("build", folder / "script.py", "--closed", "--out", folder / "closed", "--workers", 1, "--quiet")
    done = cli("release", folder / "closed", "--repo", cli.new_name("closed"), "--public")
    assert "closed-1" in done.sentence and "openai" in done.sentence


REAL = """
from dataclasses import dataclass, replace

import polypref
from polypref import Builder, PairRule, SourceRater, Split


@dataclass(frozen=True)
class Params:
    data: str = ""


def build(params):
    def named(name, file, revision):
        how = polypref.layout(name).rated_by(f"{name} raters")
        source = how.files(f"{params.data}/preference_layouts/{file}", name, revision, "apache-2.0", language="en")
        return replace(source, rater=SourceRater(how.rater), pairs=PairRule(how.rule))

    sources = (
        named("oasst", "oasst_en_100_tree.jsonl.gz", "f1e6ed9"),
        named("llamafactory_sharegpt", "llamafactory_dpo_en_demo.json.gz", "1"),
        named("llamafactory_v1", "llamafactory_v1_dpo_demo.jsonl", "1"),
    )
    return Builder(
        "merged-real",
        "1.0.0",
        card="card.md",
        sources=sources,
        split=Split(test=0.2),
        # The files do not say who wrote most answers; whoever publishes them answers for that.
        licences=dict.fromkeys(("unknown", "chip20b"), "apache-2.0"),
    )
"""


@pytest.mark.slow
def test_of_real_sets_those_that_may_be_released_come_back_from_the_hub(real_data, cli, tmp_path):
    (tmp_path / "card.md").write_text(PROSE, "utf-8")
    (tmp_path / "script.py").write_text(REAL, "utf-8")
    cli.ok("build", tmp_path / "script.py", "--out", tmp_path / "out", "--data", real_data, "--quiet")
    name = cli.new_name("merged-real")
    cli.ok("release", tmp_path / "out", "--repo", name, "--public")
    code = f"""
import json
from datasets import load_dataset
for split, rows in load_dataset("{name}", revision="v1.0.0").items():
    for row in rows:
        print(json.dumps([split, row], ensure_ascii=False))
"""
    loaded = [json.loads(line) for line in cli.python(code, token=None).splitlines()]
    local = {row["pair_id"]: row for rows in rows_of(tmp_path / "out").values() for row in rows}
    assert {row["pair_id"]: row for _, row in loaded} == local
    # Of 212 places where people ranked replies, and of 300 and 10 pairs, the checks leave out some; prompts
    # of AlpacaEval are among those of OpenAssistant.
    expected = {"oasst@f1e6ed9": (190, 212), "llamafactory_sharegpt@1": (260, 300), "llamafactory_v1@1": (7, 10)}
    # One pair stands in two of them.
    rows_from = Counter(source for _, row in loaded for source in row["source"].split("; "))
    assert rows_from.keys() == expected.keys()
    assert all(least <= rows_from[source] <= most for source, (least, most) in expected.items())
    assert all(
        row["rater"] == f"{row['source'].partition('@')[0]} raters" for _, row in loaded if ";" not in row["source"]
    )
    assert {row["licence"] for _, row in loaded} == {"apache-2.0"}
    card = (tmp_path / "out" / "README.md").read_text("utf-8").replace("\\", "")
    alone = Counter(row["source"] for _, row in loaded if ";" not in row["source"])
    for source, rows in alone.items():
        name = source.partition("@")[0]
        assert any(name in line and "apache-2.0" in line for line in card.splitlines() if line.startswith("|"))
        assert f"{name} raters" in card and f"{rows:,}" in card
