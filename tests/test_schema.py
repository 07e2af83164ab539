"""The tables and the ids that tie them together."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polypref import schema

TABLES = {
    name: getattr(schema, name)
    for name in ("PROMPTS", "COMPLETIONS", "RATINGS", "VERDICTS", "PAIRS", "FILTERED", "REJECTED", "PREFERENCES")
}
PARTS = st.lists(st.text(max_size=6), max_size=4)


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def test_ids_are_the_same_for_ever():
    # md5 of the JSON list of the parts, reckoned with md5sum: a released id must not change with a new version.
    assert schema.make_id("a", "b") == "4634e4a13c478a704b0bf870577a31dd"
    assert schema.prompt_id("de", [turn("user", "Grüß Gott")]) == "aeb720ff5666136dfedfc3bdeed365a2"
    assert schema.completion_id("p", "m", "r", "given", "Ναι.") == "ff4e79e01094946d45f28b93febb3d45"
    assert schema.pair_id("p", "b", "a") == "743b5aa6cd10bf910e07ea8d90ae63d6"
    assert schema.make_id("가", '"\\') == hashlib.md5('["가", "\\"\\\\"]'.encode()).hexdigest()


class Written(str):
    """A text of a class of its own, as enumerations have."""


@given(st.lists(st.text() | st.integers() | st.booleans() | st.builds(Written, st.text()), max_size=5))
@example(
    [
        "",
        '"',
        "\\",
        "\n\r\t\b\f\0\x1f\x7f",
        "\u2028\u2029",
        "\ufffe",
        "é e\u0301",
        "나",
        "שלום",
        "𝄞😀",
        10**30,
        -1,
        True,
    ]
)
@settings(deadline=None)
def test_an_id_is_the_md5_of_its_parts_as_json_whatever_they_hold(parts):
    written = json.dumps(parts, ensure_ascii=False).encode()
    assert schema.make_id(*parts) == hashlib.md5(written).hexdigest()


@given(PARTS, PARTS)
@settings(deadline=None)
def test_other_parts_give_another_id(one, other):
    assert (schema.make_id(*one) == schema.make_id(*other)) == (one == other)


@given(st.lists(st.text(alphabet='a",[]\\ ', max_size=4), min_size=1, max_size=3), st.integers(0, 12))
@settings(deadline=None)
def test_an_id_depends_on_where_a_part_ends(parts, at):
    whole = "".join(parts)
    cut = [whole[: at % (len(whole) + 1)], whole[at % (len(whole) + 1) :]]
    assert (schema.make_id(*cut) == schema.make_id(*parts)) == (cut == parts)


@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=5)), max_size=3))
@settings(deadline=None)
def test_a_prompt_id_depends_on_all_of_the_prompt(turns):
    messages = [turn(*t) for t in turns]
    same = schema.prompt_id("he", [dict(reversed(m.items())) for m in messages])
    assert schema.prompt_id("he", messages) == same
    others = {
        schema.prompt_id("ar", messages),
        schema.prompt_id("he", messages, "ar"),
        schema.prompt_id("he", [*messages, turn("user", "")]),
        *(schema.prompt_id("he", [*messages[:n], turn(m["role"], m["content"] + " ")]) for n, m in enumerate(messages)),
    }
    assert same not in others


def test_a_prompt_to_be_answered_in_another_language_is_another_prompt():
    asked = [turn("user", "Translate into Korean: hello")]
    assert schema.prompt_id("en", asked) == schema.prompt_id("en", asked, "en") == schema.prompt_id("en", asked, None)
    assert len({schema.prompt_id("en", asked), schema.prompt_id("en", asked, "ko"), schema.prompt_id("ko", asked)}) == 3


def test_a_role_is_not_a_content():
    assert schema.prompt_id("en", [turn("user", "a"), turn("b", "c")]) != schema.prompt_id(
        "en", [turn("user", "a b c")]
    )


def test_a_completion_id_depends_on_every_part():
    own = ("p", "m", "r", "given", "texto")
    ids = {schema.completion_id(*own[:n], own[n] + "x", *own[n + 1 :]) for n in range(5)}
    assert len(ids | {schema.completion_id(*own)}) == 6


@given(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))
@settings(deadline=None)
def test_a_pair_is_the_same_whichever_side_is_chosen(prompt, one, other):
    assert schema.pair_id(prompt, one, other) == schema.pair_id(prompt, other, one)
    assert schema.pair_id(prompt + "x", one, other) != schema.pair_id(prompt, one, other)


def test_prompt_text_is_what_the_user_says():
    turns = [
        turn("system", "Sei knapp."),
        turn("user", "Γεια"),
        turn("assistant", "Ναι;"),
        turn("user", "Τι ώρα είναι;"),
    ]
    assert schema.prompt_text(turns) == "Γεια\n\nΤι ώρα είναι;"
    assert schema.prompt_text([]) == ""


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_no_column_that_may_be_two_things(name):
    table: pa.Schema = TABLES[name]
    assert len(set(table.names)) == len(table.names)
    # datasets turns columns of mixed or unknown type into Json or null without a word.
    assert not any(pa.types.is_null(f.type) or pa.types.is_union(f.type) for f in table)


def test_preferences_have_the_columns_that_trainers_take_and_not_the_one_they_misread():
    published = schema.PREFERENCES
    assert "margin" not in published.names  # TRL's reward trainer subtracts it in its loss
    message = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    assert [published.field(n).type for n in ("prompt", "chosen", "rejected")] == [message] * 3
    may_be_null = {f.name for f in published if f.nullable}
    assert may_be_null == {"chosen_score", "rejected_score", "score_margin", "translator"}
    assert set(published.names) == {
        *("pair_id", "prompt_id", "group_id", "language", "response_language", "prompt", "chosen", "rejected"),
        *("chosen_id", "rejected_id", "chosen_model", "rejected_model", "chosen_route", "rejected_route"),
        *("chosen_score", "rejected_score", "score_margin", "rater", "origin", "translator", "source", "licence"),
        "flags",
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_from_parquet_with_its_schema(name, tmp_path):
    pq.write_table(TABLES[name].empty_table(), tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet").schema.equals(TABLES[name])
