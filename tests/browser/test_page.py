"""The page in a browser: what a reader can do with it, and what hostile data cannot.

Run by `make test-browser`.
"""

import functools
import json
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from polypref.files.records import decode
from polypref.pages import dataset, parts
from polypref.pages import rows as page_rows
from polypref.release.folder import read_provenance
from polypref.release.provenance import Provenance

from .helpers import HOSTILE, SHOWN, choose, colours, contrast, luminance, press, run, search, soon

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).parents[1] / "scripts" / "page.py"
RTL, LTR = ("ar", "fa", "he"), ("el", "hi", "ja", "ko", "uk", "zh")
CODE = "\n\n```python\nprint('x' * 3)\n```\n"
#: Where the first pair's two answers are.
ANSWERS = "return [...document.querySelectorAll('.pair .answer')].slice(0, 2).map((n) => n.getBoundingClientRect())"


@pytest.fixture(scope="module")
def rows(bundled):
    """Rows in nine languages, of which a build keeps, flags, leaves out and rejects some."""
    built_rows = []
    for tag in (*RTL, *LTR):
        for n, row in enumerate(bundled[tag]):
            full, weak = row["answers"]["full"], row["answers"]["weak"]
            answer = {"id": f"g{n}", "language": tag, "prompt": row["prompt"], "a": full, "b": weak}
            if n == 4:
                answer["a"] = full + CODE + full
            if n == 5:
                answer["b"] = "\n".join([weak] * 60)
            if n == 6:
                answer["a"] = "This answer was written in English from its first word to its last."
            built_rows.append(answer | {"score_a": n + 2 if n != 7 else 1, "score_b": 1})
    return built_rows


def build(polypref, folder: Path, rows: list[dict]) -> Path:
    source = folder / "rows.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    polypref("build", SCRIPT, "--source", source, "--out", folder / "out", "--quiet")
    return folder / "out"


@pytest.fixture(scope="module")
def plain(tmp_path_factory, polypref, rows) -> Path:
    """A page of well-meant data."""
    folder = tmp_path_factory.mktemp("plain")
    dataset.write_page(build(polypref, folder, rows), folder / "page.html")
    return folder / "page.html"


