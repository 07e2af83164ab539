"""The answers of a bucket as judges and reward models see them."""

from ..judging.prompts import Group
from ..stages.pool import Bucket
from ..text import cleaning

Rejection = tuple[str, str, str, str]
"""Language, where, reason, detail: a row of schema.REJECTED."""


def groups(bucket: Bucket, least: int, tools: bool = False) -> tuple[list[Group], list[Rejection]]:
    """The prompts of a bucket with their answers that can be rated, by prompt_id and completion_id.

    Left out, with a rejection each: empty answers (`empty_answer`), texts with a turn marker of chat templates, with
    which they would break out of their turn (`chat_template_token`), prompts with fewer answers than `least`
    (`fewer_than_two_answers`) or with only one text (`identical_texts`). References are no answers.

    Args:
        bucket: prompts and their answers.
        least: different answers without which a prompt is left out, 1 or 2; with 1, one without answers is no
            rejection.
        tools: whether the tools that a prompt offers are its first turn, as a judge is shown them.

    Returns:
        The prompts, and what was left out.
    """
    rejected: list[Rejection] = []
    answers: dict[str, dict[str, list[str]]] = {}
    prompts = {row["prompt_id"]: row for row in bucket.prompts.to_pylist()}
    columns = (bucket.completions[name].to_pylist() for name in ("completion_id", "prompt_id", "route", "text"))
    for completion, prompt, route, answer in sorted(zip(*columns, strict=True)):
        if route == "reference":
            continue
        if reason := _unfit(answer):
            rejected.append((prompts[prompt]["language"], completion, reason, ""))
        else:
            answers.setdefault(prompt, {}).setdefault(answer, []).append(completion)
    prompt_groups = []
    for key, prompt in sorted(prompts.items()):
        texts = answers.get(key, {})
        turns = tuple((turn["role"], turn["content"]) for turn in prompt["prompt"])
        if tools and (offered := prompt.get("tools")):
            turns = (("tools", offered), *turns)
        if reason := next(filter(None, (_unfit(content, empty="") for _, content in turns)), ""):
            rejected.append((prompt["language"], key, reason, "in the prompt"))
        elif len(texts) >= least:
            ids = tuple((answer, tuple(same)) for answer, same in texts.items())
            languages = prompt["language"], prompt["response_language"]
            prompt_groups.append(Group(key, *languages, turns, ids, prompt["criterion"] or ""))
        elif least > 1:
            several = sum(map(len, texts.values())) > 1
            rejected.append((prompt["language"], key, "identical_texts" if several else "fewer_than_two_answers", ""))
    return prompt_groups, rejected


def _unfit(text: str, empty: str = "empty_answer") -> str:
    if not text.strip():
        return empty
    try:
        cleaning.clean_text(text)
    except cleaning.Uncleanable as error:
        return str(error)
    return ""
