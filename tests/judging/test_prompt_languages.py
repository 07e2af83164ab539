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
TEXTS = [(name, tag) for name in ("aya-2", "letter-1") for tag in TAGS]
_MARK = re.compile(r"\[\[[ABC] \{\{code\}\}\]\]")
_SLOT = re.compile(r"\{\{(\w+)\}\}")
# Alone among letters of Latin script; those of Chinese or Japanese may stand beside it.
_LETTER = re.compile(r"(?<![A-Za-z\u00c0-\u024f])[AB](?![A-Za-z\u00c0-\u024f\u1e00-\u1eff])")


def sections(name: str, tag: str) -> dict[str, str]:
    own = own_prompt(name, tag)
    assert own is not None, (name, tag)
    return dict(own.template.sections)


def test_there_is_a_text_for_each_of_the_languages() -> None:
    for name in ("aya-2", "letter-1"):
        assert prompt_languages.own_languages(name) == tuple(sorted(TAGS))
        assert own_prompt(name, "en") is None, "English is the prompt itself"


@pytest.mark.parametrize(("prompt", "tag"), TEXTS)
def test_a_text_has_the_slots_and_marks_of_the_english_one(prompt: str, tag: str) -> None:
    english, own = prompts.template(prompt), sections(prompt, tag)
    assert own.keys() == english.sections.keys()
    for name, text in own.items():
        slots = Counter(_SLOT.findall(english.sections[name]))
        # The language stands in words, as its grammar wants it.
        slots.pop("response_language")
        assert Counter(_SLOT.findall(text)) == slots, name
        assert _MARK.findall(text) == _MARK.findall(english.sections[name]), name
    assert re.findall(r"(?m)^\d\. ", own["user"]) == ["1. ", "2. ", "3. ", "4. "]
    assert "<<BEGIN ... {{code}}>>" in own["system"] and "<<END ... {{code}}>>" in own["system"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_text_asks_for_a_mark_with_a_code(tag: str) -> None:
    user = sections("aya-2", tag)["user"]
    assert len(re.findall(r"(?m)^(?:.*[:：] ?)?<[^<>]+>$", user)) == 2, "the form of the reply ends the text"
    template = own_prompt("aya-2", tag).template  # type: ignore[union-attr]
    assert template.kinds == ["mark"] and template.coded("mark")


@pytest.mark.parametrize("tag", TAGS)
def test_a_text_of_letters_asks_for_a_latin_letter_last(tag: str) -> None:
    """A and B as answers are shown by; alpha and the Cyrillic letters look the same, and are other tokens."""
    own = sections("letter-1", tag)
    question, last = own["user"].split("{{answers}}")[1].rsplit("\n\n", 1)
    for text in (own["system"].split("\n\n")[0], last):
        assert _LETTER.findall(text) == ["A", "B"], text
        assert not re.search(r"(?<!\w)[\u0391\u0392\u0410\u0412](?!\w)", text), text
    assert "\n" not in last and "4. " in question
    assert own_prompt("letter-1", tag).template.kinds == []  # type: ignore[union-attr]


@pytest.mark.parametrize(("prompt", "tag"), TEXTS)
def test_a_text_is_in_its_language(prompt: str, tag: str) -> None:
    words = " ".join(sections(prompt, tag).values())
    for part in (r"<<.*?>>", r"\[\[.*?\]\]", r"\{\{.*?\}\}", r"<[^<>]*>"):
        words = re.sub(part, " ", words)
    found_in = Identifier().check(words, tag)
    assert (found_in.status, found_in.language) == ("ok", tag)


def test_a_text_is_unreviewed_until_somebody_signs() -> None:
    for name, tag in TEXTS:
        own = own_prompt(name, tag)
        assert own is not None and (own.source, own.reviewer) == ("machine-written, unreviewed", ""), (name, tag)


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


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("aya-2", "8ff7f9affdd4301718ad24717d2df0e3dbb7c76a94824bb739899aee7cc7d45d"),
        ("letter-1", "b553c40f022cc1ddab010315455842ec0b9482a0948676429fd2536f10c88ec9"),
    ],
)
def test_what_is_asked_is_never_edited(name: str, kept: str) -> None:
    digest = hashlib.sha256(repr([sorted(sections(name, tag).items()) for tag in sorted(TAGS)]).encode()).hexdigest()
    assert digest == kept, "write files of the next number instead"


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
        UserError,
        match=r"judge prompt pairwise-2 has no texts in the languages judged.*aya-2 and, of letters, letter-1",
    ):
        LLMJudge(SERVED, prompt="pairwise-2", judge_language="own")
    with pytest.raises(UserError, match="'both' is neither en nor own"):
        LLMJudge(SERVED, judge_language="both")  # type: ignore[arg-type]
    assert LLMJudge(SERVED, judge_language="own").prompt_name == "aya-2"
