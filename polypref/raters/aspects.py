"""A rater that is an LLM in UltraFeedback's form: all answers of a prompt in one call, several aspects each."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..files.json_types import Json, JsonObject
from ..inference import Failure, Known, Reply, Request, Sampling, Served
from ..judging import prompts, replies
from ..judging.criteria import criterion_text
from ..judging.prompts import Group, Query
from ..judging.verdicts import Unusable, read_object
from ..scripting.declared import check_fields, checked_call
from ..stages.asking import drawn, rejections
from ..stages.pool import Bucket
from .groups import groups

ASPECTS = ("instruction_following", "truthfulness", "honesty", "helpfulness")
# Four answers with four short rationales each take about 1,000 tokens, and a few times that in costly scripts.
_SAMPLING = Sampling(max_tokens=4096)

Scores = dict[str, tuple[dict[str, float], str]]
"""Completion id -> score of every aspect, and the rationales joined."""


@checked_call
@dataclass(frozen=True)
class JudgeRater:
    """Scores from an LLM that sees all answers of a prompt at once, shuffled (UltraFeedback, arXiv 2310.01377).

    An answer's score is the mean of its aspects. A reply counts whole or not at all: with one answer or aspect missing,
    doubled or off the scale, or without the code that was asked for, none of its scores is taken. It is then asked for
    again, shuffled otherwise; what still cannot be read is rejected under the prompt's id. Equal texts are shown once
    and get the same score. A prompt with fewer than two different answers is not asked.

    Attributes:
        served: the judge.
        aspects: what is scored; each needs a section in the prompt text.
        scale: lowest and highest score, whole numbers.
        prompt: name of a text in polypref/data/judges, or the path of a `.txt` file.
        sampling: how the judge's reply is drawn.
        seed: of the shuffles.
        attempts: how often a reply that cannot be read is asked for, the first time included.
        name: the rater's name; the model's when left out.
        prompt_name, prompt_sha256: which text that is; filled in.
    """

    served: Served
    aspects: tuple[str, ...] = ASPECTS
    scale: tuple[int, int] = (1, 5)
    # A path says where the text is, not what it is; that is in prompt_sha256.
    prompt: str = field(default="ultrafeedback-2", metadata={"settings": False})
    sampling: Sampling = _SAMPLING
    seed: int = 0
    attempts: int = 2
    name: str = ""
    prompt_name: str = field(init=False)
    prompt_sha256: str = field(init=False)
    version: ClassVar[int] = 2
    table: ClassVar[str] = "ratings"
    caution: ClassVar[str] = (
        "Scores are the opinion of a language model as judge. Judges agree with themselves from language to language "
        "only in part (mean Fleiss kappa about 0.3 over 25 languages, arXiv 2505.12201): compare scores within a "
        "prompt, never between languages."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        text = prompts.template(self.prompt)
        lacking = [name for name in self.aspects if f"aspect {name}" not in text.sections]
        if not self.aspects or lacking or len(set(self.aspects)) < len(self.aspects):
            known = sorted(name.removeprefix("aspect ") for name in text.sections if name.startswith("aspect "))
            raise UserError(
                f"judge prompt {self.prompt}: aspects must be some of {', '.join(known)}, each once; not {self.aspects}"
            )
        if not self.scale[0] < self.scale[1] or self.attempts < 1:
            raise UserError("a judge needs a scale whose first number is the lower, and at least one attempt")
        object.__setattr__(self, "name", self.name or self.served.model.name)
        object.__setattr__(self, "prompt_name", text.name)
        object.__setattr__(self, "prompt_sha256", text.sha256)

    @property
    def models(self) -> tuple[Served, ...]:
        """The judge."""
        return (self.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields one request a prompt, and another for each reply so far that cannot be read.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Yields:
            Requests, those that are answered already among them.
        """
        prompt_groups, _ = groups(bucket, least=2, tools=True)
        for _, sent, _ in replies.ask_items(prompt_groups, self.attempts, self._form, self._read, known):
            yield sent

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the replies.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `ratings` (schema.RATINGS), by prompt and completion, and `rejected` (schema.REJECTED).
        """
        prompt_groups, rejected = groups(bucket, least=2, tools=True)
        revision = f"{self.served.model.revision}/{prompts.template(self.prompt).revision}"
        by_criterion = f"{revision}+{criterion_text().revision}"
        rows: list[dict[str, object]] = []
        results = replies.outcomes(replies.ask_items(prompt_groups, self.attempts, self._form, self._read, known))
        for group, outcome in zip(prompt_groups, results, strict=True):
            if isinstance(outcome, Failure):
                rejected.append((group.language, group.prompt_id, outcome.reason, outcome.detail))
                continue
            for completion, (aspects, rationale) in sorted(outcome.items()):
                rows.append(
                    {
                        "prompt_id": group.prompt_id,
                        "completion_id": completion,
                        "rater": self.name,
                        "rater_revision": by_criterion if group.criterion else revision,
                        "score": math.fsum(aspects.values()) / len(aspects),
                        "aspects": list(aspects.items()),
                        "rationale": rationale,
                    }
                )
        return {"ratings": pa.Table.from_pylist(rows, schema.RATINGS), "rejected": rejections(rejected)}

    def _labelled(self, group: Group, attempt: int) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Label -> text and completions, in the order in which this attempt shows them."""
        order = sorted(group.answers, key=lambda answer: drawn(self.seed, attempt, group.prompt_id, answer[1][0]))
        return {f"answer_{number}": answer for number, answer in enumerate(order, 1)}

    def _form(self, group: Group, attempt: int) -> Query:
        text = prompts.template(self.prompt)
        labelled = self._labelled(group, attempt)
        lowest, highest = map(str, self.scale)
        values = {"lowest": lowest, "highest": highest}
        values["response_language"] = prompts.language_label(group.response_language)
        described = [
            f"- {name}: {prompts.fill_slots(text.sections[f'aspect {name}'], values)}" for name in self.aspects
        ]
        values |= {"aspects": "\n".join(described), "aspect_names": ", ".join(f'"{name}"' for name in self.aspects)}
        shown = [(label, answer) for label, (answer, _) in labelled.items()]
        form = reply_schema(tuple(labelled), self.aspects, self.scale, text.coded())
        return prompts.query_of(self.served.model, text, group, shown, self.sampling, form, attempt, values)

    def _read(self, group: Group, query: Query, reply: Reply) -> Scores:
        same = dict(group.answers)
        labels = [f"answer_{number}" for number, _ in enumerate(query.texts, 1)]
        read = read_scores(reply.text, labels, self.aspects, self.scale, query.code)
        by_label = zip(labels, query.texts, strict=True)
        return {completion: read[label] for label, text in by_label for completion in same[text]}


