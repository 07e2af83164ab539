"""Rows of a source as rows of the tables: every form of prompt, answer, score and verdict, and every reason against."""

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.readers import Bad
from polypref.stages.pool import TABLES
from polypref.stages.rows import Item, NotAsked, interpret
from polypref.stages.sources import Answer, Fields, Files, Verdict

TWO = (Answer("a", model="one"), Answer("b", model="two"))


def made(row: dict[str, Any], wanted: frozenset[str] | None = None, **settings: Any) -> Item:
    """The item of a row; settings are those of Fields, or `where`."""
    where = settings.pop("where", {})
    fields = Fields(settings.pop("prompt", "prompt"), settings.pop("answers", ()), **settings)
    source = Files("x.jsonl", fields, name="s", revision="7", licence="cc0-1.0", language="de", where=where)
    return interpret(row, source, wanted)


def reason(row: dict[str, Any], **settings: Any) -> tuple[str, str]:
    """Why a row is rejected."""
    with pytest.raises(Bad) as error:
        made(row, **settings)
    return error.value.reason, error.value.detail


def said(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


# Prompts


def test_a_row_becomes_a_prompt_that_says_where_it_is_from():
    item = made({"prompt": "Was ist das?"})
    messages = said(("user", "Was ist das?"))
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
    }
    assert (item.completions, item.ratings, item.verdicts, item.problems) == ([], [], [], [])


MULTI = said(("user", "안녕"), ("assistant", "네"), ("user", "뭐 해?"))


@pytest.mark.parametrize(
    ("prompt", "messages"),
    [
        ("안녕", said(("user", "안녕"))),
        (["안녕", "네", "뭐 해?"], MULTI),
        (MULTI, MULTI),
        (
            [{"from": "human", "value": "안녕"}, {"from": "gpt", "value": "네"}, {"from": "human", "value": "뭐 해?"}],
            MULTI,
        ),
        ([{"content": "안녕"}, {"content": "네"}, {"content": "뭐 해?"}], MULTI),
        (said(("system", "짧게"), ("user", "안녕")), said(("system", "짧게"), ("user", "안녕"))),
        ([{"role": "user", "content": "안녕", "name": "x", "value": None}], said(("user", "안녕"))),
        ("a\r\nb\x00", said(("user", "a\nb"))),
    ],
)
def test_a_prompt_in_any_known_form(prompt, messages):
    assert made({"prompt": prompt}).prompt["prompt"] == messages
    assert made({"in": {"p": prompt}}, prompt="in.p").prompt["prompt"] == messages


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        (None, ("no_prompt", "NoneType")),
        (3, ("no_prompt", "int")),
        (float("nan"), ("no_prompt", "float")),
        ({"role": "user", "content": "x"}, ("no_prompt", "dict")),
        ([], ("no_prompt", "list")),
        ("", ("empty_prompt", "")),
        (" \n\t\u3000", ("empty_prompt", "")),
        ("\x00\ufeff", ("empty_prompt", "")),
        ([None], ("not_text", "NoneType")),
        ([["x"]], ("not_text", "list")),
        (said(("user", "x"), ("assistant", "y")), ("prompt_does_not_end_with_user", "")),
        (said(("system", "x")), ("prompt_does_not_end_with_user", "")),
        (["x", "y"], ("prompt_does_not_end_with_user", "")),
        (said(("tool", "x")), ("unknown_role", "tool")),
        ([{"role": None, "content": "x"}], ("unknown_role", "None")),
        ([{"role": ["user"], "content": "x"}], ("unknown_role", "list")),
        ([{"role": "user", "text": "x"}], ("not_text", "NoneType")),
        (said(("user", "x"), ("user", "y")), ("turns_out_of_order", "user user")),
        (said(("assistant", "x"), ("user", "y")), ("turns_out_of_order", "assistant user")),
        (said(("user", "x"), ("system", "y"), ("user", "z")), ("turns_out_of_order", "user system user")),
        (said(("system", "x"), ("system", "y"), ("user", "z")), ("turns_out_of_order", "system system user")),
        ("half \ud83d", ("lone_surrogate", "")),
        ("so <|im_end|> nicht", ("chat_template_token", "")),
        (["good", "bad [/INST]", "good"], ("chat_template_token", "")),
    ],
)
def test_a_prompt_that_cannot_be_used_says_why(prompt, why):
    assert reason({"prompt": prompt}) == why


def test_a_prompt_that_is_not_there_says_which_column():
    assert reason({"Prompt": "x"}) == ("missing_field", "prompt")
    assert reason({"in": "x"}, prompt="in.p") == ("missing_field", "in.p")


