"""Reads language tags with their subtags (BCP 47), and names with a region or script: `Portuguese (Brazil)`."""

import json
import re
from dataclasses import dataclass
from functools import cache

from ..files.packaged import packaged_text

# What locales of POSIX carry behind the language: en_US.UTF-8, ca_ES@euro.
_POSIX = re.compile(r"(?:\.[\w-]+)?(?:@\w+)?\Z")
_NAME_AND_PLACE = re.compile(
    r"(?P<name>[^(),]*[^(), ])(?: *\( *(?P<one>[^()]+?) *\)|, *(?P<two>[^(),]+)|-(?P<three>[^(),]+))"
)


@dataclass(frozen=True)
class Tag:
    """A tag taken apart.

    Attributes:
        language: the code of the language, the one in use today (`iw` is he, `zh-yue` is yue).
        script: ISO 15924 code of the script that it names; empty where it names none.
    """

    language: str
    script: str


def parse_tag(text: str) -> Tag | None:
    """Takes a tag apart whose every subtag is a registered one; None for anything else.

    Args:
        text: the tag, with `-` or `_`, in any case: `pt-BR`, `zh_Hant_TW`, `zh-yue`, `de-CH-1996`, `en_US.UTF-8`.
    """
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    try:
        parsed = Language.get(_POSIX.sub("", text.strip()))
        valid = parsed.is_valid()
    except (LanguageTagError, ValueError):
        return None
    if not valid or not parsed.language:
        return None
    # An extended subtag is a language of its own: ar-arz is arz.
    return Tag((parsed.extlangs or [parsed.language])[0], parsed.script or "")


def split_name(text: str) -> tuple[str, str] | None:
    """Cuts a name with a region or script, as `Portuguese (Brazil)`, `Chinese, Traditional` or `English-US`, in two."""
    match = _NAME_AND_PLACE.fullmatch(text.strip().casefold())
    return match and (match["name"], (match["one"] or match["two"] or match["three"]).strip())


def place_code(name: str) -> str:
    """The code of a region or script by its English name or code, in any case; empty where it is none."""
    return _places().get(name.casefold(), "")


@cache
def _places() -> dict[str, str]:
    """English name or code, folded, of every region and script -> its code."""
    text = packaged_text("places.json")
    places: dict[str, dict[str, str]] = json.loads(text)
    codes = {code.casefold(): code for table in places.values() for code in table.values()}
    return codes | {"uk": "GB"} | places["scripts"] | places["regions"]
