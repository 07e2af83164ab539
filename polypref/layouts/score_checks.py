"""What scores need be told of before evaluations compare them: which end is better, and which belong together.

A build checks the same of its tables (`stages.directions`).
"""

from collections.abc import Iterable
from statistics import median

from ..console.escaping import one_line
from ..errors import UserError
from .fields import Fields
from .tables import Item

#: Answers of a prompt whose scores can tell that they are places: of two, 1 and 0 may be a thumb up and one down.
LEAST_PLACES = 3


def mostly_places(places: int, prompts: int) -> bool:
    """Whether scores are places in so many prompts that they are no ratings.

    More than half: ratings of three answers from 1 to 5 are 1, 2 and 3 in one prompt of 21, from 1 to 3 in one of five.
    All would let one prompt with a gap in its ranks turn all others around.

    Args:
        places: prompts whose scores are places, from 0 or 1 on and each once.
        prompts: all with LEAST_PLACES scored answers or more.

    Returns:
        whether a direction has to be declared.

    Example:
        >>> mostly_places(1, 1), mostly_places(1, 2)
        (True, False)
    """
    return places * 2 > prompts


def in_prompts(places: int, prompts: int) -> str:
    """In which prompts scores are places, for a sentence.

    Args:
        places, prompts: as for `mostly_places`.

    Returns:
        as in `2 of 3 prompts with three answers or more`.
    """
    several = "with three answers or more"
    return f"the one prompt {several}" if prompts == 1 else f"{places:,} of {prompts:,} prompts {several}"


def may_be_of_rows(fields: Fields) -> bool:
    """Whether scores that are places may be those among the answers of one row, and nothing says so.

    Args:
        fields: what is declared of the columns.

    Returns:
        whether a row holds several answers, and no occasion is declared.
    """
    return fields.occasion is None and not fields.one_answer_a_row


def check_scores(called: str, fields: Fields, items: Iterable[Item]) -> None:
    """Sees that the scores of rows can be compared.

    Args:
        called: what messages call what was read.
        fields: what is declared of its columns.
        items: what the rows became.

    Raises:
        UserError: the scores are places in most prompts and nothing says which end is the better one, or a prompt
            stands under several values of `group`, in rows of one answer each, and nothing says which of its scores
            belong together.
    """
    scores: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    groups: dict[str, set[str]] = {}
    texts: dict[str, str] = {}
    for item in items:
        prompt = item.prompt["prompt_id"]
        groups.setdefault(prompt, set()).add(item.prompt["group_id"])
        texts.setdefault(prompt, item.prompt["prompt"][-1]["content"])
        for one in item.ratings:
            of_prompt = scores.setdefault((one["rater"], prompt, one["occasion"] or ""), {})
            of_prompt.setdefault(one["completion_id"], []).append(one["score"])
    several = {key: [median(own) for own in answers.values()] for key, answers in scores.items() if len(answers) > 1}
    _check_direction(called, fields, several)
    apart = [prompt for _, prompt, _ in several if len(groups[prompt]) > 1]
    if apart and fields.group and fields.occasion is None and fields.one_answer_a_row:
        raise UserError(
            f"{called}: {len(apart):,} {'prompt stands' if len(apart) == 1 else 'prompts stand'} under several values "
            f"of group ({fields.group}), as {one_line(texts[apart[0]])[:60]!r} does, and scores would be compared "
            "across them; name the column that says who scored or when (the person, conversation or session) as "
            "occasion, or write occasion = '=all' where all scores may be compared"
        )


def _check_direction(called: str, fields: Fields, several: dict[tuple[str, str, str], list[float]]) -> None:
    for answer in fields.answers:
        if not isinstance(answer.score, str) or answer.lower_is_better is not None or answer.score_labels:
            continue
        own = [one for (rater, *_), one in several.items() if rater == answer.rater and len(one) >= LEAST_PLACES]
        places = sum(map(_are_places, own))
        if mostly_places(places, len(own)):
            raise UserError(
                f"{called}: the scores in column {answer.score} are places, from 0 or 1 on and each once, in "
                f"{in_prompts(places, len(own))}, and nothing says which end is the better one; declare "
                f"lower_is_better of the answer {answer.text!r}: true, or false where the highest is the best"
                + ", and occasion = '=row' where they are places within a row"
                * may_be_of_rows(fields)
            )


def _are_places(scores: list[float]) -> bool:
    return sorted(scores) in ([float(n) for n in range(begin, begin + len(scores))] for begin in (0, 1))
