"""What the columns of pairs and of labelled answers hold, in every form that a dataset can have; of ratings the card
says it in their own section.
"""

from collections.abc import Iterable

#: Column -> what it holds, as the card says it. A column that is published needs a line here.
COLUMNS = {
    "pair_id": "id of the pair, the same in every version and whichever side is chosen",
    "completion_id": "id of the answer",
    "prompt_id": "id of the prompt in its language",
    "group_id": "the same for a prompt and all its translations",
    "language": "tag of the prompt's language",
    "response_language": "tag of the language that an answer must be in; mostly that of the prompt",
    "prompt": "the conversation up to the answer: a list of messages with role and content",
    "chosen": "the better answer, as a list of messages",
    "rejected": "the worse answer, as a list of messages",
    "completion": "the answer, as a list of messages",
    "label": "true for a good answer, false for a bad one",
    "chosen_id": "id of the chosen answer",
    "rejected_id": "id of the rejected answer",
    "chosen_model": "who wrote the chosen answer: a model, or what its source calls its author",
    "rejected_model": "who wrote the rejected answer",
    "model": "who wrote the answer: a model, or what its source calls its author",
    "chosen_route": "how the chosen answer came about: given (by the source), direct (the model answered the prompt), "
    "translated, on_policy (by the model to be trained), edited (by a person)",
    "rejected_route": "how the rejected answer came about",
    "route": "how the answer came about: given (by the source), direct (the model answered the prompt), translated, "
    "on_policy (by the model to be trained), edited (by a person)",
    "chosen_score": "the rater's score of the chosen answer; to be compared within a prompt only; null where it gave "
    "verdicts",
    "rejected_score": "the rater's score of the rejected answer",
    "score_margin": "the first score less the second; null where there are no scores",
    "rater": "who scored or preferred",
    "origin": "native, or translated for a prompt that was machine-translated",
    "translator": "who translated the prompt; null where nobody did",
    "source": "the datasets that the prompt comes from, each with its revision",
    "licence": "the licences of these sources",
    "flags": "marks of checks on what was kept; empty where none has anything to say",
    "tools": "schemas of the tools that the prompt offers; null for none",
    "annotator": "a salted pseudonym of the person whose vote the row is; `other` for groups of under five people; "
    "null where nobody says",
    "occasion": "a salted pseudonym of the occasion on which the answers were compared; null where nobody says",
    "annotator_groups": "what the source states of the person whose row it is, such as age or country: a list of group "
    "and value; `other` where under five people of a language share it, alone or with the groups before; null where "
    "nobody says",
    "rationale": "why the chosen answer is the better one, in the words of who judged; null where none were given",
    "criterion": "by what the answers were judged; null where nothing says so",
}

_UNKNOWN = "not known to this version of polypref"


def explained(columns: Iterable[str]) -> list[tuple[str, str]]:
    """Columns with what they hold.

    Args:
        columns: names of published columns.

    Returns:
        (name, what it holds) in their order; of a column that this version does not know, that it does not.
    """
    return [(name, COLUMNS.get(name, _UNKNOWN)) for name in columns]
