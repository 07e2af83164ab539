"""What a script may declare of conversations, for rows that cannot be read without it: the ends of sentences."""

import re

from ..layouts.conversations import SEVERAL_FINAL_TURNS
from ..layouts.flat_trees import NO_ID, NO_PARENT
from ..layouts.rankings import NO_RANKING
from ..layouts.readings import UNKNOWN
from ..layouts.source import Source
from ..layouts.tools import NOT_READ, TOOL_ROLES
from ..layouts.transcripts import SERIALISED, TRANSCRIPT
from ..layouts.turns import folded
from ..text.thoughts import THOUGHT

_TOOLS = (
    "where a model is to learn to call tools, have them read: Fields(..., tools='read'), with tool_schemas='tools' "
    "where a column says which tools there are"
)
# What a transcript begins with, as its detail shows it.
_LABEL = re.compile(r"\s*([^\W\d_][^:：\n]{0,29}?)\s*[:：]")
_DECLARED = {
    TRANSCRIPT: "where these texts are conversations with labels, name the labels: Fields(..., "
    "transcript=layouts.Transcript(user=('Human',), assistant=('Assistant',)))",
    SERIALISED: "where these texts are printed lists of turns, have them parsed: Fields(..., serialised=True)",
    SEVERAL_FINAL_TURNS: "where they are one answer, write Fields(..., final_turns='joined')",
    THOUGHT: "where a model is to learn to write its thoughts too, keep them: Fields(..., thoughts='kept'), or 'cut' "
    "to have them apart from the answer, in `thinking` of its turn",
    NOT_READ: _TOOLS,
    "answers_not_a_list": "where the list is printed into a text, have it parsed: Fields(..., serialised=True); of an "
    "object name each answer by its key: Answer('COLUMN.KEY')",
    NO_RANKING: "a ranking is a list with the best first, or a text of one: JSON, or names with > and = between them; "
    "where the column names the best answer alone, write layouts.Ranking(..., best_only=True)",
    NO_PARENT: "what they answer is not among the rows that were read, or is itself in no tree: give the whole file, "
    "as trees are put together in one file and not over several, and check the columns that layouts.Tree(..., "
    "parent=..., message=...) names",
    NO_ID: "where the ids of messages begin anew in each tree, name the column that says which tree it is: "
    "layouts.Tree(..., tree=...)",
    "neither_true_nor_false": "the columns that layouts.Tree(..., deleted=..., accepted=...) names hold true or false, "
    "1 or 0, or nothing; name others, or leave them out there and take rows by where",
    "no_winner": "where none of these columns is 1 in a tie, declare a column of ties, as in layouts.OneHot(..., "
    "tie='tied'), or leave such rows out with where",
    "turns_without_roles": "questions alone, without the answers between them, are no conversation; turns are objects "
    "that name a role and a text",
    **dict.fromkeys(
        ("turn_of_two_roles", "turn_with_two_contents"),
        "where two keys of a turn say different things, name those that count: Fields(..., turn_keys=('role', "
        "'content'))",
    ),
}


def declaration_for(reason: str, detail: str = "") -> str:
    """What to declare for rows or answers that are left out for a reason.

    Args:
        reason: the reason; with `answer_` before it where an answer is left out.
        detail: what is told beside it.

    Returns:
        a clause; empty where no declaration helps.
    """
    reason = reason.removeprefix("answer_")
    if reason == UNKNOWN and detail == "list":
        return (
            "where the column holds a list, name it in each, and what its items hold in column, as in Verdict(..., "
            "column='.', each='votes') for bare labels"
        )
    if reason == "not_text" and detail.split()[-1:] == ["list"]:
        return (
            "where a column holds several answers, write Answer(..., side='chosen') and Answer(..., side='rejected'), "
            "or name the list of all answers in Fields(each=...)"
        )
    if reason == "unknown_role":
        word = detail.split()[-1] if detail.split() else "bot"
        if folded(word) in TOOL_ROLES:
            return _TOOLS
        return f"say which role a word means: Fields(..., roles={{{word!r}: 'assistant'}})"
    if reason == TRANSCRIPT and (label := _LABEL.match(detail)) and label[1] != "Human":
        return (
            "where these texts are conversations with labels, name those of both sides, letter by letter: Fields(..., "
            f"transcript=layouts.Transcript(user=({label[1]!r},), assistant=(...)))"
        )
    if reason == "turns_without_roles" and (keys := detail.partition(", with keys ")[2]):
        return (
            f"the turns have the keys {keys}: name that of whose turn it is, and that of its text, in Fields(..., "
            "turn_keys=(ROLE_KEY, TEXT_KEY)); questions alone, without the answers between them, are no conversation"
        )
    return _DECLARED.get(reason, "")


def thought_advice(stage: str) -> str:
    """What to do about answers in which thoughts of models stand.

    Args:
        stage: the stage that leaves them out.

    Returns:
        a clause.
    """
    if stage != "complete":
        return _DECLARED[THOUGHT]
    return (
        "have the server take thoughts out of answers (vLLM: --reasoning-parser), or, where a model is to learn to "
        "write them, keep them: Complete(..., thoughts='kept')"
    )


def declaration_advice(source: Source, reason: str, detail: str) -> str:
    """What to declare where most rows of a source are left out for a reason.

    Args:
        source: where the rows are from.
        reason: why they are left out.
        detail: what is told of the first.

    Returns:
        a clause with `; ` before it; empty where no declaration helps.
    """
    fields = source.fields
    if reason == "prompt_does_not_end_with_user" and fields.prompt in [part.text for part in fields.answers]:
        advice = (
            f"'{fields.prompt}' is the column of an answer too: where it holds a whole conversation, write "
            "Fields(prompt=None, ...), which takes the turns that the answers share as the prompt"
        )
    elif reason.removeprefix("answer_") == SERIALISED and fields.serialised:
        advice = (
            "they cannot be parsed: what pandas prints of arrays has lost its commas; save the column as JSON "
            "(json.dumps), or the table as Parquet"
        )
    else:
        advice = declaration_for(reason, detail)
    return f"; {advice}" if advice else ""
