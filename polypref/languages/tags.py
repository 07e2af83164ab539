"""Reads language tags with their subtags (BCP 47), and names with a region or script: `Portuguese (Brazil)`."""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from ..files.packaged import packaged_text

# What locales of POSIX carry behind the language: en_US.UTF-8, ca_ES@euro; the character sets and modifiers of glibc.
_POSIX = re.compile(
    r"(?:\.(?:utf-?8|iso-?8859-?\d+|cp-?\d+|koi8-?[rtu]|euc-?\w\w|gb\d+k?|big5\w*|sjis|tis-?620|ascii))?"
    r"(?:@(?P<modifier>euro|latin|cyrillic|devanagari|valencia|iqtelif|saaho|abegede))?\Z",
    re.IGNORECASE,
)
_SCRIPTS_OF_POSIX = {"latin": "Latn", "cyrillic": "Cyrl", "devanagari": "Deva"}
# Regions that ISO 3166 leaves to private use, without Kosovo, which all call so.
_NO_REGION = re.compile(r"AA|Q[M-Z]|X[A-JL-Z]|ZZ")
_NO_SCRIPT = re.compile(r"Qa[a-b][a-z]|Zzzz")
_NAME_AND_PLACE = re.compile(
    r"(?P<name>[^(),]*[^(), ])(?: *\( *(?P<one>[^()]+?) *\)|, *(?P<two>[^(),]+)|-(?P<three>[^(),]+))"
)


@dataclass(frozen=True)
class Tag:
    """A tag taken apart.

    Attributes:
        language: the code of the language, the one in use today (`iw` is he, `zh-yue` is yue).
        script: ISO 15924 code of the script that it names; empty where it names none.
        region: ISO 3166 or UN M.49 code of the region that it names; empty where it names none.
    """

    language: str
    script: str
    region: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """The tag in its usual case, then without its region, without its script, and the language alone."""
        script, region = self.script and f"-{self.script}", self.region and f"-{self.region}"
        ends = dict.fromkeys((script + region, script, region, ""))
        return tuple(self.language + end for end in ends)


def parse_tag(text: str) -> Tag | None:
    """Takes a tag apart whose every subtag is a registered one.

    Args:
        text: the tag, with `-` or `_`, in any case: `pt-BR`, `zh_Hant_TW`, `zh-yue`, `de-CH-1996`, `en_US.UTF-8`.

    Returns:
        its parts; None for anything else, also where a subtag is one that the standards leave to private use (`pt-XX`).

    >>> parse_tag("sr_RS.UTF-8@latin")
    Tag(language='sr', script='Latn', region='RS')
    >>> parse_tag("it.support")
    """
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    text = text.strip()
    posix = _POSIX.search(text)
    try:
        parsed = Language.get(text[: posix.start()] if posix else text)
        valid = parsed.is_valid()
    except (LanguageTagError, ValueError):
        return None
    if not valid or not parsed.language:
        return None
    script, region = parsed.script or "", parsed.territory or ""
    if is_private(region) or _NO_SCRIPT.fullmatch(script):
        return None
    if posix and posix["modifier"]:
        script = _SCRIPTS_OF_POSIX.get(posix["modifier"].lower(), script)
    # An extended subtag is a language of its own: ar-arz is arz.
    return Tag((parsed.extlangs or [parsed.language])[0], script, region)


def is_private(region: str) -> bool:
    """Whether a region's code is one that ISO 3166 leaves to private use, so that it names no place.

    Args:
        region: two letters, in any case.

    Returns:
        false for Kosovo's XK too.
    """
    return bool(_NO_REGION.fullmatch(region.upper()))


def split_name(text: str) -> tuple[str, str] | None:
    """Cuts a name with a region or script behind it in two.

    Args:
        text: as in `Portuguese (Brazil)`, `Chinese, Traditional` or `English-US`.

    Returns:
        the name and what stands behind it, in lower case; None for a text of another form, and for two codes with a
        comma, which are two languages (`de,fr`).
    """
    match = _NAME_AND_PLACE.fullmatch(unicodedata.normalize("NFC", text.strip().casefold()))
    if match is None or (match["two"] and parse_tag(match["two"])):
        return None
    return match["name"], (match["one"] or match["two"] or match["three"]).strip()


def place_code(name: str) -> str:
    """The code of a region or script.

    Args:
        name: its English name, or the code, in any case.

    Returns:
        the code; empty where the name is none.
    """
    return _places().get(unicodedata.normalize("NFC", name.casefold()), "")


@cache
def _places() -> dict[str, str]:
    """English name or code, folded, of every region and script -> its code."""
    text = packaged_text("places.json")
    places: dict[str, dict[str, str]] = json.loads(text)
    codes = {code.casefold(): code for table in places.values() for code in table.values()}
    return codes | {"uk": "GB"} | places["scripts"] | places["regions"]
