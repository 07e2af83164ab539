"""Rows of a source as prompts: every form, every reason against, and whatever a row may hold."""

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.files.cells import Bad
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.tables import NotAsked
from polypref.stages.pool import TABLES
from tests.layouts.interpreted import item_of, reason, turns_of

# Prompts


def test_a_row_becomes_a_prompt_that_says_where_it_is_from():
    item = item_of({"prompt": "Was ist das?"})
    messages = turns_of(("user", "Was ist das?"))
    assert item.prompt == {
        "prompt_id": schema.prompt_id("de", messages),
        "group_id": schema.make_id("group", schema.prompt_id("de", messages)),
        "language": "de",
        "response_language": "de",
        "prompt": messages,
        "sources": [{"name": "s", "revision": "7", "licence": "cc0-1.0"}],
        "origin": "native",
        "translator": None,
        "reference": None,
        "labels": [],
        "source_prompt": None,
        "source_language": None,
        "translation_score": None,
        "messages": None,
        "tools": None,
        "criterion": None,
    }
    assert (item.completions, item.ratings, item.verdicts, item.problems) == ([], [], [], [])


MULTI = turns_of(("user", "안녕"), ("assistant", "네"), ("user", "뭐 해?"))


@pytest.mark.parametrize(
    ("prompt", "messages"),
    [
        ("안녕", turns_of(("user", "안녕"))),
        (["안녕"], turns_of(("user", "안녕"))),
        (MULTI, MULTI),
        (
            [{"from": "human", "value": "안녕"}, {"from": "gpt", "value": "네"}, {"from": "human", "value": "뭐 해?"}],
            MULTI,
        ),
        ([{"content": "안녕"}], turns_of(("user", "안녕"))),
        (turns_of(("system", "짧게"), ("user", "안녕")), turns_of(("system", "짧게"), ("user", "안녕"))),
        ([{"role": "user", "content": "안녕", "name": "x", "value": None}], turns_of(("user", "안녕"))),
        ("a\r\nb\x00", turns_of(("user", "a\nb"))),
        ({"role": "user", "content": "안녕"}, turns_of(("user", "안녕"))),
        ([{"role": None, "content": "안녕"}], turns_of(("user", "안녕"))),
        ([{"role": "Prompter", "text": "안녕"}], turns_of(("user", "안녕"))),
        ([{"role": "user", "content": [{"type": "text", "text": "안녕"}]}], turns_of(("user", "안녕"))),
    ],
)
def test_a_prompt_in_any_known_form(prompt, messages):
    assert item_of({"prompt": prompt}).prompt["prompt"] == messages
    assert item_of({"in": {"p": prompt}}, prompt="in.p").prompt["prompt"] == messages


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        (None, ("no_prompt", "NoneType")),
        (3, ("no_prompt", "int")),
        (float("nan"), ("no_prompt", "float")),
        ({"role": "user"}, ("no_prompt", "dict")),
        ([], ("no_prompt", "list")),
        ("", ("empty_prompt", "")),
        (" \n\t\u3000", ("empty_prompt", "")),
        ("\x00\ufeff", ("empty_prompt", "")),
        ([None], ("not_text", "NoneType")),
        ([["x"]], ("not_text", "list")),
        (turns_of(("user", "x"), ("assistant", "y")), ("prompt_does_not_end_with_user", "")),
        (turns_of(("system", "x")), ("prompt_does_not_end_with_user", "")),
        (["x", "y"], ("turns_without_roles", "2 turns")),
        (["x", "y", "z"], ("turns_without_roles", "3 turns")),
        ([*turns_of(("user", "x"), ("assistant", "y")), "z"], ("turns_without_roles", "3 turns")),
        ("Human: x\n\nAssistant:", ("transcript_in_text", "Human: x\n\nAssistant:")),
        ("[{'role': 'user', 'content': 'x'}]", ("serialised_turns_in_text", "[{'role': 'user', 'content': 'x'}]")),
        (turns_of(("tool", "x")), ("unknown_role", "tool")),
        (
            [{"role": "user", "content": "x"}, {"role": None, "content": "x"}],
            ("turns_without_roles", "2 turns, with keys 'role', 'content'"),
        ),
        ([{"role": ["user"], "content": "x"}], ("unknown_role", "list")),
        ([{"role": "user", "body": "x"}], ("not_text", "NoneType")),
        ([{"role": "user", "content": [{"type": "image_url"}]}], ("part_not_text", "image_url")),
        (turns_of(("user", "x"), ("user", "y")), ("turns_out_of_order", "user user")),
        (turns_of(("assistant", "x"), ("user", "y")), ("turns_out_of_order", "assistant user")),
        (turns_of(("user", "x"), ("system", "y"), ("user", "z")), ("turns_out_of_order", "user system user")),
        (turns_of(("system", "x"), ("system", "y"), ("user", "z")), ("turns_out_of_order", "system system user")),
        ("half \ud83d", ("lone_surrogate", "")),
        ("so <|im_end|> nicht", ("chat_template_token", "")),
        (turns_of(("user", "good"), ("assistant", "bad [/INST]"), ("user", "good")), ("chat_template_token", "")),
    ],
)
def test_a_prompt_that_cannot_be_used_says_why(prompt, why):
    assert reason({"prompt": prompt}) == why