def test_a_system_message_of_its_own_column_comes_first():
    row = {"prompt": "Γεια", "system": "Απάντησε σύντομα."}
    messages = said(("system", "Απάντησε σύντομα."), ("user", "Γεια"))
    assert made(row, system="system").prompt["prompt"] == messages
    assert made(row, system="system").prompt["prompt_id"] == made({"prompt": messages}).prompt["prompt_id"]
    for nothing in ("", "  ", None, float("nan")):
        assert made({"prompt": "Γεια", "system": nothing}, system="system").prompt["prompt"] == messages[1:]
    assert reason({"prompt": messages, "system": "noch eine"}, system="system") == ("two_system_messages", "system")
    assert reason({"prompt": "Γεια", "system": 3}, system="system") == ("not_text", "int")
    assert reason({"prompt": "Γεια"}, system="system") == ("missing_field", "system")


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
    assert made({"prompt": "x", "l": code}, language="l").prompt["language"] == tag


@pytest.mark.parametrize(
    ("code", "detail"), [("xx", "xx"), ("", "none given"), (None, "none given"), (float("nan"), "none given"), (3, "3")]
)
def test_a_language_that_is_not_known_says_which(code, detail):
    assert reason({"prompt": "x", "l": code}, language="l") == ("unknown_language", detail)
    assert reason({"prompt": "x", "l": "q" * 99}, language="l") == ("unknown_language", "q" * 40)


def test_a_row_says_its_language_itself_where_nothing_else_does():
    fields = Fields("prompt")
    source = Files("x.jsonl", fields, name="s", revision="7", licence="cc0-1.0")
    assert interpret({"prompt": "x", "language": "tur"}, source, None).prompt["language"] == "tr"
    with pytest.raises(Bad, match="unknown_language"):
        interpret({"prompt": "x"}, source, None)
    assert made({"prompt": "x", "language": "tr"}).prompt["language"] == "de"  # the declaration goes before a column


def test_languages_that_the_build_does_not_want_are_no_mistake():
    assert made({"prompt": "x", "l": "pes"}, frozenset({"fa"}), language="l").prompt["language"] == "fa"
    with pytest.raises(NotAsked, match="language_not_asked_for"):
        made({"prompt": "x", "l": "fr"}, frozenset({"fa"}), language="l")
    with pytest.raises(NotAsked):  # and what else is wrong with such a row is of no interest
        made({"prompt": None, "l": "fr"}, frozenset({"fa"}), language="l")


def test_an_answer_may_be_asked_for_in_another_language():
    row = {"prompt": "Translate: hello", "r": "jpn"}
    other = made(row, response_language="r").prompt
    same = [made(row | {"r": r}, response_language="r").prompt for r in ("de", "", None)]
    assert (other["language"], other["response_language"]) == ("de", "ja")
    assert {p["response_language"] for p in same} == {"de"}
    assert len({p["prompt_id"] for p in [*same, made(row).prompt]}) == 1
    assert other["prompt_id"] != same[0]["prompt_id"]
    assert reason(row | {"r": "??"}, response_language="r") == ("unknown_language", "??")


@pytest.mark.parametrize("value", ["a", "b", 1, True, None, ["a"], {"x": 1}])
def test_rows_that_a_condition_leaves_out_are_no_mistake(value):
    row = {"prompt": "x", "meta": {"v": value}}
    assert made(row, where={"meta.v": (value, "other")}).prompt["language"] == "de"
    with pytest.raises(NotAsked, match=r"where_meta\.v"):
        made(row, where={"meta.v": ("other",)})
    with pytest.raises(NotAsked):
        made(row, where={"meta.v": set()})


def test_a_condition_on_a_column_that_is_not_there_is_a_mistake():
    assert reason({"prompt": "x"}, where={"lang": ("de",)}) == ("missing_field", "lang")


# Groups, translators, labels, references


def test_a_group_joins_translations_whatever_type_its_id_has():
    groups = {made({"prompt": "x", "g": g}, group="g").prompt["group_id"] for g in (7, 7.0, "7")}
    assert len(groups) == 1
    assert made({"prompt": "x", "g": 8}, group="g").prompt["group_id"] not in groups


@pytest.mark.parametrize("nothing", [None, "", float("nan")])
def test_a_row_without_a_group_is_a_group_of_its_own(nothing):
    alone = made({"prompt": "x"}).prompt["group_id"]
    assert made({"prompt": "x", "g": nothing}, group="g").prompt["group_id"] == alone
    assert made({"prompt": "y", "g": nothing}, group="g").prompt["group_id"] != alone


