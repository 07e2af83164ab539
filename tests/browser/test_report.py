"""The report's page in a browser: what a reader can do with it, and what hostile data cannot.

Run by `make test-browser`.
"""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from polypref.evaluation.report import page
from tests.evaluation import samples

from .helpers import HOSTILE, SHOWN, choose, colours, contrast, luminance, pixel, press, run, search, soon

pytestmark = pytest.mark.browser
RTL, LTR = ("ar", "fa", "he"), ("de", "el", "hi", "ja", "ko", "uk", "zh")
TEXTS = """return [...document.querySelectorAll('.pair .prompt .text, .pair .answer .text')].map((n) => [n.lang,
             getComputedStyle(n).direction, getComputedStyle(n).textAlign])"""
KEPT = ("language", "outcome", "fidelity", "other_fidelity", "first", "role", "reading")


@pytest.fixture(scope="module")
def plain(tmp_path_factory, bundled) -> Path:
    """A page with every part that a report can have, of two comparisons."""
    folder = tmp_path_factory.mktemp("report")
    table = samples.battles(bundled)
    third = [row | {"other": "third-model"} for row in samples.battles(bundled, ("he", "zh")).to_pylist()]
    third[0]["orders"] = [{"first": "", "score": 0.73, "reason": "", "said": ""}]
    third[1] |= {"answer": "", "answer_failure": "no_stored_answer", "orders": []}
    both = table.from_pylist([*table.to_pylist(), *third], table.schema)
    results = samples.full(table)
    results["comparisons"].append(results["comparisons"][0] | {"other": "third-model", "warnings": []})
    (folder / "report.html").write_text(page.page(samples.read(results), both), "utf-8")
    return folder / "report.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, bundled) -> Path:
    """A page of results and battles whose every name and text wants to be more than words."""
    folder = tmp_path_factory.mktemp("hostile")
    table = samples.battles(bundled)

    def spoil(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: spoil(one, name) for name, one in value.items()}
        if isinstance(value, list):
            keep = ("below_half", "surely_below", "surely_above", "few_groups", "languages")
            return value if key in keep else [spoil(one, key) for one in value]
        return value + HOSTILE if value and isinstance(value, str) and key not in KEPT else value

    evil = table.from_pylist(spoil(table.to_pylist()), table.schema)
    (folder / "report.html").write_text(page.page(samples.read(spoil(samples.full(table))), evil), "utf-8")
    return folder / "report.html"


