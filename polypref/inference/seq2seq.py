"""Translation models in this process: NLLB-200 and MADLAD-400, with transformers.

A request is one user message, the text, with `task` naming the languages it is translated from and to. Answers are
drawn by beam search, which knows no chance: of a request's sampling only `max_tokens` counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from types import ModuleType
from typing import Literal

from .. import languages
from ..errors import UserError
from ..scripting.bounds import Count, Natural
from ..scripting.declared import check_fields
from ..text.cleaning import has_lone_surrogate
from . import Failure, Model, Reply, Request, Result
from .backend import ModelNotes
from .memory import Encoded, make_room, work_in_halves
from .networks import Loaded, Network, Tokenizer, import_library, place_of, revision_note

Family = Literal["nllb", "madlad"]
_NEEDS = "translation models"
_FAMILIES: dict[str, Family] = {"m2m_100": "nllb", "nllb-moe": "nllb", "t5": "madlad"}


@dataclass(frozen=True)
class Seq2Seq:
    """A backend (see `Backend`) for models that translate and do nothing else.

    The settings below are not part of a request's key: after changing one, name the model with another revision or use
    another response log.

    Attributes:
        model: Hub id or path, revision, licence.
        batch: texts translated at once; halved where memory runs out.
        window: texts read ahead and sorted by length, so that little of a batch is padding.
        beams: width of the beam search; 4 is what the NLLB paper uses (arXiv 2207.04672).
        length_penalty: exponent of the length by which a beam's score is divided.
        no_repeat: no run of so many tokens comes twice; 0 for no such rule.
        longest: tokens of the longest text accepted; both families were trained on sentences, NLLB up to 512 tokens.
        device: of torch; `auto` is the GPU where there is one.
        safetensors: refuse weights stored as pickle. With False torch reads them by its restricted loader.
    """

    model: Model
    batch: Count = 32
    window: Count = 2048
    beams: Count = 4
    length_penalty: float = 1.0
    no_repeat: Natural = 0
    longest: Count = 512
    device: str = "auto"
    safetensors: bool = True

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

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its translation, or with the failure `context_too_long` and its like.

        Args:
            requests: texts to translate; see above.

        Yields:
            (request, result), a window at a time.

        Raises:
            UserError: the model cannot be loaded or does not know a language; or a request is no translation.
        """
        waiting = iter(requests)
        while window := list(islice(waiting, self.window)):
            fit: list[Encoded] = []
            for request in window:
                encoded = self._encoded(request)
                if isinstance(encoded, Failure):
                    yield request, encoded
                else:
                    fit.append((request, encoded))
            # Longest first: if memory does not suffice, that shows at once.
            fit.sort(key=lambda pair: (self._together(pair[0]), -len(pair[1]), pair[0].key))
            yield from self._batches(fit)

    def _together(self, request: Request) -> tuple[str, int]:
        """What the texts of a batch must have in common."""
        assert request.task is not None
        return (request.task[1] if self._family == "nllb" else ""), request.sampling.max_tokens

    def _batches(self, fit: list[Encoded]) -> Iterator[tuple[Request, Result]]:
        begin = 0
        for end in range(1, len(fit) + 1):
            full = end - begin == self.batch or end == len(fit)
            if full or self._together(fit[end][0]) != self._together(fit[begin][0]):
                yield from work_in_halves(self._torch, self._generate, fit[begin:end])
                begin = end

    def _generate(self, batch: Sequence[Encoded]) -> list[Reply]:
        torch, (tokenizer, model) = self._torch, self._loaded
        first = batch[0][0]
        assert first.task is not None
        padded = tokenizer.pad({"input_ids": [tokens for _, tokens in batch]}, return_tensors="pt").to(model.device)
        begin = {"forced_bos_token_id": self._code(first.task[1])} if self._family == "nllb" else {}
        with torch.inference_mode():
            drawn = model.generate(
                input_ids=padded["input_ids"],
                attention_mask=padded["attention_mask"],
                max_new_tokens=first.sampling.max_tokens,
                max_length=None,
                num_beams=self.beams,
                do_sample=False,
                length_penalty=self.length_penalty,
                no_repeat_ngram_size=self.no_repeat,
                **begin,
            ).tolist()
        return [self._reply(len(tokens), row[1:]) for (_, tokens), row in zip(batch, drawn, strict=True)]

    def _reply(self, read: int, drawn: list[int]) -> Reply:
        """Returns the answer in the tokens after the decoder's start."""
        tokenizer, _ = self._loaded
        finished = self._end in drawn
        answer = drawn[: drawn.index(self._end)] if finished else drawn
        answer = [token for token in answer if token not in self._special]
        text = tokenizer.decode(answer, clean_up_tokenization_spaces=False)
        return Reply(text, "stop" if finished else "length", read, len(answer))

    def _encoded(self, request: Request) -> list[int] | Failure:
        """Returns the tokens of a request's text, with what tells the model the languages."""
        if request.kind != "chat" or request.task is None or len(request.messages) != 1 or request.schema:
            raise UserError(
                f"{self.model.name} only translates: it takes requests of one message with the languages as task, not "
                f"{request.kind} with {len(request.messages)} messages and task {request.task}; choose a chat model"
            )
        text, (source, target) = request.messages[0][1], request.task
        if has_lone_surrogate(text):
            return Failure("lone_surrogate")
        if not text.strip():
            return Failure("empty_prompt")
        tokenizer, _ = self._loaded
        to = self._code(target)
        # Special tokens that a text spells out ("</s>") are text.
        if self._family == "nllb":
            inner = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
            tokens = [self._code(source), *inner, self._end]
        else:
            instructed = f"{tokenizer.convert_ids_to_tokens(to)} {text}"
            inner = tokenizer(instructed, add_special_tokens=False, split_special_tokens=True)["input_ids"]
            tokens = [*inner, self._end]
        # Where "</s>" is in the vocabulary itself, it cannot be told from the end.
        if self._end in inner or tokenizer.pad_token_id in inner:
            return Failure("special_token")
        if len(tokens) > self.longest:
            return Failure("context_too_long", f"{len(tokens)} tokens, of which {self.longest} fit")
        return [int(token) for token in tokens]

    def _code(self, tag: str) -> int:
        """Returns the token by which the model knows a language."""
        if tag not in self._codes:
            language = languages.get(tag)
            # MADLAD-400 goes by BCP-47 tags, of which some languages have had two (he and iw).
            names = (language.tag, *language.codes.cld, *language.aliases)
            candidates = [language.flores] if self._family == "nllb" else [f"<2{name}>" for name in names]
            tokenizer, _ = self._loaded
            for candidate in candidates:
                token = tokenizer.convert_tokens_to_ids(candidate)
                if token is not None and token != tokenizer.unk_token_id:
                    self._codes[tag] = token
                    break
            else:
                raise UserError(
                    f"{self.model.name} does not know {language.name} ({tag}): it has none of {', '.join(candidates)}; "
                    "choose another translation model or leave the language out"
                )
        return self._codes[tag]

    @cached_property
    def model_notes(self) -> ModelNotes:
        """Which commit of the Hub was loaded where none was asked for; see `BackendTraits`."""
        return ModelNotes()

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {}

    @cached_property
    def _end(self) -> int:
        """The token with which every text and every answer ends."""
        tokenizer, _ = self._loaded
        assert tokenizer.eos_token_id is not None
        return tokenizer.eos_token_id

    @cached_property
    def _special(self) -> frozenset[int]:
        tokenizer, _ = self._loaded
        return frozenset(tokenizer.all_special_ids)

    @cached_property
    def _family(self) -> Family:
        kind = self._loaded[1].config.model_type
        if kind not in _FAMILIES:
            raise UserError(
                f"{self.model.name} is a {kind} model; known for translation are NLLB-200 (m2m_100) and MADLAD-400 "
                "(t5), others are asked as chat models"
            )
        return _FAMILIES[kind]

    @cached_property
    def _torch(self) -> ModuleType:
        return import_library("torch", _NEEDS)

    def let_go(self) -> None:
        """Forgets the model; the next request loads it again."""
        self.__dict__.pop("_loaded", None)

    @cached_property
    def _loaded(self) -> Loaded:
        """Tokenizer and model; the one before, of whatever backend, makes room."""
        make_room(self)
        transformers = import_library("transformers", _NEEDS)
        revision = None if self.model.revision == "unknown" else self.model.revision
        try:
            # First, since the tokenizer asks for it twice: where the Hub is silent, each time is waited for.
            transformers.AutoConfig.from_pretrained(self.model.name, revision=revision)
            tokenizer: Tokenizer = transformers.AutoTokenizer.from_pretrained(self.model.name, revision=revision)
            model: Network = transformers.AutoModelForSeq2SeqLM.from_pretrained(
                self.model.name, revision=revision, dtype="auto", use_safetensors=self.safetensors or None
            )
        except (OSError, ValueError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise UserError(
                f"cannot load the translation model {self.model.name} ({reason}); check its name and revision, and if "
                "its weights are stored as pickle only, name a revision with safetensors or set safetensors=False"
            ) from None
        self.model_notes.add(self.model, revision_note(self.model))
        return tokenizer, model.to(place_of(self._torch, self.device)).eval()
