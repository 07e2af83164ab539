"""The row that says what to write: in the language of its sheet, known again in every one."""

import unicodedata
from dataclasses import fields, replace
from pathlib import Path

import pytest

from polypref import languages
from polypref.languages import AYA_23, SheetWords
from polypref.review.answers import AS_WRITTEN, WRITTEN_OF_ONE
from polypref.review.columns import ANSWER_WORDS, PAIR_WORDS
from polypref.review.filled import read_sheet
from polypref.review.guide import ENGLISH, guide_row, is_as_exported, is_guide
from polypref.review.page_decisions import MEANINGS
from polypref.review.row_ids import row_id_of
from polypref.review.turn_sheets import MARKS, UNREADABLE, WORDS
from tests.review.conftest import ONE, X, Y

#: Which words name what may be written.
NAMED = {"better": AS_WRITTEN, "good": WRITTEN_OF_ONE, "mark": (*MARKS, UNREADABLE), "page": (*MEANINGS, "Export")}
OTHERS = sorted(set(AYA_23) - {"en"})


def words_of(tag: str) -> SheetWords:
    own = languages.get(tag).review_sheet
    assert own is not None
    return own


@pytest.mark.parametrize("tag", OTHERS)
def test_every_language_says_it_in_its_own_words_and_script(tag: str) -> None:
    own = words_of(tag)
    assert own.source == "machine-written, unreviewed" and own.reviewer == ""
    scripts = {"Latn": "LATIN", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Arab": "ARABIC", "Hebr": "HEBREW"}
    scripts |= {"Deva": "DEVANAGARI", "Jpan": ("HIRAGANA", "KATAKANA", "CJK"), "Kore": "HANGUL", "Hans": "CJK"}
    letters = scripts[languages.get(tag).scripts[0]]
    for name in (one.name for one in fields(SheetWords) if one.name not in ("source", "reviewer")):
        text = getattr(own, name)
        assert text != getattr(ENGLISH, name) and text == unicodedata.normalize("NFC", text)
        plain = text
        for value in sorted((one for some in NAMED.values() for one in some), key=len, reverse=True):
            plain = plain.replace(value, "")
        assert any(unicodedata.name(c, "").startswith(letters) for c in plain), (tag, name)


@pytest.mark.parametrize("tag", AYA_23)
@pytest.mark.parametrize("word", NAMED)
def test_what_may_be_written_stands_there_as_it_is_written_in_every_language(tag: str, word: str) -> None:
    text = getattr(words_of(tag), word)
    if not text:
        assert (tag, word) == ("en", "page")
        return
    for value in NAMED[word]:
        assert value in text, (tag, word, value)


def test_a_cell_in_a_language_from_right_to_left_begins_with_it() -> None:
    for tag in ("ar", "fa", "he"):
        for text in (*guide_row(PAIR_WORDS, tag).values(), *guide_row(WORDS, tag).values()):
            strong = next(kind for one in text if (kind := unicodedata.bidirectional(one)) in ("L", "R", "AL"))
            assert strong in ("R", "AL"), (tag, text)


def test_a_language_without_words_of_its_own_says_it_in_english() -> None:
    assert guide_row(PAIR_WORDS, "sw") == guide_row(PAIR_WORDS, "en") == guide_row(PAIR_WORDS, "und")
    assert guide_row(PAIR_WORDS, "en")["id"] == "how to fill this in"
    assert guide_row(PAIR_WORDS, "he")["id"] == "כך ממלאים את הגיליון"


@pytest.mark.parametrize("tag", AYA_23)
def test_the_row_is_known_again_as_programs_save_it(tag: str) -> None:
    row = guide_row(ANSWER_WORDS, tag)
    assert is_guide(row["id"]) and is_guide(f"\u200f  {row['id']} \r\n")
    assert is_as_exported(row["verdict"], "good") and is_as_exported(f" \u200e{row['verdict']} ", "good")
    assert is_as_exported("", "good") and not is_as_exported("good", "good")
    assert not is_as_exported(row["verdict"], "better")
    assert not is_guide("") and not is_guide(str(row_id_of(ONE, 0, X, Y, ["he", "?", "a", "b"])))


def test_a_sheet_in_one_language_may_be_read_whatever_else_is_in_the_dataset(tmp_path: Path) -> None:
    cells = ["he", "?", "eins", "zwei"]
    row = dict(zip(PAIR_WORDS, [str(row_id_of(ONE, 0, X, Y, cells)), *cells, "A", "", "", ""], strict=True))
    for tag in AYA_23:
        sheet = tmp_path / f"{tag}.csv"
        lines = [PAIR_WORDS, guide_row(PAIR_WORDS, tag).values(), row.values()]
        sheet.write_text("\n".join("\t".join(line) for line in lines), "utf-8")
        assert [one.pair_id for one in read_sheet(sheet)] == [ONE], tag


def test_words_that_a_dataset_brings_along_are_no_formula_and_one_line() -> None:
    swiss = languages.Language("gsw-Latn", "Swiss German in Latin letters", "Latin", "gsw", ("Latn",))
    own = SheetWords("somebody", how="=HYPERLINK(1)", comment="warum\n\nnöd")
    languages.register(replace(swiss, review_sheet=own))
    row = guide_row(PAIR_WORDS, "gsw-Latn")
    assert (row["id"], row["comment"]) == ("'=HYPERLINK(1)", "warum nöd")
    assert row["verdict"] == ENGLISH.better
    assert is_guide(row["id"]) and is_guide("=hyperlink(1)")
