"""Principles behind preferences: proposed by a model behind a real server, kept only as far as held-out votes go."""

import json
import random
import re

import pytest

from polypref.analysis.answer_pairs import AnswerPairs
from polypref.analysis.principles import (
    PrincipleSettings,
    find_principles,
    planned_requests,
    ranked_principles,
    split_pairs,
)
from polypref.errors import UserError
from polypref.inference.choose import served
from polypref.inference.log import ResponseLog
from tests.inference.loopback import Loopback, chat

LIST, LONG, MOON = (
    "Prefer the answer that uses a list.",
    "Prefer the answer that is longer.",
    "Prefer the answer that speaks of the moon.",
)


def parts_of(body) -> tuple[str, dict[str, str]]:
    """The code of a request, and what stands between its markers."""
    text = body["messages"][-1]["content"]
    code = re.search(r"<<BEGIN [^\n]* ([0-9a-f]{8})>>", text)[1]
    found_parts = re.findall(rf"(?s)<<BEGIN ([^\n]*) {code}>>\n(.*?)\n<<END \1 {code}>>", text)
    return code, dict(found_parts)


def model(body, _=None):
    """Proposes three principles for every pair, and follows each to the letter."""
    code, parts = parts_of(body)
    if "principle" not in parts:
        return chat(json.dumps({"code": code, "principles": [LIST, MOON, LONG]}))
    a, b = parts["A"], parts["B"]
    scores = {LIST: ("\n- " in a) - ("\n- " in b), LONG: (len(a) > len(b)) - (len(a) < len(b)), MOON: 0}
    lead = scores[parts["principle"]]
    verdict = "A" if lead > 0 else "B" if lead < 0 else "TIE"
    return chat(json.dumps({"rationale": "so it is", "code": code, "verdict": verdict}))


def listed_pairs(tag: str, number: int, share: float, seed: int = 1) -> AnswerPairs:
    """Pairs of which so many have the list in the chosen answer; which is longer is drawn by itself."""
    drawn = random.Random(f"{tag} {seed}")
    chosen, rejected = [], []
    for at in range(number):
        words = [" ".join(drawn.choices(["one", "two", "three"], k=drawn.randint(5, 30))) for _ in "ab"]
        pair = [f"Answer {at}:\n- {words[0]}", f"Answer {at}: {words[1]}"]
        right = drawn.random() < share
        chosen.append(pair[0] if right else pair[1])
        rejected.append(pair[1] if right else pair[0])
    groups = [f"{at:032x}" for at in range(number)]
    return AnswerPairs(tag, chosen, rejected, groups, [(("user", f"What is {at}?"),) for at in range(number)])


def ask(pairs, log, answer=model, settings=None):
    with Loopback(answer) as server, ResponseLog(log) as responses:
        given = settings or PrincipleSettings(proposals=4, votes=30)
        samples = [split_pairs(one, given) for one in pairs]
        return find_principles(samples, served("tiny", server.url), responses, given, quiet=True), len(server.bodies)


def test_a_planted_principle_holds_and_others_do_not(tmp_path):
    pairs = [listed_pairs(tag, 80, 0.95) for tag in ("de", "he")]
    result, asked = ask(pairs, tmp_path / "log.sqlite")
    assert asked == 2 * 4 + 2 * 3 * 30 * 2
    assert [one.text for one in result.principles if one.holds] == [LIST, LIST]
    by_text = {one.text: one for one in result.principles if one.language == "he"}
    assert by_text[LIST].proposed == 4 and by_text[LIST].accuracy > 0.8 and by_text[LIST].verdict == "holds"
    assert (by_text[MOON].undecided, by_text[MOON].accuracy, by_text[MOON].verdict) == (30, None, "not shown")
    assert by_text[LONG].verdict == "not shown"
    assert result.tests == 4 and [one.held_out for one in result.languages] == [30, 30]
    assert "2 of 6 principles hold" in result.head and result.prompts[0].startswith("propose-1-")
    # What the log knows is not asked again, and comes to the same.
    assert ask(pairs, tmp_path / "log.sqlite") == (result, 0)


def test_a_principle_that_chosen_answers_go_against_is_not_claimed(tmp_path):
    result, _ = ask([listed_pairs("de", 80, 0.05)], tmp_path / "log.sqlite")
    (row,) = [one for one in result.principles if one.text == LIST]
    assert not row.holds and row.verdict == "chosen answers go against it" and row.accuracy < 0.2


