"""Judge prompts in the language judged: one for each language, with the same slots and marks, in that language."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest

from polypref.errors import UserError
from polypref.evaluation.judges import LLMJudge
from polypref.files.packaged import packaged_text
from polypref.inference import Model, Sampling
from polypref.judging import prompt_languages, prompts
from polypref.judging.games import PairwiseGame, PairwiseQuestion
from polypref.judging.prompt_languages import own_prompt
from polypref.judging.prompts import Group
from polypref.judging.verdicts import read_verdict
from polypref.languages import AYA_23
from polypref.languages.identifier import Identifier
from tests.raters.judged import SERVED

TAGS = [tag for tag in AYA_23 if tag != "en"]
_MARK = re.compile(r"\[\[[ABC] \{\{code\}\}\]\]")
_SLOT = re.compile(r"\{\{(\w+)\}\}")


def sections(tag: str) -> dict[str, str]:
    own = own_prompt("aya-2", tag)
    assert own is not None, tag
    return dict(own.template.sections)


def test_there_is_a_text_for_each_of_the_languages() -> None:
    assert prompt_languages.own_languages("aya-2") == tuple(sorted(TAGS))
    assert own_prompt("aya-2", "en") is None, "English is aya-2 itself"


@pytest.mark.parametrize("tag", TAGS)
def test_a_text_has_the_slots_and_marks_of_the_english_one(tag: str) -> None:
    english, own = prompts.template("aya-2"), sections(tag)
    assert own.keys() == english.sections.keys()
    for name, text in own.items():
        slots = Counter(_SLOT.findall(english.sections[name]))
        # The language stands in words, as its grammar wants it.
        slots.pop("response_language")
        assert Counter(_SLOT.findall(text)) == slots, name
        assert _MARK.findall(text) == _MARK.findall(english.sections[name]), name
    assert re.findall(r"(?m)^\d\. ", own["user"]) == ["1. ", "2. ", "3. ", "4. "]
    assert len(re.findall(r"(?m)^(?:.*[:：] ?)?<[^<>]+>$", own["user"])) == 2, "the form of the reply ends the text"
    assert "<<BEGIN ... {{code}}>>" in own["system"] and "<<END ... {{code}}>>" in own["system"]
    template = own_prompt("aya-2", tag).template  # type: ignore[union-attr]
    assert template.kinds == ["mark"] and template.coded("mark")


@pytest.mark.parametrize("tag", TAGS)
def test_a_text_is_in_its_language(tag: str) -> None:
    words = " ".join(sections(tag).values())
    for part in (r"<<.*?>>", r"\[\[.*?\]\]", r"\{\{.*?\}\}", r"<[^<>]*>"):
        words = re.sub(part, " ", words)
    found_in = Identifier().check(words, tag)
    assert (found_in.status, found_in.language) == ("ok", tag)


def test_a_text_is_unreviewed_until_somebody_signs() -> None:
    for tag in TAGS:
        own = own_prompt("aya-2", tag)
        assert own is not None and (own.source, own.reviewer) == ("machine-written, unreviewed", ""), tag


def test_a_reviewer_is_read_from_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    text = packaged_text("judges", "own", "aya-2.de.txt").replace("\nreviewer:", "\nreviewer: Ada Weiß")
    monkeypatch.setattr(prompt_languages, "packaged_text", lambda *_: text)
    own_prompt.cache_clear()
    try:
        own = own_prompt("aya-2", "de")
        assert own is not None and own.reviewer == "Ada Weiß"
        assert (
            own.template.sections == prompts.read_template("x", packaged_text("judges", "own", "aya-2.de.txt")).sections
        )
    finally:
        own_prompt.cache_clear()


def test_what_is_asked_is_never_edited() -> None:
    digest = hashlib.sha256(repr([sorted(sections(tag).items()) for tag in sorted(TAGS)]).encode()).hexdigest()
    assert digest == "8ff7f9affdd4301718ad24717d2df0e3dbb7c76a94824bb739899aee7cc7d45d", (
        "write files of the next number instead"
    )


def test_a_judge_is_asked_in_the_language_of_the_answers() -> None:
    def asked(tag: str, language: prompt_languages.JudgeLanguage) -> str:
        group = Group("p", tag, tag, (("user", "q"),), ())
        question = PairwiseQuestion(Model("m"), "aya-2", Sampling(), 1, False, language)
        ((_, request, _),) = question.ask_games([PairwiseGame(group, "one", "two")], lambda requests: [None])
        return "\n".join(content for _, content in request.messages)

    assert "Türkçe yanıtları" in asked("tr", "own") and "Which answer is better?" in asked("tr", "en")
    assert asked("en", "own") == asked("en", "en")
    # A language without a text is judged in English.
    assert "an impartial judge of answers in Galician (gl)" in asked("gl", "own")
    hebrew = asked("he", "own")
    code = re.findall(r"<<BEGIN A (\w+)>>", hebrew)[0]
    assert read_verdict(f"השוואה: השנייה טובה יותר.\n[[B {code}]]", kind="mark", code=code) == "b"


def test_a_prompt_in_one_language_alone_is_refused() -> None:
    with pytest.raises(
        UserError, match=r"judge prompt pairwise-2 has no texts in the languages judged.*aya-2 has them"
    ):
        LLMJudge(SERVED, prompt="pairwise-2", judge_language="own")
    with pytest.raises(UserError, match="'both' is neither en nor own"):
        LLMJudge(SERVED, judge_language="both")  # type: ignore[arg-type]
    assert LLMJudge(SERVED, judge_language="own").prompt_name == "aya-2"
