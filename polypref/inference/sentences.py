"""Relevance by a sentence model: how near an answer's embedding is to that of its prompt.

The query relevance of the Regularized Relevance Reward (R3; Kim and Seo 2024, arXiv 2402.03469), with a multilingual
encoder in place of Contriever and the cosine in place of the dot product. An embedding is the mean of the last layer's
states over a text's tokens, as sentence-transformers makes it of models that are pooled so.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

from ..errors import UserError
from ..scripting.bounds import Count
from ..scripting.calls import checked_arguments
from ..scripting.declared import check_fields, checked_call
from . import Failure, Model, Reply, Request, Result, Served
from .backend import ModelNotes
from .memory import make_room
from .networks import import_library, place_of, revision_note
from .weights import weights_digest

if TYPE_CHECKING:
    from torch import Tensor
    from torch import device as Device

_NEEDS = "sentence models"
#: Tokens of a text that are read, where the model takes as many.
MOST_TOKENS = 512


class SentenceTokenizer(Protocol):
    """A tokenizer of transformers, as sentences are given to it."""

    model_max_length: int

    def __call__(
        self, texts: Sequence[str], *, padding: bool, truncation: bool, max_length: int, return_tensors: str
    ) -> "Mapping[str, Tensor]":
        """The tokens of texts, (texts, longest), as the model takes them."""
        ...


class States(Protocol):
    """What an encoder returns: (texts, tokens, width)."""

    last_hidden_state: "Tensor"


class EncoderConfig(Protocol):
    """An encoder's configuration."""

    model_type: str
    is_encoder_decoder: bool


class Encoder(Protocol):
    """An encoder of transformers."""

    config: EncoderConfig

    @property
    def device(self) -> "Device":
        """Where its weights are."""
        ...

    def __call__(self, **tokens: "Tensor") -> States:
        """The states of texts."""
        ...

    def to(self, place: str) -> "Encoder":
        """Moves the weights.

        Args:
            place: of torch.

        Returns:
            The encoder itself.
        """
        ...

    def eval(self) -> "Encoder":
        """Turns off what belongs to training.

        Returns:
            The encoder itself.
        """
        ...