def test_labels_of_a_coin_hold_nothing(tmp_path):
    # p under .05 after the correction over two tests: 2.5% for each, and each of the two here is one draw.
    result, _ = ask([listed_pairs("de", 80, 0.5)], tmp_path / "log.sqlite")
    assert [one.text for one in result.principles if one.holds] == []


def test_a_model_that_likes_the_first_place_decides_nothing(tmp_path):
    def first(body, request):
        code, parts = parts_of(body)
        return chat(json.dumps({"code": code, "verdict": "A"})) if "principle" in parts else model(body)

    result, _ = ask([listed_pairs("de", 40, 0.95)], tmp_path / "log.sqlite", first)
    assert all(one.agree == one.against == 0 and one.undecided > 10 for one in result.principles)
    assert result.tests == 0 and not any(one.holds for one in result.principles)


def test_what_cannot_be_read_is_counted_and_asked_once_more(tmp_path):
    def mute(body, request):
        _, parts = parts_of(body)
        quoted = json.dumps({"code": "00000000", "verdict": "A"})
        return chat(quoted) if "principle" in parts else model(body)

    result, asked = ask([listed_pairs("de", 20, 1.0)], tmp_path / "log.sqlite", mute, PrincipleSettings(2, 5))
    (held_out,) = [one.held_out for one in result.languages]
    assert all(one.unread == held_out and one.undecided == 0 for one in result.principles)
    assert asked == 2 + 3 * held_out * 2 * 2
    silent, _ = ask([listed_pairs("de", 20, 1.0)], tmp_path / "other.sqlite", lambda body, _: chat("No idea."))
    assert silent.principles == [] and silent.languages[0].unread == silent.languages[0].shown > 0


def test_where_a_model_lies_is_nobodys_business(tmp_path):
    model = served("/home/ada/models/tiny", "http://127.0.0.1:1/v1")
    with ResponseLog(tmp_path / "log.sqlite") as responses:
        assert find_principles([], model, responses, PrincipleSettings(), quiet=True).model == "tiny"


def test_a_principle_holds_no_personal_data(tmp_path):
    def quoting(body, request):
        code, parts = parts_of(body)
        lines = ["Prefer the answer\nof anna.schmidt@firma.de.", 7, "x" * 300]
        return chat("No idea." if "principle" in parts else json.dumps({"code": code, "principles": lines}))

    result, _ = ask([listed_pairs("de", 20, 1.0)], tmp_path / "log.sqlite", quoting, PrincipleSettings(2, 2))
    (row,) = result.principles
    assert row.text.startswith("Prefer the answer of ") and "schmidt" not in row.text


def test_principles_are_tested_on_other_prompts_in_whichever_language():
    settings = PrincipleSettings(proposals=1000, votes=1000)
    samples = [split_pairs(listed_pairs(tag, 60, 1.0), settings) for tag in ("de", "he")]
    shown = {pair.group for one in samples for pair in one.shown}
    held_out = {pair.group for one in samples for pair in one.held_out}
    assert not shown & held_out and len(shown | held_out) == 60 and min(len(shown), len(held_out)) > 15
    other = split_pairs(listed_pairs("de", 60, 1.0), PrincipleSettings(1000, 1000, seed=1))
    assert {pair.group for pair in other.shown} != {pair.group for pair in samples[0].shown}


def test_of_one_prompt_one_pair_is_shown():
    pairs = listed_pairs("de", 30, 1.0)
    twice = AnswerPairs("de", pairs.chosen * 2, pairs.rejected * 2, pairs.groups * 2, pairs.turns * 2)
    assert split_pairs(twice, PrincipleSettings()) == split_pairs(pairs, PrincipleSettings())


def test_principles_in_nearly_the_same_words_are_one():
    other = "prefer the answer that uses one list"
    assert ranked_principles([[LONG], [LIST, LIST], [other, LONG], [LIST]]) == [(LIST, 3), (LONG, 2)]


def test_the_plan_counts_requests():
    settings = PrincipleSettings(3, 10)
    assert planned_requests([split_pairs(listed_pairs("de", 100, 1.0), settings)], settings) == (
        "3 requests propose principles, and 100 at most vote, but for those that the log has"
    )
    with pytest.raises(UserError, match="one pair"):
        PrincipleSettings(votes=0)