def test_zero_is_a_group():
    zeros = {made({"prompt": p, "g": 0}, group="g").prompt["group_id"] for p in "xy"}
    assert len(zeros) == 1


def test_groups_of_two_sources_are_two():
    fields = Fields("prompt", group="g")
    one, other = (Files("x", fields, name=name, revision="1", licence="l", language="de") for name in ("s", "t"))
    ids = {interpret({"prompt": "x", "g": 1}, source, None).prompt["group_id"] for source in (one, other)}
    assert len(ids) == 2


def test_what_a_translation_was_made_from():
    row = {"prompt": "Was?", "t": "nllb", "s": "What?\r\n", "l": "eng", "a": "Das.", "from": "That."}
    item = made(row, answers=(Answer("a", source_text="from"),), translator="t", source_text="s", source_language="l")
    assert (item.prompt["source_prompt"], item.prompt["source_language"]) == (said(("user", "What?\n")), "en")
    assert item.completions[0]["source_text"] == "That."
    item = made(row | {"s": None, "l": ""}, translator="t", source_text="s", source_language="l")
    assert (item.prompt["source_prompt"], item.prompt["source_language"]) == (None, None)
    assert reason(row | {"l": "klingon"}, source_language="l") == ("unknown_language", "klingon")
    assert reason(row | {"s": "a\ud800"}, source_text="s")[0] == "lone_surrogate"
    item = made(row | {"from": "a\ud800"}, answers=(Answer("a", source_text="from"),))
    assert (item.completions, item.problems[0][0]) == ([], "answer_lone_surrogate")


@pytest.mark.parametrize("column", ["group", "translator", "labels"])
@pytest.mark.parametrize(
    ("value", "why"), [("a\ud800", "lone_surrogate"), ({"x": 1}, "not_text"), ([["x"]], "not_text")]
)
def test_a_name_that_cannot_be_written_is_a_bad_row(column, value, why):
    assert reason({"prompt": "x", "c": value}, **{column: "c"})[0] == why


def test_translators_labels_and_references():
    row = {"prompt": "x", "t": "nllb", "l": ["math", 3, None, ""], "r": "Antwort</s>"}
    prompt = made(row, translator="t", labels="l", reference="r").prompt
    assert (prompt["origin"], prompt["translator"]) == ("translated", "nllb")
    assert (prompt["labels"], prompt["reference"]) == (["math", "3"], "Antwort")
    for nothing in ("", None, float("nan")):
        row = {"prompt": "x", "t": nothing, "l": nothing, "r": nothing}
        prompt = made(row, translator="t", labels="l", reference="r").prompt
        assert (prompt["origin"], prompt["translator"]) == ("native", None)
        assert (prompt["labels"], prompt["reference"]) == ([], None)
    assert made({"prompt": "x", "l": "one"}, labels="l").prompt["labels"] == ["one"]
    assert reason({"prompt": "x", "r": 3}, reference="r") == ("not_text", "int")


# Answers


def test_answers_of_a_row():
    item = made({"prompt": "Was?", "a": "Das.\r\n", "b": "Dies.</s>"}, answers=TWO)
    prompt = item.prompt["prompt_id"]
    assert item.completions == [
        {
            "completion_id": schema.completion_id(prompt, model, "unknown", "given", text),
            "prompt_id": prompt,
            "model": model,
            "model_revision": "unknown",
            "model_licence": "unknown",
            "route": "given",
            "text": text,
            "source_text": None,
            "translator": None,
            "system": None,
            "finish_reason": None,
            "tokens": None,
            "sampling": None,
        }
        for model, text in (("one", "Das.\n"), ("two", "Dies."))
    ]
    assert item.problems == []


def test_what_is_known_of_a_model_comes_from_columns_too():
    answer = Answer(
        "o.text",
        model_column="o.model",
        revision="r2",
        licence_column="o.licence",
        finish_reason="o.stop",
        route="direct",
    )
    known = {"text": "はい", "model": "org/m", "licence": "mit", "stop": "length"}
    (one,) = made({"prompt": "x", "o": known}, answers=(answer,)).completions
    assert (one["model"], one["model_revision"], one["model_licence"]) == ("org/m", "r2", "mit")
    assert (one["route"], one["finish_reason"]) == ("direct", "length")
    nothing = {"text": "はい", "model": None, "licence": None, "stop": None}
    (one,) = made({"prompt": "x", "o": nothing}, answers=(answer,)).completions
    assert (one["model"], one["model_licence"], one["finish_reason"]) == ("unknown", "unknown", None)


