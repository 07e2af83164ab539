"""How varied a model's answers are: distinct n-grams among equally many, and distinct words against what is expected.

Distinct-n (Li et al. 2016, arXiv 1510.03055) is the share of n-grams that are different ones, and falls with the number
of words. So it is taken of equally many words of every model of a language. EAD (Liu et al. 2022, arXiv 2202.13587)
holds the distinct words against the number that so many draws of a vocabulary would give.
"""

from collections.abc import Mapping, Sequence

from ..release.audit_results import Variety

#: Words of each model that are compared, at least and at most.
FEWEST_UNITS, MOST_UNITS = 200, 20_000
SIZES = (1, 2, 3)


def varieties(texts: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Variety]:
    """How varied the answers of the models of one language are.

    Args:
        texts: model -> its answers as words, in an order that has nothing to do with them.

    Returns:
        model -> its variety, distinct-n over the words of the one that has the fewest.
    """
    sizes = {model: sum(map(len, answers)) for model, answers in texts.items()}
    enough = [size for size in sizes.values() if size >= FEWEST_UNITS]
    units = min([MOST_UNITS, *enough])
    vocabulary = len({word for answers in texts.values() for answer in answers for word in answer})
    by_model: dict[str, Variety] = {}
    for model, answers in texts.items():
        known = sizes[model] >= FEWEST_UNITS
        first = _first_units(answers, units) if known else []
        distinct = [round(distinct_share(first, size), 4) for size in SIZES] if known else []
        seen = len({word for answer in answers for word in answer})
        by_model[model] = Variety(units if known else 0, distinct, expected_distinct(seen, sizes[model], vocabulary))
    return by_model


def distinct_share(answers: Sequence[Sequence[str]], size: int) -> float:
    """Distinct-n: different n-grams within answers, as a share of all of them (Li et al. 2016).

    Args:
        answers: as words.
        size: n.

    Returns:
        above 0, at most 1; 0 where no answer has so many words.

    Example:
        >>> distinct_share([["a", "b", "a", "b"], ["a", "b"]], 2)
        0.5
    """
    grams = [tuple(one[at : at + size]) for one in answers for at in range(len(one) - size + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def expected_distinct(seen: int, drawn: int, vocabulary: int) -> float | None:
    """EAD: N / (V (1 - ((V - 1) / V)^C)), N distinct words of C, V in the vocabulary (Liu et al. 2022).

    Args:
        seen: N.
        drawn: C.
        vocabulary: V, the different words of all models in the language.

    Returns:
        about 1 for words drawn at random; None for no word.

    Example:
        >>> expected_distinct(2, 2, 2)
        1.3333
    """
    if not drawn:
        return None
    return round(seen / (vocabulary * (1 - ((vocabulary - 1) / vocabulary) ** drawn)), 4)


def _first_units(answers: Sequence[Sequence[str]], units: int) -> list[Sequence[str]]:
    """So many words from the front, the last answer cut."""
    taken: list[Sequence[str]] = []
    for answer in answers:
        if units <= 0:
            break
        taken.append(answer[:units])
        units -= len(answer)
    return taken
