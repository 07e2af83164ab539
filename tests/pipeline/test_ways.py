"""How the sources of a build are rated and paired: which ways there are, and what they may not be."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from polypref.errors import UserError
from polypref.inference import Model, Served
from polypref.layouts.sources import Answer, ArenaFolder, Fields, Files, HubDataset, Verdict
from polypref.pipeline.builder import Builder
from polypref.pipeline.ways import names_of, raters_of
from polypref.raters.combined import Combined
from polypref.raters.given import ReferenceRater, RelevanceRater, SourceRater
from polypref.stages.complete import Complete, Route
from polypref.stages.pair import PairRule
from polypref.stages.translate import CrossLingual

SCORED = Fields("prompt", (Answer("a", model="x", score="s"), Answer("b", model="y", score="t")))
JUDGED = Fields(
    "prompt",
    (Answer("a", model="x"), Answer("b", model="y")),
    verdict=Verdict("people", "won", first=("a",), second=("b",)),
)
FILES = Files("rows.jsonl", SCORED, "scored", "1", "cc0-1.0")
GIVEN = PairRule("given")
PEOPLE = replace(FILES, name="judged", fields=JUDGED, rater=SourceRater("people"), pairs=GIVEN)
PLAIN = replace(FILES, name="plain", fields=Fields("prompt", SCORED.answers[:0]), rater=RelevanceRater())


def built(*sources: Any, **more: Any) -> Builder:
    return Builder("b", "1.0.0", sources=sources, **more)


def test_a_source_goes_its_own_way_and_else_the_builders():
    builder = built(PLAIN, FILES, PEOPLE)
    assert [(way.rater, way.pairs, way.sources) for way in builder.ways] == [
        (SourceRater(), PairRule(), ("scored",)),
        (RelevanceRater(), PairRule(), ("plain",)),
        (SourceRater("people"), GIVEN, ("judged",)),
    ]
    assert names_of(builder.ways) == "source, relevance-baseline, people"
    # What a source says is the builder's way, said twice: one way.
    (way,) = built(replace(FILES, rater=SourceRater(), pairs=PairRule()), replace(FILES, name="other")).ways
    assert way.sources == ("scored", "other")
    # The builder's way counts for nothing where no source goes it.
    (way,) = built(PEOPLE).ways
    assert (way.rater.name, way.pairs.rule) == ("people", "given")


def test_parts_of_a_source_are_one_name_and_sources_of_one_rater_are_rated_together():
    parts = (PEOPLE, replace(PEOPLE, path="more.jsonl"))
    assert [way.sources for way in built(*parts, FILES).ways] == [("scored",), ("judged",)]
    top = replace(PLAIN, name="top", pairs=PairRule("top_two"))
    ways = built(PLAIN, PEOPLE, top).ways
    assert [(rater.name, sources) for rater, sources in raters_of(ways)] == [
        ("relevance-baseline", ("plain", "top")),
        ("people", ("judged",)),
    ]


def test_every_source_of_polypref_takes_a_rater_and_a_rule_which_are_no_settings_of_its_reading():
    from polypref.files.atomic import plain
    from polypref.stages.pool import described

    way: dict[str, Any] = {"rater": RelevanceRater(), "pairs": PairRule("top_two")}
    for one in (
        FILES,
        HubDataset("org/name", SCORED, "mit", revision="1"),
        ArenaFolder("folder", "arena", "1", "mit"),
    ):
        assert built(replace(one, **way), PEOPLE).ways[0].pairs == PairRule("top_two")
        assert plain(described(replace(one, **way))) == plain(described(one))


@dataclass(frozen=True)
class Own:
    """A source of somebody's own, which knows nothing of raters."""

    name: str = "own"
    revision: str | None = "1"
    licence: str = "mit"
    fields: Fields = SCORED
    language: str | None = "de"
    where: ClassVar[dict[str, list[object]]] = {}

    def resolved(self) -> "Own":
        return self

    def files(self) -> list[Any]:
        return []

    def beside(self, path: Any) -> list[Any]:
        return []

    def lines(self, path: Any) -> Any:
        return iter(())


@dataclass(frozen=True)
class OwnRated(Own):
    """One that says who rates it."""

    rater: Any = None
    pairs: ClassVar[PairRule | str | None] = PairRule("top_two")


def test_a_source_of_ones_own_may_say_it_too():
    assert [way.sources for way in built(Own(), PEOPLE).ways] == [("own",), ("judged",)]
    (way, _) = built(OwnRated(rater=RelevanceRater()), PEOPLE).ways
    assert (way.rater, way.pairs.rule) == (RelevanceRater(), "top_two")
    with pytest.raises(UserError, match=r"source 'own': .* is no rater; it lacks"):
        built(OwnRated(rater=object()))


