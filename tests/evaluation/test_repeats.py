"""Asking a judge again: which comparisons, under which requests, and how often it says the same; values by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.evaluation import repeats
from polypref.evaluation.contract import Battle, OwnJudge, Verdict
from polypref.evaluation.judges import Reference
from polypref.inference import Request
from polypref.inference.log import ResponseLog
from tests.evaluation import duel
from tests.evaluation.duel import Judge, judged_by, stored
from tests.evaluation.simulated import by_chance, first_place, judge_by, longer
from tests.inference.loopback import Loopback


def battle(tag: str, group: int, other: str = "no") -> Battle:
    return Battle(f"{tag}-{group}", tag, (("user", f"q{group}"),), (), "yes", other, group_id=f"g{group}")


def test_so_many_of_each_language_and_translations_together() -> None:
    battles = [battle(tag, group) for tag in ("de", "he") for group in range(30)]
    places = repeats.places_asked_again(battles, 0.1)
    groups = [battles[at].group_id for at in places]
    assert len(places) == 6 and groups[:3] == groups[3:] and places == sorted(places)
    assert len(repeats.places_asked_again(battles[:7], 0.1)) == 1, "at least one"
    assert repeats.places_asked_again(battles, 0) == []
    assert len(repeats.places_asked_again(battles, 1)) == 60
    # What no judge has to see is not asked again either.
    assert repeats.places_asked_again([battle("de", 1, "yes")], 1) == []
    assert repeats.places_asked_again(battles, 0.1, seed=1) != places


def verdicts(*orders: tuple[float | None, float | None]) -> list[list[Verdict]]:
    return [[Verdict("model", one, "" if one is not None else "judge_unparsable") for one in both] for both in orders]


def test_a_spread_by_hand() -> None:
    first = verdicts((1.0, 1.0), (0.0, 0.5), (1.0, None))
    second = verdicts((1.0, 0.0), (0.0, 0.5), (None, 1.0))
    made_of = repeats.spread(first, second, ["g1", "g2", "g3"])
    assert (made_of.comparisons, made_of.unread) == (3, 2)
    # won-won, won-lost, lost-lost, tie-tie: 3 of 4; by chance 1/2 x 1/4 + 1/4 x 1/2 + 1/4 x 1/4 = 5/16.
    assert (made_of.same.n, made_of.same.groups, made_of.same.share) == (4, 2, 0.75)
    assert made_of.kappa.kappa == pytest.approx((0.75 - 0.3125) / 0.6875)
    assert (made_of.win_rate, made_of.again) == (0.625, 0.375)


def test_a_second_run_has_requests_of_its_own(tmp_path: Path) -> None:
    asked: list[Request] = []
    judge = judge_by(by_chance, 0.7, asked)
    battles = [battle("de", group) for group in range(40)]
    with ResponseLog(tmp_path / "log.sqlite") as log:
        first = judge.judge(battles, log, quiet=True)
        found_again = repeats.ask_again(judge, battles, first, 0.5, log, quiet=True)
        assert found_again is not None and found_again.comparisons == 20
        assert len({request.key for request in asked}) == len(asked) == 2 * (40 + 20)
        # A third of three labels by chance; the interval holds 1/3 and not 2/3.
        assert found_again.same.low is not None and found_again.same.high is not None
        assert found_again.same.low < 1 / 3 < found_again.same.high < 2 / 3
        # Nothing is asked twice: all is in the log.
        assert repeats.ask_again(judge, battles, first, 0.5, log, quiet=True) == found_again and len(asked) == 120
        steady = judge_by(first_place)
        same = repeats.ask_again(steady, battles, steady.judge(battles, log, quiet=True), 0.5, log, quiet=True)
        assert same is not None and (same.same.share, same.same.n) == (1.0, 40)


def test_who_is_asked_again() -> None:
    assert repeats.share_asked_again(judge_by(longer, 0.7), None) == repeats.DEFAULT_SHARE == 0.05
    assert repeats.share_asked_again(judge_by(longer), None) == 0
    assert repeats.share_asked_again(judge_by(longer), 0.2) == 0.2
    assert repeats.share_asked_again(Reference(), 0.2) == 0, "it asks nobody"


class Coin:
    """A judge of somebody's own class: by the number of the run and the prompt."""

    name, kind = "coin", "coin"

    def __init__(self, run: int = 0) -> None:
        self.run = run

    def judge(self, battles, log, again=False, quiet=False):  # type: ignore[no-untyped-def]
        return [[Verdict("", float((len(one.prompt_id) + self.run) % 2))] for one in battles]

    def repeated(self, number: int) -> object:
        return Coin(self.run + number) if number == 1 else "no judge"


