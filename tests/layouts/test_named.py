"""Layouts that go by a name: what each says of its made-up rows, and files of one's own."""

import json
import re
from dataclasses import replace

import pytest

from polypref import layout
from polypref.errors import UserError
from polypref.files.packaged import packaged
from polypref.files.readers import Line
from polypref.layouts import Except, Items, Rounds, Tree, named
from polypref.layouts.comparisons import comparisons
from polypref.layouts.looking import items_of_rows
from polypref.layouts.named import layout_names
from polypref.layouts.sources import HubDataset

OWN = """
[fields]
prompt = "question"

[[fields.answers]]
text = "good"

[[fields.answers]]
text = "bad"

[fields.verdict]
rater = "me"
"""


@pytest.fixture
def own(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


EXAMPLES = [(name, number) for name in layout_names() for number in range(len(layout(name).examples))]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_a_layout_reads_its_made_up_rows_as_it_says(name, number):
    one = layout(name)
    example = one.examples[number]
    items = list(items_of_rows(example.lines, one))
    assert [item for _, item in items if isinstance(item, str)] == []
    # What nobody asks for is no fault of the row: a vote that was withdrawn, say.
    reasons = {reason for _, item in items for reason, _ in item.problems}
    assert reasons <= {"verdict_not_asked_for"}
    (read,) = comparisons(items)
    assert (read.prompt, read.better, read.worse, read.tied) == (
        example.prompt,
        example.better,
        example.worse,
        example.tied,
    )


@pytest.mark.parametrize("name", layout_names())
def test_a_layout_says_what_it_is_for_where_it_was_seen_and_which_side_is_better(name):
    one = layout(name)
    assert one.name == name and one.examples
    assert one.about and one.better.endswith(".") and one.source and one.seen in ("rows", "reader")
    rated = {rater for answer in one.fields.answers if answer.score for rater in (answer.rater,)}
    judged = set(one.fields.joins)
    assert one.rater in (rated | judged or {"source"})
    assert (one.rule == "given") == bool(judged)


def test_some_examples_are_in_other_scripts_than_latin():
    prompts = " ".join(example.prompt for name in layout_names() for example in layout(name).examples)
    assert [letter for letter in "уい我새كनοת" if letter not in prompts] == []


def test_a_layout_makes_a_source_of_a_file_and_of_a_hub_dataset():
    one = layout("m_arena_hard")
    files = one.files("x.jsonl", "mine", "r1", "cc0-1.0", "de")
    assert (files.path, files.name, files.revision, files.licence, files.language) == (
        "x.jsonl",
        "mine",
        "r1",
        "cc0-1.0",
        "de",
    )
    assert files.fields is one.fields
    tasks = layout("ukrqualbench")
    assert tasks.files("x.json", "mine", "r1", "mit").records == "tasks"
    assert tasks.files("x.json", "mine", "r1", "mit", records="other").records == "other"
    hub = layout("mt_bench_human").hub("org/name", "cc0-1.0", "human", "conf", "abc", "en")
    assert hub == HubDataset(
        "org/name",
        layout("mt_bench_human").fields,
        "cc0-1.0",
        split="human",
        config="conf",
        revision="abc",
        language="en",
        where={"turn": [1]},
    )


def test_a_layouts_rater_can_have_another_name():
    scale, ranks, sided = (layout(name).rated_by("we") for name in ("helpsteer3", "oasst", "rewardbench2"))
    assert (scale.rater, scale.fields.joins) == ("we", {"we": "unanimous"})
    assert ranks.rater == "we" and {one.rater for one in ranks.fields.answers} == {"we"}
    assert sided.rater == "we" and {one.rater for one in sided.fields.answers} == {"we"}
    assert layout("helpsteer3").rater == "annotators"


def test_a_place_that_is_no_file_and_looks_like_none_is_a_dataset_of_the_hub(tmp_path, monkeypatch):
    shp = layout("shp")
    assert shp.at("org/name", "n", "mit", "v1", "en", "test", "c") == shp.hub(
        "org/name", "mit", "test", "c", "v1", "en"
    )
    assert shp.at("org/name", "n", "mit") == shp.hub("org/name", "mit")
    for path, revision in (("data/*.jsonl", ""), ("rows.csv", "v1")):
        assert shp.at(path, "n", "mit", revision, "en") == shp.files(path, "n", revision or "unknown", "mit", "en")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "name").touch()
    assert shp.at("org/name", "n", "mit") == shp.files("org/name", "n", "unknown", "mit")


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(UserError, match=r"there is no layout 'shpp'; did you mean 'shp'\? .*LAYOUT\.toml"):
        layout("shpp")
    with pytest.raises(UserError, match=r"there is no layout '\.\./fields'"):
        layout("../fields")


