"""Log-probabilities of the reference in DPO, saved in a file and read again by runs on the same model and dataset.

TRL computes them before training (`precompute_ref_log_probs`) and keeps them in the cache of the library `datasets`,
for exactly the rows of one run in their order. Here each row has its own, whatever the order, the seed, the mixture,
the languages or the adapter that is trained; only rows that the file has not go through the reference.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..console.redaction import redacted
from ..errors import UserError
from ..files.atomic import write_table
from ..files.json_types import Json
from ..inference.networks import loaded_commit
from ..inference.weights import weights_digest
from .arguments import Arguments
from .data import Origin
from .library_types import TRAINER, Accelerator, Config, ModelConfig, Tokenizer
from .rows import by_language, shown

if TYPE_CHECKING:
    from datasets import Dataset
    from torch import nn

#: Where a file has what its log-probabilities are of.
METADATA = b"polypref_reference"
_SCHEMA = pa.schema([("row", pa.string()), ("chosen", pa.float32()), ("rejected", pa.float32())])
_COLUMNS = ("ref_chosen_logps", "ref_rejected_logps")
_TOKENS = ("prompt_ids", "chosen_ids", "rejected_ids")
_BATCH = 5_000

# Settings of TRL's, and of the model, on which a log-probability depends.
_OF_TRAINING = ("truncation_mode", "ld_alpha", "bf16", "fp16", "model_init_kwargs")
_OF_MODEL = ("dtype", "load_in_4bit", "load_in_8bit", "bnb_4bit_quant_type", "use_bnb_nested_quant",
             "attn_implementation")  # fmt: skip

#: Digest of a row -> log-probability of its chosen and of its rejected answer, in nats.
Known = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class ReferenceFile:
    """A file of log-probabilities, and what they must be of.

    Attributes:
        path: of the file, which need not be there.
        key: what a log-probability depends on beside a row's tokens.
    """

    path: Path
    key: Mapping[str, Json]

    def read(self) -> Known:
        """What is known of the rows.

        Returns:
            Log-probabilities; none where there is no file.

        Raises:
            UserError: the file is another one, cannot be read, or is of another model, dataset or setting.
        """
        if not self.path.exists():
            return {}
        try:
            table = pq.read_table(self.path)
            key = json.loads((table.schema.metadata or {}).get(METADATA, b"null"))
        except (OSError, ValueError, pa.ArrowException) as error:
            reason = shown(str(error), 200)
            raise UserError(f"{self.path} cannot be read ({reason}); {self._advice()}") from None
        if not isinstance(key, dict) or table.schema.names != _SCHEMA.names:
            raise UserError(
                f"{self.path} holds no log-probabilities of a reference; name another file as reference_log_probs"
            )
        if other := [name for name in [*self.key, *key] if key.get(name) != self.key.get(name)]:
            raise UserError(
                f"{self.path} is of {_difference(other[0], key.get(other[0]), self.key.get(other[0]))}, so its "
                f"log-probabilities of the reference do not hold; {self._advice()}"
            )
        rows, *sides = (table[name].to_pylist() for name in _SCHEMA.names)
        return dict(zip(rows, zip(*sides, strict=True), strict=True))

    def _advice(self) -> str:
        return "name another file as reference_log_probs, or delete this one to have it written anew"

    def write(self, known: Known) -> None:
        """Writes the file, whole or not at all.

        Args:
            known: of all rows; what is no finite number is left out.
        """
        rows = [(row, *both) for row, both in sorted(known.items()) if all(map(math.isfinite, both))]
        columns: Sequence[Sequence[str | float]] = list(zip(*rows, strict=True)) or [(), (), ()]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        table = pa.Table.from_arrays(arrays, schema=_SCHEMA)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_table(self.path, table.replace_schema_metadata({METADATA: json.dumps(self.key, sort_keys=True).encode()}))


def _difference(name: str, before: Json, here: Json) -> str:
    """What is another one, in words: a folder has no revision, its files have changed."""
    whole = {"model_revision": "model's folder", "dataset_revision": "dataset's folder"}
    if name in whole and str(before).startswith("digest ") and str(here).startswith("digest "):
        return f"other files in the {whole[name]} than there are now"
    return f"another {name.replace('_', ' ')} ({shown(before)}, and here it is {shown(here)})"


def refuse_folder(path: Path) -> None:
    """Stops where the file of log-probabilities is a folder.

    Args:
        path: reference_log_probs.

    Raises:
        UserError: it is one.
    """
    if path.is_dir():
        raise UserError(
            f"reference_log_probs is {path}, a folder; name a file in it, as in {path / 'reference.parquet'}"
        )


def settle_reference(arguments: Arguments, config: Config, model: ModelConfig, origin: Origin) -> ReferenceFile | None:
    """The file that a recipe names; TRL is then asked to compute log-probabilities before training.

    Args:
        arguments: reference_log_probs is read.
        config: of DPO; precompute_ref_log_probs is set.
        model: its name, revision, precision and quantisation are read.
        origin: the exact state of the dataset.

    Returns:
        The file, its key without what is known only once the model is loaded; None where no file is named.

    Raises:
        UserError: the model's folder has no weights, or the path is a folder, or in one that cannot be made.
    """
    if arguments.reference_log_probs is None:
        return None
    path = Path(arguments.reference_log_probs)
    refuse_folder(path)
    try:  # Now, and not after hours of computing what is to be written.
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"reference_log_probs is {path}, and its folder cannot be made ({error.strerror}); name a file elsewhere"
        ) from None
    config.precompute_ref_log_probs = True
    here, revision = Path(model.model_name_or_path), model.model_revision or "main"
    key: dict[str, Json] = {
        "model": "a folder" if here.is_dir() else model.model_name_or_path,
        "model_revision": (
            f"digest {weights_digest(here)}"
            if here.is_dir()
            else loaded_commit(model.model_name_or_path, revision) or revision
        ),
        "dataset": origin.name if origin.commit else "a folder",
        "dataset_revision": origin.commit or f"digest {origin.digest}",
        "max_length": config.max_length,
    }
    key |= {name: getattr(config, name, None) for name in _OF_TRAINING}
    key |= {name: getattr(model, name, None) for name in _OF_MODEL}
    # As it will be read from the file: what JSON has not is text there, and a token has no place in it.
    plain: dict[str, Json] = json.loads(json.dumps(key, default=str))
    return ReferenceFile(path, redacted(plain))


def row_digests(prepared: "Dataset") -> list[str]:
    """What a row's log-probabilities depend on of the row itself: its tokens.

    Args:
        prepared: TRL's rows with `prompt_ids`, `chosen_ids` and `rejected_ids`.

    Returns:
        A digest for each row.
    """
    digests: list[str] = []
    for table in prepared.select_columns(list(_TOKENS)).with_format("arrow").iter(batch_size=_BATCH):
        for row in zip(*(table[name].to_pylist() for name in _TOKENS), strict=True):
            sizes = np.asarray([len(part) for part in row], np.int64)
            tokens = np.concatenate([np.asarray(part, np.int64) for part in row])
            digests.append(hashlib.sha256(sizes.tobytes() + tokens.tobytes()).hexdigest()[:32])
    return digests


def _refuse_no_numbers(rows: Sequence[int], dataset: "Dataset") -> None:
    """Stops where a loss would be no number: after its step no weight of the model would be one either."""
    if rows:
        own = dict(sorted(Counter(dataset.select(rows)["language"]).items()))
        raise UserError(
            f"the reference gives {len(rows):,} rows ({by_language(own)}) a log-probability that is no finite number, "
            "which is not kept; train with bf16 or in float32 where fp16 has too few numbers, or look at its weights"
        )


class SavedReference(TRAINER):  # type: ignore[misc]
    """Added to a DPOTrainer with precompute_ref_log_probs: it reads them from a file, and adds what the file has not.

    Attributes:
        reference_file: the file.
    """

    reference_file: ReferenceFile
    accelerator: Accelerator
    processing_class: Tokenizer
    model: "nn.Module"

    def _precompute_ref_logps(self, dataset: "Dataset", name: str, batch_size: int) -> "Dataset":
        file, known = self._read_reference()
        digests = row_digests(dataset)
        missing = {digest: at for at, digest in enumerate(digests) if digest not in known}
        if missing:
            rows = dataset.select(list(missing.values()))
            # TRL's own cache goes by the rows and the weights alone; the column has it go by lengths and precision too.
            rows = rows.add_column("reference", [json.dumps(file.key, sort_keys=True)] * len(rows))
            computed = super()._precompute_ref_logps(rows, name, batch_size)
            sides = (computed[column] for column in _COLUMNS)
            known |= dict(zip(missing, zip(*sides, strict=True), strict=True))
            if self.accelerator.is_main_process:
                file.write(known)
            self.accelerator.wait_for_everyone()
        self.accelerator.print(
            f"reference log-probabilities of {name}: {len(set(digests)) - len(missing):,} rows read from {file.path}, "
            f"{len(missing):,} computed"
        )
        _refuse_no_numbers([at for at, one in enumerate(digests) if not all(map(math.isfinite, known[one]))], dataset)
        for column, values in zip(_COLUMNS, zip(*(known[digest] for digest in digests), strict=True), strict=True):
            dataset = dataset.add_column(column, list(values))
        return dataset

    def _read_reference(self) -> tuple[ReferenceFile, Known]:
        """The file with its whole key, and what it holds: read by one process, for those that do not see its disk."""
        template = str(getattr(self.processing_class, "chat_template", None))
        # First of all, since the digest of a model's folder is another with another template too.
        key: dict[str, Json] = {"chat_template": hashlib.sha256(template.encode()).hexdigest()[:16]}
        key |= self.reference_file.key
        if commit := getattr(self.model.config, "_commit_hash", None):
            # Of an adapter this is its model's, so it stands beside the adapter's own.
            key["loaded_commit"] = str(commit)
        file = replace(self.reference_file, key=key)
        shared: list[tuple[str, Known]] = [("", {})]
        if self.accelerator.is_main_process:
            try:
                shared = [("", file.read())]
            except UserError as error:
                shared = [(str(error), {})]
        import_module("accelerate.utils").broadcast_object_list(shared)
        problem, known = shared[0]
        if problem:
            raise UserError(problem)
        return file, known
