"""Citations: a BibTeX entry, with the builder's fields first, out of which no text breaks."""

import re

import pytest

from polypref import Builder, Fields, Files
from polypref.errors import UserError
from polypref.release.citation import bibtex


def test_the_builders_fields_go_before_what_is_known() -> None:
    assert bibtex(
        "Pairs of X", "2.1.0", "org/x_y", {"author": "A and B", "title": "100% X & more", "year": "2026"}
    ) == (
        "@misc{pairs-of-x,\n  author = {A and B},\n  title = {100\\% X \\& more},\n  year = {2026},\n"
        "  version = {2.1.0},\n  url = {https://huggingface.co/datasets/org/x_y},\n}"
    )


def test_a_folder_has_no_address_and_a_name_of_other_letters_a_key() -> None:
    assert bibtex("שלום", "1.0.0", None, {}) == "@misc{dataset,\n  title = {שלום},\n  version = {1.0.0},\n}"


def test_no_text_leaves_its_field() -> None:
    entry = bibtex("x", "1.0.0", None, {"author": "a}},\n```\n## New {b \\input{c}"})
    assert entry.splitlines()[1] == "  author = {a,  \\#\\# New b inputc},"
    assert len(entry.splitlines()) == 5 and not re.search("`", entry)


@pytest.mark.parametrize("citation", [{"Author": "x"}, {"author": ""}, {"author": "a\nb"}, {"my key": "x"}])
def test_a_field_that_can_be_none_is_refused_when_a_builder_is_declared(citation) -> None:
    source = Files("rows.jsonl", Fields("prompt"), "x", "1", "mit", language="en")
    with pytest.raises(UserError, match=r"builder 'b': citation has .*give fields of BibTeX in small letters"):
        Builder("b", "1.0.0", sources=(source,), citation=citation)
