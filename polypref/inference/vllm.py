"""vLLM in this process: chat models and reward models, the engine kept full.

The engine is stepped by hand: conversations are added as others end, so it never drains before the last one, and every
answer is yielded in the step that ends it.
"""

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import count, groupby
from types import ModuleType
from typing import Annotated, Any, Protocol

from ..errors import UserError, missing_extra
from ..scripting.bounds import Bounds, Count
from ..scripting.declared import check_fields
from . import Failure, Kind, Model, Reply, Request, Result, letters, protocol, templates
from .backend import ModelNotes
from .memory import make_room
from .networks import Config, Tokenizer, revision_note
from .tool_calls import with_calls_read

_LOG = logging.getLogger(__name__)


class _Core(Protocol):
    """vLLM's process beside this one."""

    def shutdown(self) -> None: ...


class _ModelConfig(Protocol):
    max_model_len: int
    hf_config: Config


class _Engine(Protocol):
    """vLLM's engine, stepped by hand."""

    model_config: _ModelConfig
    engine_core: _Core

    def add_request(
        self, name: str, prompt: Mapping[str, list[int]], parameters: object, *, lora_request: object
    ) -> object: ...

    def abort_request(self, names: list[str]) -> None: ...

    # Outputs of two classes, one for answers and one for scores.
    def step(self) -> Sequence[Any]: ...


class _LLM(Protocol):
    """A model in vLLM."""

    llm_engine: _Engine

    def get_tokenizer(self) -> Tokenizer: ...


class _Listed(Protocol):
    """A token among the likeliest, and its rank among them, from 1."""

    logprob: float
    rank: int | None
    decoded_token: str | None


class _Answer(Protocol):
    """What vLLM drew for a request."""

    text: str
    token_ids: Sequence[int]
    finish_reason: str | None
    logprobs: Sequence[Mapping[int, "_Listed"]] | None


