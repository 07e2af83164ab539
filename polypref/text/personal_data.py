"""Personal data that can be told by its form: e-mail addresses, phone numbers, IP addresses, card numbers, IBANs.

Keys and tokens of services are looked for as well (`text.service_keys`): who publishes one gives its owner away.

What is found has the form of real data: phone numbers are valid in their country's numbering plan (phonenumbers), IBANs
in its structure, IBANs and card numbers in their check digits (python-stdnum). These are not reported: addresses at
domains reserved for examples (example.com and the like) and other placeholders (test@..., esempio@..., git@...,
user@domain.com, john.doe@...); private, loopback, reserved and documentation IP ranges and the well-known public
resolvers; test card numbers that payment firms publish and IBANs from the standard's examples; phone numbers made of
counting or repeated digits, in ranges kept for fiction (area code or exchange 555), free-of-charge numbers, numbers
directly behind the name of another number (order number, ISBN, postal code), and those of which digits are hidden
(070-682 74 XX). Names, street addresses, identity numbers and accounts are not looked for.

A text's language does not matter, as the numbers in a translated text stay those of another country. A phone number in
a national format without the trunk prefix 0 (as in Spain, Poland, Czechia, Greece; mobiles in Italy and India) is found
after a word for telephone only: by itself it looks like any other number. Digits may be of any script.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

import phonenumbers
import stdnum
from stdnum import iban, luhn

from .phone_numbers import find_phones, is_made_up
from .service_keys import find_service_keys, may_hold_service_keys

KINDS = ("email", "phone", "ip", "card", "iban", "secret")
#: The libraries that know the numbers, and their versions: with others, other numbers are valid.
LIBRARIES = f"phonenumbers {phonenumbers.__version__}, python-stdnum {stdnum.__version__}"


class Span(NamedTuple):
    """Where one piece of personal data stands: `text[start:end]`."""

    kind: str
    start: int
    end: int


def find_pii(text: str, kinds: Collection[str] = KINDS) -> list[Span]:
    """Looks for personal data; the module's text says what counts.

    Args:
        text: any text.
        kinds: those of `KINDS` that are looked for.

    Returns:
        where it stands, in order, without overlaps.
    """
    spans: list[Span] = []
    if not (_SUSPECT.search(text) or may_hold_service_keys(text)):
        return spans
    plain = _plain(text)
    for kind, finder in _FINDERS:
        for start, end in finder(plain) if kind in kinds else ():
            if all(end <= span.start or span.end <= start for span in spans):
                spans.append(Span(kind, start, end))
    return sorted(spans, key=lambda span: span.start)


def mask_pii(text: str, kinds: Collection[str] = KINDS) -> str:
    """Puts [email], [phone], [ip], [card], [iban], [secret] in place of personal data.

    Masking a masked text changes nothing.

    Args:
        text: any text.
        kinds: those of `KINDS` that are masked.

    Returns:
        the text with nothing else changed.

    >>> mask_pii("Write to o.kowalska@poczta.pl.")
    'Write to [email].'
    """
    # A mask can free a number from the letters it stood next to, hence again until nothing is left; each round takes
    # digits, an @ or the first letters of a key away, so it ends.
    while spans := find_pii(text, kinds):
        for kind, start, end in reversed(spans):
            text = f"{text[:start]}[{kind}]{text[end:]}"
    return text


# Digits of all scripts, and what stands between them.
_OTHER_DIGITS = "".join(filter(str.isdecimal, map(chr, range(0x80, 0x10000))))
_DIGIT = f"0-9{_OTHER_DIGITS}"
_SEPARATOR = r" ().\u00a0\u2010\u2011\uff08\uff09\uff0d/-"
# What every finder needs: an @, AA00, 2000:, or a stretch of seven digits and separators. A pattern that begins with a
# set of characters is searched for ten times as fast as one that begins with alternatives or looks back first.
_SUSPECT = re.compile(
    rf"[@{_DIGIT}](?:(?<=@)|[{_DIGIT}{_SEPARATOR}]{{5}}[{_DIGIT}]|\d(?<=[A-Z][A-Z]\d\d)|(?<=[23])[0-9A-Fa-f]{{3}}:)"
)
_SIGNS = dict(zip("\u00a0\u2010\u2011\uff08\uff09\uff0b\uff0d", " --()+-", strict=True))
_NOT_ASCII = re.compile(f"[{_OTHER_DIGITS}{''.join(_SIGNS)}]")


def _plain(text: str) -> str:
    """The text with digits of any script as 0-9, and their hyphens, brackets and spaces of ASCII; length unchanged."""
    return text if text.isascii() else _NOT_ASCII.sub(lambda c: _SIGNS.get(c[0]) or str(int(c[0])), text)


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


def _emails(text: str) -> Iterator[tuple[int, int]]:
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

_IBAN = re.compile(r"[A-Z](?<![\w-][A-Z])[A-Z]\d\d(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![\w-])", re.ASCII)
_EXAMPLE_IBANS = {"GB82WEST12345698765432", "GB29NWBK60161331926819", "DE89370400440532013000"}


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        written = match.group()
        # A word in capitals may follow; the country's length says where the number ends.
        for end in (len(written), *(space.start() for space in re.finditer(" ", written))):
            number = iban.compact(written[:end])
            if number not in _EXAMPLE_IBANS and iban.is_valid(number, check_country=False):
                yield match.start(), match.start() + end


# IP addresses

_IPV4 = re.compile(r"\d(?<![\w./-]\d)\d{0,2}(?:\.\d{1,3}){3}(?![\w-]|\.\w|/\d)", re.ASCII)
_IPV6 = re.compile(r"[23](?<![\w:.][23])[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{1,34}(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:\bv|version|versión|versione|wersja|wersji|версия|версии|версія|版本|バージョン|버전|الإصدار)\W{0,3}\Z"
)
_RESOLVERS = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"}
# Outline and version numbers have small parts (1.2.3.4); of real addresses 5 in 100,000 have four parts under 21.
_SMALL_PART = 20


def _ipv4(text: str) -> Iterator[tuple[int, int]]:
    for match in _IPV4.finditer(text):
        before = unicodedata.normalize("NFC", text[max(0, match.start() - 24) : match.start()]).casefold()
        if _real_ipv4(match.group()) and not _VERSION_BEFORE.search(before):
            yield match.span()


def _ipv6(text: str) -> Iterator[tuple[int, int]]:
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
    r"\d(?<![\w.+-]\d)(?:\d{13,18}|\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{3}([ -])\d{6}\2\d{4,5})(?![\w-]|[ .]\d)",
    re.ASCII,
)
# Issuer prefixes and lengths in use (ISO/IEC 7812): Visa, Mastercard, American Express, Diners Club, Discover, JCB,
# UnionPay, Mir. Visa's old cards of 13 digits are no longer valid; sums, times and bar codes have 13 digits.
_ISSUERS = re.compile(
    r"(?:4(?:\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|"
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


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        number = re.sub(r"\D", "", match.group())
        if _ISSUERS.match(number) and luhn.is_valid(number) and number not in _TEST_CARDS and not is_made_up(number):
            yield match.span()


# What is found, and how.
_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("secret", find_service_keys),
    ("email", _emails),
    ("iban", _ibans),
    ("ip", _ipv6),
    ("ip", _ipv4),
    ("card", _cards),
    ("phone", find_phones),
)