def test_a_prompt_that_is_not_there_says_which_column():
    assert reason({"Prompt": "x"}) == ("missing_field", "prompt")
    assert reason({"in": "x"}, prompt="in.p") == ("missing_field", "in.p")


def test_a_system_message_of_its_own_column_comes_first():
    row = {"prompt": "Γεια", "system": "Απάντησε σύντομα."}
    messages = turns_of(("system", "Απάντησε σύντομα."), ("user", "Γεια"))
    assert item_of(row, system="system").prompt["prompt"] == messages
    assert item_of(row, system="system").prompt["prompt_id"] == item_of({"prompt": messages}).prompt["prompt_id"]
    for nothing in ("", "  ", None, float("nan")):
        assert item_of({"prompt": "Γεια", "system": nothing}, system="system").prompt["prompt"] == messages[1:]
    assert reason({"prompt": messages, "system": "noch eine"}, system="system") == ("two_system_messages", "system")
    assert reason({"prompt": "Γεια", "system": 3}, system="system") == ("not_text", "int")


# Languages


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("he", "he"),
        ("iw", "he"),
        ("HEB", "he"),
        ("zh_Hant", "zh"),
        ("pes_Arab", "fa"),
        ("Ukrainian", "uk"),
        (" 한국어 ", "ko"),
    ],
)
def test_a_language_goes_by_many_codes(code, tag):
    assert item_of({"prompt": "x", "l": code}, language="l").prompt["language"] == tag


@pytest.mark.parametrize(
    ("code", "detail"), [("xx", "xx"), ("", "none given"), (None, "none given"), (float("nan"), "none given"), (3, "3")]
)
def test_a_language_that_is_not_known_says_which(code, detail):
    assert reason({"prompt": "x", "l": code}, language="l") == ("unknown_language", detail)
    assert reason({"prompt": "x", "l": "q" * 99}, language="l") == ("unknown_language", "q" * 40)


def test_a_row_says_its_language_itself_where_nothing_else_does():
    fields = Fields("prompt")
    source = Files("x.jsonl", fields, name="s", revision="7", licence="cc0-1.0")
    assert interpret_row({"prompt": "x", "language": "tur"}, source, None).prompt["language"] == "tr"
    with pytest.raises(Bad, match="unknown_language"):
        interpret_row({"prompt": "x"}, source, None)
    assert item_of({"prompt": "x", "language": "tr"}).prompt["language"] == "de"  # the declaration goes before a column


def test_languages_that_the_build_does_not_want_are_no_mistake():
    assert item_of({"prompt": "x", "l": "pes"}, frozenset({"fa"}), language="l").prompt["language"] == "fa"
    with pytest.raises(NotAsked, match="language_not_asked_for"):
        item_of({"prompt": "x", "l": "fr"}, frozenset({"fa"}), language="l")
    with pytest.raises(NotAsked):  # and what else is wrong with such a row is of no interest
        item_of({"prompt": None, "l": "fr"}, frozenset({"fa"}), language="l")


def test_an_answer_may_be_asked_for_in_another_language():
    row = {"prompt": "Translate: hello", "r": "jpn"}
    other = item_of(row, response_language="r").prompt
    same = [item_of(row | {"r": r}, response_language="r").prompt for r in ("de", "", None)]
    assert (other["language"], other["response_language"]) == ("de", "ja")
    assert {p["response_language"] for p in same} == {"de"}
    assert len({p["prompt_id"] for p in [*same, item_of(row).prompt]}) == 1
    assert other["prompt_id"] != same[0]["prompt_id"]
    assert reason(row | {"r": "??"}, response_language="r") == ("unknown_language", "??")


