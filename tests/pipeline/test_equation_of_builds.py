"""The equation over builds of random pools: rows that repeat, that cannot be read, answers of every kind."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import Built, run_builder
from polypref.raters.given import SourceRater
from polypref.stages.balance import Mixture, Split
from polypref.stages.counts import FunnelRow
from polypref.stages.equation import not_conserved, steps_of
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts

PROMPTS = (
    "Warum ist der Himmel an einem klaren Tag so blau?",
    "Wer hat die hohe Br\u00fccke \u00fcber den Fluss gebaut?",
    "Was frisst ein Igel im Winter am liebsten?",
    "Was ist kap\ufffdtt?",
    "",
)
ANSWERS = (
    "Das liegt daran, dass blaues Licht st\u00e4rker gestreut wird als rotes.",
    "Das wei\u00df ich leider nicht so genau, aber es ist wohl schon lange so.",
    "This is because the blue light of the sun is scattered more than the red light is.",
    "So schreibt man das als kleines Programm auf:\n```\nprint(",
    "",
    "Das liegt daran, dass blaues Licht st\u00e4rker gestreut wird als rotes!",
)
ROW = st.fixed_dictionaries(
    {
        "prompt": st.sampled_from(PROMPTS),
        "language": st.sampled_from(["de", "de", "fr", "xx"]),
        "a": st.sampled_from(ANSWERS),
        "b": st.sampled_from(ANSWERS),
        "s": st.sampled_from([1, 2, 2.5, None, "good"]),
        "t": st.sampled_from([1, 2, 3]),
        "won": st.sampled_from(["a", "b", "tie", "?"]),
        "who": st.sampled_from(["x", "y", None]),
    }
)
ANSWER_COLUMNS = (Answer("a", model="=x", score="s"), Answer("b", model="=y", score="t"))
FIELDS = Fields(prompt="prompt", answers=ANSWER_COLUMNS, language="language")
WON = Verdict("people", "won", first=("a",), second=("b",), tie=("tie",), unjudged=("?",))
JUDGED = replace(FIELDS, verdict=WON)
JOINS = st.sampled_from(["unanimous", "majority", "each"])
RULES = st.sampled_from(["best_vs_worst", "best_vs_random", "first_quartile", "top_two", "all_pairs", "given"])


def funnel_of(
    rows: list[dict[str, Any]],
    rule: PairRule,
    limit: int | None = None,
    most: int = 9,
    fields: Fields = FIELDS,
    judged_fields: Fields = JUDGED,
) -> list[FunnelRow]:
    """The funnel of a build of these rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.jsonl")
        path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
        judged = rule.rule == "given"
        builder = Builder(
            "b",
            "1.0.0",
            sources=(Files(str(path), judged_fields if judged else fields, "x", "1", "mit"),),
            rater=SourceRater("people") if judged else SourceRater(),
            pairs=rule,
            mixtures=(Mixture("m", per_language=most),),
            prompts=Prompts(near_duplicates=None),
            split=Split(test=0.3),
            max_bad=1.0,
        )
        with Store(Path(folder) / "store", "b") as store:
            return run_builder(builder, store, Local(1), limit, quiet=True).funnel


@settings(max_examples=8, deadline=None)  # a whole build each, others in every run
@given(
    st.lists(ROW, min_size=4, max_size=14),
    RULES,
    st.sampled_from([None, 2]),
    st.sampled_from([None, 1, 2]),
    st.integers(1, 3),
    JOINS,
    st.sampled_from([None, "who"]),
)
def test_no_row_of_a_random_pool_vanishes(rows, rule, limit, per_prompt, most, join, who):
    fields = replace(FIELDS, occasion=who)
    judged = replace(fields, verdict=replace(WON, join=join, annotator=who))
    try:
        funnel = funnel_of(rows, PairRule(rule, per_prompt=per_prompt), limit, most, fields, judged)
    except UserError:
        return  # no pair is left
    assert not_conserved(funnel) == []
    steps = steps_of(funnel)
    assert (steps[0].stage, steps[0].unit, steps[0].came) == ("read", "rows", len(rows))
    # Each row that was kept has two answers, and with `given` a verdict; none has another line to come from.
    came = {(step.stage, step.unit): step.came for step in steps}
    assert came["read", "answers"] == 2 * steps[0].went
    assert came.get(("read", "verdicts"), 0) == steps[0].went * (rule == "given")
    assert (steps[-1].stage, steps[-1].unit) == ("balance", "pairs")


def test_a_build_in_which_something_is_lost_everywhere_adds_up():
    good, poor, english, cut, blank, _ = ANSWERS
    first, second, third, broken, _ = PROMPTS

    def row(prompt: str, a: str, b: str, s: Any = 2, t: Any = 1, language: str = "de") -> dict[str, Any]:
        return {"prompt": prompt, "language": language, "a": a, "b": b, "s": s, "t": t, "won": "a"}

    rows = [
        row(first, good, poor),
        row(first, english, good, 9, 8),  # English may be rejected only; the good answer is another model's
        row(first, good, poor),  # a row that stood before
        row(second, good, cut),  # one usable answer
        row(third, good, poor, 1, 1),  # a tie
        row(broken, good, poor),
        row(first, good, poor, language="xx"),
        row("", good, poor),
        row(second, blank, "Nein.", "good"),
    ]
    funnel = funnel_of(rows, PairRule())
    assert not_conserved(funnel) == []
    table = {
        (step.stage, step.unit): (step.came, {reason: n for (_, reason), n in step.left_out.items()}, step.went)
        for step in steps_of(funnel)
    }
    assert table["read", "rows"] == (9, {"unknown_language": 1, "empty_prompt": 1}, 7)
    assert table["read", "answers"] == (14, {}, 14)
    assert table["index", "rows"] == (7, {"repeated_prompt": 3}, 4)
    assert table["check", "prompts"] == (4, {"encoding_damage: prompt_replacement_character": 1}, 3)
    assert table["pair", "prompts"] == (3, {"tie": 1}, 2)


def test_a_row_that_vanishes_ends_a_test():
    with pytest.raises(AssertionError, match="read"):
        Built(*[None] * 9, [FunnelRow("read", "rows", "de", "in", "", 1)], {}, {})  # type: ignore[arg-type]
