"""Phone numbers in a text: the form of one, valid in a country's numbering plan, and not named as something else.

What stands before a number decides where the form alone does not: a word for telephone lets any groups of digits count
that are valid somewhere, and the name of another number (order number, ISBN, postal code) rules a national number out.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberMatcher,
    PhoneNumberType,
    is_valid_number,
    national_significant_number,
    number_type,
    parse,
)

from .number_names import Naming, name_before

# Countries in which the 23 languages of Aya are spoken by many. All are asked of every text: texts are translated, and
# the numbers in them are not.
_REGIONS = [
    "US", "GB", "DE", "FR", "ES", "IT", "PT", "BR", "NL", "BE", "AT", "CH", "PL", "CZ", "RO", "TR", "VN", "ID", "RU",
    "UA", "GR", "IL", "EG", "SA", "AE", "MA", "DZ", "IQ", "JO", "IR", "IN", "JP", "KR", "CN", "TW", "HK", "MX", "AR",
    "CO", "CL", "PE", "AU", "CA", "ZA", "NG",
]  # fmt: skip
# Not part of a word, a longer number or a sum; an extension (x12, ext12, *12) may follow at once, and bold type (**,
# __) may stand around it.
_NUMBER = re.compile(
    r"[+(\d](?<![^\W_].)(?<![^\W_]_.)(?<![.,/=%+$€£-].)(?<!\d .)"
    r"(?:(?<=\d)|(?<=\()\d|(?<=\+)\(?\d)(?:[ .()/-]{0,2}\d){6,14}"
    r"(?:(?=(?:x|ext)\.? ?\d{1,6}(?!\w)| ?\*\d{1,5}(?!\w|[.,*/+-]?\d| ?[*/+=×÷^-]))|"
    r"(?![^\W_]|_(?!_)|[/%€]|[.,:-]\d| \d| ?[=+×÷^]| ?\*(?:\*? ?\d|(?!\*))))",
    re.ASCII | re.IGNORECASE,
)
# Nine digits or more; in brackets, all together, in two groups of which the second is long, or in three and more: a
# date (09.06.2023), a postal code (07830-9670) and most serial numbers are otherwise.
_TRUNK = (
    r"(?=(?:\D*\d){9})(?:\(0[1-9]|"
    r"0[1-9](?:\d{8,9}\Z|\d{0,3}[ .-]\(?\d+\)?[ .-]\d|\d{0,3}[ -]\d{6,8}\Z|\d{1,3}/\d{5,8}\Z))"
)
# How numbers begin, or are written as a whole, where no word says what they are: international, with the trunk prefix
# 0, in North America, Russia, China, Brazil; the countries that are asked; and how strictly the groups are looked at.
_FORMS = tuple(
    (re.compile(form), regions, leniency)
    for form, regions, leniency in (
        (r"\+", ["ZZ"], Leniency.VALID),
        (r"00\d{1,3}[ .-]", ["DE"], Leniency.VALID),
        (_TRUNK, _REGIONS, Leniency.STRICT_GROUPING),
        (r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}", ["US"], Leniency.VALID),
        (r"[2-9]\d\d [2-9]\d\d-\d{4}\Z", ["US"], Leniency.VALID),
        (r"8 ?[ (-][3-9]\d\d[ )-] ?\d{3}[ -]\d\d[ -]\d\d", ["RU"], Leniency.VALID),
        (r"1[3-9]\d([ -])\d{4}\1\d{4}\Z", ["CN"], Leniency.VALID),
        (r"\(\d\d\) ?9?\d{4}-\d{4}", ["BR"], Leniency.VALID),
    )
)
# Mobile numbers of Mexico had a 1 behind the calling code until 2019, and many still write it; those of Argentina have
# a 15 behind the area code (the 11 of Buenos Aires may be left out after a word), and 9 before it from abroad. The
# library knows neither: what is written, the digits it is dialled with, and whether a word has to say what it is.
_REWRITTEN = tuple(
    (re.compile(form), dialled, only_named)
    for form, dialled, only_named in (
        (r"\+52 ?1[ .-]?((?:[ ().-]{0,2}\d){10})\Z", r"+52\1", False),
        (r"\(?0([1-9]\d{1,3})\)?[ -]?15[ -]((?:[ -]?\d){6,8})\Z", r"+549\1\2", False),
        (r"15[ -]?(\d{4}[ -]?\d{4})\Z", r"+54911\1", True),
    )
)
# What an extension is called; a number that has one is a telephone's.
_EXTENSION_AFTER = re.compile(
    r"[ ,;]{0,2} ?[(（]?(?:"
    r"durchwahl|nebenstelle|klappe|dw\.?|ext\.?|extn\.?|extension|extensión|interno|interni|interior|int\.|"
    r"poste|toestel|tst\.|ramal|wewn?\.?|wewnętrzny|linka|klapka|dahili|máy lẻ|số lẻ|pesawat|ekst\.?|"
    r"доб\.?|добавочный|вн\.|внутр\.|внутренний|дод\.?|внутрішній|εσωτ\.?|εσωτερικό|"
    r"内線|內線|分机|分機|转|轉|내선|구내|تحويلة|داخلي|داخلی|שלוחה|एक्सटेंशन"
    r")[ :]{0,2}\d{1,6}(?!\w)",
    re.IGNORECASE,
)
# An area code, a number and its extension behind a star: 030/23125 *12.
_STARRED = re.compile(r"(?:\+\d{1,3}[ -])?\(?0?[1-9]\d{1,4}\)?[ /-]\d[\d ]{3,} ?\*\d{1,5}(?!\w)")
# Numbers for shows and books.
_FICTION = re.compile(r"1?(?:555\d{7}|\d{3}555\d{4})\Z|(?:0|44)(?:207946|7700900)")
# The same digit five times, or five that count up or down; of random ten-digit numbers 1 in 700 has such a row.
_COUNTING = re.compile(
    "|".join([r"(\d)\1{4}", *(d[i : i + 5] for d in ("01234567890", "09876543210") for i in range(7))])
)
# 12.345.678 is a sum; numbers of phones begin with a longer group, or with 0.
_SUM = re.compile(r"[1-9]\d?(?:\.\d{3}){2,}\Z")
_DATE = re.compile(r"\d\d\D\d\d\D(?:19|20)\d\d(?!\d)")
_DATED = re.compile(r"0\d\D(?:\d+\D)*(?:19|20)\d\d(?!\d)")
_AMOUNT_AFTER = re.compile(
    r"\s?(?:円|元|원|руб|₽|₹|грн|zł|kč|đồng|تومان|ریال|"
    r"(?:lei|tl|dong|rupiah|euros?|usd|dollars?|people|users|menschen|personen|personnes|personas|pessoas|человек)\b)",
    re.IGNORECASE,
)
# Digits that were left out of a number: 070-682 74 XX, 138****4093 (the letter of the Cyrillic script too); one x with
# digits behind it is an extension.
_MASKED_AFTER = re.compile(r"[ .()/-]{0,2}(?:[xXхХ](?!\w| ?\d)|[xXхХ]{2,8}(?!\w)|[•●∗＊#?]{2,}|(\*{2,}|_{2,})(?!\w))")
_MASKED_BEFORE = re.compile(r"(?:(?<!\w)[xXхХ]{2,}[ .)-]{1,2}|[•●∗＊#?]{2,}[ .)-]{0,2}|\*{2,}[.)-])\Z")


def is_made_up(number: str) -> bool:
    """Whether digits count up or down or repeat, as those of examples do.

    Args:
        number: digits 0-9 alone.

    Returns:
        True for five equal or counting digits in a row, and for nothing but 0 and 1.
    """
    return bool(_COUNTING.search(number)) or not set(number) - set("01")


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Phone numbers that may reach somebody.

    Args:
        text: with digits, hyphens and brackets of ASCII.

    Yields:
        Start and end of each, in order.
    """
    for match in _NUMBER.finditer(text):
        written, start = match.group(), match.start()
        line = text[text.rfind("\n", 0, start) + 1 : start]
        naming = name_before(line, written)
        # Nothing else is written with a plus sign and a valid calling code.
        if written[0] != "+" and (
            naming is Naming.OTHER
            or _AMOUNT_AFTER.match(unicodedata.normalize("NFC", text[match.end() : match.end() + 24]))
        ):
            continue
        named = naming is Naming.PHONE or _has_extension(text, match)
        phone = _phone_of(written, named=named)
        end = start + len(phone.written) if phone else start
        if phone and _may_be_dialled(phone, named=named) and not _is_masked(line, text[end : end + 12]):
            yield start, end


