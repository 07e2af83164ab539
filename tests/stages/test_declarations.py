"""Where rows cannot be read for want of a declaration, the sentence names it."""

import pytest

from polypref.layouts.sources import Answer, Fields, Files
from polypref.layouts.transcripts import TRANSCRIPT
from polypref.stages.bad_rows import too_many_bad, unread_reasons
from polypref.stages.counts import Funnel
from polypref.stages.declarations import declaration_advice, declaration_for, thought_advice
from tests.layouts.interpreted import item_of, reason, turns_of

SOURCE = Files("a.jsonl", Fields("prompt"), "s", "1", "MIT", language="de")


def test_the_role_that_was_met_is_named():
    assert declaration_for("unknown_role", "Bot").endswith("Fields(..., roles={'Bot': 'assistant'})")
    assert "{'Bot': 'assistant'}" in declaration_for("answer_unknown_role", "model-7 Bot")
    assert "{'bot': 'assistant'}" in declaration_for("unknown_role")


def test_a_conversation_in_the_column_of_the_prompt():
    answers = (Answer("chosen"), Answer("rejected"))
    fields = [Fields("chosen", answers), Fields("prompt", answers)]
    sources = [Files("a.jsonl", one, "s", "1", "MIT", language="de") for one in fields]
    same, other = (declaration_advice(source, "prompt_does_not_end_with_user", "") for source in sources)
    assert "Fields(prompt=None, ...)" in same and "'chosen'" in same and other == ""


@pytest.mark.parametrize("why", ["no_prompt", "missing_field", "text_before_first_turn"])
def test_what_no_declaration_helps(why):
    assert declaration_for(why) == declaration_advice(SOURCE, why, "x") == ""


def test_messages_in_no_tree_are_cured_by_the_whole_file_or_the_columns_of_the_ids():
    assert "give the whole file, as trees are put together in one file" in declaration_for("parent_not_in_tree", "x")
    assert "layouts.Tree(..., tree=...)" in declaration_for("message_without_an_id_of_its_own")
    assert "hold true or false" in declaration_for("neither_true_nor_false", "gone is 'x'")


TWICE = turns_of(("user", "a"), ("assistant", "b"), ("assistant", "c"))
BARE = [{"speaker": "user", "utterance": one} for one in "ab"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"prompt": "Human: a\n\nAssistant:"}, "transcript=layouts.Transcript("),
        ({"prompt": repr(TWICE[:1])}, "serialised=True"),
        ({"prompt": [{"role": "bot", "content": "a"}]}, "roles={'bot': 'assistant'}"),
        ({"prompt": BARE}, "the turns have the keys 'speaker', 'utterance': name that of whose turn it is"),
        ({"prompt": ["a", "b"]}, "questions alone, without the answers between them, are no conversation"),
    ],
)
def test_the_sentence_that_stops_a_build_names_what_may_be_declared(row, words):
    why, detail = reason(row)
    funnel = Funnel()
    funnel["de", "rejected", why] += 1
    error = too_many_bad(SOURCE, 1, 1, 0.05, [("de", "a.jsonl:1", why, detail)], unread_reasons(funnel))
    assert words in str(error) and str(error).endswith("raise max_bad (--max-bad)")


def test_what_an_answer_lacks_is_named_too():
    (problem,) = item_of({"prompt": "a", "a": TWICE}, answers=(Answer("a"),)).problems
    assert "final_turns='joined'" in declaration_for(*problem)


def test_thoughts_in_answers_are_kept_where_it_is_declared():
    (problem,) = item_of({"prompt": "a", "a": "<think>Hm</think>Ja."}, answers=(Answer("a"),)).problems
    assert "Fields(..., thoughts='kept')" in declaration_for(*problem) == thought_advice("read")
    assert "Complete(..., thoughts='kept')" in thought_advice("complete")


def test_the_label_that_a_transcript_begins_with_is_named():
    assert "transcript=layouts.Transcript(user=('用户',), assistant=(...))" in declaration_for(
        TRANSCRIPT, "用户：一个湖。 助手："
    )
    assert "user=('Human',), assistant=('Assistant',)" in declaration_for(TRANSCRIPT, "Human: A lake?")
    assert "user=('Human',), assistant=('Assistant',)" in declaration_for(TRANSCRIPT, "[|User|] A lake?")


def test_printed_turns_that_are_declared_and_cannot_be_parsed_are_not_to_be_declared():
    declared = Files("a.jsonl", Fields("prompt", serialised=True), "s", "1", "MIT", language="de")
    sentences = [declaration_advice(source, "answer_serialised_turns_in_text", "[{") for source in (SOURCE, declared)]
    assert "Fields(..., serialised=True)" in sentences[0]
    assert "serialised=True" not in sentences[1] and "save the column as JSON (json.dumps)" in sentences[1]


def test_turns_of_tools_and_thoughts_name_what_to_declare():
    for word in ("tool", "m Observation", "function_call"):
        assert "Fields(..., tools='read')" in declaration_for("answer_unknown_role", word)
    assert declaration_for("answer_tool_calls_not_read") == declaration_for("unknown_role", "tool")
    assert "'cut'" in declaration_for("thought_in_text")


@pytest.mark.parametrize(
    ("reason", "detail", "words"),
    [
        ("unknown_verdict", "list", "name it in each, and what its items hold in column"),
        ("answer_not_text", "list", "Answer(..., side='chosen') and Answer(..., side='rejected')"),
        ("answer_not_text", "some model list", "side='chosen'"),
        ("no_winner", "", "layouts.OneHot(..., tie='tied')"),
        ("not_a_ranking", "int", "layouts.Ranking(..., best_only=True)"),
    ],
)
def test_what_stands_in_lists_says_how_it_is_declared(reason, detail, words):
    assert words in declaration_for(reason, detail)


def test_a_label_that_is_none_is_no_list():
    assert declaration_for("unknown_verdict", "'7' (known: 'A')") == declaration_for("answer_not_text", "int") == ""


@pytest.mark.parametrize(("why", "words"), [("answers_not_a_list", "serialised=True"), ("not_a_ranking", "best first")])
def test_lists_in_another_form_say_what_is_read(why, words):
    assert words in declaration_for(why)
