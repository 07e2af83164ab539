"""Personal data that can be told by its form: e-mail addresses, phone numbers, IP addresses, card numbers, IBANs.

What is found has the form of real data. These are not reported: addresses at domains reserved for examples (example.com
and the like) and other placeholders (test@..., esempio@..., user@domain.com, john.doe@..., git@...); private, loopback,
reserved and documentation IP ranges and the well-known public resolvers; test card numbers that payment firms publish
and IBANs from the standard's examples; phone numbers made of counting or repeated digits, in ranges kept for fiction
(area code or exchange 555), and free-of-charge numbers. Names, street addresses, identity numbers and accounts are not
looked for.

Digits may be of any script.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Runs = Sequence[tuple[int, int]]

KINDS = ("email", "phone", "ip", "card", "iban")


class Span(NamedTuple):
    """Where one piece of personal data stands: `text[start:end]`."""

    kind: str
    start: int
    end: int


def find_pii(text: str) -> list[Span]:
    """Personal data in a text, in order, without overlaps; see the module's text for what counts."""
    return find_suspected(text, 1 | 2 | 4 | 8)


def find_suspected(text: str, suspected: int) -> list[Span]:
    """As `find_pii`, looking only for the kinds whose bit `suspected_kinds` has set."""
    found: list[Span] = []
    runs = list(_runs(text)) if suspected & 8 else []
    for kind, finder, bit in _FINDERS:
        for start, end in finder(text, runs) if suspected & bit else ():
            if all(end <= span.start or span.end <= start for span in found):
                found.append(Span(kind, start, end))
    return sorted(found, key=lambda span: span.start)


def mask_pii(text: str) -> str:
    """The text with [email], [phone], [ip], [card], [iban] in place of personal data, and nothing else changed.

    Masking a masked text changes nothing.
    """
    # A mask can free a number from the letters it stood next to, hence again until nothing is left; each round takes
    # digits or an @ away, so it ends.
    while spans := find_pii(text):
        for kind, start, end in reversed(spans):
            text = f"{text[:start]}[{kind}]{text[end:]}"
    return text


# E-mail

_LOCAL = re.compile(r"[A-Za-z0-9_.+%'-]{1,64}\Z")

_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![A-Za-z0-9_(-])")
# "Example" as writers of 23 languages put it into addresses that are nobody's.
_EXAMPLE = (
    r"(?:ex[ae]mpl|ejempl|beispiel|esempi|voorbeeld|przyklad|priklad|contoh|ornek|primer|muster|sample|test|demo|dummy)"
)

_EXAMPLE_DOMAIN = re.compile(
    rf"(?:.*\.)?{_EXAMPLE}[a-z]*\d*\.|.*\.(?:example|test|invalid|localhost|local|png|jpe?g|svg|js|py|json)\Z|"
    r"(?:your|my|some|another)?[.-]?(?:domain|dominio|company|email|e-mail|mail|site|website|server|host|provider|abc|xyz)\."
)

_EXAMPLE_LOCAL = re.compile(
    rf"{_EXAMPLE}|your|(?:my|some)\.?(?:name|mail|email)|(?:user|username|name|e?-?mail|someone|xxx+|abc|git|foo|bar)\d*\Z|"
    r"(?:john|jane)[._-]?(?:doe|smith)"
)


def _emails(text: str, _: Runs) -> Iterator[tuple[int, int]]:
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and _reaches_someone(local.group(), domain.group().casefold()):
            yield local.start() + len(local.group()) - len(local.group().lstrip(".'-%+")), domain.end()
        at = text.find("@", at + 1)


def _reaches_someone(local: str, domain: str) -> bool:
    name = local.casefold().strip(".'-%+")
    one_letter = len(domain.split(".")[-2]) < 2  # x@w.transpose: code, not mail
    return bool(name) and not (one_letter or _EXAMPLE_LOCAL.match(name) or _EXAMPLE_DOMAIN.match(domain))


# IBAN

_IBAN = re.compile(r"[A-Z](?<![\w-][A-Z])[A-Z]\d\d(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![\w-])")
# Lengths by country, from the IBAN registry (ISO 13616), for the countries most in use.
_IBAN_LENGTHS = {
    length: set(countries.split())
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS",
        23: "AE GI IL IQ OM TL",
        24: "AD CZ DZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        33: "RU",
    }.items()
}

