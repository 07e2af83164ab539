"""How a reader has answers shown: with their Markdown, and with what differs between two of them marked."""

import json
from pathlib import Path

import pytest

from polypref.pages import dataset

from .helpers import HOSTILE, SHOWN, press, run

pytestmark = pytest.mark.browser

MARKDOWN = """# कर *कैसे* भरें

पहले **सब काग़ज़** जोड़िए, फिर `form_16.pdf` खोलिए।

1. [आयकर विभाग](https://example.org/tax) पर जाइए
2. ~~कल~~ आज ही भरिए
   - snake_case_name और 2 * 3 * 4 वैसे ही रहते हैं

| साल | दर |
|-----|:--:|
| 2024 | **5%** |

> याद रखिए:
> समय पर

```python
print("**code**")  # वैसा ही
```
---
अंत \\*यही\\* है"""
PAIRS = [
    ("hi", "कर कैसे भरें?", MARKDOWN, "मुझे नहीं पता।"),
    ("he", "מה לקנות לארוחה?", "כדאי לקנות לחם ושתי עגבניות.", "כדאי לקנות חלב ושתי עגבניות טריות."),
    ("ja", "昼食は何がいいですか。", "今日は温かいそばがいいです。", "今日は冷たいうどんがいいです。"),
    ("fa", "سه رنگ نام ببر.", "سرخ، سبز\n\nو آبی. \nهمین.", "سرخ، سبز\nو آبی.\nهمین."),
    ("de", "Was fehlt?", "1. Birne\n2. Apfel\n3. Brot", "1. Apfel\n2. Birne\n* Brot"),
    ("en", "Show the mark-up.", f"**{HOSTILE}** [x](javascript:window.hit=1)", "a" * 3_000 + " **b"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory, polypref) -> Path:
    folder = tmp_path_factory.mktemp("reading")
    rows = [dict(zip(("language", "prompt", "chosen", "rejected"), pair, strict=True)) for pair in PAIRS]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "pairs.jsonl").write_text(text, "utf-8")
    columns = ("--prompt", "prompt", "--chosen", "chosen", "--rejected", "rejected", "--language-column", "language")
    source = ("--source", folder / "pairs.jsonl", "--licence", "cc0-1.0")
    polypref("build", "pairs", *source, *columns, "--out", folder / "out", "--quiet")
    dataset.write_page(folder / "out", folder / "page.html")
    return folder / "page.html"


def texts(browser, language: str, script: str):
    """What a script says of the two answers of a language's pair, `n` of each."""
    return run(
        browser,
        "return [...document.querySelectorAll('.pair')]"
        ".filter((p) => p.querySelector('.prompt .text').lang === arguments[0])"
        f".flatMap((p) => [...p.querySelectorAll('.answer .text')]).map((n) => {script})",
        language,
    )


def marked_words(browser) -> list[str]:
    return run(browser, "return [...(CSS.highlights.get('differs') || [])].map((range) => range.toString())")


def test_markdown_is_shown_on_request_and_as_written_before(page, show):
    browser = show(page)
    (plain, _) = texts(browser, "hi", "n.innerText")
    assert "# कर *कैसे* भरें" in plain
    browser.find_element("id", "as-markdown").click()
    (shown, _) = texts(browser, "hi", "n.innerText")
    for mark in ("**सब", "`form", "~~", "|--", "> याद", "# कर", "```"):
        assert mark not in shown
    parts = dict.fromkeys(("strong", "em", "s", "code", ".heading.level-1", ".item", "td", "th", ".quote", "pre", "hr"))
    for part in parts:
        parts[part], _ = texts(browser, "hi", f"[...n.querySelectorAll('{part}')].map((one) => one.textContent)")
    assert parts["strong"] == ["सब काग़ज़", "5%"] and parts["em"] == ["कैसे"] and parts["s"] == ["कल"]
    assert parts["code"] == ["form_16.pdf"] and parts[".heading.level-1"] == ["कर कैसे भरें"]
    assert parts["th"] == ["साल", "दर"] and parts["td"] == ["2024", "5%"] and parts["hr"] == [""]
    assert parts["pre"] == ['print("**code**")  # वैसा ही'] and parts[".quote"] == ["याद रखिए:\nसमय पर"]
    first, second, third = parts[".item"]
    assert first == "1. आयकर विभाग (https://example.org/tax) पर जाइए" and second.startswith("2. कल आज")
    assert third == "• snake_case_name और 2 * 3 * 4 वैसे ही रहते हैं"
    assert shown.rstrip().endswith("अंत *यही* है")
    browser.find_element("id", "as-markdown").click()
    assert texts(browser, "hi", "n.innerText")[0] == plain


