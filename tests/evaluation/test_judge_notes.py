"""What a report says of a judge beside its facts."""

import pytest

from polypref.errors import UserError
from polypref.evaluation import judge_notes
from polypref.evaluation.contract import JudgeTraits
from polypref.evaluation.judges import LLMJudge, Reference
from polypref.evaluation.results import JudgeFacts
from polypref.files.json_types import Json
from tests.raters.judged import SERVED


def facts(**others: Json) -> JudgeFacts:
    return JudgeFacts(name="j", kind="llm", orders=2, others=dict(others))


def test_prompts_in_the_language_judged_are_noted_with_who_stands_for_them() -> None:
    noted = judge_notes.language_facts(
        JudgeTraits(prompt_name="aya-2", judge_language="own"), ["de", "en", "gl", "de", "ar"]
    )
    assert noted["asked_in_english"] == ["gl"]
    texts = noted["prompts"]
    assert isinstance(texts, dict) and list(texts) == ["ar", "de"]
    german = texts["de"]
    assert isinstance(german, dict) and german["name"] == "aya-2.de" and german["reviewer"] == ""
    assert judge_notes.unreviewed(facts(**noted)) == ["ar", "de"]
    german["reviewer"] = "Ada Weiß"
    assert judge_notes.unreviewed(facts(**noted)) == ["ar"]
    assert list(judge_notes.notes(facts(**noted))) == [
        "asked in the language judged (2 texts beside English)",
        "its prompts reviewed in de (Ada Weiß)",
        "its prompts machine-written and unreviewed in ar",
        "asked in English about gl, for which there is no text",
    ]


def test_a_judge_asked_in_english_has_nothing_noted() -> None:
    assert judge_notes.language_facts(JudgeTraits(prompt_name="aya-2"), ["de"]) == {}
    assert list(judge_notes.notes(facts())) == []


def test_what_it_says_again() -> None:
    same: Json = {"share": 0.75, "low": 0.25, "high": 0.95, "n": 4}
    spread: Json = {"comparisons": 2, "same": same, "kappa": {"kappa": 0.64}, "win_rate": 0.625, "again": 0.375}
    assert list(judge_notes.notes(facts(repeats=[spread]))) == [
        "asked again about 2 comparisons it gave the same verdict in 75.0% of 4 (95% interval 25.0% to 95.0%), "
        "kappa 0.64; win-rate 0.625, then 0.375"
    ]
    nothing: Json = {"comparisons": 2, "same": {"share": None, "n": 0}}
    assert list(judge_notes.notes(facts(repeats=[nothing]))) == [
        "asked again about 2 comparisons, with no verdict that could be read both times"
    ]
    greedy = facts(repeats=[], sampling={"temperature": 0.0})
    assert list(judge_notes.notes(greedy)) == [
        "not asked again; greedy, it differs from run to run only as its server's rounding does"
    ]
    assert list(judge_notes.notes(facts(repeats=[], sampling={"temperature": 0.7}))) == ["not asked again"]


def test_a_language_in_which_nobody_is_asked_is_refused() -> None:
    for language in (None, "en"):
        judge_notes.check_judge_language([Reference()], language)
    judge_notes.check_judge_language([Reference(), LLMJudge(SERVED, judge_language="own")], "own")
    with pytest.raises(
        UserError,
        match=r"'own' says how an LLM is asked .* or by letter.*\(there is reference\); leave it out",
    ):
        judge_notes.check_judge_language([Reference()], "own")
