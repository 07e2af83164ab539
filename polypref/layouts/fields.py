"""Which columns of a source hold what: answers, verdicts, and all else of a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .turns import ConversationForm, declared_roles
from .verdicts import Verdict as Verdict


@checked_call
@dataclass(frozen=True)
class Answer:
    """Where an answer and what is known of it stand in a row.

    A column is its name, a path (`turns[-1].content`), a template or a constant: see `Fields`.

    Attributes:
        text: column of the answer: text, or a conversation whose last turn it is. That begins with the row's whole
            prompt, every turn and the system message, or the answer is left out (`answer_to_another_prompt`).
        model: the model's name; or `model_column`, the column that holds it.
        revision, licence: of the model; or `licence_column`.
        score: column of a rating, by `rater`.
        finish_reason: column that says why the model stopped.
        source_text: column of the text that an answer of route `translated` was translated from.

    """

    text: Column
    model: str | None = None
    model_column: Column | None = None
    revision: str = "unknown"
    licence: str = "unknown"
    licence_column: Column | None = None
    route: str = "given"
    score: Column | None = None
    rater: str = "source"
    finish_reason: Column | None = None
    source_text: Column | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@checked_call
@dataclass(frozen=True)
class Fields:
    """Which columns of a source hold what.

    Wherever a column is named there may be a path into the row: `input.prompt`, `output[0]`, `turns[-1].content`,
    `responses["gpt-3.5-turbo"].text`; at every level a key that is written exactly so goes first. Braces join columns:
    `"{instruction}\\n\\n{input}"`; a line whose columns are absent or empty is left out, and `{{` and `}}` are braces.
    `"=de"` is the same text for every row.

    Attributes:
        prompt: text, or a conversation: a list of {role, content}. The role may stand under `from`, the content under
            `value`, `text` or `parts`; user, human, prompter, then assistant, gpt, model, then system and developer are
            known words for roles, in any case. A content may be a list of parts, all of which are text. Only a turn
            that stands alone may name no role. A text that is a transcript, or turns printed as JSON or Python, is a
            bad row.
        answers: the row's answers; with `each` set, columns within every item of that list.
        each: column that holds a list of answers.
        language, response_language, system, group, reference, labels, translator: columns; `group` joins the
            translations of a prompt. Rows with a translator have origin `translated`.
        source_text, source_language: columns of what a translated prompt was translated from (text or messages), so
            that filters can compare the two; its language is English where none is given.
        verdict: which of two answers was preferred.
        roles: further words for roles -> `system`, `user` or `assistant`, as in {"bot": "assistant"}.
        turn_keys: the keys of role and content in a turn, where they are others: ("speaker", "utterance").

    """

    prompt: Column
    answers: tuple[Answer, ...] = ()
    each: Column | None = None
    language: Column | None = None
    response_language: Column | None = None
    system: Column | None = None
    group: Column | None = None
    reference: Column | None = None
    labels: Column | None = None
    translator: Column | None = None
    source_text: Column | None = None
    source_language: Column | None = None
    verdict: Verdict | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    turn_keys: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        declared_roles(self.roles)

    @cached_property
    def form(self) -> ConversationForm:
        """How the source writes conversations."""
        return ConversationForm(declared_roles(self.roles), self.turn_keys or ())
