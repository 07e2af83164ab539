"""vLLM in this process: chat models and reward models, the engine kept full.

The engine is stepped by hand: conversations are added as others end, so it never drains before the last one, and every
answer is yielded in the step that ends it.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import count
from typing import Any

from ..errors import UserError, missing_extra
from . import Failure, Kind, Model, Reply, Request, Result, protocol, templates
from .memory import make_room


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

    tensor_parallel: int = 1
    dtype: str = "auto"
    max_length: int | None = None
    memory: float = 0.9
    lora: str | None = None
    lora_rank: int = 64
    ahead: int = 2048
    system: templates.System = "error"
    eager: bool = False

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

        Raises:
            UserError: vLLM is missing, too old or cannot load the model; the model has no chat template or no place for
                a system prompt, or (to score) not exactly one label.
        """
        held: dict[str, Request] = {}
        engine: Any = None
        names, serving = count(), None
        try:
            for request in requests:
                if serving != (request.model, request.kind):
                    while held:
                        yield from _stepped(engine, held)
                    serving = (request.model, request.kind)
                    llm = self._loaded(*serving)
                    engine = llm.llm_engine
                if failure := self._add(llm, f"polypref-{next(names)}", request, held):
                    yield request, failure
                while len(held) >= self.ahead:
                    yield from _stepped(engine, held)
            while held:
                yield from _stepped(engine, held)
        finally:
            if held:
                engine.abort_request(list(held))

    def _add(self, llm: Any, name: str, request: Request, held: dict[str, Request]) -> Failure | None:
        """Gives a request to the engine; what the engine would refuse is a failure."""
        answering = request.kind == "chat"
        turns, model = request.conversation, request.model.name
        tokens = templates.tokens(llm.get_tokenizer(), turns, model, self.system, answering)
        if isinstance(tokens, Failure):
            return tokens
        limit = llm.llm_engine.model_config.max_model_len
        longest = request.sampling.max_tokens if answering else 0
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
    def _adapter(self) -> Any:
        return import_module("vllm.lora.request").LoRARequest("adapter", 1, self.lora)

    @cached_property
    def _kept(self) -> dict[tuple[Model, Kind], Any]:
        return {}

    def _loaded(self, model: Model, kind: Kind) -> Any:
        """The engine of a model; the model before, of whatever backend, makes room."""
        if (model, kind) not in self._kept:
            make_room(self)
            self._kept[model, kind] = self._load(model, kind)
        return self._kept[model, kind]

    def _load(self, model: Model, kind: Kind) -> Any:
        vllm = _imported()
        settings: dict[str, Any] = {"runner": "pooling", "convert": "classify"} if kind == "score" else {}
        if model.revision != "unknown":
            settings |= {"revision": model.revision, "tokenizer_revision": model.revision}
        if self.lora:
            settings |= {"enable_lora": True, "max_lora_rank": self.lora_rank}
        try:
            llm = vllm.LLM(
                model=model.name,
                tensor_parallel_size=self.tensor_parallel,
                dtype=self.dtype,
                max_model_len=self.max_length,
                gpu_memory_utilization=self.memory,
                enforce_eager=self.eager,
                **settings,
            )
        except (OSError, ValueError, RuntimeError) as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            raise UserError(
                f"vLLM {vllm.__version__} cannot run model {model.name} ({said}); see its log above"
            ) from None
        labels = llm.llm_engine.model_config.hf_config.num_labels
        if kind == "score" and labels != 1:
            said = f"model {model.name} has {labels} labels, not one score"
            raise UserError(f"{said}; choose a reward model trained as sequence classifier")
        return llm


def _parameters(request: Request) -> Any:
    """How vLLM draws an answer, or reads a score: raw, no sigmoid over it."""
    sampling, pooling = import_module("vllm.sampling_params"), import_module("vllm.pooling_params")
    if request.kind == "score":
        return pooling.PoolingParams(task="classify", use_activation=False)
    draw = request.sampling
    schema = None
    if request.schema is not None:
        schema = sampling.StructuredOutputsParams(json=protocol.read_schema(request.schema))
    return sampling.SamplingParams(
        temperature=draw.temperature,
        top_p=draw.top_p,
        max_tokens=draw.max_tokens,
        seed=draw.seed,
        structured_outputs=schema,
        output_kind=sampling.RequestOutputKind.FINAL_ONLY,
    )


def _stepped(engine: Any, held: dict[str, Request]) -> Iterator[tuple[Request, Result]]:
    """One step of the engine: what ended in it."""
    try:
        outputs = engine.step()
    except import_module("vllm.v1.engine.exceptions").EngineDeadError as error:
        held.clear()
        said = protocol.detail(str(error))
        raise UserError(f"vLLM's engine died ({said}); see its log above, then run the same command") from None
    for output in outputs:
        if output.finished and (request := held.pop(output.request_id, None)) is not None:
            read = len(output.prompt_token_ids or ())
            if request.kind == "score":
                yield request, protocol.as_score(output.outputs.data.reshape(-1)[0].item(), (read, None))
            else:
                yield request, _reply(output.outputs[0], read)


def _reply(said: Any, read: int) -> Result:
    if said.finish_reason not in ("stop", "length"):
        return Failure("server_error", f"finish_reason {said.finish_reason}")
    if not said.text.strip():
        return Failure("empty_answer", f"{len(said.token_ids)} tokens")
    return Reply(said.text, said.finish_reason, read, len(said.token_ids))


def _imported() -> Any:
    try:
        vllm = import_module("vllm")
    except ImportError as error:
        if error.name == "vllm":
            raise missing_extra("this backend needs vLLM", "vllm") from None
        raise UserError(f"vLLM cannot be imported ({error}); install it into a fresh virtual environment") from None
    if not hasattr(import_module("vllm.sampling_params"), "StructuredOutputsParams"):
        raise missing_extra(f"vLLM {vllm.__version__} is too old", "vllm")
    return vllm
