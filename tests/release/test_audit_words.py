"""An audit in the card: escaped, on one line a row, and in words that say what its intervals do."""

import pytest
from markdown_it import MarkdownIt

from polypref.release.audit_results import (
    Audit,
    ClusteredShare,
    ModelAudit,
    OpeningFacts,
    SentenceFacts,
    SideAudit,
    SideOpening,
    TriadFacts,
    Variety,
)
from polypref.release.audit_words import audit_section, isolated, share_with_ends, triad_sentence

EVIL = "</td>|<img src=x>`id` *b* [a](javascript:x)"
HALF = ClusteredShare(10, 0.5, 0.25, 0.75)


def audit(text: str) -> Audit:
    return Audit(
        "build",
        {"he": 10},
        [
            ModelAudit(
                "he",
                text,
                10,
                [OpeningFacts(text, 5, HALF, None)],
                Variety(300, [0.5, 0.75, 1.0], 0.9),
                HALF,
                HALF,
                [SentenceFacts(text, 4)],
            )
        ],
        [SideAudit("he", 60, HALF, None, [SideOpening(text, 9, 2)])],
        [triads(HALF, 0.1)],
    )


def triads(cyclic: ClusteredShare, noise: float | None) -> TriadFacts:
    return TriadFacts("he", "people", 10, cyclic, 2, 0, 0.1, noise, None)


def test_nothing_in_a_text_becomes_markup_or_another_cell():
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(audit_section(audit(EVIL)))
    assert "<img" not in html and "<a " not in html and "<em>" not in html and "<code>" not in html
    rows = [row for row in html.split("<tr>") if "&lt;img" in row]
    assert [row.count("<td") for row in rows] == [13, 5]


def test_a_text_from_right_to_left_turns_nothing_else_around():
    assert isolated("בשמחה רבה") == "\u2068בשמחה רבה\u2069" and isolated("gern") == "gern"
    assert "| \u2068בשמחה\u2069 | 0.50 [0.25, 0.75] |" in audit_section(audit("בשמחה"))


def test_who_does_not_ask_has_no_section():
    assert audit_section(None) == ""
    bare = Audit("pairs", {}, [], [])
    assert audit_section(bare).startswith("### What answers have in common\n\nOf the answers in the published rows.")
    assert "classifier" not in audit_section(bare) and "circle" not in audit_section(bare)


@pytest.mark.parametrize(
    ("low", "high", "noise", "words"),
    [
        (0.0, 0.04, None, "fewer than coins"),
        (0.2, 0.3, 0.1, "like coins, more than noise"),
        (0.9, 1.0, 0.95, "more than coins, no more than noise"),
        (None, None, 0.1, ""),
    ],
)
def test_what_triads_say(low, high, noise, words):
    assert triad_sentence(triads(ClusteredShare(9, 0.5, low, high), noise)) == words


def test_shares_without_an_interval_and_nothing():
    assert share_with_ends(ClusteredShare(3, 1.0)) == "1.00"
    assert share_with_ends(None) == share_with_ends(ClusteredShare(0)) == ""
