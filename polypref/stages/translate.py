"""Prompts brought into other languages by a model, and prompts to be answered in another language than their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pyarrow as pa

from .. import languages, schema
from ..console.escaping import short_text
from ..errors import UserError
from ..files.packaged import packaged
from ..inference import REHEARSED, Failure, Known, Reply, Request, Sampling, Served
from ..layouts.tables import PromptRow
from ..scripting.bounds import Bounds, Count, Share
from ..scripting.declared import check_fields, checked_call
from ..text.cleaning import Uncleanable, clean_text
from ..text.criteria import criterion_apart
from ..text.placeholders import Broken, placeholder, verify_placeholders
from ..text.thoughts import THOUGHT, thought_in
from .asking import drawn, rejections
from .pool import Bucket
from .segments import SHORTEST, Plan, assemble_translation, plan_segments

#: A second try at a translation draws its words anew, so it must not take the likeliest ones again.
_RETRY_TEMPERATURE = 0.5


#: Why no model is asked to translate a prompt, or the answers to it: its turns have calls of tools or thoughts, or it
#: offers tools.
WHOLE_TURNS = Failure("prompt_with_tools_or_thoughts")


def has_whole_turns(prompt: PromptRow) -> bool:
    """Whether a prompt is more than roles and texts, which are all that is translated.

    Args:
        prompt: a row of schema.PROMPTS.

    Returns:
        true where a turn has calls or a thought, or the prompt offers tools.
    """
    return prompt["messages"] is not None or prompt["tools"] is not None


@cache
def prompt_text(name: str) -> str:
    """The text of a prompt for models: of the package by name, or of a file of your own by path.

    Args:
        name: as `translate-1`, or a path.

    Returns:
        the text, without blanks at its ends.

    Raises:
        UserError: there is no such text.

    """
    inside = packaged("prompts", f"{name}.txt")
    try:
        return (inside if inside.is_file() else Path(name)).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UserError(
            f"there is no prompt '{short_text(name)}', in the package or as a text file; check its name"
        ) from None


@checked_call
@dataclass(frozen=True)
class Translator:
    """A model that translates, and how it is asked.

    What must not be translated is held back (`text.placeholders`), long texts are cut (`segments`), and what comes back
    is verified; a translation that lost something is asked for again and then rejected with what it lost.

    Attributes:
        served: the model.
        how: `chat` for a language model that is told to translate, `seq2seq` for NLLB-200 or MADLAD-400.
        prompt: the instruction for a language model: a name in the package, or a file.
        longest: most characters of a segment; None: 4,000 for chat, 400 for seq2seq.
        sampling: how a translation is drawn.
        attempts: how often a broken translation is asked for; always once with seq2seq, which says the same again.

    """

    served: Served
    how: Literal["chat", "seq2seq"] = "chat"
    prompt: str = "translate-1"
    longest: Annotated[int, Bounds(SHORTEST)] | None = None
    sampling: Sampling = field(default_factory=lambda: Sampling(max_tokens=4096))
    attempts: Count = 2

    def __post_init__(self) -> None:
        check_fields(self)
        if self.how == "chat":
            prompt_text(self.prompt)

    def requests(self, text: str, source: str, target: str, known: Known) -> Iterator[Request]:
        """What must be asked to translate a text: the next attempt only when the one before it broke.

        Args:
            text: the text, however long.
            source: its language's tag.
            target: the tag of the language to translate into.
            known: gives what was answered so far.

        Yields:
            requests of one segment each, answered already or not.
        """
        for attempt in range(self._attempts):
            requests = self._requests(text, source, target, attempt)
            yield from requests
            if not isinstance(self._outcome(text, known(requests)), Failure):
                return

    def translated(self, text: str, source: str, target: str, known: Known) -> str | Failure | None:
        """The translation of a text, from the first attempt that held.

        Args:
            text: the text.
            source: its language's tag.
            target: the tag of the language to translate into.
            known: gives what was answered so far.

        Returns:
            the translation; or why there is none; None when it was not asked for yet.
        """
        outcome: str | Failure | None = None
        for attempt in range(self._attempts):
            outcome = self._outcome(text, known(self._requests(text, source, target, attempt)))
            if not isinstance(outcome, Failure):
                break
        return outcome

    @property
    def _attempts(self) -> int:
        return self.attempts if self.how == "chat" else 1

    def _requests(self, text: str, source: str, target: str, attempt: int) -> list[Request]:
        chat = self.how == "chat"
        segments = self._plan(text).segments
        sampling = replace(self.sampling, seed=self.sampling.seed + attempt)
        if attempt and not sampling.temperature:
            sampling = replace(sampling, temperature=_RETRY_TEMPERATURE)
        if not chat:
            return [Request(self.served.model, (("user", s),), sampling, task=(source, target)) for s in segments]
        names = {"source": languages.get(source).name, "target": languages.get(target).name}
        instruction = prompt_text(self.prompt)
        for name, value in {**names, "placeholder": placeholder("XQ", 1)}.items():
            instruction = instruction.replace(f"{{{name}}}", value)
        return [Request(self.served.model, (("user", instruction.replace("{text}", s)),), sampling) for s in segments]

    def _outcome(self, text: str, results: Sequence[Reply | Failure | None]) -> str | Failure | None:
        if any(result is None for result in results):
            return None
        translations = []
        for result in results:
            if isinstance(result, Failure):
                return result
            assert result is not None
            if result.finish_reason == REHEARSED:
                # In another language it would be another text, so that whoever answers it is asked once more.
                return f"{text} {result.text.split()[0]}"
            if result.finish_reason == "length":
                return Failure("translation_cut")
            if (thought := thought_in(result.text)) and not thought_in(text):
                return Failure(f"translation_{THOUGHT}", thought.mark)
            translations.append(result.text)
        try:
            whole = clean_text(assemble_translation(self._plan(text), translations), trim_end_tokens=True)
        except (Broken, Uncleanable) as broken:
            return Failure(f"translation_{broken}")
        reasons = verify_placeholders(text, whole)
        return Failure(f"translation_{reasons[0]}", " ".join(reasons)) if reasons else whole

    def _plan(self, text: str) -> Plan:
        chat = self.how == "chat"
        return plan_segments(text, self.longest or (4_000 if chat else 400), "text" if chat else "sentence")


@checked_call
@dataclass(frozen=True)
class Translate:
    """Brings the native prompts of one language into others; prompts of other languages are left alone.

    Attributes:
        translator: the model.
        into: the languages; the source's own is left out.
        source: the language translated from.
        round_trip: least chrF (0 to 100) between a prompt and its translation translated back; None: not asked for.
        sources: names of the builder's sources whose prompts are translated; None for all.

    """

    translator: Translator
    into: tuple[str, ...]
    source: str = "en"
    round_trip: Annotated[float, Bounds(0, 100)] | None = None
    sources: tuple[str, ...] | None = None
    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_fields(self)
        check_named(self, self.sources)
        languages.get(self.source)
        _check_into(self, self.into)
        if set(self.into) == {self.source}:
            raise UserError(
                f"Translate(into={short_text(repr(self.into))}): the source's own language is left out; name another"
            )

    @property
    def models(self) -> tuple[Served, ...]:
        """The translator."""
        return (self.translator.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """The translations, and when they are there and asked for, their way back.

        Args:
            bucket: whose prompts are translated.
            known: gives what was answered so far.

        Yields:
            every request that can be put now, answered already or not.
        """
        for row, target in self._work(bucket):
            for message in () if has_whole_turns(row) else row["prompt"]:
                yield from self.translator.requests(message["content"], self.source, target, known)
            messages = WHOLE_TURNS if has_whole_turns(row) else self._messages(row, target, known)
            if self.round_trip is not None and isinstance(messages, list):
                for turn in messages:
                    yield from self.translator.requests(turn["content"], target, self.source, known)

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """The translated prompts.

        Args:
            bucket: whose prompts were translated.
            known: gives the translations; one that is missing is rejected as `not_asked`.

        Returns:
            `prompts` (schema.PROMPTS), the translated ones only, and `rejected` (schema.REJECTED).
        """
        prompts, rejected = [], []
        for row, target in self._work(bucket):
            prompt = self._translated(row, target, known)
            if isinstance(prompt, Failure):
                rejected.append((target, row["prompt_id"], prompt.reason, prompt.detail))
            else:
                prompts.append(prompt)
        return {"prompts": pa.Table.from_pylist(prompts, schema.PROMPTS), "rejected": rejections(rejected)}

    def _work(self, bucket: Bucket) -> Iterator[tuple[PromptRow, str]]:
        for row in bucket.prompts.to_pylist():
            if row["language"] == self.source == row["response_language"] and row["origin"] == "native":
                for target in self.into:
                    if target != self.source:
                        yield row, target

    def _messages(self, row: PromptRow, target: str, known: Known) -> list[schema.Message] | Failure:
        messages: list[schema.Message] = []
        for message in row["prompt"]:
            text = self.translator.translated(message["content"], self.source, target, known)
            if not isinstance(text, str):
                return text or Failure("not_asked")
            messages.append({"role": message["role"], "content": text})
        return messages

    def _translated(self, row: PromptRow, target: str, known: Known) -> dict[str, object] | Failure:
        messages = WHOLE_TURNS if has_whole_turns(row) else self._messages(row, target, known)
        if isinstance(messages, Failure):
            return messages
        score = None
        if self.round_trip is not None:
            back = [self.translator.translated(m["content"], target, self.source, known) for m in messages]
            bad = next((text for text in back if not isinstance(text, str)), None)
            if bad is not None or not all(isinstance(text, str) for text in back):
                return Failure("no_round_trip", bad.reason if isinstance(bad, Failure) else "")
            score = _chrf("\n".join(map(str, back)), "\n".join(m["content"] for m in row["prompt"]))
            if score < self.round_trip:
                return Failure("round_trip_below", f"{score:.1f}")
        # A criterion that is the whole system message is translated with it; another stays in its language.
        criterion, asked = row["criterion"], row["prompt"][0]
        if criterion and (asked["role"], asked["content"]) == ("system", criterion):
            criterion = messages[0]["content"]
        return {
            **{name: row.get(name) for name in schema.PROMPTS.names},
            "prompt_id": schema.prompt_id(target, messages, None, None, None, criterion_apart(messages, criterion)),
            "criterion": criterion,
            "language": target,
            "response_language": target,
            "prompt": messages,
            "origin": "translated",
            "translator": self.translator.served.model.name,
            "reference": None,
            "source_prompt": row["prompt"],
            "source_language": self.source,
            "translation_score": score,
        }


def check_named(stage: object, sources: tuple[str, ...] | None) -> None:
    """Refuses a stage that takes the prompts of no source, or of one twice.

    Args:
        stage: what takes prompts.
        sources: the names that it is given; None for all sources.

    Raises:
        UserError: no source is named, or one twice.
    """
    if sources is not None and (not sources or len(set(sources)) < len(sources)):
        raise UserError(
            f"{type(stage).__name__}(sources={short_text(repr(sources))}): name at least one source, and each once; "
            "leave it out for all"
        )


def _check_into(stage: object, into: tuple[str, ...]) -> None:
    """Refuses what would silently make nothing, or the same twice.

    Raises:
        UserError: no language is named, one is not known, or one is named twice.
    """
    for tag in into:
        languages.get(tag)
    if not into or len(set(into)) < len(into):
        raise UserError(
            f"{type(stage).__name__}(into={short_text(repr(into))}): name at least one language, and each once"
        )


def _chrf(text: str, reference: str) -> float:
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().sentence_score(text, [reference]).score)


@checked_call
@dataclass(frozen=True)
class CrossLingual:
    """Prompts once more, to be answered in another language (after xLLMs-100, Lai et al. 2024).

    A sentence at the end of the user's last turn says which; the language is drawn for each prompt.

    Attributes:
        into: the languages to answer in.
        share: share of the prompts that are asked this way too.
        seed: of both draws.
        sources: names of the sources whose prompts are asked once more; None for all.

    """

    into: tuple[str, ...]
    share: Share = 1.0
    seed: int = 0
    sources: tuple[str, ...] | None = None
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_fields(self)
        check_named(self, self.sources)
        _check_into(self, self.into)

    @property
    def models(self) -> tuple[Served, ...]:
        """None."""
        return ()

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Asks nobody.

        Args:
            bucket: not looked at.
            known: not looked at.

        Returns:
            nothing to ask.
        """
        return iter(())

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """The prompts that are asked once more, with the sentence.

        Args:
            bucket: whose prompts they are; those asked in another language already are left alone.
            known: not looked at.

        Returns:
            `prompts` (schema.PROMPTS), the new ones only, and `rejected` (schema.REJECTED): those with tools
            or thoughts.
        """
        prompts, rejected = [], []
        for row in bucket.prompts.to_pylist():
            others = [tag for tag in self.into if tag != row["language"]]
            chance = drawn(self.seed, "share", row["prompt_id"]) / 2**128
            if row["language"] != row["response_language"] or not others or chance >= self.share:
                continue
            if has_whole_turns(row):
                rejected.append((row["language"], row["prompt_id"], WHOLE_TURNS.reason, ""))
            else:
                prompts.append(self._asked(row, others[drawn(self.seed, "into", row["prompt_id"]) % len(others)]))
        return {"prompts": pa.Table.from_pylist(prompts, schema.PROMPTS), "rejected": rejections(rejected)}

    def _asked(self, row: PromptRow, target: str) -> dict[str, object]:
        asked_in = languages.get(row["language"]).answer_in or languages.get("en").answer_in
        assert asked_in is not None
        sentence = asked_in.sentence.replace("{language}", languages.get(target).native_name)
        *before, last = row["prompt"]
        messages = [*before, {"role": "user", "content": f"{last['content']}\n\n{sentence}"}]
        return {
            **{name: row.get(name) for name in schema.PROMPTS.names},
            "prompt_id": schema.prompt_id(
                row["language"], messages, target, None, None, criterion_apart(messages, row["criterion"])
            ),
            "response_language": target,
            "prompt": messages,
            "reference": None,
            "source_prompt": None,
        }