def held(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8").split('<script type="application/json" id="data">')[1].split("</script>")[0]
    return json.loads(text)["rows"]


def ids(browser) -> set[str]:
    while run(browser, "return !document.getElementById('more').hidden"):
        run(browser, "document.getElementById('more').click()")
    return set(run(browser, "return [...document.querySelectorAll('.pair')].map((n) => n.dataset.id)"))


def open_all(browser) -> None:
    run(browser, "for (const d of document.querySelectorAll('details')) d.open = true")


def test_hostile_data_stay_words(hostile, show, requests):
    browser = show(hostile)
    assert ids(browser) == {row["id"] for row in held(hostile)}
    open_all(browser)
    assert run(browser, "return window.hit") is None
    names = run(browser, "return [...new Set([...document.querySelectorAll('*')].map((n) => n.localName))]")
    assert not {"img", "iframe", "object", "embed"} & set(names)
    assert run(browser, "return [document.scripts.length, document.styleSheets.length]") == [2, 1]
    assert run(browser, "return document.querySelectorAll('a[href]:not([href^=\"#\"])').length") == 0
    texts = run(browser, "return [...document.querySelectorAll('.pair .text')].map((n) => n.textContent)")
    assert len(texts) > 5 * 200 - 20 and all(SHOWN in text for text in texts)
    assert run(browser, "return document.querySelector('h1').textContent").endswith(SHOWN)
    assert [e["message"] for e in browser.get_log("browser")] == []
    assert requests() == [hostile.as_uri()]


def test_no_request_leaves_the_page(plain, show, requests):
    browser = show(plain)
    press(browser, "jjj?")
    run(browser, "return new Promise((done) => setTimeout(done, 300))")
    assert requests() == [plain.as_uri()]
    assert run(browser, "return fetch(location.href).then(() => 'sent', () => 'blocked')") == "blocked"


def test_filters_show_the_battles_that_they_name(plain, show):
    browser, rows = show(plain), held(plain)
    choose(browser, "language", "he")
    assert ids(browser) == {row["id"] for row in rows if row["language"] == "he"}
    choose(browser, "outcome", "unparsed")
    assert ids(browser) == {row["id"] for row in rows if row["language"] == "he" and row["outcome"] == "unparsed"}
    assert len(ids(browser)) == 5  # two with an order that was not read of each, and one that was never judged
    choose(browser, "comparison", "new-model against third-model · made · a-judge")
    assert len(ids(browser)) == 3
    count_text = run(browser, "return document.getElementById('count').textContent")
    assert re.sub("[\u2068\u2069]", "", count_text) == (
        "3 rows fit; the page holds 3 of 3 battles with outcome unparsed in Hebrew (he) עברית "
        "of new-model against third-model · made · a-judge."
    )
    browser.find_element("id", "clear").click()
    for outcome in ("won", "lost", "tie", "disagreement"):
        choose(browser, "outcome", outcome)
        assert ids(browser) == {row["id"] for row in rows if row["outcome"] == outcome} != set()
    browser.find_element("id", "clear").click()
    choose(browser, "fidelity", "other's in another language")
    assert ids(browser) == {row["id"] for row in rows if row["answers"][1].get("lines") == "fail"} != set()


def test_a_language_s_row_leads_to_its_battles(plain, show):
    browser = show(plain)
    browser.find_element("css selector", "#c1 .jump[data-language='zh']").click()
    assert ids(browser) == {row["id"] for row in held(plain) if row["language"] == "zh" and row["comparison"] == 1}
    assert run(browser, "return document.getElementById('battles').getBoundingClientRect().top") < 100


def test_search_finds_what_was_asked_answered_and_said(plain, show):
    browser, rows = show(plain), held(plain)
    search(browser, "rather not")
    wanted = {row["id"] for row in rows if "rather not" in json.dumps(row["orders"])}
    assert wanted and soon(lambda: ids(browser) == wanted)
    search(browser, "no_stored_answer")
    assert soon(lambda: len(ids(browser)) == 1)
    word = max(rows[0]["answers"][0]["text"].split(), key=len)
    search(browser, word)
    assert soon(lambda: rows[0]["id"] in ids(browser))


def test_a_battle_says_who_was_shown_first_and_who_won(plain, show):
    browser, rows = show(plain), held(plain)
    roles = "return [...document.querySelectorAll('.pair .order h4')].map((n) => n.textContent)"
    notes = "return [...document.querySelectorAll('.pair .note')].map((n) => n.textContent)"

    def roles_of(**wanted):
        row = next(row for row in rows if all(row[key] == value for key, value in wanted.items()))
        return run(show(f"{plain.as_uri()}#{row['id']}"), roles.replace("'.pair", f'\'[data-id="{row["id"]}"]'))

    first, second = "new-model shown first: ", "old-model shown first: "
    for outcome, verdicts in {
        "won": ("for new-model", "for new-model"),
        "lost": ("for old-model", "for old-model"),
        "tie": ("tie", "tie"),
        "disagreement": ("for new-model", "for old-model"),
        "unparsed": ("for new-model", "no verdict: no verdict"),
    }.items():
        seen_roles = roles_of(outcome=outcome, comparison=0, language="hi" if outcome == "unparsed" else "de")
        assert seen_roles == [first + verdicts[0], second + verdicts[1]]
    browser = show(plain)
    search(browser, "no_stored_answer")
    assert soon(lambda: len(ids(browser)) == 1)
    assert run(browser, notes) == ["No answer: no stored answer.", "The judge was not asked."]
    choose(browser, "comparison", "new-model against third-model · made · a-judge")
    browser.find_element("id", "clear").click()
    assert "verdict: for new-model (0.730)" in (ids(browser), run(browser, roles))[1]


def test_keys(plain, show):
    browser, order = show(plain), [row["id"] for row in held(plain)]
    focused = "return document.activeElement.dataset.id || document.activeElement.id"
    press(browser, "jj")
    assert run(browser, focused) == order[1]
    press(browser, "k")
    assert run(browser, focused) == order[0] and browser.current_url.endswith("#" + order[0])
    press(browser, "j" * 21)
    assert run(browser, focused) == order[21]
    press(browser, "/")
    assert run(browser, focused) == "search"
    press(browser, order[30] + "\n")
    assert run(browser, focused) == order[30]
    press(browser, "?")
    assert run(browser, "return document.getElementById('help').open")


def test_texts_run_in_the_direction_of_their_language(plain, show):
    browser = show(plain)
    for tag in (*RTL, *LTR):
        choose(browser, "language", tag)
        texts = {tuple(one) for one in run(browser, TEXTS)}
        assert texts == {(tag, "rtl" if tag in RTL else "ltr", "start")}
    choose(browser, "language", "he")
    choose(browser, "fidelity", "other's in another language")
    english = (
        "return [...document.querySelectorAll('.answer.other .text > p')].map((n) => getComputedStyle(n).direction)"
    )
    assert set(run(browser, english)) == {"ltr"}
    # What the judge said runs as its own letters do.
    script_of_texts = (
        "return [...document.querySelectorAll('.order .text')].map((n) => [n.lang, getComputedStyle(n).direction])"
    )
    assert {tuple(one) for one in run(browser, script_of_texts)} == {("", "ltr")}
    assert run(browser, "return getComputedStyle(document.querySelector('.pair')).direction") == "ltr"


@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_a_phone_s_width_is_enough(which, request, show):
    browser = show(request.getfixturevalue(which), width=390, height=844)
    open_all(browser)
    for tag in ("he", "ja"):
        choose(browser, "language", tag)
        wide = run(browser, "return [document.documentElement.scrollWidth, document.body.scrollWidth]")
        assert max(wide) <= 390


def test_the_forest_needs_no_sideways_scrolling_on_a_phone(plain, show):
    browser = show(plain, width=390, height=844)
    boxes = "return [...document.querySelectorAll('#c0 > .scroll')].map((n) => n.scrollWidth - n.clientWidth)"
    assert run(browser, boxes) == [0] * 5


@pytest.mark.parametrize("reach", [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5])
def test_labels_of_axes_do_not_run_together_on_a_phone(reach, show, bundled, tmp_path):
    table = samples.battles(bundled, ("de", "en"))
    figures = samples.full(table)
    for row in (*figures["comparisons"][0]["rows"], figures["comparisons"][0]["average"]):
        for one in (row, row["length_controlled"]):
            one |= {"win_rate": 0.5, "low": 0.5 - reach, "high": 0.5 + reach}
        row |= dict.fromkeys(row.keys() & {"joint_low", "joint_high"})
    figures["comparisons"][0] |= {name: [] for name in ("below_half", "surely_below", "surely_above")}
    (tmp_path / "report.html").write_text(page.page(samples.read(figures), table), "utf-8")
    browser = show(tmp_path / "report.html", width=390, height=844)
    axes = run(
        browser,
        """return [...document.querySelectorAll('svg.axis')].filter((n) => n.checkVisibility()).map((axis) =>
             [...axis.querySelectorAll('text')].map((n) => n.getBoundingClientRect()).filter((box) => box.width)
               .map((box) => [box.left, box.right]))""",
    )
    assert len(axes) >= 2 and all(len(labels) >= 2 for labels in axes)
    gaps = [later[0] - one[1] for labels in axes for one, later in pairwise(labels)]
    assert min(gaps) >= 3


def test_points_stand_below_the_marks_of_their_axis(plain, show):
    for width in (390, 1280):
        browser = show(plain, width=width)
        plots = run(
            browser,
            """return [...document.querySelectorAll('#c0 table.two')].map((table) =>
                 ['.axes', 'tbody tr', 'tfoot tr'].map((row) =>
                   [...table.querySelector(row).querySelectorAll('td.plot svg')].map((n) => n.getBoundingClientRect())
                     .map((box) => [box.left, box.width]).at(-1)))""",
        )
        assert len(plots) == 1 and all(place == pytest.approx(plots[0][0], abs=0.5) for place in plots[0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_that_goes_on_has_a_shade_at_that_edge(plain, show, scheme):
    browser = show(plain, width=390, height=844, scheme=scheme)
    boxes = "return [...document.querySelectorAll('#asked > .scroll')]"
    ground = run(browser, "return getComputedStyle(document.documentElement).backgroundColor")
    for box in run(browser, boxes)[:2]:
        assert run(browser, "return arguments[0].scrollWidth - arguments[0].clientWidth", box) > 0
        shades = []
        for place in (0, 10_000):
            run(browser, "arguments[0].scrollLeft = arguments[1]", box, place)
            shades.append([pixel(browser, box, right) != ground for right in (False, True)])
        assert shades == [[False, True], [True, False]]
    (plain_box,) = run(browser, "return [...document.querySelectorAll('#c0 .forest')].map((n) => n.parentElement)")
    assert [pixel(browser, plain_box, right) for right in (False, True)] == [ground, ground]


def test_plots_stand_where_the_figures_say(plain, show):
    browser = show(plain)
    plots = run(
        browser,
        """return [...document.querySelectorAll('#c0 .forest tbody tr')].map((row) => {
             const plot = row.querySelector('svg').getBoundingClientRect(), x = (n) => n.getBoundingClientRect();
             const dot = x(row.querySelector('circle')), middle = x(row.querySelector('.half'));
             return [row.querySelector('.number').textContent, (dot.left + dot.right) / 2 - middle.left, plot.width];
           })""",
    )
    rates = [float(re.findall(r"\d\.\d+", text)[0]) for text, _, _ in plots]
    assert len(plots) == 11 and rates == sorted(rates, reverse=True)
    ends = [offset / (rate - 0.5) for rate, (_, offset, _) in zip(rates, plots, strict=True) if rate != 0.5]
    assert max(ends) - min(ends) < 0.05 * abs(ends[0])
    diamond = "return document.querySelector('#c0 polygon.mean').getBoundingClientRect().width"
    assert run(browser, diamond) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_ground(plain, show, scheme):
    """Contrast of 4.5 to 1, as WCAG 2.2 asks (1.4.3), of all words against the ground that they stand on."""
    browser = show(plain, scheme=scheme)
    open_all(browser)
    colour_pairs = colours(browser)
    assert len(colour_pairs) >= 6
    assert [one for one in colour_pairs if contrast(*one[:2]) < 4.5] == []
    ground = run(browser, "return getComputedStyle(document.documentElement).backgroundColor")
    assert (luminance(ground) > 0.5) == (scheme == "light")


def test_the_note_is_the_largest_thing_below_the_title(plain, show):
    browser = show(plain)
    size = "return parseFloat(getComputedStyle(document.querySelector(arguments[0])).fontSize)"
    assert run(browser, size, "h1") > run(browser, size, ".loud") > run(browser, size, "h2")
    assert run(browser, "return document.querySelector('.loud').getBoundingClientRect().top") < 120


def test_tables_and_plots_need_no_script(plain, show):
    browser = show("about:blank")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(plain.as_uri())
        nodes = browser.execute_cdp_cmd("DOM.getDocument", {"depth": 1})["root"]["nodeId"]
        wanted = {"circle": 20, "caption": 8, "noscript p": 1, ".pair": 0}
        for selector, least in wanted.items():
            node_ids = browser.execute_cdp_cmd("DOM.querySelectorAll", {"nodeId": nodes, "selector": selector})[
                "nodeIds"
            ]
            assert len(node_ids) >= least and (least or not node_ids), selector
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_everything_has_a_name_for_those_who_listen(plain, show):
    browser = show(plain)
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    wanted = ("button", "combobox", "searchbox", "link", "article", "region", "navigation", "search", "table")
    named_roles = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]
    assert [role for role, name in named_roles if role in wanted and not name] == []
    assert {"main", "banner", "navigation", "search", "contentinfo"} <= {role for role, _ in named_roles}