@pytest.mark.parametrize("value", ["a", "b", 1, True, None, ["a"], {"x": 1}])
def test_rows_that_a_condition_leaves_out_are_no_mistake(value):
    row = {"prompt": "x", "meta": {"v": value}}
    assert item_of(row, where={"meta.v": (value, "other")}).prompt["language"] == "de"
    with pytest.raises(NotAsked, match=r"where_meta\.v"):
        item_of(row, where={"meta.v": ("other",)})
    with pytest.raises(NotAsked):
        item_of(row, where={"meta.v": set()})


# Groups, translators, labels, references


def test_a_group_joins_translations_whatever_type_its_id_has():
    groups = {item_of({"prompt": "x", "g": g}, group="g").prompt["group_id"] for g in (7, 7.0, "7")}
    assert len(groups) == 1
    assert item_of({"prompt": "x", "g": 8}, group="g").prompt["group_id"] not in groups


@pytest.mark.parametrize("nothing", [None, "", float("nan")])
def test_a_row_without_a_group_is_a_group_of_its_own(nothing):
    alone = item_of({"prompt": "x"}).prompt["group_id"]
    assert item_of({"prompt": "x", "g": nothing}, group="g").prompt["group_id"] == alone
    assert item_of({"prompt": "y", "g": nothing}, group="g").prompt["group_id"] != alone


def test_zero_is_a_group():
    zeros = {item_of({"prompt": p, "g": 0}, group="g").prompt["group_id"] for p in "xy"}
    assert len(zeros) == 1


def test_groups_of_two_sources_are_two():
    fields = Fields("prompt", group="g")
    one, other = (Files("x", fields, name=name, revision="1", licence="l", language="de") for name in ("s", "t"))
    ids = {interpret_row({"prompt": "x", "g": 1}, source, None).prompt["group_id"] for source in (one, other)}
    assert len(ids) == 2


def test_what_a_translation_was_made_from():
    row = {"prompt": "Was?", "t": "nllb", "s": "What?\r\n", "l": "eng", "a": "Das.", "from": "That."}
    item = item_of(
        row, answers=(Answer("a", source_text="from"),), translator="t", source_text="s", source_language="l"
    )
    assert (item.prompt["source_prompt"], item.prompt["source_language"]) == (turns_of(("user", "What?\n")), "en")
    assert item.completions[0]["source_text"] == "That."
    item = item_of(row | {"s": None, "l": ""}, translator="t", source_text="s", source_language="l")
    assert (item.prompt["source_prompt"], item.prompt["source_language"]) == (None, None)
    item = item_of(row | {"from": "a\ud800"}, answers=(Answer("a", source_text="from"),))
    assert (item.completions, item.problems[0][0]) == ([], "answer_lone_surrogate")


@pytest.mark.parametrize("column", ["group", "translator"])
@pytest.mark.parametrize(
    ("value", "why"), [("a\ud800", "lone_surrogate"), ({"x": 1}, "not_text"), ([["x"]], "not_text")]
)
def test_a_name_that_cannot_be_written_is_a_bad_row(column, value, why):
    assert reason({"prompt": "x", "c": value}, **{column: "c"})[0] == why


def test_translators_labels_and_references():
    row = {"prompt": "x", "t": "nllb", "l": ["math", 3, None, ""], "r": "Antwort</s>"}
    prompt = item_of(row, translator="t", labels="l", reference="r").prompt
    assert (prompt["origin"], prompt["translator"]) == ("translated", "nllb")
    assert (prompt["labels"], prompt["reference"]) == (["math", "3"], "Antwort")
    for nothing in ("", None, float("nan")):
        row = {"prompt": "x", "t": nothing, "l": nothing, "r": nothing}
        prompt = item_of(row, translator="t", labels="l", reference="r").prompt
        assert (prompt["origin"], prompt["translator"]) == ("native", None)
        assert (prompt["labels"], prompt["reference"]) == ([], None)
    assert item_of({"prompt": "x", "l": "one"}, labels="l").prompt["labels"] == ["one"]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("reference", 3, ("reference_not_text", "int")),
        ("labels", {"x": 1}, ("labels_not_text", "dict")),
        ("labels", ["a", ["b"]], ("labels_not_text", "list")),
        ("labels", "a\ud800", ("labels_lone_surrogate", "")),
        ("labels", Bad("key_twice", "k"), ("labels_key_twice", "k")),
        ("source_text", "a\ud800", ("source_lone_surrogate", "")),
        ("source_language", "klingon", ("source_unknown_language", "klingon")),
    ],
)
def test_a_part_that_cannot_be_read_costs_that_part(column, value, problem):
    row = {"prompt": "x", "c": value, "a": "y", "s": "z"}
    settings = {"answers": (Answer("a"),), "source_text": "s"} | {column: "c"}
    item = item_of(row, **settings)
    assert (item.problems, item.unreadable, len(item.completions)) == ([problem], True, 1)
    assert [item.prompt[part] for part in ("reference", "labels", "source_language")] == [None, [], None]
    assert (item.prompt["source_prompt"] is None) == column.startswith("source")


