"""Which columns of a source hold what: answers, verdicts, and all else of a row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from ..console.escaping import as_written
from ..errors import UserError
from ..files.cells import DecimalMark, label_of
from ..files.records import OMIT_DEFAULT
from ..scripting.declared import check_fields, checked_call
from ..text.cleaning import is_label
from ..text.thoughts import Thoughts
from .columns import Column, named_columns, paths_in
from .labelled import Transcript as Transcript
from .labels import Label, declared_labels
from .marks import Marks as Marks
from .readings import Join
from .serialised import Serialised
from .tools import Tools
from .turns import ConversationForm, FinalTurns, declared_roles
from .verdict_kinds import OneHot as OneHot
from .verdict_kinds import Ranking as Ranking
from .verdict_kinds import Scale as Scale
from .verdicts import Verdict as Verdict

#: `Fields.occasion` where all scores of a prompt may be compared, and where those of one row may.
ALL, OF_ROW = "=all", "=row"
# Characters of the name of a group of people.
_LONGEST_GROUP = 40

VerdictKind: TypeAlias = Verdict | Scale | OneHot | Ranking | Marks
"""Which of a row's answers was preferred, however the row says it."""


@checked_call
@dataclass(frozen=True)
class Answer:
    """Where an answer and what is known of it stand in a row.

    A column is its name, a path (`turns[-1].content`), a template or a constant: see `Fields`.

    Attributes:
        text: column of the answer: text, or a conversation whose last turn it is. That begins with the row's whole
            prompt, every turn and the system message, or the answer is left out (`answer_to_another_prompt`); a system
            message that the prompt lacks and every answer's conversation begins with becomes part of the prompt.
        model: the model's name; or `model_column`, the column that holds it.
        name_column: column of what rankings, and verdicts with `names_models`, call the answer, where that is not its
            model's name.
        revision, licence: of the model; or `licence_column`.
        score: column of a rating, by `rater`; or several columns, each with its weight, whose weighted sum is the score
            (the numbers themselves are kept as aspects): {"helpfulness": 0.65, "correctness": 0.8}.
        lower_is_better: True where the score is a rank, a loss or an error: the score that is kept, and published, is
            its negative. Left out, the higher is the better, but scores that are places from 0 or 1 on in most prompts
            stop the build: nothing says which end of them is the better one.
        score_labels: what stands for a number, where the column holds words or thumbs, as in {True: 1, False: 0}; None
            for a label that rates nothing. A label that is not among them stops the build.
        asked: column of the prompt as it stands beside this answer, where each answer has its own, as in two
            conversations: one that says something else is `answer_to_another_prompt`.
        decimal: what stands before the decimals of a score that is a text; with "," 3,5 is a number, and points, blanks
            and apostrophes may stand between groups of three digits.
        side: `chosen` or `rejected`, where it is the column that says which answers are better: by `rater`, every
            chosen one is preferred to every rejected one. It holds one answer, or a list of texts or conversations.
        each: column that holds a list of such answers, in whose items the other columns stand.
        finish_reason: column that says why the model stopped.
        source_text: column of the text that an answer of route `translated` was translated from.
        edited: column of the answer as somebody corrected it. That is an answer of its own, of route `edited`, and by
            `rater`, or whoever gives the row's verdicts, better than this one; where the column is empty, or holds the
            same, there is none.

    """

    text: Column
    model: str | None = None
    model_column: Column | None = None
    revision: str = "unknown"
    licence: str = "unknown"
    licence_column: Column | None = None
    route: str = "given"
    score: Column | Mapping[Column, float] | None = None
    rater: str = "source"
    finish_reason: Column | None = None
    source_text: Column | None = None
    lower_is_better: bool | None = None
    score_labels: Mapping[Label, float | None] = field(default_factory=dict)
    side: Literal["chosen", "rejected"] | None = None
    each: Column | None = None
    decimal: DecimalMark = "."
    asked: Column | None = None
    name_column: Column | None = None
    edited: Column | None = field(default=None, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        check_fields(self)
        what = f"Answer({self.text!r})"
        declared_labels(self.score_labels, f"score_labels of {what}")
        if self.score is None and (self.score_labels or self.lower_is_better is not None):
            raise UserError(f"{what}: score_labels and lower_is_better speak of a column of scores; name it in score")
        if isinstance(self.score, Mapping):
            weights = list(self.score.values())
            if not any(weights) or not all(map(math.isfinite, weights)):
                raise UserError(f"{what}: the weights of its scores are {weights}; give each column its weight")

    @property
    def score_columns(self) -> tuple[str, ...]:
        """The columns that its score is made of."""
        return tuple(self.score) if isinstance(self.score, Mapping) else (self.score,) if self.score else ()

    @cached_property
    def as_edited(self) -> "Answer":
        """What is declared of this answer as somebody corrected it: its text and its model's, and no score."""
        if self.edited is None:
            raise ValueError("no column holds an edited answer")
        return Answer(
            self.edited,
            model=self.model,
            model_column=self.model_column,
            revision=self.revision,
            licence=self.licence,
            licence_column=self.licence_column,
            route="edited",
        )

    @cached_property
    def numbers_of_labels(self) -> dict[str, float | None]:
        """What `score_labels` declares, by labels as they are compared."""
        return {label_of(label): n if n is None else float(n) for label, n in self.score_labels.items()}


@checked_call
@dataclass(frozen=True)
class Fields:
    """Which columns of a source hold what.

    Wherever a column is named there may be a path into the row: `input.prompt`, `output[0]`, `turns[-1].content`,
    `responses["gpt-3.5-turbo"].text`; at every level a key that is written exactly so goes first. Braces join columns:
    `"{instruction}\\n\\n{input}"`; a line whose columns are absent or empty is left out, and `{{` and `}}` are braces.
    `"=de"` is the same text for every row; `"."` is an item of a list of bare values itself, as in
    `Fields("q", (Answer("."),), each="answers")`.

    Attributes:
        prompt: text, or a conversation: a list of {role, content}. The role may stand under `from`, the content under
            `value`, `text` or `parts`; user, human, prompter, then assistant, gpt, model, then system and developer are
            known words for roles, in any case. A content may be a list of parts, all of which are text. Only a turn
            that stands alone may name no role. A text that is a transcript, or turns printed as JSON or Python, is a
            bad row. None: the answers are whole conversations, and the prompt is the turns with which all of them begin
            (TRL's implicit prompt).
        answers: the row's answers; with `each` set, columns within every item of that list.
        each: column that holds a list of answers.
        language, response_language, system, group, reference, labels, translator: columns; `group` joins the
            translations of a prompt. Rows with a translator have origin `translated`.
        source_text, source_language: columns of what a translated prompt was translated from (text or messages), so
            that filters can compare the two; its language is English where none is given.
        verdict: which answer was preferred: `Verdict` (labels, or always the first), `Scale` (numbers between two
            ends), `OneHot` (columns of which one is 1), `Ranking` (a list, the best first, or the best alone), `Marks`
            (a mark, a label or two scores in a text).
        occasion: column that names who scored or judged the answers, or when: the person, conversation or session. Only
            scores of one occasion are compared; two answers that two of them order differently are no pair. Only a
            pseudonym is kept, and published, another under every prompt. `"=all"` says that all scores may be compared;
            `"=row"` that those of one row may, with each other only, as the ranks of the replies to one message: two
            rows of one prompt say nothing of each other's answers. A row is nobody's, and is not published.
        annotator: column that names who scored the answers, where `occasion` names them too, or a conversation or
            session of theirs; a verdict names its own (`Verdict(annotator=...)`). Only a pseudonym is kept.
        annotator_groups: group -> the column of what the row states of who scored or judged: {"age": "age", "country":
            "location.country"}, those first that matter most. They are published beside each pair of one person's
            (`annotator_groups`), after values that under five people of a language share have become `other`.
        roles: further words for roles -> `system`, `user` or `assistant`, as in {"bot": "assistant"}.
        turn_keys: the keys of role and content in a turn, where they are others: ("speaker", "utterance").
        transcript: labels of the speakers in texts that hold conversations ("Human: ... Assistant: ..."); every text of
            a prompt or answer is then read as turns where it begins with one: `Transcript(("Human",), ("Assistant",))`.
        serialised: True where texts may be lists of turns, printed as JSON or Python prints them, and `each` a list
            printed so; "texts" where a prompt or an answer may also be a printed list of one text.
        optional: those of the columns that a file need not have. Without it a column that no row has is a mistake, and
            stops the build.
        final_turns: what becomes of an answer whose conversation ends in several turns of the assistant: `refused`
            (`answer_several_final_turns`), or `joined` by blank lines.
        thoughts: what becomes of an answer in which a thought of the model stands, between marks such as <think> and
            </think>: `refused` (`answer_thought_in_text`; the prompt with it where the thought stands in an earlier
            turn), `kept` with its marks, as the model is to learn to write them, or `cut` out of its text into
            `thinking` of its turn, where chat templates look for it; so are thoughts under a key of their own
            (`thinking`, `reasoning_content`). The dataset then has the form of turns with tools and thoughts.
        tools: what becomes of turns with calls of tools and of turns of tools: `refused` (`unknown_role`,
            `tool_calls_not_read`), or `read`: OpenAI's `tool_calls` and `tool`, ShareGPT's `function_call` and
            `observation`. The dataset then has the form of turns with tools and thoughts.
        tool_schemas: where tools are read, the column of the tools that the model was given: a list of schemas, or JSON
            of one.
        criterion: column of what the row's verdict or scores go by ("shorter", "for a child"). The same answers by two
            criteria are two pairs, never a contradiction.
        criterion_in: where a model that is trained or asked sees it: in the `system` message of the prompt, behind what
            stands there, or in the `column` criterion alone, so that pairs which two criteria turn round look alike but
            for that column.

    """

    prompt: Column | None
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
    verdict: VerdictKind | None = None
    occasion: Column | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    turn_keys: tuple[str, str] | None = None
    transcript: Transcript | None = None
    serialised: Serialised = False
    final_turns: FinalTurns = "refused"
    thoughts: Thoughts = "refused"
    tools: Tools = "refused"
    tool_schemas: Column | None = None
    optional: tuple[str, ...] = ()
    annotator: Column | None = field(default=None, metadata=OMIT_DEFAULT)
    annotator_groups: Mapping[str, Column] | None = field(default=None, metadata=OMIT_DEFAULT)
    criterion: Column | None = field(default=None, metadata=OMIT_DEFAULT)
    criterion_in: Literal["system", "column"] = field(default="system", metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        check_fields(self)
        self._check_people()
        if self.prompt is None and not self.answers:
            raise UserError(
                "Fields(prompt=None) takes as prompt what the conversations of the answers share, and no answers are "
                "declared; name the column of the prompt, or answers=(Answer('chosen'), Answer('rejected'))"
            )
        declared_roles(self.roles)
        if self.tool_schemas is not None and self.tools == "refused":
            raise UserError(
                f"Fields(tool_schemas={self.tool_schemas!r}) names the tools that the model was given, and tools are "
                "refused; write tools='read' beside it"
            )
        if self.criterion is None and self.criterion_in != "system":
            raise UserError(
                f"Fields(criterion_in={self.criterion_in!r}) says where a criterion is written, and no column has one; "
                "name it in criterion"
            )
        self._check_sides()
        self._check_occasion()
        if self.each is not None and (listed := [one for one in self.answers if one.each is not None]):
            raise UserError(
                f"Fields(each={self.each!r}) and Answer({listed[0].text!r}, each={listed[0].each!r}) both name a list "
                "of answers; name one"
            )

    def _check_people(self) -> None:
        """Sees that a row's verdict or scores are one person's, where their name or groups are declared.

        Raises:
            UserError: nothing says whose they are, or they are of several.
        """
        named = self.annotator if self.verdict is None else self.verdict.annotator
        what = "annotator" if self.annotator is not None else "annotator_groups"
        if self.annotator is None and not self.annotator_groups:
            return
        if self.annotator is not None and self.verdict is not None:
            raise UserError("Fields(annotator=...): a verdict names who judged itself; write Verdict(annotator=...)")
        if any(one.side or one.edited for one in self.answers):
            raise UserError(
                f"Fields({what}=...): sides and edits of several people on the same answers are one; have each count "
                "by itself, with a verdict that always prefers the first answer: Verdict(annotator=..., join='each')"
            )
        if named is None:
            raise UserError(
                "Fields(annotator_groups=...): nothing says whose groups they are; name the column of the person, in "
                "Fields(annotator=...) of scores, in Verdict(annotator=...) of verdicts"
            )
        if self.verdict is None and self.occasion in (None, ALL):
            raise UserError(
                f"Fields({what}=...): scores of several people are no comparison; name the column of the person, or of "
                f"their conversation, in occasion=..., or write '{OF_ROW}' there where a row's scores are one person's"
            )
        if self.verdict is not None and self.verdict.each is not None:
            raise UserError(
                "Fields(annotator_groups=...): a row holds the verdicts of several people, and its columns are of one; "
                "make a row of each verdict"
            )
        wrong = [name for name in self.annotator_groups or {} if not is_label(name) or len(name) > _LONGEST_GROUP]
        if wrong:
            raise UserError(
                f"Fields(annotator_groups=...): {as_written(wrong[0])[:80]} is no name of a group; write a word or "
                "two, as in {'age': 'age'}"
            )

    def _check_occasion(self) -> None:
        """Sees that an occasion that is no column is one of those that there are, and compares something.

        Raises:
            UserError: it is not, or does not.
        """
        occasion = self.occasion or ""
        if occasion.startswith("=") and occasion not in (ALL, OF_ROW):
            raise UserError(
                f"Fields(occasion={as_written(occasion)[:80]}) is one text for every row; name a column, or write "
                f"'{OF_ROW}' where the scores of one row are compared with each other only, '{ALL}' where all may be"
            )
        if occasion == OF_ROW and self.one_answer_a_row:
            raise UserError(
                f"Fields(occasion='{OF_ROW}'): a row holds one answer, and nothing would be compared with it; name the "
                "column that the answers to be compared share"
            )

    def _check_sides(self) -> None:
        """Sees that chosen and rejected answers are declared together, and that nothing else says which is better.

        Raises:
            UserError: they are not, or something does.
        """
        sided = [one for one in self.answers if one.side]
        if not sided:
            return
        if {one.side for one in sided} != {"chosen", "rejected"} or len({one.rater for one in sided}) > 1:
            raise UserError(
                "Fields(answers=...): sides go together, of one rater; write Answer(..., side='chosen') and "
                "Answer(..., side='rejected')"
            )
        if self.verdict is not None or self.each is not None:
            other = "verdict" if self.verdict is not None else "each"
            raise UserError(
                f"Fields({other}=...) beside Answer({sided[0].text!r}, side={sided[0].side!r}): the side says which "
                f"answer is better, in columns of the row; leave out {other}, or the sides"
            )

    @property
    def joins(self) -> dict[str, Join]:
        """Who judged, of those whose verdicts the rows hold -> how several on the same two answers are one."""
        sided: dict[str, Join] = {one.rater: "unanimous" for one in self.answers if one.side or one.edited}
        return {self.verdict.rater: self.verdict.join} if self.verdict else sided

    def judge_of_edits(self, part: Answer) -> str:
        """Who says that an edited answer is better than what it was made of.

        Args:
            part: what is declared of the answer.

        Returns:
            The rater of the row's verdicts, where it has any, so that both count; else the answer's.
        """
        return self.verdict.rater if self.verdict else part.rater

    @property
    def names_people(self) -> bool:
        """Whether a column names who judged, or when, so that pseudonyms stand for people."""
        return bool(self.occasion not in (None, OF_ROW) or self.annotator or (self.verdict and self.verdict.annotator))

    @property
    def names_occasions(self) -> bool:
        """Whether a column names the occasions, so that pseudonyms of them are published."""
        return self.occasion not in (None, ALL, OF_ROW)

    @property
    def one_answer_a_row(self) -> bool:
        """Whether a row holds one answer only, so that what it was compared with stands in other rows."""
        alone = self.each is None and len(self.answers) == 1 and self.answers[0].each is None
        return alone and self.answers[0].edited is None

    @property
    def whole_turns(self) -> bool:
        """Whether turns may be more than a role and a text: what is published of them then has another form."""
        return self.tools == "read" or self.thoughts == "cut"

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that are declared; for those in the items of a list, the list."""
        return frozenset(
            column
            for named in named_columns(self)
            for column in ([named.each] if named.each else paths_in(named.column))
        )

    @cached_property
    def form(self) -> ConversationForm:
        """How the source writes conversations."""
        return ConversationForm(
            declared_roles(self.roles),
            self.turn_keys or (),
            self.transcript,
            self.serialised,
            self.final_turns,
            self.thoughts,
            self.tools,
        )