@checked_call
@dataclass(frozen=True)
class SentenceRelevance:
    """A backend that scores an answer by the cosine of its embedding and its prompt's.

    The prompt is what the user said in all turns. Of a longer text the first tokens are read.

    Attributes:
        encoder: the sentence model: a folder, or a Hub id.
        prompt_prefix, answer_prefix: what the model was trained to read before a question, and before an answer (E5:
            `query: ` and `passage: `).
        max_tokens: of a text that are read; fewer where the model takes fewer.
        batch: texts at once; halved where memory runs out.
        window: requests read ahead, of which equal texts are read once and others sorted by length.
        device, dtype: as in `Transformers`.
    """

    encoder: Model
    prompt_prefix: str = ""
    answer_prefix: str = ""
    max_tokens: Count = MOST_TOKENS
    batch: Count = 32
    window: Count = 1024
    device: str = "auto"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def page(self) -> int:
        """Requests read ahead; see `BackendTraits`."""
        return self.window

    @property
    def gpus(self) -> int:
        """GPUs that it takes where there are any; see `BackendTraits`."""
        return 0 if self.device == "cpu" else 1

    @cached_property
    def model_notes(self) -> ModelNotes:
        """At which commit the model was loaded, and how much of a text it reads; see `BackendTraits`."""
        return ModelNotes()

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its score, a window at a time.

        Args:
            requests: conversations to score, which end with the assistant's turn.

        Yields:
            (request, result), each request once; the score is from -1 to 1.

        Raises:
            UserError: one is not to be scored, or the model cannot be loaded, or pools otherwise.
        """
        waiting = iter(requests)
        while window := list(islice(waiting, self.window)):
            if other := next((one.kind for one in window if one.kind != "score"), None):
                raise UserError(f"a sentence model gives scores, and was asked for {other}; name it as a rater's")
            texts = {one: (self._question(one), self._answer(one)) for one in window}
            vectors = self._embedded({text for both in texts.values() for text in both if text}, window[0].model)
            for request in window:
                yield request, self._score(*texts[request], vectors)

    def _question(self, request: Request) -> str:
        asked = "\n\n".join(content for role, content in request.messages[:-1] if role == "user")
        return f"{self.prompt_prefix}{asked}" if asked.strip() else ""

    def _answer(self, request: Request) -> str:
        answer = request.messages[-1][1]
        return f"{self.answer_prefix}{answer}" if answer.strip() else ""

    def _score(self, question: str, answer: str, vectors: "Mapping[str, Tensor | None]") -> Result:
        if not question:
            return Failure("empty_prompt", "the user says nothing in it")
        if not answer:
            return Failure("empty_answer")
        one, other = vectors[question], vectors[answer]
        if one is None or other is None:
            return Failure("out_of_memory", "one text by itself")
        return Reply(score=float(one @ other))

    def _embedded(self, texts: Iterable[str], model: Model) -> "dict[str, Tensor | None]":
        """The embeddings of texts, each of length 1; None of one that does not fit into memory by itself."""
        tokenizer, encoder = self._loaded(model)
        ordered = sorted(texts, key=lambda text: (-len(text), text))
        vectors: dict[str, Tensor | None] = {}
        for begin in range(0, len(ordered), self.batch):
            vectors |= self._some(ordered[begin : begin + self.batch], tokenizer, encoder)
        return vectors

    def _some(self, texts: Sequence[str], tokenizer: SentenceTokenizer, encoder: Encoder) -> "dict[str, Tensor | None]":
        try:
            return dict(zip(texts, self._pooled(texts, tokenizer, encoder), strict=True))
        except self._torch.OutOfMemoryError:
            self._torch.cuda.empty_cache()
        if len(texts) == 1:
            return {texts[0]: None}
        half = len(texts) // 2
        return self._some(texts[:half], tokenizer, encoder) | self._some(texts[half:], tokenizer, encoder)

    def _pooled(self, texts: Sequence[str], tokenizer: SentenceTokenizer, encoder: Encoder) -> "Tensor":
        limit = _token_limit(self.max_tokens, tokenizer, encoder)
        tokens = tokenizer(texts, padding=True, truncation=True, max_length=limit, return_tensors="pt")
        tokens = {name: one.to(encoder.device) for name, one in tokens.items()}
        with self._torch.inference_mode():
            states = encoder(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"][..., None].float()
            means = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            lengths: Tensor = self._torch.nn.functional.normalize(means, dim=-1).cpu()
        return lengths

    def let_go(self) -> None:
        """Forgets the model; the next request loads it again."""
        self._kept.clear()

    @cached_property
    def _torch(self) -> ModuleType:
        return import_library("torch", _NEEDS)

    @cached_property
    def _kept(self) -> dict[str, tuple[SentenceTokenizer, Encoder]]:
        return {}

    def _loaded(self, model: Model) -> tuple[SentenceTokenizer, Encoder]:
        if "" not in self._kept:
            make_room(self)
            self._kept[""] = self._load(model)
        return self._kept[""]

    def _load(self, model: Model) -> tuple[SentenceTokenizer, Encoder]:
        transformers, name = import_library("transformers", _NEEDS), self.encoder.name
        source = {"pretrained_model_name_or_path": name}
        if self.encoder.revision != "unknown" and not Path(name).is_dir():
            source["revision"] = self.encoder.revision
        try:
            check_pooling(transformers, source, name)
            tokenizer: SentenceTokenizer = transformers.AutoTokenizer.from_pretrained(**source)
            encoder: Encoder = transformers.AutoModel.from_pretrained(**source, dtype=self.dtype, use_safetensors=True)
        except MemoryError:
            raise UserError(f"model {name} does not fit into this machine's memory; take a smaller one") from None
        except (OSError, ValueError, ImportError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            online = "" if Path(name).is_dir() else ", and that you are online: there is no folder of this name here"
            raise UserError(f"cannot load model {name} ({reason}); check its name and revision{online}") from None
        if encoder.config.is_encoder_decoder:
            raise UserError(f"model {name} has a decoder behind its encoder; choose one that is an encoder alone")
        limit = _token_limit(self.max_tokens, tokenizer, encoder)
        self.model_notes.add(model, [f"it reads the first {limit} tokens of a prompt and of an answer"])
        self.model_notes.add(model, revision_note(self.encoder))
        return tokenizer, encoder.to(place_of(self._torch, self.device)).eval()


def _token_limit(wanted: int, tokenizer: SentenceTokenizer, encoder: Encoder) -> int:
    """How many tokens of a text are read: RoBERTa and its kin count positions from two on, others know no limit."""
    positions: int | None = getattr(encoder.config, "max_position_embeddings", None)
    if positions is None or positions < 1:  # XLNet's is -1
        return min(wanted, tokenizer.model_max_length)
    return min(wanted, tokenizer.model_max_length, positions - 2 * ("roberta" in encoder.config.model_type))


def check_pooling(transformers: ModuleType, source: Mapping[str, str], name: str) -> None:
    """Refuses a model whose files say that its sentences are made in another way than by the mean of its tokens.

    Args:
        transformers: the library.
        source: where it finds the model's files.
        name: of the model.

    Raises:
        UserError: it pools otherwise, or has a layer behind the pooling.
    """
    others = {key: value for key, value in source.items() if key != "pretrained_model_name_or_path"}

    def read_file(file: str) -> object:
        path = transformers.utils.cached_file(
            source["pretrained_model_name_or_path"], file, _raise_exceptions_for_missing_entries=False, **others
        )
        return json.loads(Path(path).read_text("utf-8")) if path else None

    pooling, modules = read_file("1_Pooling/config.json"), read_file("modules.json")
    if isinstance(pooling, dict) and not pooling.get("pooling_mode_mean_tokens", True):
        raise UserError(
            f"model {name} makes sentences in another way than by the mean of its tokens (1_Pooling/config.json); "
            "choose one that is mean-pooled"
        )
    kinds = [str(one.get("type", "")) for one in modules if isinstance(one, dict)] if isinstance(modules, list) else []
    if dense := next((kind for kind in kinds if kind.endswith("Dense")), None):
        raise UserError(f"model {name} has a layer behind its pooling ({dense[:80]}); choose one without")


@checked_arguments
def sentence_relevance(
    name: str,
    revision: str = "",
    *,
    prompt_prefix: str = "",
    answer_prefix: str = "",
    max_tokens: int = MOST_TOKENS,
    batch: int = 32,
    device: str = "auto",
    dtype: str = "auto",
) -> Served:
    """A multilingual sentence model as what says how relevant an answer is, for `SentenceRelevanceRater`.

    Args:
        name: a folder, or a Hub id, of a mean-pooled encoder, as in `intfloat/multilingual-e5-small`.
        revision: commit, tag or date; of a folder a digest of its weights where it is left out.
        prompt_prefix, answer_prefix, max_tokens, batch, device, dtype: as in `SentenceRelevance`.

    Returns:
        The model, whose revision says prefixes and tokens besides, so that what was asked with others is not taken for
        its own; and who serves it.

    Raises:
        UserError: the name is empty, a folder holds no weights, or a setting is out of its bounds.
    """
    if not name.strip():
        raise UserError("a sentence model has no name; give its Hub id, or its folder")
    encoder = Model(name, revision or "unknown")
    if not revision and Path(name).is_dir():
        encoder = replace(encoder, revision=weights_digest(Path(name)))
    backend = SentenceRelevance(encoder, prompt_prefix, answer_prefix, max_tokens, batch, device=device, dtype=dtype)
    prefixes = f", prefixes {prompt_prefix!r} and {answer_prefix!r}" if prompt_prefix or answer_prefix else ""
    return Served(replace(encoder, revision=f"{encoder.revision}, {max_tokens} tokens{prefixes}"), backend)