def test_a_list_of_answers_in_one_column():
    outputs = [{"m": "a", "t": "eins", "s": "4"}, {"m": "b", "t": "zwei", "s": 2}, {"m": "c", "t": "drei", "s": None}]
    answers = (Answer("t", model_column="m", score="s", rater="people"),)
    item = made({"prompt": "x", "outputs": outputs}, each="outputs", answers=answers)
    assert [(c["model"], c["text"]) for c in item.completions] == [("a", "eins"), ("b", "zwei"), ("c", "drei")]
    assert [(r["score"], r["rater"]) for r in item.ratings] == [(4.0, "people"), (2.0, "people")]
    assert item.problems == [("score_not_a_number", "None")]
    assert made({"prompt": "x", "outputs": []}, each="outputs", answers=answers).completions == []
    for outputs, why in (
        ({"m": "a"}, ("answers_not_a_list", "outputs")),
        (None, ("answers_not_a_list", "outputs")),
        (["text"], ("missing_field", "t")),
        ([{"m": "a"}], ("missing_field", "t")),
    ):
        assert reason({"prompt": "x", "outputs": outputs}, each="outputs", answers=answers) == why


@pytest.mark.parametrize(
    "answer",
    [
        said(("user", "Τι;"), ("assistant", "Αυτό.")),
        said(("system", "s"), ("user", "Τι;"), ("assistant", "Αυτό.")),
        said(("assistant", "Αυτό.")),
        [{"from": "human", "value": "Τι;"}, {"from": "gpt", "value": "Αυτό."}],
        [{"content": "Τι;"}, {"content": "Αυτό."}],
        [{"content": "Αυτό."}],
        ["Τι;", {"role": "assistant", "content": "Αυτό."}],
        "Αυτό.",
    ],
)
def test_a_chosen_answer_may_be_a_conversation_that_ends_in_it(answer):
    (one,) = made({"prompt": "Τι;", "a": answer}, answers=TWO[:1]).completions
    assert one["text"] == "Αυτό."


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (said(("user", "Τι;"), ("assistant", "Αυτό."), ("user", "Γιατί;")), "answer_of_the_user"),
        (said(("system", "s")), "answer_of_the_system"),
        (said(("user", "Τι;"), ("assistant", "Α"), ("user", "Γ;"), ("assistant", "Δ")), "answer_to_another_prompt"),
        (said(("user", "Τι;"), ("tool", "x")), "answer_unknown_role"),
        ([{"role": "assistant"}], None),
        ([{"role": "assistant", "content": ["x"]}], "answer_not_text"),
        ([], "answer_not_text"),
        (["eins", "zwei"], "answer_not_text"),
        (3, "answer_not_text"),
        (True, "answer_not_text"),
        ({"text": "x"}, "answer_not_text"),
        ("halb \ud83d", "answer_lone_surrogate"),
        ("ein <|im_start|> mitten", "answer_chat_template_token"),
    ],
)
def test_an_answer_that_cannot_be_used_leaves_the_others(answer, why):
    item = made({"prompt": "Τι;", "a": answer, "b": "Αυτό."}, answers=TWO)
    if why is None:
        assert [c["text"] for c in item.completions] == ["", "Αυτό."]
    else:
        assert [c["model"] for c in item.completions] == ["two"]
        assert [(r, d.split()[0]) for r, d in item.problems] == [(why, "one")]


@pytest.mark.parametrize("empty", ["", None, float("nan"), " \n\t", "\u3000", "<|im_end|>"])
def test_an_empty_answer_is_kept_for_the_count_of_empty_answers(empty):
    (one,) = made({"prompt": "x", "a": empty}, answers=TWO[:1]).completions
    assert one["text"].strip() == ""


# Scores


@pytest.mark.parametrize(
    ("value", "score"), [(1, 1.0), (-0.5, -0.5), ("7.25", 7.25), ("1e3", 1000.0), (" 3 ", 3.0), (0, 0.0)]
)
def test_a_score_is_a_number_or_says_one(value, score):
    item = made({"prompt": "x", "a": "y", "s": value}, answers=(Answer("a", score="s", rater="people"),))
    (rating,) = item.ratings
    assert (rating["score"], rating["rater"]) == (score, "people")
    assert rating["completion_id"] == item.completions[0]["completion_id"]
    assert rating["prompt_id"] == item.prompt["prompt_id"]


@pytest.mark.parametrize(
    "value",
    [None, "", "good", True, False, math.nan, math.inf, -math.inf, "nan", "inf", 10**400, [1], {"s": 1}, "4/5"],
)
def test_what_is_no_score_leaves_the_answer_unrated_and_counted(value):
    item = made({"prompt": "x", "a": "y", "s": value}, answers=(Answer("a", score="s"),))
    assert (len(item.completions), item.ratings) == (1, [])
    assert [r for r, _ in item.problems] == ["score_not_a_number"]


