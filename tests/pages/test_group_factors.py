"""What page and terminal show of factors by groups of people."""

import io
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from polypref.pages.group_factors import (
    MOST_DIFFERENCES,
    all_tables,
    factor_sections,
    group_factor_tables,
    group_factors_part,
)
from polypref.pages.parts import environment
from tests.release.test_factor_results import FACTORS
from tests.release.test_group_factor_results import CITY, DIFFERENCES, HINDI, LIVES


def printed(tables) -> str:
    screen = Console(width=160, record=True, file=io.StringIO())
    for table in tables:
        screen.print(table)
    return screen.export_text()


def test_weights_and_differences_stand_on_one_axis_around_zero() -> None:
    part = group_factors_part(LIVES)
    hindi, hebrew = part.parts
    assert part.zero == pytest.approx(50) and (hindi.held, hindi.compared, hindi.is_open) == (1, 2, True)
    length, bold = hindi.differences
    assert (length.first, length.second, length.plotted.holds, bold.plotted.holds) == ("town", "village", True, False)
    assert length.plotted.at.middle < part.zero and bold.plotted.at.low < part.zero < bold.plotted.at.high
    assert (length.plotted.interval, length.plotted.p, bold.plotted.p) == ("-2.30 [-2.90, -1.70]", "<0.001", "0.500")
    factors = {one.words: [(row.value, row.plotted.value) for row in one.rows] for one in hindi.factors}
    assert factors == {
        "length": [("town", -1.2), ("village", 1.1)],
        "bold passages": [("town", 0.1), ("village", -0.1)],
    }
    assert hebrew.factors == [] and hebrew.differences == [] and part.notes == LIVES.notes()


def test_what_lies_beyond_the_axis_is_drawn_as_an_arrow_without_a_point() -> None:
    far = replace(DIFFERENCES[1], difference=-5.8, low=-9.1, high=-2.5)
    part = group_factors_part(replace(LIVES, languages=[replace(HINDI, differences=[far, DIFFERENCES[0]])]))
    macro = (
        '{% from "page/parts.html.jinja" import interval_plot with context %}{{ interval_plot(at, -1, true, part) }}'
    )
    plot = environment().from_string(macro).render
    beyond, within = (plot(at=line.plotted.at, part=part) for line in part.parts[0].differences)
    assert (beyond.count(' beyond"'), beyond.count("<circle")) == (2, 0)
    assert (within.count(' beyond"'), within.count("<circle")) == (0, 1)


def test_nothing_turns_the_page_around() -> None:
    turned = replace(HINDI, differences=[replace(DIFFERENCES[1], first="a\u202eb")])
    part = group_factors_part(replace(LIVES, group="x\u202ey", languages=[turned]))
    assert part.group == "xU+202Ey" and part.parts[0].differences[0].first == "aU+202Eb"


def test_a_page_has_what_was_asked_for() -> None:
    assert factor_sections(SimpleNamespace(factors=None, group_factors=[])) == {"factors": None, "group_factors": []}
    sections = factor_sections(SimpleNamespace(factors=FACTORS, group_factors=[LIVES, LIVES]))
    assert sections["factors"] is not None and len(sections["group_factors"]) == 2


def test_inspect_shows_what_holds_and_nothing_where_nobody_asked() -> None:
    assert list(group_factor_tables(SimpleNamespace(group_factors=[]))) == []
    text = printed(group_factor_tables(SimpleNamespace(group_factors=[LIVES])))
    assert "over 2 differences" in text and "over 4 weights" in text and "village" in text
    assert "length" in text and "bold" not in text


def test_the_command_shows_all_of_it() -> None:
    text = printed(all_tables(LIVES))
    assert text.count("bold passages") == 3 and text.count("length") == 3 and "emoji" not in text
    assert len(list(all_tables(replace(LIVES, languages=[replace(HINDI, differences=[])])))) == 1


def test_what_is_written_from_right_to_left_is_isolated() -> None:
    hindi = replace(HINDI, values=[replace(HINDI.values[0], value=CITY)], differences=[])
    assert f"\N{FIRST STRONG ISOLATE}{CITY}\N{POP DIRECTIONAL ISOLATE}" in printed(
        all_tables(replace(LIVES, languages=[hindi]))
    )


def test_of_many_differences_a_page_and_the_command_show_the_first_and_say_how_many_there_are_more() -> None:
    held = DIFFERENCES[1]
    many = [replace(DIFFERENCES[0], first=f"v{number}") for number in range(MOST_DIFFERENCES + 1_300)]
    factors = replace(LIVES, languages=[replace(HINDI, differences=[*many, held])])
    (part,) = group_factors_part(factors).parts
    assert len(part.differences) == MOST_DIFFERENCES and part.unshown == 1_301
    assert part.differences[0].plotted.holds and not group_factors_part(LIVES).parts[0].unshown
    text = printed(all_tables(factors))
    assert text.count("village") < MOST_DIFFERENCES + 10 and "1,301 more are in what --out FILE writes" in text
