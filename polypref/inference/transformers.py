"""Small models in this process, on a CPU or one GPU, with transformers: chat models and reward models.

For anything large take `vllm`, which is many times faster. JSON schemas are written into the prompt; nothing enforces
them here.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import UserError
from ..scripting.bounds import Count
from ..scripting.declared import check_fields
from . import Failure, Kind, Model, Reply, Request, Result, letters, likelihood, protocol, templates
from .adapters import source_of_config
from .backend import ModelNotes
from .gguf import check_gguf, gguf_in
from .memory import Encoded, make_room, work_in_halves
from .names import public_name
from .networks import Loaded, Network, Tokenizer, import_library, place_of, refuse_other_kind, revision_note
from .tool_calls import with_calls_read

if TYPE_CHECKING:
    from torch import Tensor
    from torch import device as Device

_LOG = logging.getLogger(__name__)
_Work = Callable[[Sequence[Encoded], Tokenizer, Network], list[Result]]
_NEEDS = "models in this process"


@dataclass(frozen=True)
class Transformers:
    """A backend for the models that requests name; one is in memory at a time, and stays until another is loaded.

    The token that a request draws at each step hangs on its own key, not on what else is in its batch (but for
    rounding: padding changes the last bits of the logits). Of the model's own generation settings only the end tokens
    count.

    Attributes:
        batch: conversations at once; halved where memory runs out.
        window: conversations read ahead and sorted by length, so that little of a batch is padding.
        system: what to do with a system prompt for which a chat template has no place: `error`, or `prepend` to put it
            before the first user turn.
        max_length: tokens of prompt and answer together; None: what the model's configuration says.
        device: of torch; `auto` is the GPU where there is one.
        dtype: of the weights, by torch's name; `auto` as they are stored.
        folder: where the files of the one model are, whatever requests call it: a model of one's own then has a name
            that is no path, so that a copy of the folder elsewhere is not another model. It may be a GGUF file, or a
            folder that holds one (see `gguf`); or the folder of a LoRA adapter, which names its model (`adapters`).
        gguf_file: which GGUF file of the folder, or of the Hub's repository, is the model.
    """

    batch: Count = 16
    window: Count = 256
    system: templates.System = "error"
    max_length: Count | None = None
    device: str = "auto"
    dtype: str = "auto"
    folder: str | None = None
    gguf_file: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def place(self) -> str:
        """The folder and file of the model, where they are not its name; see `BackendTraits`."""
        return " ".join(one for one in (self.folder, self.gguf_file) if one)

    @property
    def page(self) -> int:
        """Requests read ahead; see `BackendTraits`."""
        return self.window

    @property
    def gpus(self) -> int:
        """GPUs that it takes where there are any; see `BackendTraits`."""
        return 0 if self.device == "cpu" else 1

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result, a window at a time.

        Args:
            requests: conversations to answer or to score.

        Yields:
            (request, result), each request once.

        Raises:
            UserError: the model cannot be loaded, has no chat template or no place for a system prompt, or (to score)
                not exactly one label; or torch or transformers is missing.
        """
        waiting = iter(requests)
        while window := list(islice(waiting, self.window)):
            groups: dict[tuple[Model, Kind], list[Request]] = {}
            for request in window:
                groups.setdefault((request.model, request.kind), []).append(request)
            for (model, kind), group in groups.items():
                yield from self._group(model, kind, group)

    def _group(self, model: Model, kind: Kind, group: list[Request]) -> Iterator[tuple[Request, Result]]:
        tokenizer, network = self._loaded(model, kind)
        limit = self.max_length or getattr(network.config.get_text_config(), "max_position_embeddings", None)
        ready: list[Encoded] = []
        for request in group:
            turns = protocol.with_schema(request)
            offered, names = request.offered, request.tool_names
            answering, thinking = kind != "score", kind != "letter"
            encoded = templates.tokens(tokenizer, turns, model.name, self.system, answering, offered, names, thinking)
            if isinstance(encoded, list) and limit and len(encoded) + _answer_length(request) > limit:
                lengths = f"{len(encoded)} tokens and {_answer_length(request)} for the answer, {limit} fit"
                encoded = Failure("context_too_long", lengths)
            if isinstance(encoded, Failure):
                yield request, encoded
            else:
                ready.append((request, encoded))
        # The longest first: where memory runs out, it does so at once.
        ready.sort(key=lambda one: -len(one[1]))
        works: Mapping[Kind, _Work] = {"chat": self._chat, "score": self._score, "letter": self._letters}
        work = works[kind]
        for begin in range(0, len(ready), self.batch):
            batch = ready[begin : begin + self.batch]
            for request, result in work_in_halves(self._torch, lambda part: work(part, tokenizer, network), batch):
                yield request, with_calls_read(result, request)

    def _chat(self, batch: Sequence[Encoded], tokenizer: Tokenizer, network: Network) -> list[Result]:
        torch, transformers = self._torch, import_library("transformers", _NEEDS)
        # The model's loading saw to it that there is one.
        assert tokenizer.pad_token_id is not None
        ids, mask = self._padded(batch, tokenizer.pad_token_id, network.device, left=True)
        width = ids.shape[1]
        caps = torch.tensor([request.sampling.max_tokens for request, _ in batch], device=network.device)

        def draws(ids_so_far: "Tensor", scores: "Tensor") -> "Tensor":
            return _drawn(torch, scores, [request for request, _ in batch], uniform[:, ids_so_far.shape[1] - width])

        def capped(ids_so_far: "Tensor", scores: "Tensor", **_: object) -> "Tensor":
            full: Tensor = ids_so_far.shape[1] - width >= caps
            return full

        longest = int(caps.max())
        uniform = torch.stack([_chances(torch, request, longest) for request, _ in batch]).to(network.device)
        # Without a processor `generate` takes the likeliest token, which is what temperature 0 asks for.
        drawing = [draws] if any(request.sampling.temperature for request, _ in batch) else []
        with torch.inference_mode():
            drawn = network.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=longest,
                do_sample=False,
                logits_processor=transformers.LogitsProcessorList(drawing),
                stopping_criteria=transformers.StoppingCriteriaList([capped]),
            )[:, width:].tolist()
        ends = network.generation_config.eos_token_id
        stops = frozenset([ends] if isinstance(ends, int) else ends or [])
        return [
            _reply(tokenizer, request, len(tokens), row, stops, self._begun.get(request.model, ""))
            for (request, tokens), row in zip(batch, drawn, strict=True)
        ]

    def _letters(self, batch: Sequence[Encoded], tokenizer: Tokenizer, network: Network) -> list[Result]:
        torch, transformers = self._torch, import_library("transformers", _NEEDS)
        assert tokenizer.pad_token_id is not None
        ids, mask = self._padded(batch, tokenizer.pad_token_id, network.device, left=True)
        kept: list[Tensor] = []

        def keeps(_: "Tensor", scores: "Tensor") -> "Tensor":
            kept.append(scores)
            return scores

        with torch.inference_mode():
            network.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=1,
                do_sample=False,
                logits_processor=transformers.LogitsProcessorList([keeps]),
            )
            logprobs = torch.log_softmax(kept[0].double(), dim=-1)
        return [_letters_of(tokenizer, *one, row) for one, row in zip(batch, logprobs, strict=True)]

    def _score(self, batch: Sequence[Encoded], tokenizer: Tokenizer, network: Network) -> list[Result]:
        # Transformers reads the score at the last token that is no padding, so the padding must be the model's own; a
        # model without one gets a token that none of the conversations has.
        config, own = network.config, network.config.pad_token_id
        met = {token for _, tokens in batch for token in tokens}
        config.pad_token_id = own if own is not None else next(i for i in range(len(met) + 1) if i not in met)
        ids, mask = self._padded(batch, config.pad_token_id, network.device, left=False)
        with self._torch.inference_mode():
            scores = network(input_ids=ids, attention_mask=mask).logits[:, 0].float().tolist()
        config.pad_token_id = own
        return [protocol.as_score(score, (len(t), None)) for (_, t), score in zip(batch, scores, strict=True)]

    def _padded(self, batch: Sequence[Encoded], pad: int, device: "Device", left: bool) -> tuple["Tensor", "Tensor"]:
        """(batch, longest) tokens, and where they are no padding."""
        ids, mask = [], []
        width = max(len(tokens) for _, tokens in batch)
        for _, tokens in batch:
            padding = width - len(tokens)
            ids.append([pad] * padding + tokens if left else tokens + [pad] * padding)
            mask.append([0] * padding + [1] * len(tokens) if left else [1] * len(tokens) + [0] * padding)
        return self._torch.tensor(ids, device=device), self._torch.tensor(mask, device=device)

    def likelihoods(self, model: Model, requests: Sequence[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields how likely a chat model finds the last turn of each conversation.

        Args:
            model: the chat model, whichever one the requests name.
            requests: conversations that end with the assistant's turn.

        Yields:
            (request, result): a `Reply` whose score is the log-probability of all tokens of that turn, those that end
            it among them (`completion_tokens`); or a `Failure`.

        Raises:
            UserError: as in `run`.
        """
        tokenizer, network = self._loaded(model, "chat")
        limit = self.max_length or getattr(network.config.get_text_config(), "max_position_embeddings", None)
        starts: dict[Request, int] = {}
        ready: list[Encoded] = []
        for request in requests:
            encoded = likelihood.answer_tokens(tokenizer, request, model.name, self.system, limit)
            if isinstance(encoded, Failure):
                yield request, encoded
            else:
                starts[request], whole = encoded
                ready.append((request, whole))
        ready.sort(key=lambda one: -len(one[1]))

        def work(batch: Sequence[Encoded]) -> list[Result]:
            assert tokenizer.pad_token_id is not None
            ids, mask = self._padded(batch, tokenizer.pad_token_id, network.device, left=False)
            with self._torch.inference_mode():
                logits = network(input_ids=ids, attention_mask=mask).logits
            rows = zip(logits, ids, batch, strict=True)
            return [likelihood.reply(row, own, starts[one], len(tokens)) for row, own, (one, tokens) in rows]

        for begin in range(0, len(ready), self.batch):
            yield from work_in_halves(self._torch, work, ready[begin : begin + self.batch])

    def let_go(self) -> None:
        """Forgets the model; the next request loads it again."""
        self._kept.clear()

    @cached_property
    def _torch(self) -> ModuleType:
        return import_library("torch", _NEEDS)

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

    def _note_revision(self, model: Model, place: str, whole: str) -> None:
        """Notes what was loaded from the Hub without a revision: from `place`, or what the adapter there is of."""
        if place == model.name:
            self.model_notes.add(model, revision_note(model))
        if whole != place:
            called = f"the model that it adapts, {public_name(whole)},"
            self.model_notes.add(model, revision_note(Model(whole), called))

    @cached_property
    def _kept(self) -> dict[tuple[Model, Kind], Loaded]:
        return {}

    def _loaded(self, model: Model, kind: Kind) -> Loaded:
        """Tokenizer and model; the one before, of whatever backend, makes room."""
        kind = "chat" if kind == "letter" else kind
        if (model, kind) not in self._kept:
            make_room(self)
            self._kept[model, kind] = self._load(model, kind)
        return self._kept[model, kind]

    def _source(self, model: Model, kind: Kind) -> dict[str, str]:
        """Where transformers finds a model's files."""
        place = Path(self.folder or model.name)
        if self.folder and not (place.is_dir() or place.is_file()):
            raise UserError(f"there is no folder {self.folder} to load model {model.name} from; check its path")
        source = {"pretrained_model_name_or_path": self.folder or model.name}
        source |= {} if self.folder or model.revision == "unknown" else {"revision": model.revision}
        file = gguf_in(str(place), self.gguf_file)
        if kind == "score" and (file or self.gguf_file):
            raise UserError(
                f"model {model.name} is a GGUF file, which holds a model that writes; reward models are loaded from "
                "safetensors"
            )
        if file is None:
            return source | ({"gguf_file": self.gguf_file} if self.gguf_file else {})
        check_gguf(file, model.name, self.dtype)
        return {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}

    def _load(self, model: Model, kind: Kind) -> Loaded:
        transformers = import_library("transformers", _NEEDS)
        source = self._source(model, kind)
        whole = source_of_config(source, model.name, kind)
        auto = transformers.AutoModelForCausalLM if kind == "chat" else transformers.AutoModelForSequenceClassification
        try:
            architectures = transformers.AutoConfig.from_pretrained(**whole).architectures
            refuse_other_kind(model.name, architectures, kind)
            tokenizer: Tokenizer = transformers.AutoTokenizer.from_pretrained(**source)
            if kind == "chat":
                self._note_template(model, tokenizer)
            network: Network = auto.from_pretrained(**source, dtype=self.dtype, use_safetensors=True)
        except MemoryError:
            raise UserError(f"model {model.name} does not fit into this machine's memory; take a smaller one") from None
        except (OSError, ValueError, ImportError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            if "gguf_file" in source:
                advice = "transformers reads some architectures only; llama.cpp's server serves it (docs/models.md)"
                raise UserError(f"cannot load model {model.name} from GGUF ({reason}); {advice}") from None
            here = self.folder or Path(model.name).is_dir()
            online = "" if here else ", and that you are online: there is no folder of this name here"
            raise UserError(f"cannot load model {model.name} ({reason}); check its name and revision{online}") from None
        self._note_revision(model, source["pretrained_model_name_or_path"], whole["pretrained_model_name_or_path"])
        if kind == "score" and network.config.num_labels != 1:
            raise UserError(
                f"model {model.name} has {network.config.num_labels} labels, not one score; choose a reward model "
                "trained as sequence classifier"
            )
        if kind == "chat":
            if tokenizer.pad_token_id is None:
                tokenizer.pad_token_id = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else 0
            ends = network.generation_config.eos_token_id
            network.generation_config = transformers.GenerationConfig(
                eos_token_id=tokenizer.eos_token_id if ends is None else ends, pad_token_id=tokenizer.pad_token_id
            )
        return tokenizer, network.to(place_of(self._torch, self.device)).eval()


def _answer_length(request: Request) -> int:
    return request.sampling.max_tokens if request.kind == "chat" else int(request.kind == "letter")


def _chances(torch: ModuleType, request: Request, count: int) -> "Tensor":
    """Numbers from 0 to 1, one for each token to draw; a request's own, whatever it is batched with."""
    seed = int.from_bytes(hashlib.sha256(request.key.encode()).digest()[:6], "big")
    chances: Tensor = torch.rand(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return chances


def _drawn(torch: ModuleType, scores: "Tensor", requests: list[Request], chances: "Tensor") -> "Tensor":
    """Scores that leave one token a row, drawn by its own temperature, top_p and number; the likeliest at 0.

    The tokens are laid side by side by falling probability up to top_p; the one that the number points at is drawn.
    """
    device = scores.device
    heat = torch.tensor([request.sampling.temperature for request in requests], device=device)
    share = torch.tensor([request.sampling.top_p for request in requests], device=device, dtype=torch.float64)
    soft = torch.softmax(scores.double() / heat.clamp(min=1e-4).double()[:, None], dim=-1)
    falling, order = soft.sort(dim=-1, descending=True, stable=True)
    reached = falling.cumsum(dim=-1)
    kept = (reached - falling < share[:, None]).sum(dim=-1).clamp(min=1)
    mass = reached.gather(1, kept[:, None] - 1)
    place = torch.searchsorted(reached, chances[:, None] * mass).clamp(max=kept[:, None] - 1)
    token = torch.where(heat[:, None] == 0, scores.argmax(dim=-1, keepdim=True), order.gather(1, place))
    one_left: Tensor = torch.full_like(scores, -torch.inf).scatter(1, token, 0.0)
    return one_left


@lru_cache(maxsize=4)
def _letter_tokens(tokenizer: Tokenizer, wanted: tuple[str, ...]) -> list[list[int]]:
    """The tokens of letters; a vocabulary of hundreds of thousands is looked through once, not for each request."""
    return letters.letter_tokens(tokenizer.get_vocab(), wanted)


def _letters_of(tokenizer: Tokenizer, request: Request, tokens: list[int], logprobs: "Tensor") -> Result:
    """What a model would write next; every token that stands for a letter counts."""
    numbers = _letter_tokens(tokenizer, request.letters)
    if lacking := [one for one, own in zip(request.letters, numbers, strict=True) if not own]:
        return Failure("no_letter_token", f"no token of the model is {lacking[0]}")
    sums = [letters.summed(logprobs[own].tolist()) for own in numbers]
    likeliest = tokenizer.decode([int(logprobs.argmax())], clean_up_tokenization_spaces=False)
    text = letters.letter_text(dict(zip(request.letters, sums, strict=True)), likeliest)
    return Reply(text, "stop", len(tokens), 1)


def _reply(
    tokenizer: Tokenizer, request: Request, read: int, row: list[int], stops: frozenset[int], begun: str
) -> Result:
    """The answer that a row of tokens is, behind the mark of the thought that the template began."""
    row = row[: request.sampling.max_tokens]
    end = next((at for at, token in enumerate(row) if token in stops), None)
    text = templates.answer_text(tokenizer, row[:end])
    drawn = len(row) if end is None else end + 1
    if end is None:
        text = text.rstrip("\ufffd")  # A character of which only the first bytes fitted in.
    if not text.strip():
        return Failure("empty_answer", f"{drawn} tokens")
    return Reply(begun + text, "length" if end is None else "stop", read, drawn)
