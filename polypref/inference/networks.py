"""What is asked of the tokenizers and models of transformers, which are loaded with torch when they are first used."""

import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

from ..console.retries import log_retries_once
from ..errors import UserError, missing_extra
from ..files.hub_names import is_repo_name
from ..files.json_types import Json
from .requests import Kind, Model

if TYPE_CHECKING:
    from torch import Tensor, device
    from transformers import BatchEncoding

# How the classes end under which transformers keeps models that give scores, and models that write.
_SCORING = ("ForSequenceClassification", "ForRewardModel", "RewardModel")
_WRITING = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Tokenizer(Protocol):
    """A tokenizer of transformers; its attributes are called as there."""

    chat_template: object
    pad_token_id: int | None
    eos_token_id: int | None
    unk_token_id: int | None
    all_special_ids: Sequence[int]

    def __hash__(self) -> int:
        """A tokenizer is itself, whatever it holds."""
        ...

    def __call__(
        self, text: str, *, add_special_tokens: bool, split_special_tokens: bool = False
    ) -> Mapping[str, Sequence[int]]:
        """The tokens of a text, as `input_ids`."""
        ...

    def apply_chat_template(
        self,
        turns: Sequence[Mapping[str, Json]],
        *,
        tokenize: bool,
        add_generation_prompt: bool,
        **more: Json,
    ) -> object:
        """Writes a conversation as the model was trained on it.

        Args:
            turns: {role, content} of every turn.
            tokenize: False for a text.
            add_generation_prompt: whether the beginning of the model's answer is written too.
            more: what the template may make use of: `tools`, schemas of the tools that the model may call; and
                `enable_thinking`.

        Returns:
            The text.
        """
        ...

    def get_vocab(self) -> Mapping[str, int]:
        """The whole vocabulary.

        Returns:
            Token -> its number, added tokens too.
        """
        ...

    def convert_tokens_to_ids(self, token: str) -> int | None:
        """The number of a token.

        Args:
            token: as the vocabulary has it.

        Returns:
            Its number; None, or the unknown token's, where the vocabulary has none.
        """
        ...

    def convert_ids_to_tokens(self, number: int) -> str:
        """A token by its number.

        Args:
            number: of the token.

        Returns:
            The token as the vocabulary has it.
        """
        ...

    def decode(
        self, tokens: Sequence[int], *, skip_special_tokens: bool = False, clean_up_tokenization_spaces: bool
    ) -> str:
        """The text of tokens.

        Args:
            tokens: their numbers.
            skip_special_tokens: whether special ones are left out.
            clean_up_tokenization_spaces: whether blanks before punctuation are taken out, as for English.

        Returns:
            The text.
        """
        ...

    def pad(self, encoded: Mapping[str, Sequence[Sequence[int]]], *, return_tensors: str) -> "BatchEncoding":
        """Makes texts of one length.

        Args:
            encoded: `input_ids`, the tokens of each text.
            return_tensors: `pt` for torch.

        Returns:
            `input_ids` and `attention_mask`, each (texts, longest).
        """
        ...


class Config(Protocol):
    """A model's configuration; its attributes are called as in transformers."""

    model_type: str
    num_labels: int
    pad_token_id: int | None

    def get_text_config(self) -> object:
        """The configuration of the part that reads texts.

        Returns:
            Of most models the same object.
        """
        ...


class Ends(Protocol):
    """What of a model's generation settings counts."""

    eos_token_id: int | list[int] | None


class Scored(Protocol):
    """What a reward model returns: (conversations, labels)."""

    logits: "Tensor"


class Network(Protocol):
    """A model of transformers."""

    config: Config
    generation_config: Ends

    @property
    def device(self) -> "device":
        """Where its weights are."""
        ...

    def __call__(self, *, input_ids: "Tensor", attention_mask: "Tensor") -> Scored:
        """Scores conversations, (conversations, longest) tokens."""
        ...

    def generate(self, **settings: object) -> "Tensor":
        """Draws answers.

        Args:
            settings: as transformers' `generate` has them.

        Returns:
            (texts, longest) tokens; for models that go on with their prompt, the prompt's before them.
        """
        ...

    def to(self, place: str) -> "Network":
        """Moves the weights.

        Args:
            place: `cpu` or `cuda`.

        Returns:
            The model itself.
        """
        ...

    def eval(self) -> "Network":
        """Turns off what belongs to training, such as dropout.

        Returns:
            The model itself.
        """
        ...


Loaded = tuple[Tokenizer, Network]


def import_library(name: str, what: str) -> ModuleType:
    """Imports a library of the extra `models`, which takes seconds and may be missing.

    Args:
        name: of the module.
        what: what needs it, as in `translation models`.

    Returns:
        The module.

    Raises:
        UserError: it is not installed.
    """
    log_retries_once()
    try:
        return importlib.import_module(name)
    except ImportError:
        raise missing_extra(f"{what} need {name}", "models") from None


def refuse_other_kind(model: str, architectures: Sequence[str] | None, kind: Kind) -> None:
    """Refuses a model that writes where one that scores is asked for, and the other way about.

    Transformers would load some of them all the same, with random weights in place of those that are not there.

    Args:
        model: its name.
        architectures: what its configuration calls itself; none where it does not say.
        kind: what it is asked for.

    Raises:
        UserError: it is of the other kind.
    """
    named = architectures or ()
    scores, writes = (any(one.endswith(ends) for one in named) for ends in (_SCORING, _WRITING))
    if kind == "score" and writes and not scores:
        raise UserError(
            f"model {model} is no reward model: it is a {named[0]}, which writes texts and gives no score; name one "
            "that was trained as sequence classifier, or have this one judge: --judge NAME of evaluate-rm, a judge of "
            "the kind llm elsewhere"
        )
    if kind == "chat" and scores and not writes:
        raise UserError(
            f"model {model} is a reward model: it is a {named[0]}, which gives scores and writes no text; name a model "
            "that chats, or have this one rate or judge (RewardRater, a judge of the kind reward, evaluate-rm)"
        )


def revision_note(model: Model, called: str = "it") -> list[str]:
    """Which commit of the Hub a model was loaded at, where nobody asked for one.

    Libraries load a branch at the commit that the Hub's cache has for it from then on, without a network at the one
    that it has; of the objects that they give none says it in every version.

    Args:
        model: as it was asked for, and loaded.
        called: what the sentence calls it.

    Returns:
        A sentence without a full stop; none where a revision was given, or the files are from elsewhere.
    """
    commit = loaded_commit(model.name) if model.revision == "unknown" else None
    if commit is None:
        return []
    return [f"{called} was loaded at revision {commit}, as none was asked for; name that one to have the same again"]


def loaded_commit(repo: str, branch: str = "main") -> str | None:
    """The commit that the Hub's cache has for a branch or tag of a model's repository.

    Args:
        repo: of a model that was loaded, or looked at, ORG/NAME.
        branch: by which name.

    Returns:
        The commit; None for a folder of this machine, and for what the cache does not hold.
    """
    if not is_repo_name(repo) or Path(repo).exists() or ".." in branch:
        return None
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    refs = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model") / "refs"
    try:
        commit = (refs / branch).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return commit if _COMMIT.fullmatch(commit) else None


def place_of(torch: ModuleType, wanted: str) -> str:
    """Where a model's weights go.

    Args:
        torch: the library.
        wanted: of torch; `auto` is the GPU where there is one.

    Returns:
        `wanted`, or `cuda` or `cpu` for `auto`.
    """
    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"
