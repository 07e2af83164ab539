"""What stands above weights by group, and the card's section: counted, escaped, and one line a row."""

from dataclasses import replace

from markdown_it import MarkdownIt

from polypref.release.group_factor_words import group_factors_head, group_factors_sections
from tests.release.test_group_factor_results import CITY, HINDI, LIVES

EVIL = "</td>|<img src=x>`id` *b* [a](javascript:x)"


def test_the_head_counts_what_holds_and_says_how_groups_differ() -> None:
    text = group_factors_head(LIVES)
    assert text.startswith("Of 300 pairs whose people state 'lives': ")
    assert "2 of 4 weights differ from 0 at 0.05" in text and "1 of 2 differences do" in text
    assert "not where one weight differs from 0 and the other does not" in text
    assert text.endswith("phrases that nobody confirmed (hi).")
    assert "nobody confirmed" not in group_factors_head(replace(LIVES, unreviewed=[]))


def test_the_card_has_what_holds_and_what_is_left_out() -> None:
    text = group_factors_sections([LIVES])
    assert text.startswith("### What chosen answers have more of, by lives\n\nOf 300 pairs whose people state 'lives'")
    assert "| hi | length | town | -1.20 | village | +1.10 | -2.30 [-2.90, -1.70] | 2e-06 |" in text
    row = "| hi | town | length | 20 | 90 | -1.20 [-1.60, -0.80] | 0.1 [0.05, 0.2] | twice as long | 3e-05 |"
    assert row in text and "bold" not in text
    assert "\n- hi: 10 of 250 pairs state no 'lives'." in text
    assert f"'\N{FIRST STRONG ISOLATE}{CITY}\N{POP DIRECTIONAL ISOLATE}' is compared with no other value" in text
    assert group_factors_sections([]) == ""


def test_values_and_the_groups_name_are_text_in_the_card() -> None:
    values = [replace(HINDI.values[0], value=EVIL), replace(HINDI.values[2], value=EVIL)]
    differences = [replace(one, first=EVIL) for one in HINDI.differences]
    row = replace(HINDI, values=values, differences=differences)
    page = (
        MarkdownIt("commonmark")
        .enable("table")
        .render(group_factors_sections([replace(LIVES, group=EVIL, languages=[row])]))
    )
    assert "<img" not in page and "<code>" not in page and "<em>" not in page and "<a " not in page
    # A heading, a row of differences, one of weights: each with all its cells.
    assert page.count("<tr>") == 4 and page.count("<td") == 8 + 9
    assert page.count("&lt;img src=x&gt;") >= 5
