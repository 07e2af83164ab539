"""What a report says of a judge beside its facts: in which language it was asked, and what it says when asked again."""

from collections.abc import Iterator, Sequence

from ..console.escaping import one_line
from ..errors import UserError
from ..files.json_types import Json, JsonObject, list_of, mapping_of, number_of, text_of
from ..judging.prompt_languages import own_prompt
from .contract import Judge, JudgeTraits, judge_traits
from .results import JudgeFacts


def language_facts(traits: JudgeTraits, tags: Sequence[str]) -> JsonObject:
    """What an evaluation notes of prompts in the language judged.

    Args:
        traits: of the judge.
        tags: languages of the prompts that it judged.

    Returns:
        `judge_language`, and `prompts`: tag -> name, digest, source and reviewer of its text; nothing for a judge that
        was asked in English. A language without a text is not in it.
    """
    if traits.judge_language == "en":
        return {}
    texts: JsonObject = {}
    for tag in sorted(set(tags)):
        if own := own_prompt(traits.prompt_name, tag):
            of = own.template
            texts[tag] = {"name": of.name, "sha256": of.sha256, "source": own.source, "reviewer": own.reviewer}
    without: list[Json] = [tag for tag in sorted(set(tags)) if tag not in texts and tag != "en"]
    return {"judge_language": traits.judge_language, "prompts": texts, "asked_in_english": without}


def check_judge_language(judges: Sequence[Judge], language: Json) -> None:
    """Sees that somebody is asked in the language that all judges are to be asked in.

    Args:
        judges: who judges.
        language: as a config or an option says it; None for nothing.

    Raises:
        UserError: none of them is an LLM that is asked for a verdict.
    """
    if language not in (None, "en") and not any(judge_traits(one).judge_language == language for one in judges):
        raise UserError(
            f"judge_language (--judge-language): {language!r:.40} says how an LLM is asked for a verdict, in words or "
            f"by letter, and no such judge is asked so (there is {', '.join(one.kind for one in judges)}); leave it out"
        )


def unreviewed(judge: JudgeFacts) -> list[str]:
    """Languages whose judge prompt no speaker has signed.

    Args:
        judge: what is known of it.

    Returns:
        Tags, in order; none for a judge that was asked in English.
    """
    texts = mapping_of(judge.others.get("prompts"))
    return [tag for tag, one in texts.items() if not text_of(mapping_of(one).get("reviewer"))]


def notes(judge: JudgeFacts) -> Iterator[str]:
    """What a report says of a judge beside its facts.

    Args:
        judge: what is known of it.

    Yields:
        parts of a sentence, without a capital.
    """
    texts = mapping_of(judge.others.get("prompts"))
    if texts:
        yield f"asked in the language judged ({len(texts)} texts beside English)"
    signed = {tag: text_of(mapping_of(one).get("reviewer")) for tag, one in texts.items()}
    if named := [f"{tag} ({one_line(name)})" for tag, name in signed.items() if name]:
        yield f"its prompts reviewed in {', '.join(named)}"
    if bare := unreviewed(judge):
        yield f"its prompts machine-written and unreviewed in {', '.join(bare)}"
    if english := list_of(judge.others.get("asked_in_english")):
        yield f"asked in English about {', '.join(map(text_of, english))}, for which there is no text"
    repeats = list_of(judge.others.get("repeats"))
    if "repeats" in judge.others and not repeats:
        heat = number_of(mapping_of(judge.others.get("sampling")).get("temperature"))
        why = "; greedy, it differs from run to run only as its server's rounding does" if heat == 0 else ""
        yield f"not asked again{why}"
    for one in map(mapping_of, repeats):
        yield _again(one)


def _again(spread: JsonObject) -> str:
    same, kappa = mapping_of(spread.get("same")), number_of(mapping_of(spread.get("kappa")).get("kappa"))
    share, low, high = (number_of(same.get(key)) for key in ("share", "low", "high"))
    asked = f"asked again about {number_of(spread.get('comparisons')) or 0:,.0f} comparisons"
    if share is None:
        return f"{asked}, with no verdict that could be read both times"
    ends = f" (95% interval {low:.1%} to {high:.1%})" if low is not None and high is not None else ""
    beyond = f", kappa {kappa:z.2f}" if kappa is not None else ""
    rates = [number_of(spread.get(key)) for key in ("win_rate", "again")]
    moved = f"; win-rate {rates[0]:.3f}, then {rates[1]:.3f}" if None not in rates else ""
    return (
        f"{asked} it gave the same verdict in {share:.1%} of {number_of(same.get('n')) or 0:,.0f}{ends}{beyond}{moved}"
    )
