"""What all of polypref's pages share: the template's surroundings, JSON in a script, the policy's hashes, languages."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from .. import languages
from ..console.escaping import without_overrides
from ..errors import UserError
from ..files.json_types import Json
from ..files.packaged import packaged_text
from ..stages.counts import FunnelRow

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

ScriptValue: TypeAlias = "bool | int | float | str | Sequence[ScriptValue] | Mapping[str, ScriptValue] | None"
#: The most characters of one text in a page.
MOST_CHARACTERS = 8_000
#: The last line of a page: a page that was changed by hand, or is none of polypref's, is not written over.
SEAL = "<!-- polypref page, sha256 of all before: {} -->"


_NUMBER = r"[-+]?\d[\d.,]*(?<=\d)%?"
#: A short bracket with a figure in it, and the number before it; or two numbers with `to` between them.
_SHARE = re.compile(
    rf"(?:(?<![\w.&#])(?:{_NUMBER} )?[(\[](?=[A-Za-z0-9%., +-]{{1,30}}[)\]])[^)\]]*\d[^)\]]*[)\]])"
    rf"|(?<![\w.&#]){_NUMBER} to {_NUMBER}",
    re.ASCII,
)


class Counted(Protocol):
    """What has a funnel: the provenance of a dataset, or a build that is not finished."""

    @property
    def funnel(self) -> Sequence[FunnelRow]:
        """Its rows, in the order of the stages."""


def asset(name: str) -> str:
    """A file of polypref/data, as in `page/page.css`.

    Args:
        name: its path below polypref/data, with slashes.

    Returns:
        The text.

    Raises:
        FileNotFoundError: there is none.
    """
    return packaged_text(*name.split("/"))


def script(*names: str) -> str:
    """A page's script: what all pages share, and its own, in one function.

    Args:
        names: as in `asset`, of the page's own scripts, in their order.

    Returns:
        JavaScript.
    """
    parts = "\n".join(asset(name) for name in ("page/browse.js", "page/reading.js", *names))
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def environment() -> "Environment":
    """A jinja2 environment that escapes all it is given, with the pages' filters; templates go by `asset`'s names.

    Marks that turn the direction of what follows stand by their names.

    Returns:
        The environment: a variable that a template lacks is an error.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import escape

    shared = Environment(
        undefined=StrictUndefined,
        autoescape=True,
        finalize=lambda value: without_overrides(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: asset(name).strip()),
    )
    shared.filters["n"] = lambda number: f"{number:,}"
    shared.filters["percent"] = lambda share: f"{share:.0%}" if share >= 0.0995 or not share else f"{share:.1%}"
    shared.filters["breakable"] = lambda name: _breakable(escape(without_overrides(name)))
    shared.filters["whole"] = lambda words: _whole(escape(without_overrides(words)))
    return shared


def _whole(words: "Markup") -> "Markup":
    """Words whose shares and intervals, as in `12 (3%)` and `0.53 (0.4 to 0.6)`, stay within one line."""
    from markupsafe import Markup

    return Markup(_SHARE.sub(r'<span class="nobr">\g<0></span>', str(words)))


def _breakable(name: "Markup") -> "Markup":
    """A name that may go on in the next line behind `_` and `/`."""
    from markupsafe import Markup

    for sign in "_/":
        name = name.replace(sign, Markup(f"{sign}<wbr>"))
    return name


def policy_hash(text: str) -> str:
    """How a content security policy names a script or a style: by the SHA-256 of its text.

    Args:
        text: what stands between the element's tags.

    Returns:
        As in `sha256-...`, for `script-src` or `style-src`.
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


#: What could end a script element or its lines, or turn around what stands after it in the source of the page.
_ESCAPED = "<>&\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def script_json(value: ScriptValue) -> str:
    """JSON that can stand in a script element: nothing in it can end the element or begin a comment.

    Args:
        value: texts, finite numbers, lists and mappings of them.

    Returns:
        The JSON; `<`, `>`, `&`, the two line separators and marks that turn the direction are escapes in it.

    Raises:
        ValueError: a number is not finite.

    Example:
        >>> print(script_json({"a": "</script>"}))
        {"a":"\\u003c/script\\u003e"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in _ESCAPED:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def language(tag: str) -> languages.Language:
    """The language; one that is not known here (a builder script registered it) goes by its tag.

    Args:
        tag: a language's tag.

    Returns:
        What is known of it.
    """
    known = {one.tag: one for one in languages.known()}
    return known.get(tag) or languages.Language(tag, tag, tag, "", (), "")


def about(tags: set[str]) -> dict[str, dict[str, str]]:
    """What a page's script needs to know of languages: name, own name, direction where it is known.

    Args:
        tags: tags of languages.

    Returns:
        Tag -> name, own name and, for languages that are known, direction; sorted by tag.
    """
    known = {one.tag for one in languages.known()}
    return {
        tag: {"name": language(tag).name, "own": language(tag).native_name}
        | ({"direction": language(tag).direction} if tag in known else {})
        for tag in sorted(tags)
    }


def cut_text(text: str) -> list[Json]:
    """The text, or what a page shows of it and how many characters it has.

    Args:
        text: a text of the data.

    Returns:
        The text alone; or its first MOST_CHARACTERS characters, and its length.
    """
    return [text] if len(text) <= MOST_CHARACTERS else [text[:MOST_CHARACTERS], len(text)]


def within(sizes: list[int], budget: int) -> int:
    """How many rows from the front fit into so many bytes.

    Args:
        sizes: bytes of each row.
        budget: the most bytes.

    Returns:
        A number from 0 to that of the rows.

    Example:
        >>> within([3, 3, 3], 7)
        2
    """
    used = 0
    for count, size in enumerate(sizes):
        used += size
        if used > budget:
            return count
    return len(sizes)


def refuse_folder(target: Path) -> None:
    """Sees that a page is not to be written where a folder is.

    Args:
        target: the file.

    Raises:
        UserError: it is a folder.
    """
    if target.is_dir():
        raise UserError(
            f"{target} is a folder; give the page (--html) the name of a file, as in {target / 'page.html'}"
        )
