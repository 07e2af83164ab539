"""Judge prompts in the language of the answers that are judged.

Each is a file, polypref/data/judges/own/PROMPT.TAG.txt, in the form of `prompts`. What stands before its sections says
in lines `source:` and `reviewer:` who wrote it and which speaker stands for it; without a name it is unreviewed, and a
report says so. Slots and marks are those of the English prompt, so that replies are read alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..errors import UserError
from ..files.packaged import packaged, packaged_text
from .prompts import Template, read_template, template

#: In which language a judge is asked: English, or that of the answers, where there is such a text.
JudgeLanguage = Literal["en", "own"]
JUDGE_LANGUAGES: Mapping[str, JudgeLanguage] = {"en": "en", "own": "own"}
_ENGLISH = "en"
_LINE = r"^{}:[ \t]*(.*)$"


@dataclass(frozen=True)
class OwnPrompt:
    """A judge's prompt text in a language.

    Attributes:
        template: the text.
        source: who wrote it.
        reviewer: the speaker who stands for it; empty where none does.
    """

    template: Template
    source: str
    reviewer: str


@lru_cache(maxsize=512)
def own_prompt(name: str, tag: str) -> OwnPrompt | None:
    """The text of a judge's prompt in a language.

    Args:
        name: of the English prompt.
        tag: of the language.

    Returns:
        The text; None where there is none in this language. English is the language of the prompt itself.

    Raises:
        UserError: the file is not as a judge's prompt must be.
    """
    if tag == _ENGLISH or name.endswith(".txt"):
        return None
    file = f"{name}.{tag}.txt"
    if not packaged("judges", "own", file).is_file():
        return None
    text = packaged_text("judges", "own", file)
    head = text.partition("\n=== ")[0]
    return OwnPrompt(read_template(f"{name}.{tag}", text), _stated("source", head), _stated("reviewer", head))


def _stated(key: str, head: str) -> str:
    line = re.search(_LINE.format(key), head, re.MULTILINE)
    return line[1].strip() if line else ""


@lru_cache(maxsize=32)
def own_languages(name: str) -> tuple[str, ...]:
    """The languages in which there is a text of a judge's prompt, English left out.

    Args:
        name: of the English prompt.

    Returns:
        Tags in alphabetical order; none for a prompt of one's own.
    """
    begin, end = f"{name}.", ".txt"
    files = [path.name for path in packaged("judges", "own").iterdir()]
    return tuple(sorted(one[len(begin) : -len(end)] for one in files if one.startswith(begin) and one.endswith(end)))


def template_in(name: str, tag: str, language: JudgeLanguage) -> Template:
    """The text with which a judge is asked about answers in a language.

    Args:
        name: of the English prompt, or the path of a `.txt` file.
        tag: of the language of the answers.
        language: `own` for that language's text where there is one; else the prompt as it is.

    Returns:
        The text.

    Raises:
        UserError: as `prompts.template`.
    """
    own = own_prompt(name, tag) if language == "own" else None
    return own.template if own else template(name)


def check_own_languages(name: str, language: JudgeLanguage) -> None:
    """Sees that a judge that is to be asked in the language judged can be.

    Args:
        name: of its prompt.
        language: in which it is to be asked.

    Raises:
        UserError: its prompt is in one language only, or there is no such choice.
    """
    if language not in JUDGE_LANGUAGES:
        raise UserError(f"judge language (--judge-language): {language!r:.40} is neither en nor own; give one of them")
    if language == "own" and not own_languages(name):
        raise UserError(
            f"judge prompt {name} has no texts in the languages judged, as the judge language own (--judge-language) "
            "asks for; leave that out, or the prompt: aya-2 and, of letters, letter-1 have them"
        )
