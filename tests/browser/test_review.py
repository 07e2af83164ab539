"""What a person decides on the pairs of a page: kept in the browser, written into a file, taken up by a build."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from polypref.pages import dataset
from polypref.release.folder import read_provenance
from polypref.review.applying import DecisionsUsed

from .helpers import HOSTILE, choose, colours, contrast, press, run, soon

pytestmark = pytest.mark.browser

PAIRS = [
    ("he", "מה לקנות לארוחת הבוקר?", "כדאי לקנות לחם טרי, גבינה לבנה ושתי עגבניות.", "תקנו משהו טעים בשוק הקרוב לבית."),
    ("he", "איך מנקים חלון?", "מערבבים מים עם מעט חומץ ומנגבים במטלית יבשה.", "צריך לנקות אותו טוב עד שהוא נקי לגמרי."),
    ("fa", "برای صبحانه چه بخرم؟", "نان تازه و پنیر و دو گوجه‌فرنگی خوب است.", "چیزی خوشمزه از بازار نزدیک خانه بخر."),
    (
        "en",
        "How do I clean a window?",
        "Mix water with some vinegar and wipe it dry.",
        "Clean it well until it is clean.",
    ),
]
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('polypref-review/1 '))"


@pytest.fixture(scope="module")
def built(tmp_path_factory, polypref) -> SimpleNamespace:
    """A dataset of four pairs, its page, and how to build it again."""
    folder = tmp_path_factory.mktemp("reviewed")
    rows = [dict(zip(("language", "prompt", "chosen", "rejected"), pair, strict=True)) for pair in PAIRS]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "pairs.jsonl").write_text(text, "utf-8")
    columns = ("--prompt", "prompt", "--chosen", "chosen", "--rejected", "rejected", "--language-column", "language")
    words = ("build", "pairs", "--source", folder / "pairs.jsonl", "--licence", "cc0-1.0", *columns, "--quiet")
    polypref(*words, "--out", folder / "out")
    dataset.write_page(folder / "out", folder / "page.html")
    return SimpleNamespace(folder=folder, page=folder / "page.html", words=words)


@pytest.fixture
def review(built, show) -> Any:
    """The page with its switch on, in a browser that keeps nothing yet."""
    browser = show(built.page)
    run(browser, f"for (const key of {KEPT}) localStorage.removeItem(key)")
    browser.find_element("id", "reviewing").click()
    return browser


def ids(browser, language: str) -> list[str]:
    return run(
        browser,
        "return JSON.parse(document.getElementById('data').textContent).rows"
        ".filter((row) => row.language === arguments[0]).map((row) => row.id)",
        language,
    )


def go_to(browser, pair_id: str) -> None:
    run(browser, "location.hash = arguments[0]", f"#pair-{pair_id}")
    assert soon(lambda: run(browser, "return document.activeElement.dataset.id") == pair_id)


def click(browser, name: str) -> None:
    """Clicks on what the filters, which stay at the top of the window, would else cover."""
    node = browser.find_element("id", name)
    run(browser, "arguments[0].scrollIntoView({block: 'center'})", node)
    node.click()


def pressed(browser, pair_id: str) -> list[str]:
    return run(
        browser,
        "return [...document.querySelectorAll(`[data-id='${arguments[0]}'] .decide button`)]"
        ".filter((act) => act.getAttribute('aria-pressed') === 'true').map((act) => act.dataset.decision)",
        pair_id,
    )


def exported(browser, folder: Path, who: str) -> Path:
    """The file that the page writes into a folder."""
    folder.mkdir()
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    browser.find_element("id", "reviewer").clear()
    browser.find_element("id", "reviewer").send_keys(who)
    click(browser, "export")
    assert soon(lambda: list(folder.glob("*.json")))
    return next(folder.glob("*.json"))


def test_who_does_not_switch_it_on_meets_nothing_of_it(built, show):
    browser = show(built.page)
    run(browser, f"for (const key of {KEPT}) localStorage.removeItem(key)")
    press(browser, "j1n")
    assert run(browser, "return document.querySelectorAll('.decide').length") == 0
    assert not browser.find_element("id", "review-bar").is_displayed()
    assert not browser.find_element("id", "f-decision").is_displayed()
    assert run(browser, f"return {KEPT}") == []


def test_decisions_are_made_by_key_and_are_there_when_the_page_is_opened_again(built, show, review, requests):
    first, second = ids(review, "he")
    go_to(review, first)
    press(review, "2")
    press(review, "n")
    press(review, "התשובה השנייה טובה יותר")
    from selenium.webdriver.common.keys import Keys

    press(review, Keys.ESCAPE)
    assert run(review, "return document.activeElement.dataset.id") == first
    go_to(review, second)
    # A Persian keyboard has its own digits where others have 1 to 4.
    key = "{key: '۳', code: 'Digit3', bubbles: true, cancelable: true}"
    run(review, f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key}))")
    assert pressed(review, first) == ["flip"] and pressed(review, second) == ["drop"]
    assert review.find_element("id", "decided").text == "2 pairs decided: flip 1, drop 1."
    assert requests() == [built.page.as_uri()]
    again = show(built.page)
    assert run(again, "return document.querySelectorAll('.decide').length") == 0
    again.find_element("id", "reviewing").click()
    assert pressed(again, first) == ["flip"] and pressed(again, second) == ["drop"]
    note = run(again, "return document.querySelector(`[data-id='${arguments[0]}'] .decide input`)", first)
    assert note.get_property("value") == "התשובה השנייה טובה יותר" and note.get_attribute("dir") == "auto"
    go_to(again, second)
    press(again, "3")  # the same again takes it back
    assert pressed(again, second) == [] and again.find_element("id", "decided").text == "1 pair decided: flip 1."


def test_keys_work_from_the_box_that_switches_decisions_on(review):
    assert run(review, "return document.activeElement.id") == "reviewing"
    press(review, "j")
    first = run(review, "return document.activeElement.dataset.id")
    assert first
    press(review, "1")
    assert pressed(review, first) == ["keep"]


def test_a_build_takes_up_what_the_page_wrote(built, review, polypref):
    (flipped, dropped), (kept,), (tied,) = (ids(review, tag) for tag in ("he", "fa", "en"))
    for pair_id, key in ((flipped, "2"), (dropped, "3"), (kept, "1"), (tied, "4")):
        go_to(review, pair_id)
        press(review, key)
    path = exported(review, built.folder / "downloads", "נועה")
    assert path.name.startswith("pairs-") and path.name.endswith("-review-נועה.json")
    polypref(*built.words, "--out", built.folder / "again", "--review", path)
    record = read_provenance(built.folder / "again")
    assert record.decisions_used == {
        "en": DecisionsUsed(undecided=1, not_blind=1),
        "fa": DecisionsUsed(agreed=1, not_blind=1),
        "he": DecisionsUsed(relabelled=1, removed=1, not_blind=2),
    }
    assert record.review is not None and record.review["fa"].agree == 1.0 and record.review["he"].agree == 0.0
    card = (built.folder / "again" / "README.md").read_text("utf-8")
    assert "in a blind order" not in card and "they were not blind" in card and "נועה" not in card
    # With another person's file it becomes a review in which two must agree.
    other = json.loads(path.read_text("utf-8")) | {"reviewer": "dana"}
    other["decisions"] = [one | {"decision": "keep"} for one in other["decisions"] if one["pair_id"] == flipped]
    (built.folder / "dana.json").write_text(json.dumps(other), "utf-8")
    out = built.folder / "review.json"
    back = polypref("review", "import", built.folder / "out", path, built.folder / "dana.json", "--out", out)
    assert "5 of the judgements were made on a page" in " ".join(back.stdout.split())
    decided = json.loads(out.read_text("utf-8"))["decisions"]
    assert decided[flipped]["decision"] == "undecided" and decided[dropped]["decision"] == "remove"


def test_a_list_of_what_is_left_to_decide(review):
    (kept,) = ids(review, "fa")
    go_to(review, kept)
    press(review, "1")
    choose(review, "decision", "none yet")
    assert run(review, "return document.querySelectorAll('.pair').length") == 3
    choose(review, "decision", "keep")
    assert run(review, "return [...document.querySelectorAll('.pair')].map((one) => one.dataset.id)") == [kept]
    go_to(review, kept)
    press(review, "1")
    assert pressed(review, kept) == []  # it stays in sight though it is decided no more
    review.find_element("id", "reviewing").click()
    assert run(review, "return document.querySelectorAll('.pair').length") == 4


def test_what_another_page_or_a_stranger_left_in_the_browser_does_nothing(built, show, review):
    (pair_id,) = ids(review, "en")
    (own,) = run(review, "return [JSON.parse(document.getElementById('data').textContent).review.digest]")
    sides = {"chosen": "a" * 32, "rejected": "b" * 32, "language": "en", "note": HOSTILE}
    for digest, entry in (
        ("0123456789abcdef", sides | {"decision": "drop"}),
        (own, sides | {"decision": "constructor"}),
        (own + "x", sides | {"decision": "drop"}),
    ):
        key = f"polypref-review/1 {digest} {pair_id}"
        run(review, "localStorage.setItem(arguments[0], arguments[1])", key, json.dumps(entry))
    again = show(built.page)
    again.find_element("id", "reviewing").click()
    assert pressed(again, pair_id) == [] and again.find_element("id", "decided").text == "0 pairs decided."
    run(again, "localStorage.setItem(arguments[0], '{')", f"polypref-review/1 {own} {pair_id}")
    again = show(built.page)
    again.find_element("id", "reviewing").click()
    assert again.find_element("id", "decided").text == "0 pairs decided." and run(again, "return window.hit") is None
    run(again, f"for (const key of {KEPT}) localStorage.removeItem(key)")


def test_a_browser_that_keeps_nothing_says_so_and_exports(built, show, review):
    broken = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    added = review.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": broken})
    try:
        browser = show(built.page)
        browser.find_element("id", "reviewing").click()
        (pair_id,) = ids(browser, "en")
        go_to(browser, pair_id)
        press(browser, "1")
        assert "export before you leave the page" in browser.find_element("id", "decided").text
        for _ in ("off", "on"):
            click(browser, "reviewing")
        assert pressed(browser, pair_id) == ["keep"]
        path = exported(browser, built.folder / "unkept", "")
        assert [one["decision"] for one in json.loads(path.read_text("utf-8"))["decisions"]] == ["keep"]
    finally:
        review.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


def test_what_a_full_browser_did_not_keep_stays_until_the_page_is_left(built, review):
    first, second = ids(review, "he")
    go_to(review, first)
    press(review, "1")
    full = "throw new DOMException('full', 'QuotaExceededError')"
    run(review, f"Storage.prototype.setItem = () => {{ {full}; }}; Storage.prototype.removeItem = () => {{ {full}; }}")
    press(review, "1")  # taken back, which is not kept either
    go_to(review, second)
    press(review, "2")
    key = run(review, f"return {KEPT}[0]")
    run(review, "dispatchEvent(new StorageEvent('storage', {key: arguments[0]}))", key)  # as from another window
    assert pressed(review, first) == [] and pressed(review, second) == ["flip"]
    assert review.find_element("id", "decided").text.startswith("1 pair decided: flip 1.")
    review.get(built.page.as_uri())  # with the browser's own functions again


def test_two_windows_do_not_write_over_each_others_decisions(built, review):
    first, second = ids(review, "he")
    one = review.current_window_handle
    review.switch_to.new_window("tab")
    review.get(built.page.as_uri())
    review.find_element("id", "reviewing").click()
    go_to(review, first)
    press(review, "1")
    other = review.current_window_handle
    review.switch_to.window(one)
    go_to(review, second)
    press(review, "2")
    assert soon(lambda: review.find_element("id", "decided").text == "2 pairs decided: keep 1, flip 1.")
    assert pressed(review, first) == ["keep"]
    review.switch_to.window(other)
    review.close()
    review.switch_to.window(one)


def test_clearing_asks_and_clears(review):
    (pair_id,) = ids(review, "en")
    go_to(review, pair_id)
    press(review, "4")
    for answer, left in (("dismiss", ["tie"]), ("accept", [])):
        click(review, "clear-decisions")
        getattr(review.switch_to.alert, answer)()
        assert soon(lambda left=left: pressed(review, pair_id) == left)
    assert run(review, f"return {KEPT}") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_has_room_and_words_are_seen(built, show, scheme):
    browser = show(built.page, width=390, height=844, scheme=scheme)
    browser.find_element("id", "reviewing").click()
    (pair_id,) = ids(browser, "fa")
    go_to(browser, pair_id)
    press(browser, "1")
    assert run(browser, "return document.documentElement.scrollWidth") <= 390
    faint = [one for *pair, one in colours(browser) if contrast(*pair) < 4.5]
    assert faint == []
    run(browser, f"for (const key of {KEPT}) localStorage.removeItem(key)")


def test_the_search_field_keeps_room_for_words_beside_the_box_review(built, show):
    browser = show(built.page)
    width = "return document.getElementById('search').getBoundingClientRect().width"
    before = run(browser, width)
    browser.find_element("id", "reviewing").click()
    assert min(before, run(browser, width)) >= 240
