"""Writes docs/reasons.md from the sentences in polypref/data/reasons.toml: `python docs/reasons.py`."""

import re
from collections.abc import Iterator
from pathlib import Path

from polypref.stages.reason_words import groups, names_in

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# What the words of the funnel mean

Nothing is dropped silently: a build counts all that it leaves out or marks, by language, with an outcome and a reason.
The funnel that `polypref inspect` prints, the HTML page (`--html`), the dataset card and `provenance.json` show these
words; the page explains those that occur in it. A check of your own has reasons of its own, which are not listed here.
This page is made of `polypref/data/reasons.toml` (`python docs/reasons.py`).
"""


def page() -> str:
    """The page's text; other pages that a sentence names are links."""
    text = "\n".join(_lines()).rstrip("\n") + "\n"
    return re.sub(r"\bdocs/(\w+)\.md", lambda name: f"[{name[1]}]({name[1]}.md)", text)


def _lines() -> Iterator[str]:
    yield HEAD
    for group in groups().values():
        yield f"## {group.title}\n"
        stages = f" Stages: {', '.join(f'`{stage}`' for stage in group.stages)}." if group.stages else ""
        yield f"{group.about}{stages}\n"
        yield "| word | what it means |"
        yield "|---|---|"
        for key, sentence in group.words.items():
            yield f"| {', '.join(f'`{name}`' for name in names_in(key))} | {sentence} |"
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
