"""One way of writing for what detectors are asked about: they were trained on texts without points and width forms."""

import re
import unicodedata

# Points of Hebrew; Arabic and Hebrew letters in the forms of old fonts and PDFs; ligatures; full and half width.
_UNUSUAL = re.compile("[\u0591-\u05bd\u05bf-\u05c7\ufb00-\ufdff\ufe70-\ufefc\uff01-\uffdc]")
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")

_HEBREW = re.compile("[\u05d0-\u05ea]")
# Pointed Hebrew has two points on three letters or more; Yiddish, whose points belong to its spelling, one on ten.
_POINTS_A_LETTER = 0.3
# A text is in capitals whose beginning has no small letter, and of whose letters so few are small.
_BEGINNING, _MOST_SMALL = 12, 0.1


def usual_writing(text: str) -> str:
    """A text as most texts in its language are written.

    Args:
        text: any text.

    Returns:
        it with accents and letters as one, presentation forms and width forms as plain letters (NFKC), and without the
        points of pointed Hebrew; a text that has none of these only in NFC.

    Example:
        >>> usual_writing("שָׁלוֹם"), usual_writing("ｶﾞﾗｽ Ｑ")
        ('שלום', 'ガラス Q')
    """
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    if not _UNUSUAL.search(text):
        return text
    text = unicodedata.normalize("NFKC", text)
    pointed = len(_POINTS.findall(text)) > _POINTS_A_LETTER * len(_HEBREW.findall(text))
    return _POINTS.sub("", text) if pointed else text


def is_nearly_all_capitals(text: str) -> bool:
    """Whether a text that begins in capitals has few letters that are none: an ending, a unit.

    Args:
        text: any text.

    Returns:
        false where its beginning has a small letter.

    Example:
        >>> is_nearly_all_capitals("OPENING HOURS OF THE LIBRARY: 9 am TO 5"), is_nearly_all_capitals("Opening HOURS")
        (True, False)
    """
    if not text[:_BEGINNING].isupper():
        return False
    capitals, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    return small <= _MOST_SMALL * (capitals + small)