def _has_extension(text: str, match: re.Match[str]) -> bool:
    """Whether an extension stands behind a number, in words, or behind a star after an area code."""
    after = unicodedata.normalize("NFC", text[match.end() : match.end() + 32])
    starred = match[0][0] in "+(0" and _STARRED.match(text, match.start())
    return bool(starred or _EXTENSION_AFTER.match(after))


class _Phone(NamedTuple):
    """A valid phone number as it is written, and its digits without the calling code."""

    written: str
    national: str
    kind: int


def _phone_of(written: str, *, named: bool) -> _Phone | None:
    """The phone number that this begins with, as the first country knows it."""
    for form, dialled, only_named in _REWRITTEN:
        if (named or not only_named) and form.match(written):
            number = _parsed(form.sub(dialled, written))
            if number and is_valid_number(number):
                return _phone(written, number)
    forms = ((regions, leniency) for form, regions, leniency in _FORMS if form.match(written))
    regions, leniency = next(forms, ([], Leniency.VALID))
    if named:
        regions, leniency = _REGIONS, Leniency.VALID
    digits = re.sub(r"\D", "", written)
    for region in regions:
        if len(regions) == 1 or _may_be_of(region, digits):
            phone = next(iter(PhoneNumberMatcher(written, region, leniency, max_tries=1)), None)
            if phone and phone.start == 0:
                return _phone(phone.raw_string, phone.number)
    return None


