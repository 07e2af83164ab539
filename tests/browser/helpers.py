"""What a reader does on a page, and what hostile data look like."""

import base64
import re
import time
import zlib

HOSTILE = (
    '</script><script>window.hit=1</script><img src="https://example.org/x.png" onerror="window.hit=2">'
    '<svg onload="window.hit=3"></svg><!--<script>"\'><iframe src="https://example.org/"></iframe>'
    '<a href="javascript:window.hit=4" onfocus="window.hit=5" autofocus>x</a><style>*{display:none}</style>'
    "{{7*7}}${7*7}&lt;b&gt;\u2028\u202egnihtyna\u202c"
)
#: What the page shows of it: marks that embed or override a direction are named, not obeyed.
SHOWN = HOSTILE.replace("\u202e", "U+202E").replace("\u202c", "U+202C")


def run(browser, script: str, *arguments):
    return browser.execute_script(script, *arguments)


def press(browser, keys: str) -> None:
    browser.switch_to.active_element.send_keys(keys)


def choose(browser, name: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("id", f"f-{name}")).select_by_value(value)


def search(browser, words: str) -> None:
    """Types into the search field."""
    field = browser.find_element("id", "search")
    field.clear()
    field.send_keys(words)


def soon(condition) -> bool:
    """Whether something comes true within a few seconds: the list follows the typing after a moment."""
    for _ in range(100):
        if condition():
            return True
        time.sleep(0.1)
    return False


def pixel(browser, node, right: bool) -> str:
    """The colour of a box near its lower left or right corner, where it has no words."""
    places = "return [b.left + scrollX, b.right + scrollX, b.bottom + scrollY]"
    box = run(browser, f"const b = arguments[0].getBoundingClientRect(); {places}", node)
    clip = {
        "x": round(box[1] - 4 if right else box[0] + 2),
        "y": round(box[2] - 3),
        "width": 1,
        "height": 1,
        "scale": 1,
    }
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    data, parts, at = base64.b64decode(taken["data"]), b"", 8
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        parts += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    # Of one pixel every filter leaves the values as they are.
    return "rgb({}, {}, {})".format(*zlib.decompress(parts)[1:4])


def luminance(colour: str) -> float:
    """Relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Contrast of two colours, as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(browser) -> list[list[str]]:
    """Colour, ground and an example of all words that are seen."""
    return run(
        browser,
        """const seen = new Map();
        for (const n of document.querySelectorAll('body *')) {
          if (![...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim()) || !n.checkVisibility()) continue;
          if (n.closest('svg, select:disabled, script, style')) continue;
          let ground = n;
          while (ground && /, 0\\)$/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
          const behind = getComputedStyle(ground || document.documentElement).backgroundColor;
          const colour = getComputedStyle(n).color;
          seen.set(colour + behind, [colour, behind, n.outerHTML.slice(0, 80)]);
        }
        return [...seen.values()]""",
    )