class Steady(Coin):
    repeated = None  # type: ignore[assignment]


def test_a_judge_of_ones_own_class(tmp_path: Path) -> None:
    own = OwnJudge(Coin(), "judge x:Coin", "x:Coin")
    assert repeats.share_asked_again(own, 0.5) == 0.5 and repeats.share_asked_again(own, None) == 0
    battles = [battle("de", group) for group in range(4)]
    with ResponseLog(tmp_path / "log.sqlite") as log:
        of = repeats.ask_again(own, battles, own.judge(battles, log), 1.0, log)
        assert of is not None and (of.same.share, of.same.n) == (0.0, 4), "the second run says the contrary"
    with pytest.raises(UserError, match=r"judge x:Coin: what its repeated\(2\) gives"):
        own.repeated(2)
    assert repeats.share_asked_again(OwnJudge(Steady(), "judge x:Steady", "x:Steady"), 0.5) == 0


@pytest.mark.parametrize("value", [1.5, -0.1, True, "half"])
def test_what_is_no_share(value: object) -> None:
    with pytest.raises(UserError, match=r"repeat_share \(--repeat-share\): .* is no share between 0 and 1"):
        repeats.read_repeat_share(value)  # type: ignore[arg-type]


def test_a_share_that_nobody_is_asked_is_refused(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two"), "judge": "relevance"}
    config = duel.config(two / "nobody.yaml", **keys)
    words = ("evaluate", "--config", config, "--out", two / "nobody", "--dry-run")
    message = duel.refused(capsys, *words, "--repeat-share", "0.25")
    assert "none of these can be asked again (there is relevance)" in message
    duel.run(*words, "--repeat-share", "0")


def test_an_evaluation_says_what_its_judge_says_again(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judge = Judge()
    keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
    with Loopback(judge) as server:
        greedy = duel.evaluate(two, **keys, judge=judged_by(server.url))
        before = judge.count
        assert "not asked again; greedy, it differs" in (greedy / "report.md").read_text("utf-8")
        drawn = judged_by(server.url, sampling={"temperature": 0.7}, language="own")
        out = duel.evaluate(two, **keys, judge=drawn)
        # All anew, as another temperature is another request, and two of 24 prompts a language twice, in both orders.
        assert judge.count - before == 2 * 4 * (duel.GROUPS + 2)
        capsys.readouterr()
        duel.run("evaluate", "--out", out, "--dry-run")
        assert f"judge-x again: {2 * 2 * 5} verdicts at most" in capsys.readouterr().out
    (about,) = duel.results(out)["judges"]
    (figures,) = about["repeats"]
    assert (figures["comparisons"], figures["same"]["share"], figures["same"]["n"]) == (8, 1.0, 16)
    assert about["judge_language"] == "own" and sorted(about["prompts"]) == ["ar", "de", "he", "zh"]
    for name in ("report.md", "report.html"):
        words = (out / name).read_text("utf-8").replace("\\", "")
        assert "asked again about 8 comparisons it gave the same verdict in 100.0% of 16" in words
        assert "machine-written and unreviewed in ar, de, he, zh" in words


def test_the_flags_of_the_command(two: Path) -> None:
    judge = Judge()
    keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
    with Loopback(judge) as server:
        config = duel.config(two / "c.yaml", **keys, judge=judged_by(server.url), resamples=100)
        words = ("--judge-language", "own", "--repeat-share", "0.25", "--quiet", "--out", two / "flags")
        duel.run("evaluate", "--config", config, *words)
        assert judge.count == 2 * 4 * (duel.GROUPS + duel.GROUPS // 4)
    (about,) = duel.results(two / "flags")["judges"]
    assert about["judge_language"] == "own" and about["repeats"][0]["comparisons"] == 24
