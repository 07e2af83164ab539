"""What the name of a language is in a prompt, besides what prepositions say: a label, a text's language, a topic.

"Spanish: where is the house?", "where is the house -> Spanish" and "a Spanish title" ask for something in Spanish; "why
do so many sing in Spanish?" asks for nothing in it.
"""

import re
from collections.abc import Sequence
from functools import cache

from ..text.letters import letter_class
from . import phrases, registry
from .facts import Language, TaskWords

# Stands for the end of a line among names.
LINE_END = "|"
#: So much before a name is looked at for the beginning of its sentence; in what is longer the prompt does not begin.
LONGEST_LEAD = 160
# A label is a line's beginning, with or without signs before it, up to a colon or an arrow; digits behind it are a mark
# or a time. Or it stands behind an arrow, at the end of a line.
_BEFORE_LABEL = re.compile(r"(?:\A|\|)[ \-*•·#>(\[\"'“«「【\d.)]*\Z")
_BEHIND_LABEL = re.compile(r"[\"'”»」】\])*]* ?(?:[:：](?! ?\d)|-+>|=>|→|⇒)")
_BEFORE_LAST = re.compile(r"(-+>|=+>|→|⇒|➔|➜|⟶|=)[ (\[*\"'“«「]*\Z")
_BEHIND_LAST = re.compile(r"[\"'”»」\])*]* ?[?？؟;!.:：]* ?(?:\||\Z)")
# What stands before the arrow is a text of so many words or, in a script without spaces, letters; one or two are the
# name of a property. Before a sign of equality it has an end.
_LEAST_WORDS, _LEAST_DENSE = 3, 5
_TEXT_END = re.compile(r"[.!?。！？؟।॥;\"”»」』][)\]]* ?\Z")
# Codes of languages as labels, in capitals; alone those that are no words, countries or things as well.
_CODE = "[A-Z]{2}"
_CODE_LABEL = re.compile(rf"(?m)^[ \-*•(\[\"]*({_CODE})[)\]\"*]* ?(?:[:：](?! ?\d)|-+>|=>|→)")
# A hyphen or a slash also joins countries, boxes to tick and words: as a label alone it is a pair of languages.
_CODE_PAIR = re.compile(
    rf"(?<![^\W_])({_CODE})(?: ?(?:-+>|=>|→) ?(?={_CODE}(?![^\W_]))|[/-](?={_CODE} ?[:：]))({_CODE})"
)
_ALONE = frozenset(("en", "es", "fr", "de", "ru", "zh", "nl", "pl"))
_OTHER_CODES = {"jp": "ja", "cn": "zh", "kr": "ko", "cz": "cs", "gr": "el", "ua": "uk", "vn": "vi"}
_DENSE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# So many words may stand between a word for learning or speaking and a name.
_BETWEEN = 3


def is_label(lead: str, rest: str) -> bool:
    """Whether the name of a language is a label of what is to be in it.

    Args:
        lead: what stands before the name, in normal form; `LONGEST_LEAD` characters at most.
        rest: what stands behind it.

    Returns:
        true for "English: ...", and for "... -> English" at the end of a line.
    """
    lead = _without_beginning(lead)
    if _BEFORE_LABEL.search(lead) and _BEHIND_LABEL.match(rest):
        return True
    arrow = _BEFORE_LAST.search(lead)
    return bool(arrow and _BEHIND_LAST.match(rest)) and _ends_a_text(lead[: arrow.start()] if arrow else "", arrow)


def _ends_a_text(lead: str, arrow: re.Match[str] | None) -> bool:
    """Whether what stands before an arrow is a text that is to be in a language, and no property: Nationality."""
    text = lead.rpartition(LINE_END)[2].strip()
    if _TEXT_END.search(text) or (arrow and arrow[1] != "=" and not text):
        return True
    is_long = len(text.split()) >= _LEAST_WORDS or len(_DENSE.findall(text)) >= _LEAST_DENSE
    return is_long and arrow is not None and arrow[1] != "="


def _without_beginning(lead: str) -> str:
    """What stands before a name, where it is as long as can be behind a letter: the prompt does not begin there."""
    return lead if len(lead) < LONGEST_LEAD else "x" + lead[1:]


