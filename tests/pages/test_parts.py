"""What pages share: JSON in a script, names of scripts in a policy, filters, what fits, what is known of a language."""

import json

import jinja2
import pytest

from polypref.pages.parts import (
    MOST_CHARACTERS,
    about,
    cut_text,
    environment,
    language,
    policy_hash,
    script,
    script_json,
    within,
)


def test_json_in_a_script_ends_nothing_and_stays_the_same_values():
    values = {"a": "</script><!-- & \u2028\u2029", "b": [1, 2.5, None, True], "ש": "字"}
    text = script_json(values)
    assert json.loads(text) == values and not set("<>&\u2028\u2029") & set(text)
    turned = script_json(["\u202eabc\u2066"])
    assert json.loads(turned) == ["\u202eabc\u2066"] and turned.isascii()
    assert '"ש":"字"' in text and ", " not in text.replace("<!-- & ", "")
    for number in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            script_json({"a": number})


def test_marks_that_turn_a_direction_stand_by_name_in_what_a_template_is_given():
    template = environment().from_string("{{ word }} <b title='{{ word }}'>{{ word|breakable }}</b> {{ number|n }}")
    assert template.render(word="a\u202eb_<", number=1000) == (
        "aU+202Eb_&lt; <b title='aU+202Eb_&lt;'>aU+202Eb_<wbr>&lt;</b> 1,000"
    )


def test_shares_and_intervals_stay_within_one_line():
    shown = environment().from_string("{{ words|whole }}").render
    assert shown(words="de: 0.70 (0.504 to 0.843), 12 (3%) <b>") == (
        'de: <span class="nobr">0.70 (0.504 to 0.843)</span>, <span class="nobr">12 (3%)</span> &lt;b&gt;'
    )
    assert shown(words="(of which 0.325 to 0.579; ties count half)") == (
        '(of which <span class="nobr">0.325 to 0.579</span>; ties count half)'
    )
    # Names and long brackets break as before, as a phone has no room for them.
    for words in ("Hebrew (he)", "model-2 and &#39", f"({'a' * 31} 1)", "(ש 1)"):
        assert "nobr" not in shown(words=words)


def test_a_policy_names_a_script_by_its_digest():
    # printf '%s' "alert(1)" | openssl dgst -sha256 -binary | base64
    assert policy_hash("alert(1)") == "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="
    text = script("page/browse.js")
    assert text.startswith('"use strict";\n(() => {\n') and text.endswith("})();\n")


@pytest.mark.parametrize(
    ("sizes", "budget", "rows"),
    [([3, 3, 3], 7, 2), ([3, 3, 3], 9, 3), ([3, 3, 3], 8, 2), ([3, 3], 6, 2), ([3, 3], 3, 1), ([4], 3, 0), ([], 0, 0)],
)
def test_as_many_rows_as_fit_to_the_byte(sizes, budget, rows):
    assert within(sizes, budget) == rows


def test_a_long_text_is_cut_and_says_how_long_it_is():
    assert cut_text("字" * MOST_CHARACTERS) == ["字" * MOST_CHARACTERS]
    assert cut_text("字" * (MOST_CHARACTERS + 1)) == ["字" * MOST_CHARACTERS, MOST_CHARACTERS + 1]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0%"), (1.0, "100%"), (0.5, "50%"), (0.0995, "10%"), (0.0994, "9.9%"), (0.004, "0.4%"), (0.995, "100%")],
)
def test_a_small_share_has_a_digit_more(share, shown):
    assert environment().from_string("{{ share | percent }}").render(share=share) == shown


def test_what_is_put_in_is_escaped_and_what_is_missing_is_an_error():
    pages = environment()
    assert pages.from_string("{{ a }} {{ b | n }} {{ c | breakable }}").render(a="<b>&", b=12345, c="a_<b/>c") == (
        "&lt;b&gt;&amp; 12,345 a_<wbr>&lt;b/<wbr>&gt;c"
    )
    assert pages.from_string("a\n  {% if true %}\nb\n  {% endif %}\nc").render() == "a\nb\nc"
    with pytest.raises(jinja2.UndefinedError):
        pages.from_string("{{ missing }}").render()


def test_a_language_that_is_not_known_goes_by_its_tag_and_has_no_direction():
    assert (language("he").name, language("xq-made").name) == ("Hebrew", "xq-made")
    known = about({"xq-made", "he", "de"})
    assert list(known) == ["de", "he", "xq-made"]
    assert known["xq-made"] == {"name": "xq-made", "own": "xq-made"}
    assert known["he"] == {"name": "Hebrew", "own": "עברית", "direction": "rtl"}