def _phone(written: str, number: PhoneNumber) -> _Phone:
    national = national_significant_number(number) if written[0] == "+" else re.sub(r"\D", "", written)
    return _Phone(written, national, number_type(number))


def _parsed(international: str) -> PhoneNumber | None:
    try:
        return parse(international, None)
    except NumberParseException:
        return None


def _may_be_of(region: str, digits: str) -> bool:
    """Whether the digits, with up to five of a prefix, can be of a country: a quick look before the thorough one."""
    plan = _numbering_plan(region)
    return any(plan.fullmatch(digits, prefix) for prefix in range(6))


@cache
def _numbering_plan(region: str) -> re.Pattern[str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata and metadata.general_desc and metadata.general_desc.national_number_pattern
    return re.compile(metadata.general_desc.national_number_pattern)


def _may_be_dialled(phone: _Phone, *, named: bool) -> bool:
    """Whether a valid phone number can reach somebody: it is no list, sum, date, example, fiction, or toll-free."""
    written, number = phone.written, re.sub(r"\D", "", phone.written)
    groups = re.findall(r"\d+", written)
    dated = _DATE.match(written) or (not named and _DATED.match(written))
    return not (
        (written[0] != "+" and (dated or _SUM.match(written) or _is_list(groups, named=named)))
        or is_made_up(phone.national)
        or _FICTION.match(number)
        or phone.kind == PhoneNumberType.TOLL_FREE
    )


def _is_list(groups: list[str], *, named: bool) -> bool:
    """Whether groups of digits are years, or numbers that rise as lists do: 2008 2010 2012, 05 10 15 20 25.

    The pairs of a French number rise by chance in one of 24; steps that are even, or a highest of 20, are no chance.
    """
    if all(re.match(r"(?:19|20)\d\d\Z", group) for group in groups):
        return True
    numbers = list(map(int, groups))
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    if len(groups) < 4 or min(steps) <= 0:
        return False
    growth = {later - earlier for earlier, later in pairwise(steps)}
    doubling = all(later == 2 * earlier for earlier, later in pairwise(numbers[-4:]))
    alike = len(set(map(len, groups))) == 1
    return len(growth) == 1 or doubling or (alike and not named and numbers[-1] <= 20)


def _is_masked(line: str, after: str) -> bool:
    """Whether digits of the number were replaced by signs.

    Args:
        line: what stands before the number in its line.
        after: what follows the number.
    """
    if _MASKED_BEFORE.search(line):
        return True
    hidden = _MASKED_AFTER.match(after)
    if not hidden:
        return False
    # Stars and underscores that close what was opened before are bold type.
    return not (hidden[1] and line.count(hidden[1][:2]) % 2)
