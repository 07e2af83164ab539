"""Words of a declaration: what is published takes no second line, no mark that turns it, no key, no page of text."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from polypref import Answer, Builder, Fields, Files, SourceRater, Verdict
from polypref.errors import UserError
from polypref.layouts.named import layout, layout_names

KEY = "hf_" + "qRzVtLbNcWkXjHsDmFgPyQaTeUoKiZxBvL"
WRONG = ("two\nlines", "turned \u202e", "x" * 2_001, KEY)
FIELDS = Fields("q", (Answer("a", model="m"), Answer("b", model="n")), language="=de", verdict=Verdict("people"))
SOURCE = Files("rows.jsonl", FIELDS, name="rows", revision="1", licence="cc0-1.0")


def built(**settings: object) -> Builder:
    declared = {"sources": (SOURCE,), "rater": SourceRater("people")} | settings
    return Builder(name="words", version="1.0.0", **declared)  # type: ignore[arg-type]


def answering(**settings: str) -> Builder:
    first, second = FIELDS.answers
    return built(sources=(replace(SOURCE, fields=replace(FIELDS, answers=(replace(first, **settings), second))),))


PLACES: dict[str, Callable[[str], Builder]] = {
    "its licence": lambda text: built(sources=(replace(SOURCE, licence=text),)),
    "its revision": lambda text: built(sources=(replace(SOURCE, revision=text),)),
    "model of answer 'a'": lambda text: answering(model=text),
    "model_column of answer 'a'": lambda text: answering(model_column=f"={text}"),
    "licence of answer 'a'": lambda text: answering(licence=text),
    "licence_column of answer 'a'": lambda text: answering(licence_column=f"={text}"),
    "revision of answer 'a'": lambda text: answering(revision=text),
    "rater of answer 'a'": lambda text: answering(rater=text),
    "rater of its verdict": lambda text: built(
        sources=(replace(SOURCE, fields=replace(FIELDS, verdict=Verdict(text))),)
    ),
    "citation: author": lambda text: built(citation={"author": text}),
    "licences: that of 'm'": lambda text: built(licences={"m": text}),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("place", PLACES)
def test_a_text_that_cannot_be_published_is_refused_by_its_place(place: str, wrong: str) -> None:
    with pytest.raises(UserError) as error:
        PLACES[place](wrong)
    sentence = str(error.value)
    assert (place in sentence or "citation has" in sentence) and KEY not in sentence and "\u202e" not in sentence
    assert PLACES[place]("plain words").name == "words"


@pytest.mark.parametrize("wrong", [*WRONG[1:], "moshe.cohen@" + "gmail.com"])
def test_names_of_sources_and_raters_and_notes_are_looked_at_too(wrong: str) -> None:
    for settings, place in (
        ({"sources": (replace(SOURCE, name=wrong),)}, "its name stands in what is published"),
        ({"rater": SourceRater(wrong)}, "rater SourceRater: its name stands"),
        ({"notes": ("Fine.\nAll of it.", wrong)}, r"notes\[1\] stands"),
    ):
        with pytest.raises(UserError, match=place):
            built(**settings)


def test_what_layouts_that_come_along_say_can_be_published() -> None:
    for name in layout_names():
        one = layout(name)
        if one.fields.answers:
            source = one.files("rows.jsonl", "rows", "1", "cc0-1.0", language="de")
            notes = (*one.notes, *one.set_notes)
            assert built(sources=(source,), rater=SourceRater(one.rater), notes=notes).notes == notes
