"""Mean ranks of several answers, from games: by hand."""

import pytest

from polypref.evaluation.figures import mean_ranks as module
from polypref.evaluation.figures.mean_ranks import mean_ranks

NAN = float("nan")


def games(tag, prompt, scores):
    """Games of every two models from scores: the higher one wins."""
    names = sorted(scores)
    return [
        (tag, prompt, prompt, a, b, 0.5 if scores[a] == scores[b] else float(scores[a] > scores[b]))
        for at, a in enumerate(names)
        for b in names[at + 1 :]
    ]


def test_ranks_by_hand():
    every = [
        *games("de", "p", {"x": 3, "y": 2, "z": 1}),
        *games("de", "q", {"x": 1, "y": 2, "z": 2}),
        *games("he", "p", {"x": 5, "y": 5, "z": 5}),
    ]
    ranks = mean_ranks(every)
    assert [one.model for one in ranks.models] == ["y", "x", "z"] and ranks.left_out == 0
    by_model = {one.model: one.ranks for one in ranks.models}
    # x is first and third in German, y second and shares 1 and 2, z third and shares them; in Hebrew all share 1 to 3.
    assert [by_model[m].rows[0].mean for m in "xyz"] == pytest.approx([2, 1.75, 2.25])
    assert [by_model[m].rows[1].mean for m in "xyz"] == pytest.approx([2, 2, 2])
    assert by_model["y"].average.mean == pytest.approx((1.75 + 2) / 2)
    assert sum(one.ranks.average.mean for one in ranks.models) == pytest.approx(1 + 2 + 3)


def test_of_several_games_of_two_models_on_a_prompt_the_mean_score_counts():
    """x wins one of two against y, and all else: its rank is 1 and a half of one loss."""
    once = games("de", "p", {"x": 3, "y": 2, "z": 1})
    ranks = mean_ranks([*once, ("de", "p", "p", "x", "y", 0.0), ("de", "p", "p", "x", "z", NAN)])
    assert {one.model: one.ranks.rows[0].mean for one in ranks.models} == {"x": 1.5, "y": 1.5, "z": 3.0}


def test_a_prompt_without_all_verdicts_is_left_out_and_counted():
    whole, part = games("de", "p", {"x": 3, "y": 2, "z": 1}), games("de", "q", {"x": 3, "y": 2, "z": 1})
    assert mean_ranks(whole + part[:2]).left_out == 1
    silent = [(*part[0][:5], NAN), *part[1:]]
    ranks = mean_ranks(whole + silent)
    assert ranks.left_out == 1 and ranks.models[0].ranks.rows[0].n == 1
    assert mean_ranks(part[:2]) is None and mean_ranks(silent) is None


def test_games_count_from_either_side_and_two_models_have_no_ranks():
    turned = [(t, p, g, b, a, 1 - s) for t, p, g, a, b, s in games("de", "p", {"x": 3, "y": 2, "z": 1})]
    assert [one.model for one in mean_ranks(turned).models] == ["x", "y", "z"]
    assert mean_ranks(games("de", "p", {"x": 1, "y": 2})) is None


def test_an_arena_of_one_game_a_prompt_is_not_gone_through_by_pairs_of_models(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "_lost", lambda *of: asked.append(of) or 0.0)
    arena = [("en", f"p{n}", f"p{n}", f"m{n % 50}", f"m{(n + 1) % 50}", 1.0) for n in range(100)]
    assert mean_ranks(arena) is None and not asked