_EXAMPLE_IBANS = {"GB82WEST12345698765432", "GB29NWBK60161331926819", "DE89370400440532013000"}


def _ibans(text: str, _: Runs) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        compact = _ascii_digits(match.group().replace(" ", ""))
        # A word in capitals may follow; the country says where the number ends.
        for length in (n for n, countries in _IBAN_LENGTHS.items() if compact[:2] in countries and n <= len(compact)):
            number = compact[:length]
            end = _end_of(match.group(), length)
            whole = end == len(match.group()) or match.group()[end] == " "
            if whole and number not in _EXAMPLE_IBANS and _iban_check(number):
                yield match.start(), match.start() + end


def _iban_check(number: str) -> bool:
    """ISO 7064 MOD 97-10 over the rearranged number."""
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


def _end_of(text: str, length: int) -> int:
    """Where the first `length` characters other than spaces end."""
    places = [i for i, character in enumerate(text) if character != " "]
    return places[length - 1] + 1


# Digits and what stands between them in phone and card numbers and IP addresses

_ALL_DIGITS = "".join(chr(zero + i) for zero in (0x30, 0x660, 0x6F0, 0x966) for i in range(10))

_DIGITS = "0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f"

_RUN = re.compile(rf"[{_DIGITS}][{_DIGITS} ().\u00a0\u2010\u2011/-]{{5,}}[{_DIGITS}]")


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of digits and separators, with the plus sign or bracket in front."""
    for match in _RUN.finditer(text):
        start = match.start()
        while start and text[start - 1] in "+(":
            start -= 1
        yield start, match.end()


def _ascii_digits(text: str) -> str:
    """The text with digits of any script as 0-9; length unchanged."""
    return text if text.isascii() else "".join(_digit(c) for c in text)


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


# IP addresses

_IPV4 = re.compile(r"(?<![\w./-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\w|/\d)", re.ASCII)

_IPV6 = re.compile(r"[23](?<![\w:.][23])[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{1,34}(?![\w:])")

_VERSION_BEFORE = re.compile(
    r"(?:\bv|version|versión|versione|wersja|wersji|версия|версии|версія|版本|バージョン|버전|الإصدار)\W{0,3}\Z"
)

_RESOLVERS = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"}
# Outline and version numbers have small parts (1.2.3.4); of real addresses 5 in 100,000 have four parts under 21.
_SMALL_PART = 20


def _ipv4(text: str, runs: Runs) -> Iterator[tuple[int, int]]:
    for start, end in runs:
        if text.count(".", start, end) > 2:
            for match in _IPV4.finditer(text, start, end + 3):
                before = text[max(0, match.start() - 16) : match.start()].casefold()
                if _real_ipv4(match.group()) and not _VERSION_BEFORE.search(before):
                    yield match.span()


def _ipv6(text: str, _: Runs) -> Iterator[tuple[int, int]]:
    for match in _IPV6.finditer(text):
        written = match.group() if match.group().endswith("::") else match.group().rstrip(":")
        try:
            address = IPv6Address(written)
        except ValueError:
            continue
        if address.is_global:
            yield match.start(), match.start() + len(written)


def _real_ipv4(number: str) -> bool:
    try:
        address = ip_address(number)
    except ValueError:
        return False
    small = all(int(part) <= _SMALL_PART for part in number.split("."))
    return address.is_global and not address.is_multicast and not small and number not in _RESOLVERS


# Card numbers

_CARD = re.compile(
    r"(?<![\w.+-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|[ .]\d)", re.ASCII
)
# Issuer prefixes and lengths (ISO/IEC 7812): Visa, Mastercard, American Express, Diners Club, Discover, JCB, UnionPay,
# Mir.
_ISSUERS = re.compile(
    r"(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|"
    r"3(?:0[0-5]|[68]\d|9\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|220[0-4]\d{12})\Z"
)

_TEST_CARDS = {
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
    "3566002020360505",
}


def _cards(text: str, runs: Runs) -> Iterator[tuple[int, int]]:
    for start, end in runs:
        if end - start < 13:
            continue
        plain = _ascii_digits(text[max(0, start - 1) : end + 2])
        for match in _CARD.finditer(plain, min(1, start)):
            number = re.sub(r"\D", "", match.group())
            if _ISSUERS.match(number) and luhn(number) and number not in _TEST_CARDS and not _counting(number):
                shift = max(0, start - 1)
                yield match.start() + shift, match.end() + shift


def luhn(number: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * 2 for d in number[-2::-2]]
    return (sum(int(d) for d in number[::-2]) + sum(n - 9 if n > 9 else n for n in doubled)) % 10 == 0


# Phone numbers

# Calling codes in use (ITU-T E.164).
_CALLING_CODE = (
    r"(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42[013]|5[09]\d|6[78]\d|"
    r"80\d|8[578]\d|9[679]\d)"
)

_BEFORE, _AFTER = r"(?<![\w.,/=%+$€£-])(?<!\d )", r"(?![\w/%€]|[.,:-]\d| \d| ?[=+*×÷^])"

_SHAPES = tuple(
    re.compile(f"{_BEFORE}{shape}{_AFTER}", re.ASCII)
    for shape in (
        # International: +49 30 1234567, +14150000000, 0086-10-00000000
        rf"(?:\+{_CALLING_CODE}|00{_CALLING_CODE}(?=[ .-]))"
        r"(?:[ .-]?(?:\(\d{1,5}\)|\d{1,8}))(?:[ .-]?\d{2,8}){1,5}",
        # North America: (415) 000-0000, 415-000-0000, 1-415-000-0000
        r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}",
        # Trunk prefix 0, groups apart by one sign: 06 00 00 00 00, 090-0000-0000, 0532 000 00 00
        r"0[1-9]\d{0,3}([ .-])\d{2,4}(?:\1\d{2,4}){1,3}",
        r"0\d{2,4}[/-]\d{5,8}",
        r"\(0\d{1,4}\) ?\d{2,4}(?:[ -]?\d{2,4}){1,3}",
        # Russia: 8 (900) 000-00-00
        r"8 ?[ (-][3-9]\d\d[ )-] ?\d{3}[ -]\d\d[ -]\d\d",
        # All together, with the trunk prefix: 0900000000
        r"0[1-9]\d{8,9}",
    )
)
# After a word for telephone, any groups of digits will do.
_ANY_SHAPE = re.compile(rf"{_BEFORE}\+?\(?\d(?:[ .()/-]{{0,2}}\d){{6,13}}{_AFTER}", re.ASCII)

_PHONE_WORD = re.compile(
    r"(?:\btel\b|telef|teléf|téléph|telepon|\bphone|\bmobile\b|\bmobil\b|\bcell\b|handy|whatsapp|\bfax\b|cellulare|celular|"
    r"komórk|mobiel|\bcep\b|\bsđt\b|điện thoại|τηλ|κινητό|телефон|тел\.|моб\.|هاتف|جوال|تليفون|تلفن|موبایل|טלפון|נייד|"
    r"फ़ोन|फोन|मोबाइल|电话|電話|手机|手機|携帯|전화|휴대폰|연락처)[^\n\d]{0,20}\Z"
)

_NOT_A_PHONE = re.compile(r"(?:isbn|issn|doi|iban|isin|arxiv|rfc|id|№|#)[^\n\d]{0,4}\Z")
# Numbers for shows and books, free-of-charge numbers: they reach no private person.
_FICTION = re.compile(
    r"1?(?:555\d{7}|\d{3}555\d{4}|8(?:00|33|44|55|66|77|88)\d{7})\Z|(?:0|44)(?:207946|7700900)|00?800"
)
# The same digit five times, or five that count up or down; of random ten-digit numbers 1 in 700 has such a row.
_COUNTING = re.compile(
    "|".join([r"(\d)\1{4}", *(d[i : i + 5] for d in ("01234567890", "09876543210") for i in range(7))])
)


def _counting(number: str) -> bool:
    return bool(_COUNTING.search(number)) or not set(number) - set("01")


def _phones(text: str, runs: Runs) -> Iterator[tuple[int, int]]:
    for start, end in runs:
        if sum(map(str.isdigit, text[start:end])) < 7:
            continue
        shift = max(0, start - 1)
        plain = _SIGNS.sub(_plain_sign, _ascii_digits(text[shift : end + 2]))
        before = text[max(0, start - 30) : start].casefold()
        if _NOT_A_PHONE.search(before):
            continue
        shapes = (_ANY_SHAPE, *_SHAPES) if _PHONE_WORD.search(before) else _SHAPES
        at = start - shift
        while match := next((m for shape in shapes if (m := shape.search(plain, at))), None):
            if _dialled(match.group()):
                yield match.start() + shift, match.end() + shift
            at = match.end()


_SIGNS = re.compile(r"[\u00a0\u2010\u2011]")


def _plain_sign(match: re.Match[str]) -> str:
    return " " if match.group() == "\u00a0" else "-"


def _dialled(written: str) -> bool:
    """Whether digits of a phone number's shape can be one that reaches somebody."""
    number = re.sub(r"\D", "", written)
    groups = re.findall(r"\d+", written)
    if written.startswith("+1") and not re.match(r"1[2-9]\d\d[2-9]\d{6}\Z", number):
        return False
    if written.startswith("+7") and len(number) != 11:
        return False
    even = len(groups) > 3 and len(set(map(len, groups))) == 1
    rising = even and sorted(map(int, groups)) == list(map(int, groups))  # 05 10 15 20 25: a list, not a number
    dated = len(groups[0]) == 2 and any(re.match(r"(?:19|20)\d\d\Z", group) for group in groups)
    least = 9 if written.startswith(("+", "0", "(0")) else 7
    return (
        least <= len(number) <= 15
        and not rising
        and not (dated and number[0] == "0")
        and not _counting(number)
        and not _FICTION.match(number)
    )


