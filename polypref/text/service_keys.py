"""Keys and tokens of services, by the letters that they begin with and their length.

These are reported: keys of OpenAI, Anthropic, DeepSeek, OpenRouter (`sk-`), Hugging Face (`hf_`), GitHub (`ghp_`,
`gho_`, `ghu_`, `ghs_`, `ghr_`, `github_pat_`), GitLab (`glpat-`), AWS (`AKIA`, `ASIA`), Google (`AIza`), Slack (`xoxb-`
and the like), Stripe (`sk_live_`, `rk_live_`), npm (`npm_`). What stands for a key in documentation is none: words
(`sk-your-key-here`, `AKIAIOSFODNN7EXAMPLE`), dots and stars, characters that repeat or count on (`xxxx`, `123456`).
Passwords, keys of other services, and private keys are not looked for.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

# What stands at the end of each beginning, with as much behind it as the shortest key has; a text without any is not
# looked at further. A pattern that begins with a few rare characters is soon searched for.
_SUSPECT = re.compile(
    r"[-_A](?:(?<=sk-)|(?<=hf_)|(?<=gh[pousr]_)|(?<=_live_)|(?<=_pat_)|(?<=glpat-)|(?<=xox[abeprs]-)|(?<=npm_)|KIA|SIA|Iza)"
    r"[A-Za-z0-9_-]{16}"
)
_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"sk-(?P<sk>[A-Za-z0-9_-]{32,200})|[sr]k_live_(?P<stripe>[A-Za-z0-9]{24,120})|hf_(?P<hf>[A-Za-z0-9]{30,40})|"
    r"gh[pousr]_(?P<gh>[A-Za-z0-9]{36,255})|github_pat_(?P<pat>[A-Za-z0-9]{22}_[A-Za-z0-9]{59})|"
    r"glpat-(?P<gl>[A-Za-z0-9_-]{20,64})|A(?:KI|SI)A(?P<aws>[A-Z2-7]{16})|AIza(?P<google>[A-Za-z0-9_-]{35})|"
    r"xox[abeprs]-(?P<slack>[0-9]{9,14}-[A-Za-z0-9-]{20,160})|npm_(?P<npm>[A-Za-z0-9]{36})"
    r")(?![A-Za-z0-9_-])"
)
# What is written where a key goes.
_WORDS = re.compile(
    r"your|example|sample|dummy|fake|placeholder|replace|insert|redacted|secret|token|test|x{4}|[-_]key|key[-_]|[-_]here",
    re.IGNORECASE,
)
# A drawn key has so many different characters, more where it is long; none that count on or repeat for so long.
_DIFFERENT, _DIFFERENT_IN_LONG, _LONG, _ON_END = 8, 10, 30, 6
# Names of packages are words between hyphens; a key has letters and digits on end.
_DRAWN = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16}")


def find_service_keys(text: str) -> Iterator[tuple[int, int]]:
    """Looks for keys and tokens; the module's text says which.

    Args:
        text: any text.

    Yields:
        Where each begins and ends.

    Example:
        >>> list(find_service_keys("export HF_TOKEN=hf_your_token_here"))
        []
    """
    if not may_hold_service_keys(text):
        return
    for match in _KEY.finditer(text):
        kind = match.lastgroup or ""
        if _is_drawn(match[kind], mixed=kind == "sk"):
            yield match.span()


def may_hold_service_keys(text: str) -> bool:
    """Whether a text holds the first letters of any key and as many characters behind them, by a quick look.

    Args:
        text: any text.

    Returns:
        False for a text in which `find_service_keys` finds nothing.
    """
    return _SUSPECT.search(text) is not None


def _is_drawn(key: str, mixed: bool) -> bool:
    """Whether a key looks drawn by lot; one that must be mixed has letters and digits on end."""
    if len(set(key)) < (_DIFFERENT_IN_LONG if len(key) >= _LONG else _DIFFERENT) or _WORDS.search(key):
        return False
    if mixed and not _DRAWN.search(key):
        return False
    same = up = 1
    for before, after in pairwise(key):
        same = same + 1 if after == before else 1
        up = up + 1 if ord(after) == ord(before) + 1 or before + after == "90" else 1
        if max(same, up) >= _ON_END:
            return False
    return True
