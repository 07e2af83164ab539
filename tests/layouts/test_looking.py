"""Which layouts fit some rows, and what became of every column."""

import pytest

from polypref import layout
from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts import looking
from polypref.layouts.looking import (
    answered_later,
    fit_of,
    fitting_layouts,
    some_rows,
    unread_in_words,
    why_after,
    without_repeats,
)
from polypref.layouts.named import NamedLayout, layout_names
from polypref.layouts.row_columns import columns_of_rows
from polypref.layouts.sources import Answer, Fields, Rounds, Tree, Verdict

CHOSEN = NamedLayout(
    Fields("prompt", (Answer("chosen"), Answer("rejected")), verdict=Verdict("x")), name="plain", better="`chosen`."
)
ROW = {"prompt": "Q?", "chosen": "Good.", "rejected": "Bad."}


def lines(*rows):
    return [Line(f"row {number}", row) for number, row in enumerate(rows, 1)]


def fit(one, *rows, language=""):
    held = lines(*rows)
    return fit_of(held, columns_of_rows(line.row for line in held), one, language)


def test_a_fit_counts_what_is_read_and_why_the_rest_is_not():
    one = fit(CHOSEN, ROW, Bad("not_json"), ROW | {"prompt": 7}, ROW | {"chosen": [1]}, ROW | {"prompt": "Q2?"})
    assert (one.rows, one.read) == (5, 2)
    assert one.reasons == {"not_json": 1, "no_prompt": 1, "answer_not_text": 1}
    assert [(sample.where, sample.better, sample.worse) for sample in one.samples] == [
        ("row 1", ("Good.",), ("Bad.",)),
        ("row 5", ("Good.",), ("Bad.",)),
    ]


def test_rows_that_cannot_be_read_are_named_with_what_to_do():
    bad = Bad("not_utf8", "line 2, as in an 8-bit encoding")
    assert unread_in_words(lines(ROW), True) == ""
    words = unread_in_words(lines(ROW, bad, bad, Bad("not_json")), True)
    assert words.startswith(
        "of the first 4 rows 3 cannot be read (not_utf8 2, first at row 2 (line 2, as in an 8-bit encoding); not_json "
        "1, first at row 4): the file seems to be in an encoding of Windows"
    )
    with pytest.raises(UserError, match=r"^none of the 2 rows can be read \(not_utf8 2.*save it as UTF-8"):
        some_rows(lines(bad, bad))
    assert unread_in_words(lines(Bad("not_json")), False).endswith(": mend them, or get the file again")


def test_turns_are_not_first_read_as_transcripts():
    turns = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]
    rows = lines({"chosen": turns, "rejected": [turns[0], {"role": "assistant", "content": "B."}]})
    fits = fitting_layouts(rows, columns_of_rows(line.row for line in rows), map(layout, layout_names()))
    assert [fit.layout.name for fit in fits][:2] == ["trl_implicit", "hh_rlhf"]
    kept, alike = without_repeats(fits)
    assert [fit.layout.name for fit in kept] == ["trl_implicit"]
    assert alike == {"hh_rlhf": "trl_implicit: it is made for conversations that are written into one text"}


def test_layouts_that_read_the_same_are_shown_once_and_of_others_it_is_known_why_they_come_later():
    turned = Fields("prompt", (Answer("rejected"), Answer("chosen")), verdict=Verdict("x"))
    prompts = NamedLayout(Fields("prompt"), name="prompts")
    part = NamedLayout(Fields("question", CHOSEN.fields.answers, verdict=Verdict("x")), name="part")
    named = [
        CHOSEN,
        NamedLayout(CHOSEN.fields, name="set", evaluation_set=True),
        NamedLayout(turned, name="turned"),
        part,
    ]
    rows = lines(ROW | {"question": "Q?"}, ROW | {"prompt": "R?"})
    fits = fitting_layouts(rows, columns_of_rows(line.row for line in rows), named)
    kept, alike = without_repeats(fits)
    assert [one.layout.name for one in kept] == ["plain", "turned", "part"]
    assert alike == {"set": "plain: it is made for an evaluation set"}
    assert why_after(kept[1], kept[0]) == ""
    assert why_after(kept[2], kept[0]) == "it reads 1 of 2 rows, plain 2"
    more = Fields("prompt", (Answer("chosen", model_column="question"), Answer("rejected")), verdict=Verdict("x"))
    first = fit_of(rows, columns_of_rows(line.row for line in rows), NamedLayout(more, name="more"))
    assert why_after(kept[0], first) == "it leaves question unread"
    alone = fit_of(rows, columns_of_rows(line.row for line in rows), prompts)
    assert why_after(alone, first) == "it reads prompts alone"