@dataclass(frozen=True)
class VLLM:
    """A backend for the models that requests name; one engine runs at a time, until another model is loaded.

    Requests of several models must come model by model: each change loads another engine. Of the model's own generation
    settings only the end tokens count.

    Attributes:
        tensor_parallel: GPUs over which the model is spread.
        dtype: of the weights; `auto` as they are stored (float32 as bfloat16 or float16).
        max_length: tokens of prompt and answer together; None: what the model's configuration says.
        memory: share of the GPU's memory that the engine takes.
        lora: path or Hub id of a LoRA adapter used for every conversation.
        lora_rank: the largest rank that the adapter has.
        ahead: conversations that the engine holds at once, running or waiting; several times what it runs at once.
        system: what to do with a system prompt for which a chat template has no place: `error`, or `prepend` to put it
            before the first user turn.
        eager: no CUDA graphs: starts sooner, runs slower.
    """

    tensor_parallel: Count = 1
    dtype: str = "auto"
    max_length: Count | None = None
    memory: Annotated[float, Bounds(0, 1, open=True)] = 0.9
    lora: str | None = None
    lora_rank: Count = 64
    ahead: Count = 2048
    system: templates.System = "error"
    eager: bool = False

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def place(self) -> str:
        """The adapter that changes the model; see `BackendTraits`."""
        return self.lora or ""

    @property
    def page(self) -> int:
        """Requests enough to keep the engine busy; see `BackendTraits`."""
        return 2 * self.ahead

    @property
    def gpus(self) -> int:
        """GPUs that it takes; see `BackendTraits`."""
        return self.tensor_parallel

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result, each as soon as the engine has it.

        Args:
            requests: conversations to answer or to score, model by model.

        Yields:
            (request, result), each request once.

        Raises:
            UserError: vLLM is missing, too old or cannot load the model; the model has no chat template or no place for
                a system prompt, or (to score) not exactly one label.
        """
        names = (f"polypref-{number}" for number in count())
        for (model, kind), group in groupby(requests, lambda request: (request.model, request.kind)):
            yield from self._answered(self._loaded(model, kind), group, names, self._begun.get(model, ""))

    def _answered(
        self, llm: _LLM, requests: Iterable[Request], names: Iterator[str], begun: str
    ) -> Iterator[tuple[Request, Result]]:
        """Yields the results of requests to one model; who stops early leaves nothing in the engine."""
        held: dict[str, Request] = {}
        try:
            for request in requests:
                if failure := self._add(llm, next(names), request, held):
                    yield request, failure
                while len(held) >= self.ahead:
                    yield from _stepped(llm, held, begun)
            while held:
                yield from _stepped(llm, held, begun)
        finally:
            if held:
                llm.llm_engine.abort_request(list(held))

    def _add(self, llm: _LLM, name: str, request: Request, held: dict[str, Request]) -> Failure | None:
        """Gives a request to the engine; what the engine would refuse is a failure."""
        answering, thinking = request.kind != "score", request.kind != "letter"
        turns, model = request.conversation, request.model.name
        offered, tools = request.offered, request.tool_names
        tokens = templates.tokens(llm.get_tokenizer(), turns, model, self.system, answering, offered, tools, thinking)
        if isinstance(tokens, Failure):
            return tokens
        limit = llm.llm_engine.model_config.max_model_len
        longest = request.sampling.max_tokens if request.kind == "chat" else int(answering)
        if len(tokens) + longest > limit:
            return Failure("context_too_long", f"{len(tokens)} tokens and {longest} for the answer, {limit} fit")
        adapter = self._adapter if self.lora else None
        try:
            llm.llm_engine.add_request(name, {"prompt_token_ids": tokens}, _parameters(request), lora_request=adapter)
        except ValueError as error:
            return Failure("bad_request", protocol.detail(str(error)))
        held[name] = request
        return None

    def let_go(self) -> None:
        """Shuts the engine down; the next request starts it again."""
        for llm in self._kept.values():
            with contextlib.suppress(Exception):
                llm.llm_engine.engine_core.shutdown()
        self._kept.clear()

    @cached_property
    def _adapter(self) -> object:
        adapter: object = import_module("vllm.lora.request").LoRARequest("adapter", 1, self.lora)
        return adapter

    @cached_property
    def model_notes(self) -> ModelNotes:
        """What the chat templates of the models do by themselves; see `BackendTraits`."""
        return ModelNotes()

    @cached_property
    def _begun(self) -> dict[Model, str]:
        """What the template of a model writes to begin its thought."""
        return {}

    def _note_template(self, model: Model, tokenizer: Tokenizer) -> None:
        templates.check_template(tokenizer, model.name)
        self._begun[model] = templates.thought_begun(tokenizer)
        for note in self.model_notes.add(model, templates.template_notes(tokenizer)):
            _LOG.warning("%s: %s", model.name, note)

    @cached_property
    def _kept(self) -> dict[tuple[Model, Kind], _LLM]:
        return {}

    def _loaded(self, model: Model, kind: Kind) -> _LLM:
        """The engine of a model; the model before, of whatever backend, makes room."""
        kind = "chat" if kind == "letter" else kind
        if (model, kind) not in self._kept:
            make_room(self)
            self._kept[model, kind] = self._load(model, kind)
        return self._kept[model, kind]

    def _load(self, model: Model, kind: Kind) -> _LLM:
        vllm = _imported(model.name)
        settings: dict[str, object] = {"runner": "pooling", "convert": "classify"} if kind == "score" else {}
        if model.revision != "unknown":
            settings |= {"revision": model.revision, "tokenizer_revision": model.revision}
        if self.lora:
            settings |= {"enable_lora": True, "max_lora_rank": self.lora_rank}
        try:
            llm: _LLM = vllm.LLM(
                model=model.name,
                tensor_parallel_size=self.tensor_parallel,
                dtype=self.dtype,
                max_model_len=self.max_length,
                gpu_memory_utilization=self.memory,
                enforce_eager=self.eager,
                **settings,
            )
        except (OSError, ValueError, RuntimeError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            raise UserError(
                f"vLLM {vllm.__version__} cannot run model {model.name} ({reason}); see its log above"
            ) from None
        if kind == "chat":
            self._note_template(model, llm.get_tokenizer())
        self.model_notes.add(model, revision_note(model))
        labels = llm.llm_engine.model_config.hf_config.num_labels
        if kind == "score" and labels != 1:
            raise UserError(
                f"model {model.name} has {labels} labels, not one score; choose a reward model trained as sequence "
                "classifier"
            )
        return llm


def _parameters(request: Request) -> object:
    """How vLLM draws an answer, or reads a score: raw, no sigmoid over it."""
    sampling, pooling = import_module("vllm.sampling_params"), import_module("vllm.pooling_params")
    if request.kind == "score":
        reading: object = pooling.PoolingParams(task="classify", use_activation=False)
        return reading
    if request.kind == "letter":
        listing: object = sampling.SamplingParams(
            temperature=1.0,
            max_tokens=1,
            logprobs=letters.MOST_LISTED,
            output_kind=sampling.RequestOutputKind.FINAL_ONLY,
        )
        return listing
    draw = request.sampling
    schema = None
    if request.schema is not None:
        schema = sampling.StructuredOutputsParams(json=protocol.read_schema(request.schema))
    drawing: object = sampling.SamplingParams(
        temperature=draw.temperature,
        top_p=draw.top_p,
        max_tokens=draw.max_tokens,
        seed=draw.seed,
        structured_outputs=schema,
        output_kind=sampling.RequestOutputKind.FINAL_ONLY,
    )
    return drawing


def _stepped(llm: _LLM, held: dict[str, Request], begun: str) -> Iterator[tuple[Request, Result]]:
    """One step of the engine: what ended in it; `begun` is the mark with which the template begins a thought."""
    try:
        outputs = llm.llm_engine.step()
    except import_module("vllm.v1.engine.exceptions").EngineDeadError as error:
        held.clear()
        reason = protocol.detail(str(error))
        raise UserError(f"vLLM's engine died ({reason}); see its log above, then run the same command") from None
    for output in outputs:
        if output.finished and (request := held.pop(output.request_id, None)) is not None:
            read = len(output.prompt_token_ids or ())
            if request.kind == "score":
                yield request, protocol.as_score(output.outputs.data.reshape(-1)[0].item(), (read, None))
            elif request.kind == "letter":
                yield request, _letters(request, output.outputs[0], read)
            else:
                # Under a schema the engine writes JSON from the first token on, and so no thought.
                mark = begun if request.schema is None else ""
                yield request, with_calls_read(_reply(llm, output.outputs[0], read, mark), request)


def _letters(request: Request, answer: _Answer, read: int) -> Result:
    """What the engine lists of the next token; the one that it drew counts only where it is among the likeliest."""
    listed = [
        (one.decoded_token or "", one.logprob)
        for one in (answer.logprobs or ({},))[0].values()
        if one.rank is None or one.rank <= letters.MOST_LISTED
    ]
    return letters.letters_listed(listed, request.letters, (read, 1))


def _reply(llm: _LLM, answer: _Answer, read: int, begun: str) -> Result:
    if answer.finish_reason not in ("stop", "length"):
        return Failure("server_error", f"finish_reason {answer.finish_reason}")
    if not answer.text.strip():
        return Failure("empty_answer", f"{len(answer.token_ids)} tokens")
    text, tokenizer = answer.text, llm.get_tokenizer()
    if templates.thought_marks(tokenizer).intersection(answer.token_ids):
        text = templates.answer_text(tokenizer, answer.token_ids)
    return Reply(begun + text, answer.finish_reason, read, len(answer.token_ids))


def _imported(model: str) -> ModuleType:
    try:
        vllm = import_module("vllm")
    except ImportError as error:
        if error.name == "vllm":
            # Who says nothing of it has chosen vLLM without knowing.
            raise missing_extra(
                f"model {model} is to be served by vllm, which `at` is where nothing is given (others are transformers "
                "and a server's address), and that needs vLLM",
                "vllm",
            ) from None
        raise UserError(f"vLLM cannot be imported ({error}); install it into a fresh virtual environment") from None
    if not hasattr(import_module("vllm.sampling_params"), "StructuredOutputsParams"):
        raise missing_extra(f"vLLM {vllm.__version__} is too old", "vllm")
    return vllm
