"""What a reason means is found by stage, for whichever side, and where another reason stands in its name."""

import pytest

from polypref.stages.counts import FunnelRow
from polypref.stages.reason_words import SIDES, groups, legend, meaning_of, names_in


def test_names_are_written_out_for_each_side():
    assert names_in("cut {side}_cut") == ["cut", "prompt_cut", "answer_cut", "chosen_cut", "rejected_cut"]


@pytest.mark.parametrize("group", groups())
def test_no_name_stands_twice_in_a_group(group):
    names = [name for key in groups()[group].words for name in names_in(key)]
    assert sorted(names) == sorted(set(names))
    assert all(sentence.endswith(".") for sentence in groups()[group].words.values())


@pytest.mark.parametrize(
    ("stage", "reason", "key"),
    [
        ("check", "length: answer_too_short", "{side}_too_short {side}_too_long"),
        ("filter", "rejected_lines_in_another_language", "{side}_lines_in_another_language"),
        ("filter", "language_confusion", "language_confusion"),
        ("filter", "chosen_language_undetermined", "{side}_language_undetermined"),
    ],
)
def test_a_reason_of_a_check_is_known_by_itself(stage, reason, key):
    assert meaning_of(stage, reason) == groups()["checks"].words[key]


def test_a_reason_means_what_it_means_in_its_stage():
    of_pairs, of_checks = groups()["pairs"].words, groups()["checks"].words
    assert meaning_of("pair", "prompt_left_out") == of_pairs["prompt_left_out"]
    assert meaning_of("check", "prompt_left_out") == of_checks["prompt_left_out"] != of_pairs["prompt_left_out"]
    assert meaning_of("rate", "no_verdict") == groups()["models"].words["no_verdict"] != of_pairs["no_verdict"]


def test_a_name_that_holds_another_reason_is_explained_by_its_beginning():
    words = groups()["read"].words
    assert meaning_of("read", "answer_unknown_role") == f"{words['answer_REASON']} {words['unknown_role']}"
    assert meaning_of("read", "score_missing_field") == f"{words['score_REASON']} {words['missing_field']}"
    assert meaning_of("read", "where_turn") == words["where_COLUMN"]
    assert (
        meaning_of("complete", "translation_links_lost") == groups()["models"].words["translation_REASON answer_REASON"]
    )


def test_reasons_of_own_checks_have_no_sentence():
    assert meaning_of("filter", "mine: too_rude") == "" == meaning_of("balance", "")


def test_the_legend_has_what_occurs_and_nothing_else():
    funnel = [
        FunnelRow("read", "rows", "sw", "in", "", 3),
        FunnelRow("read", "rows", "sw", "part_rejected", "not_judged", 1),
        FunnelRow("read", "rows", "sw", "skipped", "beyond_limit", 0),
        FunnelRow("check", "answers", "sw", "rejected_only", "language: answer_in_another_language", 2),
        FunnelRow("filter", "pairs", "sw", "rejected", "mine: too_rude", 2),
    ]
    meanings = legend(funnel)
    outcomes = ["in", "part rejected", "rejected only", "rejected"]
    assert list(meanings) == [*outcomes, "not_judged", "answer_in_another_language"]
    assert meanings["not_judged"] == groups()["read"].words["not_judged"]


def test_sides_are_those_that_checks_name():
    from polypref.stages.checks.second_detector import ROLES

    assert {"answer", *ROLES} == set(SIDES)
