"""Where the prose of a card is looked for, and which prose a build takes."""

import pytest

from polypref.api import cards
from polypref.errors import UserError
from tests.conftest import PROSE


def test_a_card_is_looked_for_beside_and_above(tmp_path):
    script = tmp_path / "project" / "builders"
    places = [script, script / "dataset_cards", tmp_path / "project" / "dataset_cards"]
    assert cards.find_card("c.md", script) is None and cards.find_card("", script) is None
    for place in reversed(places):
        place.mkdir(parents=True, exist_ok=True)
        (place / "c.md").write_text(PROSE, "utf-8")
        assert cards.find_card("c.md", script) == place / "c.md"
    (tmp_path / "dataset_cards").mkdir()
    (tmp_path / "dataset_cards" / "other.md").write_text(PROSE, "utf-8")
    assert cards.find_card("other.md", script) is None
    with pytest.raises(UserError, match=r"no card at .*none.md"):
        cards.card_prose(tmp_path / "none.md", "c.md", script)


def test_the_card_that_the_user_names_goes_before_the_builders_own(tmp_path):
    (tmp_path / "c.md").write_text(PROSE.replace("For tests.", "Of the builder."), "utf-8")
    (tmp_path / "mine.md").write_text(PROSE.replace("For tests.", "Of the user."), "utf-8")
    assert "Of the builder." in cards.card_prose(None, "c.md", tmp_path)
    for named in (tmp_path / "mine.md", str(tmp_path / "mine.md")):
        prose = cards.card_prose(named, "c.md", tmp_path)
        assert "Of the user." in prose and "Of the builder." not in prose


def test_a_build_without_a_card_has_no_prose_and_one_that_is_none_is_refused(tmp_path):
    assert cards.card_prose(None, "c.md", tmp_path) == ""
    assert cards.card_prose(None, "", tmp_path) == ""
    (tmp_path / "c.md").write_text("## Summary\n\nFor tests.\n", "utf-8")
    with pytest.raises(UserError, match=r"c\.md.*Intended use"):
        cards.card_prose(None, "c.md", tmp_path)