@pytest.fixture(scope="module")
def unscored(tmp_path_factory, polypref, bundled) -> Path:
    """A page of pairs that somebody preferred, without a score."""
    folder = tmp_path_factory.mktemp("unscored")
    with (folder / "pairs.jsonl").open("w", encoding="utf-8") as file:
        for row in bundled["he"]:
            answers = {"chosen": row["answers"]["full"], "rejected": row["answers"]["weak"]}
            file.write(json.dumps({"prompt": row["prompt"]} | answers, ensure_ascii=False) + "\n")
    words = ("--prompt", "prompt", "--chosen", "chosen", "--rejected", "rejected", "--language", "he")
    polypref("build", "pairs", "--source", folder / "pairs.jsonl", *words, "--out", folder / "out", "--quiet")
    dataset.write_page(folder / "out", folder / "page.html")
    return folder / "page.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, polypref, rows) -> Path:
    """A page of data that want to be more than words: every text, model, reason, flag, id and name."""
    folder = tmp_path_factory.mktemp("hostile")
    spoilt = [row | {key: row[key] + HOSTILE for key in ("prompt", "a", "b")} for row in rows]
    out = build(polypref, folder, spoilt)
    values = json.loads((out / "provenance.json").read_text("utf-8"))
    sample = page_rows.draw_sample(out, read_provenance(out))

    def spoil(value, key=""):
        if isinstance(value, dict):
            return {k: v if k in ("name", "language", "outcome", "stage") else spoil(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [spoil(one, key) for one in value]
        return value + HOSTILE if isinstance(value, str) and key != "text" else value

    # A reader refuses these where they are of another form; the page is not to rely on it.
    formed = {
        "files",
        "fingerprints",
        "fingerprint",
        "format",
        "mixtures",
        "configs",
        "name",
        "version",
        "rows",
        "readme",
    }
    words = {key: value if key in formed else spoil(value) for key, value in values.items()}
    record = replace(decode(Provenance, words, "spoilt"), name=HOSTILE)
    more = [parts.script_json(spoil(json.loads(text)) | {"flags": [HOSTILE]}) for text in sample.rows]
    text = dataset.render_page(out, record, page_rows.Sample(more, sample.held, sample.totals, HOSTILE))
    (folder / "page.html").write_text(text, "utf-8")
    return folder / "page.html"


def ids(browser) -> list[str]:
    return [card["id"] for card in cards(browser)]


def cards(browser) -> list[dict]:
    """What is shown: id, language of the prompt, title line, texts."""
    return run(
        browser,
        """return [...document.querySelectorAll('.pair')].map((n) => ({id: n.dataset.id,
             language: n.querySelector('.text')?.lang, head: n.querySelector('header').textContent,
             verdict: n.querySelector('.verdict').textContent,
             texts: [...n.querySelectorAll('.text')].map((t) => t.textContent)}))""",
    )


def all_texts(shown: list[dict]) -> list[str]:
    return [text for card in shown for text in card["texts"]]


def texts_in(path: Path, shown: list[dict]) -> list[str]:
    """The texts of cards as the page holds them, character by character but for the overrides that it names."""
    of_row = {row["id"]: row for row in held(path)}
    rows = [of_row[card["id"]] for card in shown]
    texts = [text for row in rows for text in [*(t[1] for t in row["prompt"]), *(a["text"] for a in row["answers"])]]
    return [text.replace("\u202e", "U+202E").replace("\u202c", "U+202C") for text in texts]


def focused(browser) -> str:
    return run(browser, "return document.activeElement.dataset.id || document.activeElement.id")


def held(path: Path) -> list[dict]:
    text = path.read_text("utf-8").split('<script type="application/json" id="data">')[1].split("</script>")[0]
    return json.loads(text)["rows"]


def test_pairs_without_scores_are_shown(unscored, show):
    browser = show(unscored)
    assert len(cards(browser)) == len(held(unscored)) == 12
    assert all("score" not in card["head"] and "margin" not in card["head"] for card in cards(browser))
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_hostile_data_stay_words(hostile, show, requests):
    browser = show(hostile)
    for _ in range(10):
        run(browser, "document.getElementById('more').click()")
    run(browser, "for (const d of document.querySelectorAll('details')) d.open = true")
    assert run(browser, "return window.hit") is None
    names = run(browser, "return [...new Set([...document.querySelectorAll('*')].map((n) => n.localName))]")
    assert not {"img", "iframe", "object", "embed"} & set(names)
    assert run(browser, "return [document.scripts.length, document.styleSheets.length]") == [2, 1]
    assert run(browser, "return document.querySelectorAll('a[href]:not([href^=\"#\"])').length") == 0
    shown_cards = cards(browser)
    assert len(shown_cards) == len(held(hostile)) > 100
    assert all_texts(shown_cards) == texts_in(hostile, shown_cards)
    # What ends a line in a text that was read is a line feed; prompts are spoilt once more on the page.
    assert [text for text in all_texts(shown_cards) if SHOWN.replace("\u2028", "\n") not in text] == []
    assert sum(SHOWN in text for text in all_texts(shown_cards)) == len([c for c in shown_cards if len(c["texts"]) > 0])
    assert all(SHOWN in card["head"] for card in shown_cards)
    assert run(browser, "return document.querySelector('h1').textContent").startswith(SHOWN)
    # Nothing tried to: a policy that had to step in would have said so.
    assert [e["message"] for e in browser.get_log("browser")] == []
    assert requests() == [hostile.as_uri()]


def test_texts_keep_every_end_of_a_line(plain, show):
    """Also where lines of the other direction, or code, begin: they stand in blocks of their own."""
    browser = show(plain)
    for _ in range(10):
        run(browser, "document.getElementById('more').click()")
    shown_cards = cards(browser)
    assert all_texts(shown_cards) == texts_in(plain, shown_cards)
    assert sum(CODE in text for text in all_texts(shown_cards)) == len(RTL + LTR)


def test_an_empty_line_before_lines_of_the_other_direction_is_seen(plain, show):
    browser = show(plain)
    choose(browser, "language", "he")
    gap, line = run(
        browser,
        """const code = document.querySelector('.pair .text pre'), before = code.previousSibling.firstChild;
        const range = document.createRange(), end = before.data.trimEnd().length;
        range.setStart(before, end - 1);
        range.setEnd(before, end);
        const height = parseFloat(getComputedStyle(code.parentElement).lineHeight);
        return [code.getBoundingClientRect().top - range.getBoundingClientRect().bottom, height]""",
    )
    assert line < gap < 2 * line


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_labels_of_an_axis_do_not_overlap(width, plain, show):
    browser = show(plain, width=width)
    overlaps = run(
        browser,
        """return [...document.querySelectorAll('svg.axis')].filter((n) => n.checkVisibility()).flatMap((n) => {
          const boxes = [...n.querySelectorAll('text')].map((t) => t.getBoundingClientRect()).filter((b) => b.width);
          boxes.sort((a, b) => a.left - b.left);
          return boxes.slice(1).filter((b, i) => b.left < boxes[i].right + 2).map(() => n.outerHTML);
        })""",
    )
    assert overlaps == []


def test_an_override_of_direction_moves_nothing(plain, hostile, show):
    """The words after the override stand in the order in which they were written, on the page and beside it."""
    browser = show(hostile)
    script = """const walker = document.createTreeWalker(document.querySelector('.pair .text'), NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        for (let n = walker.nextNode(); n; n = walker.nextNode()) {
          const at = n.data.indexOf('gnihtyna');
          if (at < 0) continue;
          return [0, 7].map((i) => { range.setStart(n, at + i); range.setEnd(n, at + i + 1);
                                     const box = range.getBoundingClientRect(); return [box.left, box.top]; });
        }"""
    choose(browser, "language", "uk")
    (first, top), (last, bottom) = run(browser, script)
    assert (first < last and top == bottom) or top < bottom
    assert run(browser, "return document.querySelectorAll('.pair .text .control').length") > 0


def test_no_request_leaves_the_page(plain, show, requests):
    """Also none for an icon, when a server sends the page."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = plain.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/page.html"
        browser = show(address)
        press(browser, "jjj?")
        run(browser, "return new Promise((done) => setTimeout(done, 500))")
        assert [url for url in requests() if not url.startswith("data:")] == [address]
        assert asked == ["/page.html"]
        blocked = "return fetch(location.href).then(() => 'sent', () => 'blocked')"
        assert run(browser, blocked) == "blocked"
    finally:
        server.shutdown()


def test_filters_show_the_rows_that_they_name(plain, show):
    browser, rows = show(plain), held(plain)
    assert run(browser, "return document.getElementById('count').textContent") == (
        f"{len(rows)} rows fit; the page holds {len(rows)} of {len(rows)} rows."
    )
    choose(browser, "language", "he")
    mine = [row for row in rows if row["language"] == "he"]
    assert {card["id"] for card in cards(browser)} == {row["id"] for row in mine}
    choose(browser, "outcome", "rejected")
    lost = [row for row in mine if row["outcome"] == "rejected"]
    assert {card["id"] for card in cards(browser)} == {row["id"] for row in lost}
    assert len(lost) == 2  # one tie, one answer in English
    choose(browser, "reason", "pair · tie")
    (tie,) = cards(browser)
    assert tie["verdict"] == "rejected: pair · tie" and len(tie["texts"]) == 3
    count_text = run(browser, "return document.getElementById('count').textContent")
    assert re.sub("[\u2068\u2069]", "", count_text) == (
        "1 row fits; the page holds 1 of 1 rejected in Hebrew (he) עברית for pair · tie."
    )
    browser.find_element("id", "clear").click()
    choose(browser, "model", "two")
    assert len(cards(browser)) == 20
    choose(browser, "flag", "")
    flags = run(browser, "return [...document.getElementById('f-flag').options].map((o) => o.value)")
    for flag in flags[1:]:
        choose(browser, "flag", flag)
        wanted = {row["id"] for row in rows if flag in row.get("flags", [])}
        assert {card["id"] for card in cards(browser)} <= wanted


def test_the_funnel_leads_to_its_rows(plain, show):
    browser = show(plain)
    browser.find_element("css selector", "[data-reason='pair · tie']").click()
    assert len(cards(browser)) == 9 and all("pair · tie" in card["verdict"] for card in cards(browser))
    assert run(browser, "return document.getElementById('pairs').getBoundingClientRect().top") < 900


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Κάθε Ημέρα", "καθε ημερα"),
        ("كِتَابٌ على", "کتاب علی"),
        ("می‌خواهم", "میخواهم"),
        ("שָׁלוֹם", "שלום"),
        ("Їжак", "їжак"),
        ("ＡＢＣ", "abc"),
        ("カメラ", "ｶﾒﾗ"),
    ],
)
def test_search_finds_words_however_they_are_typed(plain, show, tmp_path, written, typed):
    text = plain.read_text("utf-8")
    head, rest = text.split('"rows":[\n')
    row = {"id": "f" * 32, "outcome": "kept", "stage": "", "language": "en", "prompt": [["user", f"… {written} …"]]}
    (tmp_path / "page.html").write_text(f'{head}"rows":[\n{parts.script_json(row)},\n{rest}', "utf-8")
    browser = show(tmp_path / "page.html")
    search(browser, typed)
    assert soon(lambda: len(ids(browser)) < 20 and "f" * 32 in ids(browser))
    search(browser, f"{typed} zzzz")
    assert soon(lambda: not ids(browser))
    search(browser, "ffffffffffff")
    assert soon(lambda: ids(browser) == ["f" * 32])


def test_what_was_found_is_marked(plain, show):
    browser = show(plain)
    row = next(row for row in held(plain) if row["language"] == "uk" and row["outcome"] == "kept")
    word = max(row["prompt"][0][1].split(), key=len).strip("?.,!")
    search(browser, word.upper())
    marks = "return [...CSS.highlights.get('found')].map((r) => r.toString().toLowerCase())"
    assert soon(lambda: set(run(browser, marks)) == {word.lower()})


def test_keys(plain, show):
    browser = show(plain)
    order = [row["id"] for row in held(plain)]
    press(browser, "j")
    assert focused(browser) == order[0]
    press(browser, "jj")
    assert focused(browser) == order[2]
    press(browser, "k")
    assert focused(browser) == order[1] and browser.current_url.endswith("#" + order[1])
    top = run(browser, "return document.activeElement.getBoundingClientRect().top")
    bar = run(browser, "return document.getElementById('filters').getBoundingClientRect().bottom")
    assert bar <= top < bar + 20
    press(browser, "j" * 21)
    assert focused(browser) == order[22]
    press(browser, "/")
    assert focused(browser) == "search"
    press(browser, "jk/?")
    assert run(browser, "return document.getElementById('search').value") == "jk/?"
    press(browser, "\ue00c")  # Escape
    assert focused(browser) == "" and ids(browser) == []
    browser.find_element("id", "clear").click()
    press(browser, "/")
    press(browser, order[30] + "\n")
    assert focused(browser) == order[30] and ids(browser) == [order[30]]
    press(browser, "?")
    assert run(browser, "return document.getElementById('help').open")
    press(browser, "\ue00c")
    assert not run(browser, "return document.getElementById('help').open")


@pytest.mark.parametrize("key", ["ח", "о", "ت", "ㅓ"])
def test_keys_work_on_keyboards_of_other_scripts(plain, show, key):
    browser = show(plain)
    run(
        browser,
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], code: 'KeyJ', bubbles: true}))",
        key,
    )
    assert focused(browser) == held(plain)[0]["id"]


def test_whole_texts_open_and_close(plain, show):
    browser = show(plain)
    long = (row for row in held(plain) if any(len(one["text"]) > 1500 for one in row.get("answers", [])[1:2]))
    row = next(row for row in long if row["language"] == "fa")
    browser = show(f"{plain.as_uri()}#{row['id']}")
    height = "return document.activeElement.querySelectorAll('.answer .text')[1].clientHeight"
    short = run(browser, height)
    assert run(browser, "return document.activeElement.querySelector('.expand').checkVisibility()")
    press(browser, "o")
    assert run(browser, height) > 2 * short
    press(browser, "o")
    assert run(browser, height) == short


def test_a_link_leads_to_its_row(plain, show):
    row = held(plain)[-1]
    browser = show(f"{plain.as_uri()}#{row['id']}")
    assert focused(browser) == row["id"]
    browser = show(f"{plain.as_uri()}#{row['id'][:12]}")
    assert focused(browser) == row["id"]
    choose(browser, "outcome", "kept")
    run(browser, "location.hash = arguments[0]", held(plain)[-2]["id"])
    run(browser, "return new Promise((done) => setTimeout(done, 200))")
    assert focused(browser) == held(plain)[-2]["id"]
    browser = show(f"{plain.as_uri()}#{'0' * 32}")
    assert "does not hold the row 000" in run(browser, "return document.getElementById('count').textContent")


def test_the_id_is_copied(plain, show):
    browser = show(plain)
    browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    browser.find_element("css selector", ".pair .copy").click()
    assert run(browser, "return navigator.clipboard.readText()") == held(plain)[0]["id"]


def test_texts_run_in_the_direction_of_their_language(plain, show):
    browser = show(plain)
    computed = """return [...document.querySelectorAll('.pair .text')].map((n) => [n.lang,
                     getComputedStyle(n).direction, getComputedStyle(n).textAlign])"""
    for tag in (*RTL, *LTR):
        choose(browser, "language", tag)
        texts = run(browser, computed)
        assert texts and {tuple(one) for one in texts} == {(tag, "rtl" if tag in RTL else "ltr", "start")}
    choose(browser, "language", "he")
    # Code runs from left to right, and so does a line all of whose letters do; the page around it too.
    lines = run(
        browser,
        """return [...document.querySelectorAll('.pair .text > *')].map((n) => [n.localName, n.textContent,
             getComputedStyle(n).direction])""",
    )
    assert {way for name, _, way in lines if name == "pre"} == {"ltr"}
    assert {way for _, text, way in lines if text.startswith("This answer was written")} == {"ltr"}
    assert {way for _, text, way in lines if re.search("[א-ת]", text)} == {"rtl"}
    assert run(browser, "return getComputedStyle(document.querySelector('.pair')).direction") == "ltr"


@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_a_phone_s_width_is_enough(which, request, show):
    browser = show(request.getfixturevalue(which), width=390, height=844)
    run(browser, "for (const d of document.querySelectorAll('details')) d.open = true")
    for tag in ("he", "ja"):
        choose(browser, "language", tag)
        wide = run(browser, "return [document.documentElement.scrollWidth, document.body.scrollWidth]")
        assert max(wide) <= 390
    first, second = run(browser, ANSWERS)
    assert second["top"] >= first["bottom"] and first["width"] > 330


def test_answers_stand_side_by_side_on_a_wide_screen(plain, show):
    browser = show(plain)
    first, second = run(browser, ANSWERS)
    assert first["top"] == second["top"] and second["left"] >= first["right"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_ground(plain, show, scheme):
    """Contrast of 4.5 to 1, as WCAG 2.2 asks (1.4.3), of all words against the ground that they stand on."""
    browser = show(plain, scheme=scheme)
    run(browser, "for (const d of document.querySelectorAll('details')) d.open = true")
    colour_pairs = colours(browser)
    assert len(colour_pairs) >= 6
    ground = run(browser, "return getComputedStyle(document.documentElement).backgroundColor")
    assert (luminance(ground) > 0.5) == (scheme == "light")
    assert [one for one in colour_pairs if contrast(*one[:2]) < 4.5] == []


def test_the_theme_button_turns_dark_and_light(plain, show):
    browser = show(plain)
    ground = functools.partial(run, browser, "return getComputedStyle(document.documentElement).backgroundColor")
    before = ground()
    browser.find_element("id", "theme").click()
    assert luminance(before) > 0.5 > luminance(ground())
    browser.find_element("id", "theme").click()
    assert ground() == before


def test_print_shows_whole_texts_and_no_controls(plain, show):
    browser = show(plain, media="print", scheme="dark")
    hidden = ("nav", "#f-language", "#search", "#more", ".copy", ".expand", "#theme")
    assert not run(browser, "return arguments[0].filter((s) => document.querySelector(s).checkVisibility())", hidden)
    assert run(
        browser, "return [...document.querySelectorAll('.text')].every((n) => n.scrollHeight <= n.clientHeight + 4)"
    )
    assert luminance(run(browser, "return getComputedStyle(document.documentElement).backgroundColor")) > 0.9


def test_everything_has_a_name_for_those_who_listen(plain, show):
    browser = show(plain)
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    wanted = ("button", "combobox", "searchbox", "link", "article", "region", "image", "navigation", "search", "table")
    named_roles = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]
    nameless = [role for role, name in named_roles if role in wanted and role != "table" and not name]
    assert nameless == []
    assert {"main", "banner", "navigation", "search", "contentinfo"} <= {role for role, _ in named_roles}