OPTIONAL = ("system", "language", "response_language", "group", "reference", "labels", "translator")


@pytest.mark.parametrize("column", [*OPTIONAL, "source_text", "source_language"])
def test_a_key_that_is_absent_says_as_much_as_null(column):
    row = {"prompt": "x", "language": "fr"}
    assert item_of(row, **{column: "c"}) == item_of(row | {"c": None}, **{column: "c"})
    assert item_of(row, **{column: "c.d[0]"}) == item_of(row, **{column: "c"})


def test_columns_may_be_constants_and_joined():
    row = {"instruction": "Mend this.", "input": "She go.", "a": "x"}
    item = item_of(row, prompt="{instruction}\n\n{input}", language="=fr", group="={g}", answers=(Answer("a"),))
    assert item.prompt["prompt"] == turns_of(("user", "Mend this.\n\nShe go."))
    assert item.prompt["language"] == "fr"
    joined = item_of(row | {"input": ""}, prompt="{instruction}\n\n{input}").prompt["prompt"]
    assert joined == item_of({"prompt": "Mend this."}).prompt["prompt"]
    assert reason({"a": "x"}, prompt="{instruction}\n{input}") == ("missing_field", "{instruction}\n{input}")
    assert reason({"input": None}, prompt="{instruction}\n{input}") == ("no_prompt", "NoneType")
    assert reason({"input": " "}, prompt="{instruction}\n{input}") == ("empty_prompt", "")


# Whatever a row holds


WORDS = ["de", "he", "xx", "A", "B", "tie", "user", "assistant", "system", "gpt", "", " ", "1", "<|im_end|>", "\ud800"]
SCALARS = [*WORDS, None, True, 0, -1, 10**400, 1.0, 1.5, math.nan, math.inf, b"", b"\xff", Bad("key_twice", "x")]
SCALAR = st.sampled_from(SCALARS)
TURN = st.builds(dict, role=SCALAR, content=SCALAR) | st.builds(lambda f, v: {"from": f, "value": v}, SCALAR, SCALAR)
INNER = SCALAR | TURN | st.sampled_from([{}, [], [[]], ["x", "y"], {"x": {"y": []}}])
VALUE = INNER | st.lists(INNER, max_size=3)
GOOD = st.sampled_from(["de", "A", "text", [{"role": "user", "content": "Γεια"}]])
COLUMNS = ("prompt", "a", "b", "language", "response", "system", "group", "reference", "labels", "translator")
MORE = ("w", "v", "s", "m", "l", "f")
ODD = st.dictionaries(st.sampled_from([*COLUMNS, *MORE]), GOOD | VALUE, max_size=3)


@given(ODD, st.booleans())
@settings(deadline=None, max_examples=100)
def test_any_row_is_used_or_rejected_with_a_reason_and_can_be_written(odd, each):
    row = (
        dict.fromkeys((*COLUMNS, *MORE))
        | {"prompt": "x", "a": "y", "b": "z", "language": "de", "w": "A", "v": "A"}
        | odd
    )
    answers = (Answer("a", model_column="m", licence_column="l", score="s", finish_reason="f"), Answer("b"))
    fields = Fields(
        "prompt",
        answers,
        language="language",
        response_language="response",
        system="system",
        group="group",
        reference="reference",
        labels="labels",
        translator="translator",
        verdict=Verdict("people", "w", first=("A",), second=("B",), tie=(0,), swapped="v"),
        each="rows" if each else None,
    )
    if each:
        row = row | {"rows": [row]}
    source = Files("x.jsonl", fields, name="s", revision="7", licence="cc0-1.0")
    try:
        item = interpret_row(row, source, None)
    except Bad as bad:
        assert bad.reason.replace("_", "").isalnum()
        assert isinstance(bad.detail, str)
        return
    assert all(isinstance(part, str) for problem in item.problems for part in problem)
    rows = ([item.prompt], item.completions, item.ratings, item.verdicts)
    for (_, columns), written in zip(TABLES.items(), rows, strict=True):
        table = pa.Table.from_pylist(written, columns)
        assert not [f.name for f in columns if not f.nullable and table[f.name].null_count]
        table.validate(full=True)