def test_what_is_shown_as_markdown_stays_words(page, show, requests):
    browser = show(page)
    browser.find_element("id", "as-markdown").click()
    shown = texts(browser, "en", "n.textContent")
    # Of the stars some are emphasis.
    words = f"{SHOWN} x (javascript:window.hit=1)".replace("\u2028", "\n").replace("*", "")
    assert words in {text.replace("*", "") for text in shown}
    assert "a" * 3_000 + " **b" in shown
    assert run(browser, "return window.hit") is None
    assert run(browser, "return document.querySelectorAll('a[href]:not([href^=\"#\"]), img, iframe').length") == 0
    assert requests() == [page.as_uri()]


def test_words_that_only_one_answer_has_are_marked(page, show):
    browser = show(page)
    assert marked_words(browser) == []
    press(browser, "d")
    words = marked_words(browser)
    assert {"לחם", "חלב", "טריות"} <= set(words) and not {"כדאי", "לקנות", "ושתי", "עגבניות"} & set(words)
    # Japanese has no spaces: its words are the browser's.
    assert {"温かい", "そば", "冷たい", "うどん"} <= set(words) and "今日" not in words
    press(browser, "m")
    assert set(marked_words(browser)) >= {"לחם", "חלב"}
    press(browser, "d")
    assert marked_words(browser) == []


def test_marks_of_list_items_are_compared_item_by_item(page, show):
    browser = show(page)
    press(browser, "d")
    of_german = ".filter((range) => range.startContainer.parentElement.closest('[lang=de]')).map(String)"
    words = run(browser, f"return [...CSS.highlights.get('differs')]{of_german}")
    assert sorted(words) in (["*", "3.", "Apfel", "Apfel"], ["*", "3.", "Birne", "Birne"])


def test_white_space_is_marked_where_nothing_else_differs(page, show):
    browser = show(page)
    before = texts(browser, "fa", "n.innerHTML")
    press(browser, "d")
    marks = "[...n.querySelectorAll('.space')].map((one) => one.dataset.mark).join('')"
    assert sorted(texts(browser, "fa", marks)) == ["¶¶", "¶¶·¶"]
    legends = "return [...document.querySelectorAll('.space-legend')].map((n) => n.textContent)"
    assert run(browser, legends) == ["Only white space differs: ¶ end of a line, · space, → tab."]
    press(browser, "m")
    assert run(browser, legends) == ["Only white space differs; without Markdown it is marked."]
    press(browser, "m")
    press(browser, "d")
    assert texts(browser, "fa", "n.innerHTML") == before and run(browser, legends) == []


def test_words_are_marked_under_a_tag_that_browsers_do_not_take(page, show):
    browser = show(page)
    run(browser, "for (const node of document.querySelectorAll('.text[lang=he]')) node.lang = 'he_IL@old'")
    press(browser, "d")
    assert {"חלב", "温かい"} <= set(marked_words(browser))


def test_a_phone_has_room_for_markdown(page, show):
    browser = show(page, width=390, height=844)
    for name in ("as-markdown", "differences"):
        run(browser, "document.getElementById(arguments[0]).click()", name)
    assert run(browser, "return document.documentElement.scrollWidth") <= 390