def test_of_trees_answered_messages_are_counted_and_every_message_is_something():
    def message(number, parent, role="assistant", **more):
        own = {"message_id": str(number), "parent_id": parent, "message_tree_id": "t", "role": role, "lang": "he"}
        return own | {"text": f"text {number}", "rank": None, "deleted": False} | more

    rows = [
        message(1, None, "prompter"),
        *(message(n, "1", rank=n) for n in (2, 3)),
        message(4, "1", deleted=True),
        message(5, "4", "prompter"),  # below what is deleted
        message(6, "2", "prompter"),  # nobody answered
        message(7, "3", "prompter"),
        message(8, "7"),  # without a rank
        message(9, "gone"),
        Bad("not_json"),
    ]
    one = fit(layout("oasst_messages"), *rows)
    assert (one.units, one.read, one.counted, one.held) == ("answered messages", 1, 2, len(rows))
    assert one.messages == {
        "with answers": 2, "answers to these": 3, "by prompter without an answer": 1, "deleted_message": 1,
        "below_message_left_out": 1, "parent_not_in_tree": 1, "not_json": 1,
    }  # fmt: skip
    assert sum(one.messages.values()) == len(rows)
    units = {reason: one.other_units.get(reason, one.units) for reason in one.reasons}
    assert units == {
        "not_rated": "answered messages", "deleted_message": "messages", "below_message_left_out": "messages",
        "parent_not_in_tree": "messages", "not_json": "rows",
    }  # fmt: skip


def test_rows_that_are_no_trees_are_counted_as_rows():
    one = fit(CHOSEN, ROW, Bad("not_json"))
    assert (one.units, one.counted, one.held, one.other_units, one.messages) == ("rows", 2, 2, {}, {})


def test_rows_that_where_leaves_out_are_counted():
    one = fit(NamedLayout(CHOSEN.fields, where={"turn": [1]}), ROW | {"turn": 1}, ROW | {"turn": 2, "prompt": "R?"})
    assert (one.rows, one.read, one.reasons) == (2, 1, {"where_turn": 1})
    assert one.meaning["turn"] == "where"


def test_three_comparisons_are_shown_those_first_that_say_which_is_better():
    rated = NamedLayout(Fields("q", (Answer("a", score="s"),)), rule="best_vs_worst")
    rows = [{"q": f"Q{n}?", "a": "A.", "s": 1} for n in range(4)]
    one = fit(rated, *rows, {"q": "Q9?", "a": "High.", "s": 3}, {"q": "Q9?", "a": "Low.", "s": 2})
    assert len(one.samples) == 3 and one.read == 6
    assert (one.samples[0].better, one.samples[0].worse) == (("High.",), ("Low.",))


def test_it_is_said_of_every_column_what_becomes_of_it():
    row = {
        "q": {"text": "Q?", "lang": "de"},
        "answers": [{"a": "A.", "s": 1, "why": "x"}, {"a": "B.", "s": 2}],
        "id": 1,
    }
    declared = Fields(
        "{q.text}\n{hint}", (Answer("a", score="s"),), each="answers", language="q.lang", group="=all", labels="tags"
    )
    one = fit(NamedLayout(declared), row)
    assert one.meaning == {
        "q.text": "prompt",
        "q.lang": "language",
        "answers": "each",
        "answers[].a": "answers[0].text",
        "answers[].s": "answers[0].score",
        "answers[].why": "",
        "id": "",
    }
    assert one.absent == ("tags",)


def test_bare_values_of_lists_are_shown_and_named():
    row = {"q": "Q?", "answers": ["A.", "B."], "votes": ["x", "y", "x"], "won": True}
    assert {one.name: (one.kinds, one.values) for one in columns_of_rows([row])} == {
        "q": ("text", ("Q?",)),
        "answers": ("list", ()),
        "answers[]": ("text", ("A.",)),
        "votes": ("list", ()),
        "votes[]": ("text", ("x", "y")),
        "won": ("true or false", ("True",)),
    }
    verdict = Verdict("p", ".", first=("x",), second=("y",), each="votes")
    one = fit(NamedLayout(Fields("q", (Answer("."),), each="answers", verdict=verdict)), row)
    assert (one.read, one.absent) == (1, ())
    assert (one.meaning["answers[]"], one.meaning["votes[]"]) == ("answers[0].text", "verdict.column")