def reply_schema(labels: Sequence[str], aspects: Sequence[str], scale: tuple[int, int], coded: bool = False) -> str:
    """JSON schema of a reply: an object with every label, every aspect under it, the rationale before the score.

    Labels are keys, not fields in a list: so an engine that follows the schema can leave out or double none. The code
    comes first, where one is asked for.

    Args:
        labels: of the answers shown.
        aspects: what is scored.
        scale: lowest and highest score, whole numbers.
        coded: whether a code is asked for.

    Returns:
        The schema as text.
    """
    score: JsonObject = {"type": "integer", "enum": [*range(scale[0], scale[1] + 1)]}
    aspect = prompts.closed_object({"rationale": {"type": "string"}, "score": score})
    answers = dict.fromkeys(labels, prompts.closed_object(dict.fromkeys(aspects, aspect)))
    code: JsonObject = {"code": {"type": "string"}} if coded else {}
    return prompts.object_schema(code | answers)


def read_scores(
    reply: str, labels: Sequence[str], aspects: Sequence[str], scale: tuple[int, int], code: str = ""
) -> dict[str, tuple[dict[str, float], str]]:
    """What a reply says of every label: the score of each aspect, and the rationales, a line each.

    The scores are the object with which the reply ends, and the only one of its form; see `verdicts.read_object`, which
    raises as well.

    Args:
        reply: the judge's words.
        labels: of the answers shown: all of them must be scored, and no other.
        aspects: what must be scored.
        scale: lowest and highest score, whole numbers.
        code: what the object must bear; empty where none was asked for.

    Returns:
        Label -> (aspect -> score, rationales).

    Raises:
        Unusable: `judge_unparsable`, `judge_missing_answer`, `judge_unknown_answer`,
            `judge_missing_aspect`, `judge_missing_rationale`, `judge_score_not_a_number`, `judge_score_not_finite`,
            `judge_score_fraction`, `judge_score_out_of_range`.
    """
    stated = read_object(reply, code, labels)
    if code:
        del stated["code"]
    if unknown := sorted(stated.keys() - set(labels)):
        # An object without any label is no reply to this at all.
        raise Unusable("judge_unknown_answer" if stated.keys() & set(labels) else "judge_unparsable", unknown[0])
    read = {}
    for label in labels:
        if label not in stated:
            raise Unusable("judge_missing_answer", label)
        if not isinstance(by_aspect := stated[label], dict):
            raise Unusable("judge_missing_aspect", label)
        scores, rationales = {}, []
        for name in aspects:
            where, one = f"{label}.{name}", by_aspect.get(name)
            if not isinstance(one, dict):
                raise Unusable("judge_missing_aspect", where)
            if not isinstance(rationale := one.get("rationale"), str):
                raise Unusable("judge_missing_rationale", where)
            scores[name] = _score_of(one.get("score"), scale, where)
            rationales.append(f"{name}: {_writable(rationale)}")
        read[label] = scores, "\n".join(rationales)
    return read


def _score_of(value: Json, scale: tuple[int, int], where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unusable("judge_score_not_a_number", f"{where}: {str(value)[:40]}")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unusable("judge_score_not_finite", f"{where}: {value}")
    if not scale[0] <= value <= scale[1]:
        raise Unusable("judge_score_out_of_range", f"{where}: {value:.6g}" if isinstance(value, float) else where)
    if value != int(value):
        raise Unusable("judge_score_fraction", f"{where}: {value}")
    return float(value)


def _writable(rationale: str) -> str:
    # JSON can spell half a character, which no file can hold.
    return " ".join(rationale.encode("utf-8", "replace").decode().split())