@dataclass(frozen=True)
class Lacking:
    """No rater: it has no way to rate."""

    name: str = "n"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""


@dataclass(frozen=True)
class Loud:
    """A rater called as another is."""

    name: str = "relevance-baseline"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: Any, completions: Any) -> Any:
        """Rates nothing."""


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        (lambda: replace(FILES, rater="people"), r"Files\(rater='people'\): a text is none; write SourceRater\("),
        (lambda: replace(FILES, pairs="given"), r"Files\(pairs='given'\): a text is none; write PairRule\("),
        (lambda: built(replace(FILES, rater=Lacking())), "source 'scored': rater Lacking has no way to rate"),
        (lambda: built(replace(FILES, pairs=SourceRater())), r"Files\(pairs=SourceRater\(\.\.\.\)\): .*pairrule"),
        (lambda: built(PLAIN, FILES, replace(PEOPLE, pairs=None)), "source 'judged': the sources have verdicts by"),
        (
            lambda: built(PEOPLE, replace(FILES, rater=SourceRater("nobody"))),
            "source 'scored': the sources have scores",
        ),
        (lambda: built(PEOPLE, replace(FILES, rater=ReferenceRater())), "source 'scored': rater 'chrf-reference'"),
        (
            lambda: built(replace(FILES, rater=Combined((SourceRater(), RelevanceRater()), how="agree"))),
            "rater 'combined' gives verdicts; use PairRule",
        ),
        (
            lambda: built(PEOPLE, replace(PEOPLE, path="more.jsonl", pairs=PairRule("given", seed=1))),
            "parts of source 'judged' are rated or paired differently; give all of them the same",
        ),
        (
            lambda: built(PLAIN, replace(FILES, rater=RelevanceRater(gram=2))),
            "two raters called 'relevance-baseline' with other settings",
        ),
        (lambda: built(PLAIN, replace(FILES, rater=Combined((SourceRater(), Loud())))), "two raters called 'relevance"),
        (
            lambda: built(FILES, replace(PLAIN, pairs=PairRule(may_be_rejected=("no_check",)))),
            r"PairRule\(may_be_rejected=\.\.\.\) names 'no_check'",
        ),
        (
            lambda: built(PEOPLE, replace(FILES, pairs=PairRule("model_a_vs_model_b", "x", "route:translated"))),
            r"PairRule\(model_b='route:translated'\): no answer comes by such a route",
        ),
        (
            lambda: built(replace(FILES, name="org/x"), HubDataset("org/x", SCORED, "cc0-1.0", revision="1")),
            "two sources called 'org/x', whose rows cannot be told apart",
        ),
        (lambda: built(PEOPLE, replace(FILES, rater=Loud("people"))), "is called 'people', and so is who rated"),
    ],
)
def test_what_a_way_may_not_be_is_one_sentence(declared, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        declared()
    assert len(str(refused.value).splitlines()) == 1


def test_models_of_all_raters_have_their_licences():
    from polypref.raters.reward import RewardRater

    reward = RewardRater(Served(Model("org/reward", "1", "mit"), None))  # type: ignore[arg-type]
    assert built(PEOPLE, replace(FILES, rater=reward)).all_licences == {"org/reward": "mit"}


ANSWERED = Complete((Route(Served(Model("org/writer", "1", "mit"), None)),))  # type: ignore[arg-type]


def test_models_answer_the_prompts_of_named_sources():
    named = replace(ANSWERED, sources=("plain",))
    assert built(PLAIN, PEOPLE, complete=named).complete == named
    # With one way all prompts may be answered, as before.
    assert built(FILES, complete=ANSWERED).complete == ANSWERED
    with pytest.raises(
        UserError, match=r"Complete takes the prompts of source 'judged', .*Complete\(sources=\('plain',\)\)"
    ):
        built(PLAIN, PEOPLE, complete=ANSWERED)
    with pytest.raises(UserError, match="Complete takes the prompts of source 'scored'"):
        built(PLAIN, FILES, complete=replace(ANSWERED, sources=("plain", "scored")))
    with pytest.raises(UserError, match="CrossLingual takes the prompts of source 'judged'"):
        built(PLAIN, PEOPLE, complete=named, cross_lingual=CrossLingual(("he",)))
    with pytest.raises(
        UserError, match=r"Complete\(sources=\.\.\.\) names 'plian', and no source is called so; did you mean"
    ):
        built(PLAIN, PEOPLE, complete=replace(ANSWERED, sources=("plian",)))
    for sources in ((), ("plain", "plain")):
        with pytest.raises(UserError, match=r"Complete\(sources=.*: name at least one source, and each once"):
            replace(ANSWERED, sources=sources)
