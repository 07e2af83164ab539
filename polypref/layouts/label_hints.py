"""Why a label that the rows hold is none of those that are declared, where somebody who looks at both sees one word.

Keyboards of neighbouring languages have letters that look the same (the yeh and kaf of Arabic and Persian, letters of
Latin, Cyrillic and Greek), and signs that are not seen. Such labels are not taken for one another; a sentence says what
differs. Who looks at a file is told of such labels among its own values, before anything is declared.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ..console.escaping import as_literal, unseen_letters
from ..files.cells import label_of

#: Letters that look like the one below them.
_LIKE: Final = str.maketrans(
    "يىكڪەھہأإآٱ" + "АВЕКМНОРСТХУІЈЅаеорсхуіјѕ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον",
    "ییککههه" + "اااا" + "ABEKMHOPCTXYIJSaeopcxyijs" + "ABEZHIKMNOPTYXov",
)
#: What separates values for a reader, though not in an option, where a comma does.
_SEPARATORS: Final = re.compile("[،؛、，；;|]")
_LISTED, _LONGEST = 3, 40
#: Characters of a value that may be a label, at most.
_LABEL: Final = 200


def label_hint(unknown: Iterable[str], declared: Iterable[str]) -> str:
    """What may be the matter with labels that nothing declares.

    Args:
        unknown: labels that the rows hold.
        declared: labels that are declared.

    Returns:
        Clauses with `; ` behind each: of the first label that looks like a declared one what differs, and of a declared
        one that is several of them in one value that it is; empty where neither is so.
    """
    unknown, declared = list(unknown), list(declared)
    shapes = {_shape(label): label for label in reversed(declared)}
    alike = next((label for label in unknown if _shape(label) in shapes), None)
    hint = "" if alike is None else f"{_difference(alike, shapes[_shape(alike)])}; "
    joined = next((label for label in declared if set(_parts(label)) & set(unknown)), None)
    if joined is not None:
        sign = _SEPARATORS.findall(joined)[0]
        hint += f"the declared {_short(joined)} is one value, {sign!r} in it separates none: declare each by itself; "
    return hint


def alike_labels(labels: Iterable[str]) -> list[str]:
    """Which labels of a column look like another of its labels and are not that one.

    Args:
        labels: different values of the column, the commonest first.

    Returns:
        A clause for each that looks like a commoner one: what differs.

    Example:
        >>> alike_labels(["A", "B", "А"])
        ["'А' looks like 'A' and has Cyrillic Capital Letter A (U+0410) for Latin Capital Letter A (U+0041)"]
    """
    shapes: dict[str, str] = {}
    clauses: dict[str, None] = {}
    for label in map(label_of, labels):
        first = shapes.setdefault(_shape(label), label)
        if first != label and _shape(label):
            clauses[_difference(label, first, "")] = None
    return list(clauses)


def unseen_in_labels(labels: Sequence[str]) -> list[str]:
    """What the few values of a column hold that an eye does not see.

    Args:
        labels: all different values of the column; where they are none or one, they are no labels.

    Returns:
        A clause that has the values as code writes them; none where everything is seen.

    Example:
        >>> unseen_in_labels(["A\u00a0", "B"])
        ['"A\\\\xa0" holds what cannot be seen, No-Break Space (U+00A0); it is part of the value']
    """
    held = {label: letters for label in labels if len(label) <= _LABEL and (letters := unseen_letters(label))}
    if len(labels) < 2 or not held:
        return []
    names = list(dict.fromkeys(name for letters in held.values() for name in letters))
    listed, more = [as_literal(label) for label in held][:_LISTED], "" if len(held) <= _LISTED else ", ..."
    what = f"{', '.join(names[:_LISTED])}{', ...' * (len(names) > _LISTED)}"
    verb, it = ("hold", "they are part of the values") if len(held) > 1 else ("holds", "it is part of the value")
    return [f"{', '.join(listed)}{more} {verb} what cannot be seen, {what}; {it}"]


def _parts(label: str) -> list[str]:
    parts = [part.strip() for part in _SEPARATORS.split(label)]
    return parts if len(parts) > 1 else []


def _shape(label: str) -> str:
    """What an eye may take for the whole: no marks, capitals or signs that are not seen, look-alike letters as one."""
    plain = "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else c
        for c in unicodedata.normalize("NFKD", unicodedata.normalize("NFC", label).translate(_LIKE)).translate(_LIKE)
        if unicodedata.category(c) not in ("Mn", "Cf") and c != "\u0640"
    )
    return " ".join(plain.casefold().split())


def _difference(seen: str, declared: str, which: str = "the declared ") -> str:
    own, other = Counter(seen), Counter(declared)
    more, fewer = _named(own - other), _named(other - own)
    differs = f"has {more}" if more else "has its letters in another order"
    if fewer:
        differs = f"{differs} for {fewer}" if more else f"lacks {fewer}"
    return f"{_short(seen)} looks like {which}{_short(declared)} and {differs}"


def _named(letters: Counter[str]) -> str:
    names = [f"{unicodedata.name(c, 'a sign').title()} (U+{ord(c):04X})" for c in sorted(letters)]
    return ", ".join(names[:_LISTED]) + ", ..." * (len(names) > _LISTED)


def _short(label: str) -> str:
    return repr(label if len(label) <= _LONGEST else f"{label[:_LONGEST]}...")