def test_of_turns_only_their_role_and_content_are_read():
    row = {"talk": [{"from": "human", "value": "Q?", "weight": 1}], "good": {"from": "gpt", "value": "A."}, "bad": "B."}
    one = fit(NamedLayout(Fields("talk", (Answer("good"), Answer("bad")), verdict=Verdict("x"))), row)
    assert one.read == 1
    assert one.meaning == {
        "talk": "prompt",
        "talk[].from": "prompt",
        "talk[].value": "prompt",
        "talk[].weight": "",
        "good.from": "answers[0].text",
        "good.value": "answers[0].text",
        "bad": "answers[1].text",
    }


def test_columns_of_rounds_are_those_of_their_messages():
    declared = Fields("turns", (Answer("content", score="score"),), each="replies", occasion="id")
    talk = [
        {"turn": 0, "role": "user", "content": "Q?"},
        {"turn": 0, "role": "model", "content": "A.", "score": 2, "chosen": True},
        {"turn": 0, "role": "model", "content": "B.", "score": 1, "chosen": False},
    ]
    layout_of_rounds = NamedLayout(declared, tree=Rounds("talk", answered_by=("model",)), rule="best_vs_worst")
    one = fit(layout_of_rounds, {"id": "t", "talk": talk})
    assert (one.rows, one.read, one.absent) == (1, 1, ())
    assert (one.samples[0].better, one.samples[0].worse) == (("A.",), ("B.",))
    assert one.meaning == {
        "id": "occasion", "talk": "prompt", "talk[].turn": "", "talk[].role": "prompt",
        "talk[].content": "prompt, answers[0].text", "talk[].score": "answers[0].score", "talk[].chosen": "",
    }  # fmt: skip


def test_columns_of_a_tree_mean_the_same_wherever_its_messages_stand():
    def message(text, role, *replies, **more):
        return {"text": text, "role": role, "id": text, "replies": list(replies)} | more

    tree = message(
        "Q?", "prompter", message("A.", "assistant", score=2), message("B.", "assistant", score=1), lang="de"
    )
    declared = Fields("turns", (Answer("text", score="score"),), each="replies", language="lang")
    one = fit(NamedLayout(declared, tree=Tree(root="prompt"), rule="best_vs_worst"), {"id": "t", "prompt": tree})
    assert (one.rows, one.read, one.absent) == (1, 1, ())
    assert (one.samples[0].better, one.samples[0].worse) == (("A.",), ("B.",))
    assert one.meaning == {
        "id": "",
        "prompt.text": "prompt, answers[0].text",
        "prompt.role": "prompt",
        "prompt.id": "",
        "prompt.replies": "each",
        "prompt.replies[].text": "prompt, answers[0].text",
        "prompt.replies[].role": "prompt",
        "prompt.replies[].id": "",
        "prompt.replies[].replies": "each",
        "prompt.replies[].score": "answers[0].score",
        "prompt.lang": "language",
    }


def test_the_layout_that_reads_most_and_leaves_least_unread_comes_first():
    whole = NamedLayout(CHOSEN.fields, name="b whole")
    models = Answer("chosen", model_column="model")
    part = NamedLayout(Fields("prompt", (Answer("chosen", score="s"),)), name="a part")
    more = NamedLayout(Fields("prompt", (models, Answer("rejected")), verdict=Verdict("x")), name="c more")
    none = NamedLayout(Fields("question", (Answer("chosen"),)), name="none")
    prompts = NamedLayout(Fields("prompt"), name="prompts")
    rows = lines(ROW | {"model": "m"}, ROW | {"model": "m", "prompt": "R?", "s": 1})
    fits = fitting_layouts(rows, columns_of_rows(line.row for line in rows), [prompts, part, none, more, whole])
    assert [(one.layout.name, one.read) for one in fits] == [
        ("c more", 2),
        ("b whole", 2),
        ("a part", 1),
    ]
    # Prompts alone are meant where there is hardly anything else.
    alone = lines({"prompt": "Q?", "id": 1}, {"prompt": "R?", "id": 2})
    fits = fitting_layouts(alone, columns_of_rows(line.row for line in alone), [prompts, whole])
    assert [(one.layout.name, one.read) for one in fits] == [("prompts", 2)]


