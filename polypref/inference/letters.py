"""What a model would write next, of a few letters: their log-probabilities, from whoever serves the model.

A request of the kind `letter` is answered by a reply whose text is a JSON object: each letter's natural log-probability
(null where the server's list has it not) and, under LIKELIEST, the likeliest token of all.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence

from ..files.json_types import Json, JsonObject, list_of, mapping_of
from .requests import Failure, Reply, Result

#: Key of the likeliest token in a reply's text.
LIKELIEST = "likeliest"
#: How many of the likeliest tokens a server is asked for: the most that OpenAI's and vLLM's servers give.
MOST_LISTED = 20
#: How many it is asked for after it refused those; several services give no more.
FEW_LISTED = 5
#: Why a server's answer says nothing of letters: it gives no list of likely tokens.
NO_LOGPROBS = "no_logprobs"
# How vocabularies write white space before a word: SentencePiece, and byte-level BPE (space, line break, tab).
_BLANK = " \t\r\n\u2581\u0120\u010a\u0109"
_LONGEST_TOKEN = 40

Logprobs = Mapping[str, float | None]
"""Letter -> natural log-probability; None where it is not known, being less than all that are listed."""


def is_letter(token: str, letter: str) -> bool:
    """Whether a token stands for a letter: it is the letter, with or without white space around it.

    Args:
        token: as a server writes it, or as a vocabulary has it.
        letter: the letter.

    Returns:
        Whether it does; other case, brackets or stars make another token.

    Example:
        >>> [is_letter(token, "A") for token in ("A", " A", "\\u2581A", "<0x41>", "a", "A.")]
        [True, True, True, True, False, False]
    """
    return token.strip(_BLANK) == letter or token == f"<0x{ord(letter):02X}>"


def letter_tokens(vocabulary: Mapping[str, int], letters: Sequence[str]) -> list[list[int]]:
    """The tokens of a vocabulary that stand for each letter.

    Args:
        vocabulary: token -> its number.
        letters: the letters.

    Returns:
        For each letter, its tokens' numbers in order.
    """
    return [sorted(number for token, number in vocabulary.items() if is_letter(token, one)) for one in letters]


def summed(logprobs: Iterable[float]) -> float | None:
    """The log-probability that one of several tokens is written.

    Args:
        logprobs: of each; a probability of 0 is minus infinity.

    Returns:
        The logarithm of their probabilities' sum; None without any that is above 0.

    Example:
        >>> round(math.exp(summed([math.log(0.25), math.log(0.5)]) or 0), 9)
        0.75
    """
    known = [one for one in logprobs if one > -math.inf]
    if not known:
        return None
    highest = max(known)
    return highest + math.log(math.fsum(math.exp(one - highest) for one in known))


def letter_text(logprobs: Logprobs, likeliest: str) -> str:
    """The text of a reply to a request for letters.

    Args:
        logprobs: of each letter.
        likeliest: the likeliest token.

    Returns:
        JSON, which `read_letters` reads.
    """
    shown = likeliest[:_LONGEST_TOKEN].encode("utf-8", "replace").decode()
    return json.dumps({**logprobs, LIKELIEST: shown}, ensure_ascii=False)


def read_letters(text: str, letters: Sequence[str]) -> tuple[Logprobs, str] | None:
    """The letters' log-probabilities that a reply holds.

    Args:
        text: of the reply.
        letters: those that were asked for.

    Returns:
        Letter -> log-probability, and the likeliest token; None where the text is none that `letter_text` wrote: a
        backend that knows no such requests has answered.
    """
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or set(read) != {*letters, LIKELIEST} or not isinstance(read[LIKELIEST], str):
        return None
    values = [_logprob(read[letter]) for letter in letters]
    if any(value is None and read[letter] is not None for letter, value in zip(letters, values, strict=True)):
        return None
    return dict(zip(letters, values, strict=True)), read[LIKELIEST]


def letter_fields(listed: int) -> JsonObject:
    """What asks a server of OpenAI's protocol for the likeliest tokens in place of an answer.

    Temperature 1 and top_p 1 leave the probabilities as they are, also where a server gives those that it draws by.

    Args:
        listed: how many tokens.

    Returns:
        Fields of a chat request's body.
    """
    return {"logprobs": True, "top_logprobs": listed, "temperature": 1.0, "top_p": 1.0}


def speaks_of_logprobs(failure: Failure) -> bool:
    """Whether a server refuses a request for the likeliest tokens as such.

    Args:
        failure: what it refused.

    Returns:
        Whether its words name log-probabilities.
    """
    return "logprob" in failure.detail.lower()


def letters_of_choice(
    choice: JsonObject, letters: Sequence[str], tokens: tuple[int | None, int | None], served: str | None
) -> Result:
    """What a choice of a chat completion says of letters.

    Args:
        choice: with `logprobs`, whose `content` lists `top_logprobs` for each token written.
        letters: what was asked for.
        tokens: of the prompt and of the answer, as the server counts them.
        served: by which name it serves the model.

    Returns:
        The reply; the failure `no_logprobs` where it lists none.
    """
    if choice.get("finish_reason") == "content_filter":
        return Failure("content_filter", "finish_reason content_filter")
    first = mapping_of(next(iter(list_of(mapping_of(choice.get("logprobs")).get("content"))), None))
    listed = [
        (token, value)
        for one in map(mapping_of, list_of(first.get("top_logprobs")))
        if isinstance(token := one.get("token"), str) and (value := _logprob(one.get("logprob"))) is not None
    ]
    return letters_listed(listed, letters, tokens, served)


def letters_listed(
    listed: Sequence[tuple[str, float]],
    letters: Sequence[str],
    tokens: tuple[int | None, int | None],
    served: str | None = None,
) -> Result:
    """What a list of likely next tokens says of letters.

    Args:
        listed: each token and its log-probability.
        letters: what was asked for.
        tokens: of the prompt and of the answer.
        served: by which name the model is served.

    Returns:
        The reply; the failure `no_logprobs` where nothing is listed.
    """
    if not listed:
        return Failure(NO_LOGPROBS, "its answer lists no likely tokens (top_logprobs)")
    sums = {letter: summed(value for token, value in listed if is_letter(token, letter)) for letter in letters}
    likeliest = max(listed, key=lambda one: one[1])[0]
    return Reply(letter_text(sums, likeliest), "stop", *tokens, served=served)


def _logprob(value: Json) -> float | None:
    """A log-probability; None for what is none. Rounding takes some a little above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value <= 1e-3:
        return None
    return min(0.0, float(value))
