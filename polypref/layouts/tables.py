"""What a row of a source becomes: rows of the project's tables, and what could not be used of it."""

from dataclasses import dataclass, field
from typing import TypeAlias, TypedDict

from ..files.cells import Bad, Row
from .labels import SeenLabel
from .model_names import Sighting


class PromptSource(TypedDict):
    """Where a prompt is from."""

    name: str
    revision: str
    licence: str


class PromptRow(TypedDict):
    """A row of schema.PROMPTS."""

    prompt_id: str
    group_id: str
    language: str
    response_language: str
    prompt: list[dict[str, str]]
    sources: list[PromptSource]
    origin: str
    translator: str | None
    reference: str | None
    labels: list[str]
    source_prompt: list[dict[str, str]] | None
    source_language: str | None
    translation_score: float | None
    messages: str | None
    tools: str | None
    criterion: str | None


class CompletionRow(TypedDict):
    """A row of schema.COMPLETIONS as a source gives it: nothing is known of how the answer was made."""

    completion_id: str
    prompt_id: str
    model: str
    model_revision: str
    model_licence: str
    route: str
    text: str
    source_text: str | None
    translator: None
    system: None
    finish_reason: str | None
    tokens: None
    sampling: None
    message: str | None


class RatingRow(TypedDict):
    """A row of schema.RATINGS as a source gives it."""

    prompt_id: str
    completion_id: str
    rater: str
    rater_revision: str
    score: float
    aspects: list[tuple[str, float]] | None
    rationale: None
    occasion: str | None


class VerdictRow(TypedDict):
    """A row of schema.VERDICTS."""

    prompt_id: str
    completion_a: str
    completion_b: str
    preferred: str
    rater: str
    occasion: str | None
    annotator: str | None
    vote: str | None
    rationale: str | None


class StatedGroup(TypedDict):
    """A group of a person, as in an age or a country."""

    group: str
    value: str | None


class PersonRow(TypedDict):
    """A row of schema.PEOPLE_OF_PROMPTS."""

    prompt_id: str
    person: str
    groups: list[StatedGroup]
    annotator: str | None
    occasion: str | None


TableRow: TypeAlias = PromptRow | CompletionRow | RatingRow | VerdictRow | PersonRow


@dataclass
class Item:
    """What one row becomes: rows of the prompts, completions, ratings and verdicts tables.

    `problems` are parts left out while the row stays: (reason, detail); `unreadable` says that one of them is there
    and cannot be read, or that a verdict lacks an answer; `cleaned` that a text was changed at the door; `labels`
    are those that the row holds in columns whose labels are declared, `sightings` the other columns that hold them.
    `answers_left_out` and `verdicts_left_out` have the reason of each answer and verdict of the row that is not among
    its completions and verdicts. `edits` counts the answers that somebody corrected, `edits_left_out` has the reason of
    each other answer that might have been. `people` has what the row states of who judged.
    """

    prompt: PromptRow
    completions: list[CompletionRow]
    ratings: list[RatingRow]
    verdicts: list[VerdictRow]
    problems: list[tuple[str, str]]
    unreadable: bool = False
    cleaned: bool = False
    labels: list[SeenLabel] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    answers_left_out: list[str] = field(default_factory=list)
    verdicts_left_out: list[str] = field(default_factory=list)
    edits: int = 0
    edits_left_out: list[str] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)


class NotAsked(Exception):
    """A good row that this build does not want.

    Attributes:
        reason: why, as the funnel names it.
        language: of the row; empty where it has none that is known.
    """

    def __init__(self, reason: str, language: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.language = language


class UnusedMessage(Bad):
    """A message of a conversation that is in no row of a prompt and its answers.

    Attributes:
        message: the message.
        left_out: whether nothing is wrong with it, and it is left out because of what it says of itself.
    """

    def __init__(self, reason: str, detail: str, message: Row, left_out: bool = False) -> None:
        super().__init__(reason, detail)
        self.message, self.left_out = message, left_out
