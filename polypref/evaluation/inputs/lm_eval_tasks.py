"""Which language a task of lm-evaluation-harness is of."""

import re

from ... import languages
from ...errors import UserError

_NAME = re.compile(
    r"(?P<task>xcopa|xstorycloze|xwinograd|m_mmlu|mgsm_(?:direct|en_cot|native_cot)|arc|hellaswag|global_mmlu(?:_full)?"
    r"|belebele|truthfulqa|include_base_44)_(?P<language>[A-Za-z]{2,3}(?:_[A-Za-z]{4})?)(?:_\w+)?"
)


def language(task: str) -> str:
    """The language of a task, as its name tells it.

    Args:
        task: its name in lm-evaluation-harness.

    Returns:
        The tag, or what stands in a language's place where no known language goes by it; empty where the name tells
        none.

    >>> language("xwinograd_jp"), language("global_mmlu_full_he_stem"), language("gsm8k")
    ('ja', 'he', '')
    """
    return language_and_rest(task)[0]


def language_and_rest(task: str) -> tuple[str, str]:
    """The language of a task, and its name without.

    Args:
        task: its name in lm-evaluation-harness.

    Returns:
        As `language` says; what is left is the same for a task in all its languages.

    >>> language_and_rest("global_mmlu_full_he_stem")
    ('he', 'global_mmlu_full_stem')
    """
    match = _NAME.fullmatch(task)
    if not match:
        return "", task
    # Behind the language may stand what the questions are about: global_mmlu_full_he_stem.
    for code in (match["language"], match["language"].partition("_")[0]):
        try:
            tag = languages.resolve(code).tag
        except UserError:
            continue
        end = match.start("language") + len(code)
        return tag, match["task"] + task[end:]
    return match["language"], match["task"] + task[match.end("language") :]
