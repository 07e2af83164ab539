"""An audit in words: the sentences and cells that card, page and terminal share, and the card's section."""

import unicodedata

from ..console.escaping import markdown
from .audit_results import COINS, Audit, ClusteredShare, ModelAudit, SideAudit, TriadFacts

#: Which answers were looked at.
ANSWERS_OF = {
    "build": "Of all answers of the build to the prompts of its rows, in a pair or not.",
    "ratings": "Of the answers whose ratings are published.",
    "pairs": "Of the answers in the published rows.",
}
ABOUT_MODELS = (
    "Opening: the commonest first three words (six letters, where no space parts words) of a model's answers, in how "
    "many of them it stands, with a 95% interval by prompts, and in how many of the other models'. Distinct-n (Li et "
    "al. 2016): different n-grams as a share of all, over equally many words of each model of the language. EAD (Liu "
    "et al. 2022): distinct words against those expected of as many draws. Near-copies: answers that say nearly the "
    "same as an answer of the same model to another prompt. Boilerplate: answers with a sentence that the model writes "
    "to three prompts or more, and one in a hundred."
)
ABOUT_SIDES = (
    "The share of held-out pairs whose chosen answer a simple classifier chooses without reading the prompt, by how "
    "answers begin and by their words, with a 95% interval by prompts; a half is chance. What lies above it can be "
    "learned without answering better: a model's manner, its length, an opening."
)
ABOUT_TRIADS = (
    "Of three answers to a prompt of which every two were compared, the share of which each is preferred to the next "
    f"and the last to the first. Coins give {COINS:g}; an order whose single verdicts err as often as two on the same "
    "answers differ gives what stands under noise. No score can express a circle. Consistence: Kendall's coefficient "
    "(Kendall and Babington Smith 1940), 1 for an order."
)


def share_with_ends(share: ClusteredShare | None) -> str:
    """A share with its interval, as it stands in a cell.

    Args:
        share: of something; None where it was not measured.

    Returns:
        as in `0.25 [0.18, 0.33]`; empty for nothing.

    Example:
        >>> share_with_ends(ClusteredShare(8, 0.25, 0.07, 0.59))
        '0.25 [0.07, 0.59]'
    """
    if share is None or share.share is None:
        return ""
    ends = "" if share.low is None or share.high is None else f" [{share.low:.2f}, {share.high:.2f}]"
    return f"{share.share:.2f}{ends}"


def triad_sentence(row: TriadFacts) -> str:
    """What the triads of a rater say: more circles than noise explains, fewer than coins give, or neither.

    Args:
        row: of a rater and language.

    Returns:
        a few words; empty with fewer than two prompts.
    """
    low, high = row.cyclic.low, row.cyclic.high
    if low is None or high is None:
        return ""
    parts = ["fewer than coins" if high < COINS else "more than coins" if low > COINS else "like coins"]
    if row.noise is not None:
        parts.append("more than noise" if low > row.noise else "no more than noise")
    return ", ".join(parts)


def audit_section(audit: Audit | None) -> str:
    """The card's section about an audit.

    Args:
        audit: of the dataset; None where nobody asked.

    Returns:
        Markdown without its last line end; empty without an audit.
    """
    if audit is None:
        return ""
    parts = [f"### What answers have in common\n\n{ANSWERS_OF[audit.answers_of]} {ABOUT_MODELS}"]
    parts.append(
        _table(
            "language | model | answers | opening | share | others | distinct-1 | 2 | 3 | EAD | near-copies "
            "| boilerplate | commonest sentence",
            [_of_model(row) for row in audit.models],
            (0, 1, 3, 12),
        )
    )
    if audit.sides:
        heads = "language | pairs | told apart by opening | by words | openings chosen / rejected"
        parts += [ABOUT_SIDES, _table(heads, [_of_sides(row) for row in audit.sides], (0, 4))]
    if audit.triads:
        heads = "language | rater | prompts | triads | cyclic | noise | error | tied | consistence | "
        parts += [ABOUT_TRIADS, _table(heads, [_of_triads(row) for row in audit.triads], (0, 1, 9))]
    return "\n\n".join(parts)


def _table(heads: str, rows: list[list[str]], texts: tuple[int, ...]) -> str:
    columns = heads.count("|") + 1
    rule = "|".join("---" if place in texts else "---:" for place in range(columns))
    return "\n".join([f"| {heads.strip()} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])


def _of_model(row: ModelAudit) -> list[str]:
    first = row.openings[0] if row.openings else None
    distinct = [f"{one:.2f}" for one in row.variety.distinct] or ["", "", ""]
    sentence = row.sentences[0] if row.sentences else None
    return [
        markdown(row.language),
        markdown(row.model),
        f"{row.answers:,}",
        isolated(first.text) if first else "",
        share_with_ends(first.share) if first else "",
        "" if first is None or first.others is None else f"{first.others:.2f}",
        *distinct,
        "" if row.variety.ead is None else f"{row.variety.ead:.2f}",
        share_with_ends(row.copied),
        share_with_ends(row.boilerplate),
        f"{isolated(sentence.text)} ({sentence.prompts:,} prompts)" if sentence else "",
    ]


def _of_sides(row: SideAudit) -> list[str]:
    uneven = [f"{isolated(one.text)} {one.chosen:,} / {one.rejected:,}" for one in row.openings]
    shares = share_with_ends(row.by_opening), share_with_ends(row.by_text)
    return [markdown(row.language), f"{row.pairs:,}", *shares, "; ".join(uneven)]


def _of_triads(row: TriadFacts) -> list[str]:
    known = ["" if one is None else f"{one:.2f}" for one in (row.noise, row.error)]
    whole = "" if row.consistence is None else f"{row.consistence:.2f}"
    counts = [f"{row.prompts:,}", f"{row.cyclic.of:,}", share_with_ends(row.cyclic), *known, f"{row.tied:,}", whole]
    return [markdown(row.language), markdown(row.rater), *counts, triad_sentence(row)]


def isolated(text: str) -> str:
    """A text of the data in a cell of Markdown: escaped, and one from right to left turns nothing else around.

    Args:
        text: an opening or a sentence.

    Returns:
        Markdown on one line.

    Example:
        >>> isolated("as *an* AI")
        'as \\\\*an\\\\* AI'
    """
    shown = markdown(text)
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in shown)
    return f"\N{FIRST STRONG ISOLATE}{shown}\N{POP DIRECTIONAL ISOLATE}" if turned else shown
