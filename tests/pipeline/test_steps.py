"""The stages of one run: made once, made again when what goes into them changes, and left out where nothing asks."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Stage, Store
from polypref.inference import Failure, Model, Reply, Request, Served
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline import context
from polypref.pipeline.builder import Builder
from polypref.pipeline.closing import closing
from polypref.pipeline.context import VERSIONS, Asked, RunContext
from polypref.pipeline.prompting import ask_cross_lingually, translate_prompts
from polypref.pipeline.run import run_builder
from polypref.pipeline.steps import BuildRun
from polypref.release.contaminated import AN_EVALUATION_SET, of_build
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.contamination import Contamination
from polypref.stages.pair import PairRule
from polypref.stages.prompts.evaluation_overlap import Index
from polypref.stages.prompts.index import Prompts
from polypref.stages.translate import CrossLingual, Translate, Translator

FIELDS = Fields(
    "prompt",
    (Answer("good", model="g", score="g_score"), Answer("bad", model="b", score="b_score")),
    language="language",
)
# Words of their own, so that none is a near-copy of another.
PROMPTS = {
    "de": ("Warum ist der Himmel blau?", "Wer baut hohe Brücken?", "Was frisst ein Igel?"),
    "he": ("למה השמיים כחולים?", "מי בונה גשרים גבוהים?"),
}


def row(prompt: str, language: str, good: float = 2, bad: float = 1) -> dict[str, object]:
    answers = {"good": f"{prompt} Gut.", "bad": f"{prompt} Nicht.", "g_score": good, "b_score": bad}
    return {"prompt": prompt, "language": language, **answers}


ROWS = [row(prompt, tag) for tag, prompts in PROMPTS.items() for prompt in prompts]


def source(folder: Path, rows: Iterable[Mapping[str, object]] = ROWS, fields: Fields = FIELDS) -> Files:
    folder.mkdir(exist_ok=True)
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return Files(str(path), fields, "s", "1", "cc0-1.0")


@pytest.fixture
def builder(tmp_path) -> Builder:
    return Builder(
        "b", "1.0.0", sources=(source(tmp_path),), filters=(), split=Split(test=0),
        prompts=Prompts(near_duplicates=None),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store(tmp_path / "store", "b") as one:
        yield one


def run_of(builder: Builder, store: Store, limit: int | None = None, **asked: object) -> BuildRun:
    return BuildRun(RunContext(builder, store, Local(1), limit, True, Asked(**asked)))  # type: ignore[arg-type]


def stages_in(store: Store) -> Counter[str]:
    """Name of a stage -> its folders."""
    return Counter(path.name.rsplit("-", 1)[0] for path in store.root.iterdir() if path.is_dir() and "-" in path.name)


ALL = ("read", "index", "check", "rated", "pair", "filter", "balance")


@pytest.mark.slow
def test_a_run_makes_its_stages_once_and_those_that_a_setting_changes_anew(builder, store, monkeypatch):
    first = run_builder(builder, store, Local(1), quiet=True)
    assert stages_in(store) == dict.fromkeys(ALL, 1)
    again = run_builder(builder, store, Local(1), quiet=True)
    assert again.fingerprint == first.fingerprint and again.funnel == first.funnel
    assert stages_in(store) == dict.fromkeys(ALL, 1)
    # Where the split changes, what comes before stays.
    run_builder(replace(builder, split=Split(test=0.5)), store, Local(1), quiet=True)
    assert stages_in(store) == dict.fromkeys(ALL, 1) | {"balance": 2}
    # Whose results change gets a higher number, and all that comes after is made anew.
    monkeypatch.setitem(context.VERSIONS, "pair", VERSIONS["pair"] + 1)
    run_builder(builder, store, Local(1), quiet=True)
    assert stages_in(store) == {"read": 1, "index": 1, "check": 1, "rated": 1, "pair": 2, "filter": 2, "balance": 3}


@pytest.mark.slow
def test_prompts_are_compared_again_where_another_version_makes_the_signatures(builder, store, monkeypatch):
    run_builder(builder, store, Local(1), quiet=True)
    monkeypatch.setattr("polypref.pipeline.steps.signed_by", lambda: "rensa 99")
    run_builder(builder, store, Local(1), quiet=True)
    assert stages_in(store)["index"] == 2


@pytest.mark.slow
def test_known_sets_are_looked_for_but_in_what_is_an_evaluation_set_itself(builder, store, monkeypatch):
    held = Index.of(["de", "en"], [PROMPTS["de"][0], "x"], ["arena", "arena"])
    monkeypatch.setattr("polypref.stages.prompts.index.known_index", lambda names, settings: held)
    checked = replace(
        builder, prompts=Prompts(near_duplicates=None, known_sets=("omgeval",)), filters=(Contamination(),)
    )
    built = run_builder(checked, store, Local(1), quiet=True)
    gone = [one for one in built.funnel if one.reason == "contamination: contaminated"]
    assert [(one.language, one.unit, one.rows) for one in gone if one.outcome == "rejected"] == [("de", "prompts", 1)]
    assert of_build(built).endswith("against samples of omgeval: 1 prompts that hold one of theirs left out")
    built = run_builder(replace(checked, evaluation_set=True), store, Local(1), quiet=True)
    assert not [one for one in built.funnel if "contamin" in one.reason]
    assert of_build(built) == AN_EVALUATION_SET


def test_settings_of_a_run_are_the_builder_the_limit_and_the_versions(builder, store):
    assert run_of(builder, store, limit=3).settings() == {"builder": builder, "limit": 3, "versions": VERSIONS}


def test_what_somebody_should_know_of_the_sources_is_told_once_a_build(tmp_path, store, capsys):
    unknown = [row(f"x {n}", "Elbanian") | {"id": None} for n in range(4)]
    known = [one | {"id": None} for one in ROWS]
    of = source(tmp_path, [*known, *unknown], replace(FIELDS, group="id"))
    noted = Builder(
        "b", "1.0.0", sources=(of,), filters=(), split=Split(test=0), prompts=Prompts(near_duplicates=None),
        languages=("de", "he"), max_bad=0,
    )  # fmt: skip
    for _ in range(2):
        run_builder(noted, store, Local(1), quiet=True)
        assert capsys.readouterr().err.splitlines() == [
            "source 's': column 'id' (group of Fields) is empty in all 5 rows: no prompt is joined with its "
            "translations",
            "4 rows left out, as no known language goes by the name that they give: Elbanian (4 rows; nearest: "
            "Albanian (sq)); --language-name TAG=Elbanian of polypref build, or polypref.register(Language(...)) in "
            "the script, keeps rows of one",
        ]


def test_read_counts_rows_by_language_and_keeps_those_asked_for(builder, store):
    read, buckets = run_of(builder, store).read()
    assert buckets == 1
    rows = [one for one in closing(read).funnel if one.unit == "rows"]
    assert {(one.language, one.outcome, one.rows) for one in rows} == {
        ("de", "in", 3),
        ("de", "kept", 3),
        ("he", "in", 2),
        ("he", "kept", 2),
    }
    narrow = run_of(replace(builder, languages=("he",)), store)
    read, _ = narrow.read()
    # A row of the builder's source is a prompt with two answers.
    assert [(row.unit, row.language, row.rows) for row in narrow.run.funnel if row.outcome == "kept"] == [
        ("rows", "he", 2),
        ("answers", "he", 4),
    ]
    assert languages_of(read) == {"he"}


def languages_of(stage: Stage) -> set[str]:
    return {tag for part in stage.parts("prompts") for tag in pq.read_table(part)["language"].to_pylist()}


def test_the_language_that_is_translated_from_is_read_though_it_is_not_asked_for(builder, store):
    translate = Translate(Translator(Served(Model("t"), None)), ("he",), source="de")  # type: ignore[arg-type]
    read, _ = run_of(replace(builder, languages=("he",), translate=translate), store).read()
    assert languages_of(read) == {"de", "he"}


def test_bad_rows_stop_a_read_that_was_finished_under_a_wider_limit(tmp_path, store, builder):
    rows = [*ROWS, {"prompt": "", "language": "de"}]
    builder = replace(builder, sources=(source(tmp_path, rows),), max_bad=0.5)
    run_of(builder, store).read()
    with pytest.raises(UserError, match="1 of 6 rows cannot be used"):
        run_of(replace(builder, max_bad=0.1), store).read()


def test_what_nothing_asks_for_is_no_stage(builder, store):
    run = run_of(builder, store)
    read, buckets = run.read()
    rows = (read,)
    assert translate_prompts(run.run, rows, buckets) is rows and ask_cross_lingually(run.run, rows, buckets) is rows
    index = run.index(rows, buckets)
    check = run.check(rows, index, buckets)
    assert run.complete(rows, index, buckets) is rows and run.rating.rate(rows, index, check, buckets) is rows
    pair = run.pair(rows, index, check, buckets)
    assert run.review(pair, buckets) is pair
    # Of what is translated into, only the languages of the build are.
    translate = Translate(Translator(Served(Model("t"), None)), ("fr",), source="de")  # type: ignore[arg-type]
    narrow = run_of(replace(builder, languages=("he",), translate=translate), store)
    assert translate_prompts(narrow.run, rows, buckets) is rows


@dataclass
class Marking:
    """A translator that puts a mark before the text, and counts how often it is asked."""

    asked: list[str]

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Reply]]:
        for request in requests:
            self.asked.append(request.messages[-1][1])
            yield request, Reply(f"[x] {request.messages[-1][1]}")


def test_a_limit_translates_the_prompts_that_the_index_then_keeps(builder, store, tmp_path):
    # Three of ten: others would hardly be the same by chance.
    numbers = ("eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn")
    rows_read = [row(f"{number.title()}: {number * 3}?", "de") for number in numbers]
    backend = Marking([])
    translate = Translate(Translator(Served(Model("t"), backend), how="seq2seq"), ("he", "fr"), source="de")
    builder = replace(builder, sources=(source(tmp_path, rows_read),), translate=translate)
    run = run_of(builder, store, limit=3)
    read, buckets = run.read()
    rows = translate_prompts(run.run, (read,), buckets)
    assert len(backend.asked) == 6 and len(set(backend.asked)) == 3, "each into two languages"
    counts = {(one.language, one.outcome): one.rows for one in run.run.funnel if one.stage == "translate"}
    assert counts == {(tag, outcome): 3 for tag in ("fr", "he") for outcome in ("in", "kept")}
    index = run.index(rows, buckets)
    kept = pa.concat_tables(pq.read_table(part) for part in index.parts("index")).to_pylist()
    groups = {tag: {one["group_id"] for one in kept if one["language"] == tag} for tag in ("de", "fr", "he")}
    assert len(groups["de"]) == 3 and groups["de"] == groups["fr"] == groups["he"]
    # Where German is not asked for, its prompts are there to be translated and stay out of the index.
    narrow = run_of(replace(builder, languages=("he", "fr")), store, limit=3)
    read, buckets = narrow.read()
    index = narrow.index(translate_prompts(narrow.run, (read,), buckets), buckets)
    kept = pa.concat_tables(pq.read_table(part) for part in index.parts("index")).to_pylist()
    assert {one["language"] for one in kept} == {"he", "fr"}
    # Another run asks nothing anew.
    translate_prompts(run_of(builder, store, limit=3).run, (read,), buckets)
    assert len(backend.asked) == 6


def kept_of(index: Stage) -> set[str]:
    return {one for part in index.parts("index") for one in pq.read_table(part)["prompt_id"].to_pylist()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cross", "most"),
    [
        (CrossLingual(("he", "fr")), {"de": 8, "he": 8, "fr": 8}),
        (CrossLingual(("he",)), {"de": 8, "he": 4, "fr": 8}),  # Hebrew ones to be answered in Hebrew are none
        (CrossLingual(("he", "fr"), share=0.5), None),
        (None, {"de": 4, "he": 4, "fr": 4}),
    ],
)
def test_a_limit_counts_prompts_to_be_answered_in_another_language_apart(builder, store, tmp_path, cross, most):
    rows_read = [row(f"Nummer {number}: was ist das?", "de") for number in range(20)]
    backend = Marking([])
    translate = Translate(Translator(Served(Model("t"), backend), how="seq2seq"), ("de", "he", "fr"), source="de")
    builder = replace(builder, sources=(source(tmp_path, rows_read),), translate=translate, cross_lingual=cross)
    run = run_of(builder, store, limit=4)
    read, buckets = run.read()
    rows = translate_prompts(run.run, (read,), buckets)
    counts = {one.language: one.rows for one in run.run.funnel if (one.stage, one.outcome) == ("translate", "in")}
    assert counts == {"he": 4, "fr": 4} and len(backend.asked) == 8
    translated = {one["prompt_id"] for part in rows[-1].parts("prompts") for one in pq.read_table(part).to_pylist()}
    every = ask_cross_lingually(run.run, rows, buckets)
    index = run.index(every, buckets)
    counts = {one.language: one.rows for one in run.run.funnel if (one.stage, one.outcome) == ("index", "kept")}
    assert translated <= kept_of(index), "what was translated is kept"
    if most is None:
        assert all(4 < number <= 8 for number in counts.values())
    else:
        assert counts == most
    # The prompts across languages are those of the plain ones, as far as there are any of these.
    if cross is not None and cross.share == 1:
        prompts = {
            one["prompt_id"]: one
            for stage in every
            for part in stage.parts("prompts")
            for one in pq.read_table(part).to_pylist()
        }
        groups: dict[bool, set[str]] = {True: set(), False: set()}
        for one in (prompts[key] for key in kept_of(index) if prompts[key]["language"] == "de"):
            groups[one["language"] == one["response_language"]].add(one["group_id"])
        assert groups[True] == groups[False]


def test_a_limit_counts_prompts_that_a_language_has_already(builder, store, tmp_path):
    rows_read = [row(f"Nummer {number}: was ist das?", "de") for number in range(40)]
    rows_read += [row(f"מספר {number}: מה זה?", "he") for number in range(40)]
    backend = Marking([])
    translate = Translate(Translator(Served(Model("t"), backend), how="seq2seq"), ("he", "fr"), source="de")
    builder = replace(builder, sources=(source(tmp_path, rows_read),), translate=translate)
    run = run_of(builder, store, limit=10)
    read, buckets = run.read()
    rows = translate_prompts(run.run, (read,), buckets)
    counts = {one.language: one.rows for one in run.run.funnel if (one.stage, one.outcome) == ("translate", "in")}
    assert counts["fr"] == 10 > counts["he"] > 0
    index = run.index(rows, buckets)
    translated = {one["prompt_id"] for part in rows[-1].parts("prompts") for one in pq.read_table(part).to_pylist()}
    assert translated <= kept_of(index)


def test_prompts_of_named_sources_are_translated_and_asked_once_more(builder, store, tmp_path):
    named = [row(f"Nummer {number}: was ist das?", "de") for number in range(6)]
    other = [row(f"Sache {number}: wozu dient sie?", "de") for number in range(6)]
    first, second = source(tmp_path, named), replace(source(tmp_path / "other", other), name="other")
    backend = Marking([])
    translate = Translate(Translator(Served(Model("t"), backend), how="seq2seq"), ("he",), source="de", sources=("s",))
    cross = CrossLingual(("fr",), sources=("other",))
    builder = replace(builder, sources=(first, second), translate=translate, cross_lingual=cross)
    for limit, translated in ((None, 6), (3, 3)):
        run = run_of(builder, store, limit=limit)
        read, buckets = run.read()
        rows = ask_cross_lingually(run.run, translate_prompts(run.run, (read,), buckets), buckets)
        made_of = [
            {
                one["name"]
                for part in stage.parts("prompts")
                for row in pq.read_table(part).to_pylist()
                for one in row["sources"]
            }
            for stage in rows[1:]
        ]
        assert made_of == [{"s"}, {"other"}]
        counts = {(one.stage, one.language): one.rows for one in run.run.funnel if one.outcome == "in"}
        assert counts["translate", "he"] == translated and counts["cross", "de"] == 6


@dataclass
class Refusing(Marking):
    """A translator that has nothing to say of one prompt."""

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Reply | Failure]]:
        for request, reply in super().run(requests):
            yield request, Failure("timeout") if "Drei" in reply.text else reply


def test_prompts_that_were_not_translated_are_counted_with_their_reason(builder, store, tmp_path):
    rows_read = [row(f"{number.title()}: {number * 3}?", "de") for number in ("eins", "zwei", "drei", "vier")]
    translate = Translate(Translator(Served(Model("t"), Refusing([])), how="seq2seq"), ("he",), source="de")
    run = run_of(replace(builder, sources=(source(tmp_path, rows_read),), translate=translate), store)
    read, buckets = run.read()
    translate_prompts(run.run, (read,), buckets)
    counts = {(one.outcome, one.reason): one.rows for one in run.run.funnel if one.stage == "translate"}
    assert counts == {("in", ""): 4, ("kept", ""): 3, ("rejected", "timeout"): 1}


def test_prompts_asked_across_languages_are_counted_by_the_language_they_are_written_in(builder, store):
    run = run_of(replace(builder, cross_lingual=CrossLingual(("he",))), store)
    read, buckets = run.read()
    _, cross = ask_cross_lingually(run.run, (read,), buckets)
    # The three German prompts are to be answered in Hebrew; Hebrew ones are that already.
    assert {(r.language, r.outcome): r.rows for r in closing(cross).funnel} == {("de", "in"): 3, ("de", "kept"): 3}


def test_no_prompt_in_the_languages_of_the_build_is_one_sentence(builder, store):
    run = run_of(replace(builder, languages=("ja",)), store)
    read, buckets = run.read()
    with pytest.raises(UserError, match=r"no source has a usable prompt in ja; rows are in .*: ask for one of these"):
        run.index((read,), buckets)


def test_a_margin_in_deviations_is_of_each_languages_scores_and_needs_some(builder, tmp_path, store):
    # German scores are 0 and 4: a mean of 2, and a deviation of 2; Hebrew ones 1 and 2.
    rows = [row(p, "de", 4, 0) for p in PROMPTS["de"]] + [row(p, "he", 2, 1) for p in PROMPTS["he"]]
    builder = replace(builder, sources=(source(tmp_path, rows),))
    run = run_of(replace(builder, pairs=PairRule(margin_unit="sd")), store)
    read, buckets = run.read()
    units = run._units(run.ways[0], None, (read,), buckets)
    assert units is not None and units.to_pylist() == [{"language": "de", "unit": 2.0}, {"language": "he", "unit": 0.5}]
    assert run._units(run_of(builder, store).ways[0], None, (read,), buckets) is None
    bare = replace(FIELDS, answers=tuple(replace(one, score=None) for one in FIELDS.answers))
    unscored = run_of(replace(builder, sources=(source(tmp_path, fields=bare),)), store)
    read, buckets = unscored.read()
    with pytest.raises(
        UserError, match="a margin in standard deviations needs scores: rater 'source' gave no score; the"
    ):
        unscored._units(run.ways[0], None, (read,), buckets)


def test_decisions_of_a_review_must_be_about_this_build(builder, store, tmp_path):
    decisions = {"format": "polypref-review/1", "decisions": {"0" * 32: "remove"}, "agreement": {}}
    (tmp_path / "decisions.json").write_text(json.dumps(decisions), "utf-8")
    run = run_of(replace(builder, review=str(tmp_path / "decisions.json")), store)
    read, buckets = run.read()
    index = run.index((read,), buckets)
    pair = run.pair((read,), index, run.check((read,), index, buckets), buckets)
    with pytest.raises(UserError, match=r"no pair of .*decisions.json is in this build"):
        run.review(pair, buckets)
    one = pq.read_table(pair.parts("pairs")[0])["pair_id"][0].as_py()
    (tmp_path / "decisions.json").write_text(json.dumps(decisions | {"decisions": {one: "remove"}}), "utf-8")
    kept = run.review(pair, buckets)
    left = [pair_id for part in kept.parts("pairs") for pair_id in pq.read_table(part)["pair_id"].to_pylist()]
    assert len(left) == 4 and one not in left


def test_quotas_come_in_the_order_of_the_builders_mixtures(builder, store):
    mixtures = (Mixture("z"), Mixture("a", languages=("he",)))
    built = run_builder(replace(builder, mixtures=mixtures), store, Local(1), quiet=True)
    assert list(built.mixtures) == ["z", "a"]
    given = {name: {tag: quota.given for tag, quota in by.items()} for name, by in built.mixtures.items()}
    assert given == {"z": {"de": 3, "he": 2}, "a": {"he": 2}}


def test_where_nothing_is_paired_it_is_said_why(builder, store, tmp_path):
    ties = [row(prompt, "de", 1, 1) for prompt in PROMPTS["de"]]
    with pytest.raises(UserError, match=r"3 prompts tie: every score by rater 'source' is 1"):
        run_builder(replace(builder, sources=(source(tmp_path, ties),)), store, Local(1), quiet=True)
