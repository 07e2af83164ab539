"""Tables of models beside each other: cells by hand."""

from dataclasses import replace

from polypref.evaluation.breakdowns import (
    AlpacaEvalOf,
    Breakdowns,
    RanksOfSet,
    ScoredModel,
    ScoresOfNoBattle,
    StyleOfSet,
)
from polypref.evaluation.figures.alpaca_eval import AlpacaControlled
from polypref.evaluation.figures.mean_ranks import mean_ranks
from polypref.evaluation.figures.scaled_means import means_on_scale
from polypref.evaluation.figures.style_control import StyleControlled, StyledModel, StyleFeature
from polypref.evaluation.report.rankings import parts_of_rankings
from tests.evaluation import samples
from tests.evaluation.figures.test_mean_ranks import games


def test_cells_by_hand(full):
    styled = StyleControlled(
        models=(StyledModel(model="x", strength=0.5, low=0.25, high=0.75, win_rate=0.62, plain=0.9),),
        features=(
            StyleFeature(name="length", coefficient=0.249, low=0.2, high=0.3),
            StyleFeature(name="bold", coefficient=None, low=None, high=None),
        ),
        battles=100,
        left_out=3,
    )
    alpaca = AlpacaControlled(win_rate=0.104249, model=-2.0, length=-0.5, difficulty=0.25, strength=1.0)
    known = Breakdowns(
        scores=(ScoredModel(set="s", model="x", least=1, most=10, scores=means_on_scale([4], ["a"], ["de"], 1, 10)),),
        ranks=(RanksOfSet(set="s", judge="j", ranks=mean_ranks(games("de", "p", {"x": 3, "y": 2, "z": 1}))),),
        style=(StyleOfSet(set="s", judge="j", style=styled),),
        alpaca_eval=(AlpacaEvalOf(set="s", model="x", other="y", figures=alpaca),),
    )
    scores, ranks, style, features, own = parts_of_rankings(replace(samples.read(full), breakdowns=known))
    assert scores.rows == (("s", "x", "German (de) †", "1", "4.00", "–", "–"),) and "1 to 10" in scores.what[0]
    assert [row[:4] for row in ranks.rows] == [(m, "German (de) †", "1", f"{n}.00") for n, m in enumerate("xyz", 1)]
    assert style.rows == (("x", "+0.50", "+0.25 to +0.75", "0.620", "+0.90"),) and " 3 battles" in style.what[0]
    assert features.rows == (("length", "+0.249", "+0.20 to +0.30"), ("bold", "–", "–"))
    assert own.rows == (("x", "y", "0.1042", "-2.000", "-0.500", "+0.250"),)


def test_scores_of_answers_in_no_battle_are_counted(full):
    lone = ScoresOfNoBattle(set="s", model="z", languages={"de": 1200, "fr": 1})
    (part,) = parts_of_rankings(replace(samples.read(full), breakdowns=Breakdowns(scores_of_no_battle=(lone,))))
    assert part.rows == () and part.what[1] == (
        "Not in the table: scores of answers that are in no battle (z de 1,200, fr 1)."
    )


def test_without_figures_there_is_no_part(full):
    assert list(parts_of_rankings(samples.read(full))) == []
    assert list(parts_of_rankings(replace(samples.read(full), breakdowns=Breakdowns()))) == []
