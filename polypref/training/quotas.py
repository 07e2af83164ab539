"""How many rows of each language are trained on, and in which order."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import UserError


def quotas(
    counts: Mapping[str, int],
    weights: Mapping[str, float] | None = None,
    temperature: float | None = None,
    total: int | None = None,
) -> dict[str, int]:
    """How many rows of each language to take.

    With explicit weights w a language's share is w / sum(w); with a temperature T it is n^(1/T) / sum(n^(1/T)), n its
    row count (Arivazhagan et al. 2019, arXiv 1907.05019, section 4.2).

    Args:
        counts: rows there are, by language.
        weights: by language, for all of them or none.
        temperature: 1 keeps the shares of the data.
        total: rows in all, as many as that: what rounding down leaves goes to the largest remainders. None takes as
            many as the shares allow without repeating a row.

    Returns:
        Rows to take by language; more than there are where `total` asks for it.

    Raises:
        UserError: weights for other languages, or not for all, or a total too small for a row of each.
    """
    if weights:
        _refuse_other_languages(counts, weights)
    raw = dict(weights) if weights else {tag: n ** (1 / (temperature or 1.0)) for tag, n in counts.items()}
    if not weights and temperature is None and total is None:
        return dict(counts)
    shares = {tag: weight / sum(raw.values()) for tag, weight in raw.items()}
    rows = min(counts[tag] / share for tag, share in shares.items()) if total is None else float(total)
    # Without the small addition 0.1 * 30 would give 2 rows.
    taken = {tag: int(share * rows + 1e-9) for tag, share in shares.items()}
    if total is not None:
        lost = {tag: share * rows - taken[tag] for tag, share in shares.items()}
        for tag in sorted(lost, key=lambda one: (-lost[one], one))[: total - sum(taken.values())]:
            taken[tag] += 1
    if empty := [tag for tag, n in taken.items() if n == 0]:
        raise UserError(f"the weights leave no row of {', '.join(empty)}; take more rows or leave the language out")
    return taken


def _refuse_other_languages(counts: Mapping[str, int], weights: Mapping[str, float]) -> None:
    """Stops at weights of languages that are not trained on, and at languages without one."""
    listed = ", ".join(sorted(counts))
    if odd := sorted(set(weights) - set(counts)):
        raise UserError(
            f"language_weights has {', '.join(odd)}, not trained on; the languages are {listed}: take it out"
        )
    if missing := sorted(set(counts) - set(weights)):
        raise UserError(
            f"language_weights has no weight for {', '.join(missing)}; give every language that is trained on one "
            f"({listed}), or name as languages those that have one"
        )


def rows_by_language(tags: Sequence[str]) -> dict[str, list[int]]:
    """Row numbers of each language, languages in order of their tags.

    Args:
        tags: the language of each row.

    Returns:
        Language -> row numbers, from 0.
    """
    rows: dict[str, list[int]] = {}
    for at, tag in enumerate(tags):
        rows.setdefault(tag, []).append(at)
    return dict(sorted(rows.items()))


def arrange(rows: Mapping[str, Sequence[int]], taken: Mapping[str, int], seed: int) -> list[int]:
    """Row numbers in the order of training: so many of each language, languages mixed, by the seed alone.

    A language's rows are drawn in one order for a seed, so a smaller quota is part of a larger one and does not change
    with the other languages. Where more rows are asked for than there are, all are taken again.

    Args:
        rows: row numbers of each language.
        taken: rows to take of each.
        seed: of the order; the same seed gives the same one.

    Returns:
        Row numbers, as many as are taken in all.
    """
    picked: list[int] = []
    for tag, count in sorted(taken.items()):
        own = np.asarray(rows[tag])
        draw = np.random.default_rng([seed, *tag.encode()])
        rounds = [own[draw.permutation(len(own))] for _ in range(-(-count // len(own)))]
        picked += np.concatenate(rounds)[:count].tolist() if rounds else []
    order = np.random.default_rng([seed, 0]).permutation(len(picked))
    return [picked[i] for i in order]
