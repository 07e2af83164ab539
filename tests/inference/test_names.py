"""Which name of a server stands for the model that was asked for, and which for another."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.inference.names import public_name, refuse_missing_folder, same_model

SAME = [
    ("command-r-plus-08-2024", "command-r-plus"),
    ("gemini-2.5-flash-05-20", "gemini-2.5-flash"),
    ("mistral-small-2503", "mistral-small-latest"),
    ("claude-3-5-haiku@20241022", "claude-3-5-haiku-2024-10-22"),
    ("gpt-4-1106", "gpt-4-2023-11-06"),
    ("tiny-pro-32k-250115", "tiny-pro-32k"),
    ("tiny-v3-250324", "tiny-v3-2025-03-24"),
    ("Tiny-3B", "some-lab/tiny-3b"),
    ("router/some-lab/tiny-3b", "some-lab/tiny-3b"),
    ("some-lab/tiny-3b@main", "some-lab/tiny-3b@0f1e2d3c4b5a"),
    ("some-lab/tiny-3b@0f1e2d3", "some-lab/tiny-3b@0f1e2d3c4b5a"),
    ("/srv/models/tiny-3b", "some-lab/tiny-3b"),
    ("D:\\models\\tiny-3b\\", "some-lab/tiny-3b"),
    ("/data/some-lab/tiny-3b", "some-lab/tiny-3b"),
    ("/c/hub/models--some-lab--tiny-3b/snapshots/0f1e2d3c4b5a", "some-lab/tiny-3b"),
    ("phi4:latest", "phi4"),
    ("phi4:14b", "phi4:14b"),
    ("tiny-3b-Q5_K_S.gguf", "/m/tiny-3b-Q5_K_S.gguf"),
]
OTHER = [
    ("o3-mini", "o3"),
    ("command-r-plus", "command-r"),
    ("tiny-3b-it", "some-lab/tiny-3b"),
    ("some-lab/tiny-3b-base", "some-lab/tiny-3b"),
    ("other-lab/tiny-3b", "some-lab/tiny-3b"),
    ("other-lab/tiny-3b", "/data/some-lab/tiny-3b"),
    ("router/other-lab/tiny-3b", "some-lab/tiny-3b"),
    ("some-lab/tiny-30b", "some-lab/tiny-3b"),
    ("tiny-3b-Q5_K_S.gguf", "some-lab/tiny-3b"),
    ("tiny-3b-AWQ", "some-lab/tiny-3b"),
    ("some-lab/tiny-3b:free", "some-lab/tiny-3b"),
    ("phi4:14b", "phi4"),
    ("phi4:14b", "phi4:3.8b"),
    ("gpt-4-1106", "gpt-4-0613"),
    ("tiny-v3-250324", "tiny-v3-2025-03-25"),
    ("tiny-131072", "tiny"),
    ("some-lab/tiny-3b@0f1e2d3", "some-lab/tiny-3b@1f1e2d3"),
    ("some-lab/tiny-3b@v2", "some-lab/tiny-3b@v1"),
    ("tiny-v2", "tiny-v1"),
    ("tiny-3b-4096", "tiny-3b"),
    ("/a/tiny-3b", "/b/tiny-3b"),
    ("ft:gpt-4o-mini:me::x1", "gpt-4o-mini"),
    ("tiny-3b-uncensored", "tiny-3b"),
    ("", "tiny"),
    ("tiny", ""),
    ("-latest", "tiny"),
    ("@main", "tiny"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_an_owner_a_date_or_a_revision_may_be_left_out(one, other):
    assert same_model(one, other) and same_model(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_nothing_else_may_differ(one, other):
    assert not same_model(one, other) and not same_model(other, one)


NAMES = st.from_regex(r"[a-z][a-z0-9.]{0,6}(-[a-z0-9.]{1,6}){0,3}", fullmatch=True)


@given(NAMES, NAMES, st.sampled_from(["-2024-08-06", "-20240806", "@main", "-latest", ""]), st.sampled_from(["a/", ""]))
def test_what_is_added_makes_no_two_models_one(one, other, pin, owner):
    if not same_model(one, other):
        assert not same_model(f"{owner}{one}{pin}", other) or same_model(f"{one}{pin}", other)
    assert same_model(f"{owner}{one}", one) and same_model(one.upper(), one)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_breaks_the_comparison(one, other):
    assert same_model(one, other) is same_model(other, one)
    assert same_model(one, one)


def test_a_name_that_is_published_does_not_say_where_a_model_is_kept():
    assert public_name("/home/somebody/models/tiny-3b-Q5_K_S.gguf") == "tiny-3b-Q5_K_S.gguf"
    assert public_name("C:\\Users\\somebody\\tiny-3b") == "tiny-3b"
    assert public_name("/h/models--some-lab--Tiny-3B/snapshots/0f1e2d3") == "some-lab/Tiny-3B@0f1e2d3"
    assert public_name("some-lab/tiny-3b") == "some-lab/tiny-3b"


def test_a_path_where_nothing_lies_is_no_name_of_the_hub(tmp_path):
    for name in ("lab/model", "model", str(tmp_path)):
        refuse_missing_folder(name)
    for name in (f"{tmp_path}/none", "./none", "../none", "~/no/such", "build/of/mine"):
        with pytest.raises(UserError, match=f"^no model {re.escape(name)}: no folder here; check its path$"):
            refuse_missing_folder(name)
