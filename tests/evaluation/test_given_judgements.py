"""How a config names verdicts of others."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.given_judgements import given_judgements

LAYOUT = {"form": "winner", "columns": "w", "prompt": "id", "model_a": "=x", "model_b": "=y"}


def test_names_beside_the_judgements_and_within():
    within = {"path": "votes.jsonl", "layout": LAYOUT, "set": "exam", "models": ["y", "x"]}
    given = given_judgements({"judgements": within, "judge": "people", "set": ["other"]})
    assert (given.name, given.judge, given.title, given.models) == ("exam", "people", "votes", ("y", "x"))


def test_what_is_not_said_goes_by_the_file():
    given = given_judgements({"judgements": {"path": "a/votes.jsonl", "layout": LAYOUT}})
    assert (given.path.name, given.name, given.title, given.pairs) == ("votes.jsonl", "votes", "votes", ())


FIELDS = {
    "prompt": "q",
    "answers": [{"text": "a", "model": "x"}, {"text": "b", "model": "y"}],
    "verdict": {"rater": "speakers", "column": "w", "first": ["A"], "second": ["B"]},
}


def test_the_judge_goes_by_the_layout_s_rater_unless_the_config_names_one():
    within = {"path": "a/votes.jsonl", "layout": {"fields": FIELDS}}
    given = given_judgements({"judgements": within})
    assert (given.name, given.judge, given.title) == ("votes", "speakers", "votes")
    assert given_judgements({"judgements": within | {"judge": "teachers"}}).judge == "teachers"
    assert given_judgements({"judgements": within, "judge": "teachers"}).judge == "teachers"
    assert given_judgements({"judgements": within | {"layout": {"name": "pandalm"}}}).judge == "annotators"


def test_a_layout_that_names_no_rater_leaves_the_judge_to_the_file():
    fields = FIELDS | {"verdict": FIELDS["verdict"] | {"rater": "source"}}
    assert given_judgements({"judgements": {"path": "votes.jsonl", "layout": {"fields": fields}}}).judge == "votes"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"judgements": {"path": "x"}}, "judgements: give path, and layout"),
        ({"judgements": {"path": "x", "layout": LAYOUT, "pear": 1}}, "judgements: unknown key pear"),
        ({"judgements": "x"}, "judgements: give a name, or keys of"),
        ({"judgements": {"path": "x", "layout": LAYOUT}, "languages": "de"}, "languages says what models or judges"),
        ({"judgements": {"path": "x", "layout": LAYOUT, "model": "x", "pairs": [["x", "y"]]}}, "give one of them"),
        ({"judgements": {"path": "x", "layout": LAYOUT, "models": ["x", "y", "x"]}}, "name one twice"),
    ],
)
def test_what_does_not_fit_is_one_sentence(config, message):
    with pytest.raises(UserError, match=message):
        given_judgements(config)