def test_a_file_of_ones_own_is_read_and_needs_no_more_than_its_fields(own):
    path = own(OWN)
    one = layout(path)
    assert (one.name, one.seen, one.examples, one.rater, one.rule) == (path, None, (), "me", "given")
    assert one.fields.prompt == "question" and one.fields.verdict.rater == "me"
    assert [answer.text for answer in one.fields.answers] == ["good", "bad"]


def test_lists_of_which_not_every_item_counts_are_a_table_too():
    assert layout("label_studio_pairwise").fields.verdict.each == Items(
        ("annotations",), where={"was_cancelled": [False, ""]}
    )


def test_rounds_and_trees_are_told_apart_by_their_kind(own):
    assert layout("prism_conversations").tree == Rounds(
        "conversation_history", chosen="if_chosen", answered_by=("model",), empty=("EMPTY STRING",)
    )
    assert layout("oasst_messages").tree == Tree(
        message="message_id", parent="parent_id", tree="message_tree_id", deleted="deleted", accepted="review_result"
    )
    assert layout(own("tree = {}\n" + OWN)).tree is None
    assert layout(own('tree = {kind = "Tree", root = "a"}\n' + OWN)).tree == Tree(root="a")


def test_values_that_rows_may_not_hold_are_written_as_except(own):
    one = layout(own('where = {a = 1, b = {except = ["x"]}, c = {except = 2}, d = {e = 1}}\n' + OWN))
    assert one.where == {"a": 1, "b": Except(("x",)), "c": Except((2,)), "d": {"e": 1}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[fields", "mine.toml is no TOML: "),
        ("", "mine.toml: Fields(prompt=None) takes as prompt what the conversations of the answers share"),
        (OWN.replace('text = "bad"', 'licence = "mit"'), "mine.toml: Answer(...): missing a required argument: 'text'"),
        ("fields = 3", "mine.toml: Fields is 3, not a table"),
        ("tree = 3\n" + OWN, "mine.toml: Tree is 3, not a table"),
        ('tree = {kind = "Round"}\n' + OWN, "mine.toml: tree has kind 'Round'; did you mean 'Rounds'?"),
        ('tree = {kind = "Rounds"}\n' + OWN, "mine.toml: Rounds(...): missing a required argument: 'messages'"),
        ('betrer = "x"\n' + OWN, "mine.toml: NamedLayout(...) has no field betrer; did you mean 'better'?"),
        (OWN.replace("good", "{good"), "mine.toml: Answer(text='{good'): the brace at character 1 is not closed"),
        (OWN + 'kind = "Verdct"', "mine.toml: verdict has kind 'Verdct'; did you mean 'Verdict'?"),
        (
            OWN.replace('rater = "me"', 'rates = "me"'),
            "mine.toml: Verdict(...) has no field rates; did you mean 'rater'",
        ),
        ('fields.verdict = "x"\nfields.prompt = "a"', "mine.toml: Fields(verdict='x')"),
        (OWN + '[[examples]]\nrows = "[1]"\nprompt = ""', "row 1 is '[1]', no object in JSON; write one object a line"),
        (OWN + '[[examples]]\nrows = "{"\nprompt = ""', "row 1 is not JSON"),
        (OWN + 'each = {list = ["a"]}', "mine.toml: Items(...) has no field list; did you mean 'lists'"),
        (OWN + '[[examples]]\nrows = " "\nprompt = ""', "write at least one row"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(own, text, sentence):
    with pytest.raises(UserError) as refused:
        layout(own(text))
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path, own, monkeypatch):
    with pytest.raises(UserError, match=r"cannot read the layout .*none\.toml .*; check the path"):
        layout(str(tmp_path / "none.toml"))
    monkeypatch.setattr(named, "_LONGEST", 10)
    with pytest.raises(UserError, match=r"mine\.toml is longer than .*; name a file that declares a layout"):
        layout(own(OWN))


def test_the_files_of_all_layouts_are_data_with_known_endings():
    names = [one.name for one in packaged("layouts").iterdir()]
    assert sorted(names) == [f"{name}.toml" for name in layout_names()]


def test_rows_of_examples_are_lines_of_json():
    for name in layout_names():
        for example in layout(name).examples:
            assert [json.loads(row) for row in example.rows.splitlines() if row] == [one.row for one in example.lines]


def test_conversations_of_mt_bench_that_begin_with_two_questions_make_no_pair():
    def talk(asked, answer):
        return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]

    row = {"turn": 1, "winner": "model_a", "model_a": "x", "model_b": "y", "conversation_a": talk("Wo?", "Da.")}
    lines = [Line("1", row | {"conversation_b": talk(asked, "Dort.")}) for asked in ("Wo?", "Wann?")]
    same, other = (item for _, item in items_of_rows(lines, layout("mt_bench_human")))
    assert len(same.verdicts) == 1 and not other.verdicts
    assert other.problems[0] == ("answer_to_another_prompt", "y conversation_b[0].content is not the row's prompt")


OF_A_SET = re.compile(
    r"licen[cs]e|terms|consent|CC-BY|asks that|gpt-4|machine-translated|the set's card", re.IGNORECASE
)


def test_what_is_true_of_a_public_set_is_no_note_of_any_file_of_its_form():
    stated = {name: [note for note in layout(name).notes if OF_A_SET.search(note)] for name in layout_names()}
    assert {name: notes for name, notes in stated.items() if notes} == {}
    for part, holding in (
        ("consent", {"oasst", "oasst_messages"}),
        ("terms", {"shp", "prism", "prism_conversations"}),
        ("Stack Exchange", {"stack_exchange_paired"}),
        ("compete with OpenAI", {"nectar"}),
    ):
        assert {name for name in layout_names() if any(part in note for note in layout(name).set_notes)} == holding
        assert all(layout(name).repositories for name in holding)


def test_no_note_of_a_card_speaks_of_a_layout_or_a_command():
    words = {*layout_names(), "polypref"} - {"prism", "oasst"}
    for name in layout_names():
        one = layout(name)
        assert not words & set(re.findall(r"[\w]+", " ".join((*one.notes, *one.set_notes)))), name


def test_notes_of_a_public_set_are_those_of_its_repository_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = layout("nectar")
    assert one.notes_of("berkeley-nest/Nectar") == one.notes_of("Berkeley-Nest/nectar") == one.notes + one.set_notes
    assert one.notes_of("lab/other") == one.notes_of("berkeley-nest/Nectar.jsonl") == one.notes_of("n.csv") == one.notes
    (tmp_path / "berkeley-nest").mkdir()
    (tmp_path / "berkeley-nest" / "Nectar").touch()
    assert one.notes_of("berkeley-nest/Nectar") == one.notes  # a file of that name is no dataset of the Hub


def test_notes_and_advice_say_what_they_are():
    one = replace(layout("nectar"), notes=("a",), set_notes=("b",), advice=("c",))
    assert one.described() == ["note: a", "note of the public set (berkeley-nest/Nectar): b", "advice: c"]
    assert replace(one, repositories=()).described()[1] == "note of the public set: b"
