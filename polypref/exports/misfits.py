"""Why a row has no place in a form: readers take turns apart in their own ways, and say nothing of what they lose."""

from collections.abc import Callable

from .contract import Row

#: What axolotl puts before an answer, to see where the answer begins in what a chat template makes of both.
DUMMY_TURN = "[[dummy_message]]"
_ODD, _EVEN = ("user", "tool"), ("assistant",)


def first_misfit(*tests: Callable[[Row], str]) -> Callable[[Row], str]:
    """Several tests as one.

    Args:
        *tests: each gives why a row does not fit, or an empty text.

    Returns:
        The test that gives the first reason.
    """
    return lambda row: next((reason for reason in (test(row) for test in tests) if reason), "")


def has_nothing_against(_: Row) -> str:
    """For a form that holds every row.

    Returns:
        An empty text.
    """
    return ""


def several_turns(row: Row) -> str:
    """For readers that take an answer for one turn of the assistant.

    Args:
        row: the row.

    Returns:
        The reason; empty where each answer is one such turn.
    """
    single = all(len(turns) == 1 and turns[0]["role"] == "assistant" for turns in row.answers.values())
    return "" if single else "an answer of several turns"


def tools(row: Row) -> str:
    """For readers that give chat templates no tools, or lose the calls.

    Args:
        row: the row.

    Returns:
        The reason; empty where the prompt offers no tool and no turn calls one or answers for one.
    """
    called = any(turn.get("tool_calls") or turn["role"] == "tool" for turn in row.turns)
    return "tools" if row.tools or called else ""


def thoughts(row: Row) -> str:
    """For readers that have no place for a model's thoughts.

    Args:
        row: the row.

    Returns:
        The reason; empty where no turn has a thought.
    """
    return "thoughts" if any(turn.get("thinking") for turn in row.turns) else ""


def names(row: Row) -> str:
    """For readers that take role and content alone.

    Args:
        row: the row.

    Returns:
        The reason; empty where no turn but a tool's has a name.
    """
    return "a name of a speaker" if any(turn.get("name") and turn["role"] != "tool" for turn in row.turns) else ""


def system_turn(row: Row) -> str:
    """For readers that take a system turn for one of the user.

    Args:
        row: the row.

    Returns:
        The reason; empty where there is none.
    """
    return "a system turn" if any(turn["role"] == "system" for turn in row.turns) else ""


def later_system_turn(row: Row) -> str:
    """For readers that take a system turn at the beginning alone.

    Args:
        row: the row.

    Returns:
        The reason; empty where there is none further on.
    """
    return "a system turn further on" if any(turn["role"] == "system" for turn in row.turns[1:]) else ""


def no_alternation(row: Row) -> str:
    """For readers by whom user and assistant speak in turn, and the user (or a tool) last before the answer.

    Args:
        row: the row.

    Returns:
        The reason; empty where they do, behind a system turn or not.
    """
    spoken = [turn["role"] for turn in row.prompt if turn["role"] != "system"]
    sound = len(spoken) % 2 == 1 and all(role in (_EVEN if at % 2 else _ODD) for at, role in enumerate(spoken))
    return "" if sound else "turns that do not alternate"


def more_than_a_question(row: Row) -> str:
    """For readers by whom a prompt is one text of the user, behind a system turn or not.

    Args:
        row: the row.

    Returns:
        The reason; empty where it is that.
    """
    roles = [turn["role"] for turn in row.prompt]
    return "" if roles in (["user"], ["system", "user"]) else "a prompt of more than a question"


def words_beside_calls(row: Row) -> str:
    """For readers by whom a turn either speaks or calls tools.

    Args:
        row: the row.

    Returns:
        The reason; empty where no turn does both.
    """
    both = any(turn.get("tool_calls") and turn.get("content") for turn in row.turns)
    return "words beside a call of a tool" if both else ""


def hard_to_place(row: Row) -> str:
    """For axolotl, which looks for an answer's text in what a chat template makes of a dummy turn and the answer.

    Args:
        row: the row.

    Returns:
        The reason; empty where the text can be found there, and nowhere before it.
    """
    texts = [str(turns[0]["content"]) for turns in row.answers.values()]
    if any(text != text.strip() for text in texts):
        return "an answer with white space around it"
    return "an answer that is part of axolotl's dummy turn" if any(text in DUMMY_TURN for text in texts) else ""


#: For readers that give chat templates role and content of every turn, and nothing else.
plain_turns = first_misfit(several_turns, tools, thoughts, names)
