"""What page and terminal show of the factors."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from polypref.pages.factors import factor_tables, factors_part
from tests.release.test_factor_results import FACTORS


def test_weights_stand_on_one_axis_around_zero():
    part = factors_part(FACTORS)
    bold, apology, length = part.parts[0].rows
    assert bold.at.high < part.zero < apology.at.low and length.at.low < part.zero < length.at.high
    assert (bold.holds, length.holds, part.parts[0].held) == (True, False, 2)
    assert (bold.interval, bold.odds, bold.p) == ("-0.80 [-1.10, -0.50]", "×0.2", "<0.001")
    assert part.zero == pytest.approx(50) and part.parts[1].rows == []


def test_the_terminal_shows_what_holds_and_nothing_where_nobody_asked():
    assert list(factor_tables(SimpleNamespace(factors=None, principles=None))) == []
    (table,) = factor_tables(SimpleNamespace(factors=FACTORS, principles=None))
    screen = Console(width=140, record=True, file=io.StringIO())
    screen.print(table)
    text = screen.export_text()
    assert "bold passages" in text and "apology" in text and "length" not in text and "over 3 weights" in text