# What is found, how, and which bit of suspected_kinds a text must have to be read for it.
_FINDERS: tuple[tuple[str, Callable[[str, Runs], Iterator[tuple[int, int]]], int], ...] = (
    ("email", _emails, 1),
    ("iban", _ibans, 2),
    ("ip", _ipv6, 4),
    ("ip", _ipv4, 8),
    ("card", _cards, 8),
    ("phone", _phones, 8),
)


# Reading all texts of a batch at once for what every finder needs: about ten times as fast as the finders themselves.


_AT, _DIGIT, _IN_RUN, _CAPITAL, _HEX, _COLON, _TWO_OR_THREE = (1 << bit for bit in range(7))


@cache
def _classes() -> "npt.NDArray[np.uint8]":
    import numpy as np

    table = np.zeros(0x10000, np.uint8)
    for kind, characters in (
        (_AT, "@"),
        (_DIGIT, _ALL_DIGITS),
        (_IN_RUN, _ALL_DIGITS + " ().\u00a0\u2010\u2011/-"),
        (_CAPITAL, string.ascii_uppercase),
        (_HEX, string.hexdigits),
        (_COLON, ":"),
        (_TWO_OR_THREE, "23"),
    ):
        table[[ord(character) for character in characters]] |= kind
    return table


def suspected_kinds(texts: Sequence[str]) -> list[int]:
    """For each text the finders that can find something in it: 1 for @, 2 for AA00, 4 for 2000:, 8 for a run."""
    import numpy as np

    units = np.frombuffer("\n".join([*texts, "       "]).encode("utf-16-le", "surrogatepass"), "<u2")
    if len(units) == sum(map(len, texts)) + len(texts) + 7:
        lengths = [len(text) + 1 for text in texts]
    else:
        lengths = [len(text.encode("utf-16-le", "surrogatepass")) // 2 + 1 for text in texts]
    kinds = _classes()[units]
    # Of all characters only these few are looked at more closely.
    at = np.flatnonzero(kinds & (_AT | _DIGIT))
    here = kinds[at]
    after = [kinds[at + place] for place in range(7)]
    found = here & _AT
    found |= _if(kinds[at - 2] & kinds[at - 1] & _CAPITAL, 2) & _if(here & after[1] & _DIGIT, 2)
    found |= _if(here & _TWO_OR_THREE, 4) & _if(after[1] & after[2] & after[3] & _HEX, 4) & _if(after[4] & _COLON, 4)
    run = here & after[1] & after[2] & after[3] & after[4] & after[5] & after[6] & _IN_RUN
    found |= _if(run, 8)
    suspected = np.zeros(len(texts), np.uint8)
    text = np.searchsorted(np.cumsum(lengths), at, "right")
    np.bitwise_or.at(suspected, text, found)
    return [int(bits) for bits in suspected]


def _if(condition: "npt.NDArray[np.uint8]", bit: int) -> "npt.NDArray[np.uint8]":
    import numpy as np

    return np.where(condition, np.uint8(bit), np.uint8(0))