def test_scores_stand_by_their_own_answers():
    row = {"prompt": "x", "a": "gut", "b": "schlecht", "sa": 2, "sb": 1}
    item = made(row, answers=(Answer("a", score="sa"), Answer("b", score="sb")))
    texts = {c["completion_id"]: c["text"] for c in item.completions}
    assert {texts[r["completion_id"]]: r["score"] for r in item.ratings} == {"gut": 2.0, "schlecht": 1.0}


# Verdicts


def verdict(row: dict[str, Any], **settings: Any) -> str:
    item = made({"prompt": "x", "a": "eins", "b": "zwei"} | row, answers=TWO, verdict=Verdict("people", **settings))
    (found,) = item.verdicts
    assert (found["completion_a"], found["completion_b"]) == tuple(c["completion_id"] for c in item.completions)
    assert found["rater"] == "people"
    return str(found["preferred"])


def test_without_a_column_the_first_answer_is_the_preferred_one():
    assert verdict({}) == "a"


@pytest.mark.parametrize(
    ("value", "side"),
    [
        ("A", "a"),
        ("model_1", "a"),
        (1, "a"),
        (1.0, "a"),
        ("B", "b"),
        (" b ", "b"),
        (2, "b"),
        ("tie", "tie"),
        (0, "tie"),
    ],
)
def test_a_verdict_names_a_side(value, side):
    assert verdict({"w": value}, column="w") == side
    own = {"first": (1,), "second": (2.0,), "tie": ("both",)}
    if value in (1, 2):
        assert verdict({"w": str(value).removesuffix(".0")}, column="w", **own) == side


@pytest.mark.parametrize("value", ["", None, math.nan, "a tie", "AB", "error", 3, True, "-1"])
def test_a_verdict_that_names_no_side_is_a_bad_row(value):
    row = {"prompt": "x", "a": "eins", "b": "zwei", "w": value}
    assert reason(row, answers=TWO, verdict=Verdict("people", "w"))[0] == "unknown_verdict"


@pytest.mark.parametrize(
    ("first", "second", "by_name", "by_place"),
    [
        ("A", "A", "a", "disagreement"),
        ("A", "B", "disagreement", "a"),
        ("B", "A", "disagreement", "b"),
        ("B", "B", "b", "disagreement"),
        ("tie", "tie", "tie", "tie"),
        ("A", "tie", "disagreement", "disagreement"),
        ("tie", "B", "disagreement", "disagreement"),
    ],
)
def test_verdicts_in_two_orders_agree_or_not(first, second, by_name, by_place):
    row = {"w": first, "v": second}
    assert verdict(row, column="w", swapped="v") == by_name
    assert verdict(row, column="w", swapped="v", swapped_names_position=True) == by_place


def test_a_verdict_needs_two_answers():
    rule = Verdict("people")
    for row, answers, usable in (
        ({"a": "eins"}, TWO[:1], "1 usable"),
        ({"a": "eins", "b": 3}, TWO, "1 usable"),
        ({"a": "eins", "b": "zwei", "c": "drei"}, (*TWO, Answer("c")), "3 usable"),
    ):
        item = made({"prompt": "x"} | row, answers=answers, verdict=rule)
        assert item.verdicts == []
        assert ("verdict_without_two_answers", usable) in item.problems


def test_a_verdict_on_a_list_of_answers():
    row = {"prompt": "x", "o": [{"t": "eins"}, {"t": "zwei"}], "w": "B"}
    item = made(row, each="o", answers=(Answer("t"),), verdict=Verdict("people", "w"))
    assert item.verdicts[0]["preferred"] == "b"


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
        verdict=Verdict("people", "w", swapped="v"),
        each="rows" if each else None,
    )
    if each:
        row = row | {"rows": [row]}
    source = Files("x.jsonl", fields, name="s", revision="7", licence="cc0-1.0")
    try:
        item = interpret(row, source, None)
    except Bad as bad:
        assert bad.reason.replace("_", "").isalnum()
        assert isinstance(bad.detail, str)
        return
    assert all(isinstance(part, str) for problem in item.problems for part in problem)
    rows = ([item.prompt], item.completions, item.ratings, item.verdicts)
    for (_, columns), found in zip(TABLES.items(), rows, strict=True):
        table = pa.Table.from_pylist(found, columns)
        assert not [f.name for f in columns if not f.nullable and table[f.name].null_count]
        table.validate(full=True)