def languages_of_codes(prompt: str) -> frozenset[str]:
    """The languages whose codes are labels in a prompt.

    Args:
        prompt: the prompt's text, as it is.

    Returns:
        tags of the 23.

    Example:
        >>> sorted(languages_of_codes("EN -> IT: good morning")), languages_of_codes("IT: Who do I call?")
        (['en', 'it'], frozenset())
    """
    pairs = [tuple(map(_of_code, pair.groups())) for pair in _CODE_PAIR.finditer(prompt)]
    tags = {tag for pair in pairs if None not in pair for tag in pair if tag}
    alone = {_of_code(one[1]) for one in _CODE_LABEL.finditer(prompt)}
    return frozenset(tags | {tag for tag in alone if tag in _ALONE})


def _of_code(code: str) -> str | None:
    tag = _OTHER_CODES.get(code.lower(), code.lower())
    return tag if tag in registry.AYA_23 else None


def is_of_a_text(lead: str, rest: str, language: Language, onto: str, is_adjective: bool = False) -> bool:
    """Whether the name of a language says what a title, a word or another text is in: an English title.

    Args:
        lead, rest: see `is_label`.
        language: that of the prompt, whose file lists such nouns (`text_nouns`).
        onto: what may be written onto the name, as a regular expression.
        is_adjective: whether the name is the adjective of what stands behind it.

    Returns:
        true where one of them stands behind the name, or before one that is no adjective: the term French Revolution.
    """
    before, behind = _nouns(language, onto)
    return bool(before and behind and (behind.match(rest) or (not is_adjective and before.search(lead))))


def is_topic(lead: str, rest: str, cue: str, language: Language) -> bool:
    """Whether a prompt only speaks of a language: why people learn it, how many speak it.

    Args:
        lead: what stands before the name and the word that says that something is in it, in normal form.
        rest: what stands behind the name.
        cue: what of `rest` says that something is in it.
        language: that of the prompt, whose file lists words of such questions (`question_words`, `topic_words`).

    Returns:
        true where one of the first begins the sentence, or one of the others stands near the name; false for a name
        that a comma or a bracket sets off: "why is that so, in French?"
    """
    patterns = _topics(language)
    if patterns is None or lead.rstrip().endswith((",", "،", "、", "，", "(", "（")):
        return False
    opening, before, behind = patterns
    shown = _without_beginning(lead)
    if opening.search(shown) or before.search(shown):
        return True
    return bool(behind.match(rest) or behind.match(rest.removeprefix(cue)))


def is_asked_about(lead: str, language: Language) -> bool:
    """Whether the sentence in which a name stands is a question about it.

    Args:
        lead: what stands before the name, in normal form; `LONGEST_LEAD` characters at most.
        language: that of the prompt, whose file lists words that begin such questions (`question_words`).

    Returns:
        true where one of them begins the sentence: "why", "how many".
    """
    patterns = _topics(language)
    return patterns is not None and bool(patterns[0].search(_without_beginning(lead)))


@cache
def _nouns(language: Language, onto: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """A noun for a text before the name, and behind it."""
    listed = _words(language).text_nouns
    if not listed:
        return None, None
    begin, end = _bounds(language)
    words = _alternatives(listed, end)
    return re.compile(f"{begin}(?:{words})[ (-]?{onto}\\Z"), re.compile(f"[^\\W\\d_]{{0,4}}? ?(?:{words})")


@cache
def _topics(language: Language) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]] | None:
    """A question word that begins the sentence; a word for learning before the name, and behind it."""
    words = _words(language)
    if not words.question_words and not words.topic_words:
        return None
    begin, end = _bounds(language)
    questions, topics = (_alternatives(listed, end) or "(?!)" for listed in (words.question_words, words.topic_words))
    stop = f"{phrases.STOP}{LINE_END}:：;,،、，"
    opening = re.compile(rf"(?:\A|[{stop}\"”»]) ?[¿¡(]?(?:{questions})[^{stop}]*\Z")
    between = rf"(?: [^\s{stop}]+){{0,{_BETWEEN}}} ?" if begin else ""
    return opening, re.compile(f"{begin}(?:{topics}){between}\\Z"), re.compile(f" ?(?:{topics})")


def _alternatives(listed: Sequence[str], end: str) -> str:
    letters = f"[{letter_class()}]*"
    ordered = sorted(listed, key=len, reverse=True)
    return "|".join(
        re.escape(phrases.normal(one.rstrip("*"))) + (letters if one.endswith("*") else end) for one in ordered
    )


def _bounds(language: Language) -> tuple[str, str]:
    """What a listed word begins and ends with."""
    bounds = phrases.bounds_of(language)
    begin = "" if bounds == "none" else r"(?<![^\W\d_])"
    return begin, f"(?![{letter_class()}])" if bounds == "words" else ""


def _words(language: Language) -> TaskWords:
    return language.task_words or TaskWords("")