def test_of_two_that_fit_alike_the_evaluation_set_comes_last():
    rows = lines(ROW)
    two = [NamedLayout(CHOSEN.fields, name="a", evaluation_set=True), NamedLayout(CHOSEN.fields, name="b")]
    fits = fitting_layouts(rows, columns_of_rows(line.row for line in rows), two)
    assert [one.layout.name for one in fits] == ["b", "a"]


@pytest.mark.parametrize("name", layout_names())
def test_a_layout_fits_its_own_rows_and_its_own_columns_are_there(name):
    one = layout(name)
    rows = [line for example in one.examples for line in example.lines]
    (own,) = fitting_layouts(rows, columns_of_rows(line.row for line in rows), [one])
    assert (own.read, own.reasons, own.absent) == (own.rows, {}, ())


def test_a_language_that_is_given_is_that_of_the_rows():
    assert fit(CHOSEN, ROW, language="de").read == 1
    by_column = NamedLayout(Fields("prompt", CHOSEN.fields.answers, language="lang", verdict=Verdict("x")))
    assert fit(by_column, ROW | {"lang": "Klingon"}).reasons == {"unknown_language": 1}


def test_at_most_so_many_rows_are_looked_at_and_fewer_where_they_are_long(monkeypatch):
    assert [line.where for line in some_rows(iter(lines(*[ROW] * 5)), 3)] == ["row 1", "row 2", "row 3"]
    monkeypatch.setattr(looking, "CHARACTERS", 100)
    assert len(some_rows(lines(*[{"a": ["x" * 60]}] * 5))) == 2
    with pytest.raises(UserError, match="there is no row in it; check that it is the file that you mean"):
        some_rows([])


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        (Fields("p", CHOSEN.fields.answers, verdict=Verdict("x")), "p"),
        (Fields("prompt", (Answer("chosen"), Answer("none")), verdict=Verdict("x")), "none"),
        (Fields("prompt", (Answer("chosen", score="s"),)), "s"),
        (Fields("prompt", CHOSEN.fields.answers, verdict=Verdict("x", "w", first=("1",))), "w"),
        (Fields("prompt", CHOSEN.fields.answers, verdict=Verdict("x", ("chosen", "w"), first=("Good.",))), "w"),
        (Fields("prompt", (Answer("text"),), each="list"), "list"),
    ],
)
def test_what_no_row_has_without_which_there_is_no_preference_fits_none(fields, column):
    one = fit(NamedLayout(fields), ROW, ROW)
    assert (one.rows, one.read, one.reasons) == (2, 0, {f"no column {column}": 2})
    assert column in one.absent


def test_a_column_that_may_be_absent_is_not_missed():
    where = {"history": ["", []], "turn": [1]}
    assert fit(NamedLayout(CHOSEN.fields, where=where), ROW).absent == ("turn",)


def test_the_word_of_an_unknown_role_is_named():
    asked = [{"role": "user", "content": "Q?"}, {"role": "tool", "content": "x"}]
    answer = [{"role": "user", "content": "Q?"}, {"role": "observation", "content": "x"}]
    one = fit(CHOSEN, ROW, ROW | {"prompt": asked}, ROW | {"chosen": answer})
    assert one.reasons == {"unknown_role tool": 1, "answer_unknown_role observation": 1}


def test_rows_that_answer_messages_beyond_them_are_told_from_those_that_make_whole_trees():
    reply = {"message_id": "b", "parent_id": "z", "role": "assistant"}
    one = layout("oasst_messages")
    assert answered_later(lines(reply), one)
    assert not answered_later(lines({"message_id": "a", "parent_id": None}, {**reply, "parent_id": "a"}), one)
    assert not answered_later(lines(ROW, Bad("not_json")), one) and not answered_later(lines(reply), layout("oasst"))


def test_the_columns_that_leave_messages_out_are_named_wherever_they_stand():
    answers = [
        {"role": "assistant", "text": text, "lang": "hi", "rank": n, "deleted": False} for n, text in enumerate("AB")
    ]
    tree = {"role": "prompter", "text": "Q?", "lang": "hi", "review_result": True, "replies": answers}
    meaning = fit(layout("oasst"), {"prompt": tree, "deleted": 0}).meaning
    assert meaning["prompt.review_result"] == "tree.accepted" and meaning["prompt.replies[].deleted"] == "tree.deleted"
    assert meaning["deleted"] == ""
