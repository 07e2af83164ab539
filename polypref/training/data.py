"""The dataset that is trained on: which commit, which languages, how much of each, in which order."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.command import is_memory_refused
from ..errors import UserError
from ..files.atomic import file_digest
from ..files.hub_names import beside, check_revision, is_repo_name
from ..files.hub_reader import guard_downloads
from ..languages import own
from ..scripting.own_classes import did_you_mean
from .arguments import Arguments
from .quotas import arrange, quotas, rows_by_language
from .rows import holds_json, refuse_faults, without_empty_keys

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset

#: The columns each method needs beside `language`.
NEEDED = {
    "dpo": ("prompt", "chosen", "rejected"),
    "kto": ("prompt", "chosen", "rejected"),
    "reward": ("prompt", "chosen", "rejected"),
    "rloo": ("prompt",),
    "sft": ("prompt", "chosen"),
}
#: Of single answers with a label each: the columns that hold turns, and the label, which KTO alone takes.
UNPAIRED, LABEL = ("prompt", "completion"), "label"
#: Keys of a recipe that name config and split of the rows that are trained on, and of those that are evaluated on.
TRAINED_ON = ("dataset_config", "dataset_train_split")
EVALUATED_ON = ("dataset_test_config", "dataset_test_split")
# How the library names the configs or splits that there are.
_AVAILABLE = re.compile(r"(?:Available(?: splits)?:|one of|available configs:) ?\[(?P<known>[^]]*)\]")
_MOST_NAMED = 12
#: How rows to evaluate on come about, for sentences.
MORE_TEST_ROWS = "build with a larger test share (--test 0.1 of polypref build pairs, Split(test=0.1) in a script)"
# Others are left out: TRL gives some a meaning that a dataset's author may not have meant.
_MEANT_BY_TRL = ("margin", "tools", "chat_template_kwargs", "image", "images")
_KEPT = ("pair_id", "completion_id", "language", "response_language")


@dataclass(frozen=True)
class Origin:
    """Where the data came from, exactly.

    Attributes:
        name: repository on the Hub, or folder.
        config: None for the default one.
        revision: what was asked for.
        commit: the commit that was loaded; None for a folder.
        digest: SHA-256 over the names and contents of a folder's data files; None for the Hub.
    """

    name: str
    config: str | None
    revision: str | None
    commit: str | None
    digest: str | None


def find_dataset(name: str, config: str | None, revision: str | None) -> Origin:
    """Finds the exact state of a dataset.

    Args:
        name: a folder, or a repository on the Hub.
        config: None for the default one.
        revision: tag, branch or commit on the Hub; None for its main branch, and for a folder.

    Returns:
        The dataset with its commit, or with the digest of the folder.

    Raises:
        UserError: no such folder, repository or revision, or the Hub cannot be reached.
    """
    folder = Path(name)
    if folder.is_dir():
        refuse_revision(name, revision)
        own.adopt_beside(folder)
        return Origin(name, config, None, None, _digest(folder))
    check_dataset_name(name)
    if revision:
        check_revision(f"{name} (dataset_revision)", revision)
    from huggingface_hub import HfApi, hf_hub_download

    try:
        info = HfApi().dataset_info(name, revision=revision)
        if "provenance.json" in {file.rfilename for file in info.siblings or ()}:
            record = hf_hub_download(name, "provenance.json", repo_type="dataset", revision=info.sha)
            own.adopt_beside(Path(record).parent)
        return Origin(name, config, revision, info.sha, None)
    except UserError:
        raise
    except Exception as error:  # the Hub's refusals, and those of whichever HTTP library its client is built on
        asked = f" at revision {revision}" if revision else ""
        raise UserError(
            f"no dataset {name}{asked}: neither a folder here{beside(Path(name))} nor found on the Hub "
            f"({type(error).__name__})"
        ) from None


def refuse_revision(name: str, revision: str | None) -> None:
    """Stops at a revision of a folder.

    Args:
        name: of the folder.
        revision: what was asked for.

    Raises:
        UserError: there is one.
    """
    if revision is not None:
        raise UserError(f"dataset_revision {revision!r} means nothing for the folder {name}; leave it out")


def check_dataset_name(name: str) -> None:
    """Sees, without asking the Hub, that a dataset is a folder here or may be one on the Hub.

    Args:
        name: what the user wrote.

    Raises:
        UserError: it is a file, or no folder and no name that the Hub has.
    """
    if Path(name).is_file():
        raise UserError(
            f"dataset_name is {name}, a file; training takes a folder: make one of the file with polypref build pairs "
            f"--source {name} --out build/NAME, and name build/NAME"
        )
    if not Path(name).is_dir() and not is_repo_name(name):
        raise UserError(f"no dataset {name}: no folder here, and no ORG/NAME of one on the Hub; check dataset_name")


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    files = sorted(p for p in folder.rglob("*") if p.is_file() and (p.suffix == ".parquet" or p.name == "README.md"))
    for file in files:
        if ".polypref" not in file.parts:
            total.update(f"{file.relative_to(folder)}\0".encode() + bytes.fromhex(file_digest(file)))
    return total.hexdigest()


def load_rows(origin: Origin, split: str, keys: tuple[str, str] = TRAINED_ON) -> "Dataset":
    """Loads a split of exactly that state.

    Args:
        origin: what `find_dataset` found.
        split: its name.
        keys: of the recipe that name config and split, for messages.

    Returns:
        All rows and columns of the split.

    Raises:
        UserError: no such config or split, or files that cannot be read.
    """
    rows: Dataset = _load_split(origin, split, keys, streaming=False)
    return rows


def stream_rows(origin: Origin, split: str, keys: tuple[str, str] = TRAINED_ON) -> "IterableDataset":
    """Opens a split of exactly that state, whose rows are read when they are asked for.

    Args:
        origin: what `find_dataset` found.
        split: its name.
        keys: of the recipe that name config and split, for messages.

    Returns:
        A stream of all rows and columns of the split.

    Raises:
        UserError: no such config or split, or files that cannot be read.
    """
    rows: IterableDataset = _load_split(origin, split, keys, streaming=True)
    return rows


def _load_split(origin: Origin, split: str, keys: tuple[str, str], streaming: bool) -> "Dataset | IterableDataset":
    import datasets
    import pyarrow as pa

    # The library's cache does not notice when the files of a folder are written again; a place of its own does.
    cache = None
    if origin.digest:
        cache = str(Path(datasets.config.HF_DATASETS_CACHE) / f"polypref-{origin.digest[:16]}")
    guard_downloads()
    try:
        return datasets.load_dataset(
            origin.name, origin.config, split=split, revision=origin.commit, cache_dir=cache, streaming=streaming
        )
    except (ValueError, OSError, pa.ArrowException, datasets.exceptions.DatasetsError) as error:
        raise _as_sentence(error, origin, split, keys) from None


def parquet_files(origin: Origin, split: str, keys: tuple[str, str]) -> list[str]:
    """The files of a split of a folder, none of which is read.

    Args:
        origin: of a folder.
        split: its name, or an expression of splits as the library takes it.
        keys: of the recipe that name config and split, for messages.

    Returns:
        Paths; none for an expression, and where files are of another form.

    Raises:
        UserError: no such config or split.
    """
    import datasets

    try:
        files = datasets.load_dataset_builder(origin.name, origin.config).config.data_files or {}
        if split not in files and split.isidentifier():
            raise ValueError(f"Unknown split {split!r}. Should be one of {list(files)}.")
    except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
        raise _as_sentence(error, origin, split, keys) from None
    paths = [str(file) for file in files.get(split, ())]
    return paths if all(path.endswith(".parquet") for path in paths) else []


def _as_sentence(error: Exception, origin: Origin, split: str, keys: tuple[str, str]) -> BaseException:
    """What to raise for what the library has raised: its reason of files that it cannot read is the cause."""
    cause = error.__cause__ or error
    if is_memory_refused(cause):
        return cause
    text = " ".join(str(cause).split())
    if missing := _missing_part(text, origin, split, keys):
        return UserError(f"dataset {origin.name}{missing}")
    return UserError(f"dataset {origin.name}, config {origin.config}, split {split}: {text[:300]}")


def _missing_part(text: str, origin: Origin, split: str, keys: tuple[str, str]) -> str:
    """What to say where the library names the configs or splits that there are; empty where it says something else."""
    named = _AVAILABLE.search(text)
    known = re.findall(r"""['"]([^'"]+)['"]""", named["known"]) if named else []
    if not known:
        return ""
    listed = ", ".join(known[:_MOST_NAMED]) + (f" and {len(known) - _MOST_NAMED} more" * (len(known) > _MOST_NAMED))
    if not text.startswith(("Unknown split", "Bad split")):
        if origin.config is None:
            return f" has several configs ({listed}); name one as {keys[0]}"
        meant = did_you_mean(origin.config, known) or ";"
        return f" has no config {origin.config!r}{meant} it has {listed}; name one as {keys[0]}"
    config = f", config {origin.config}" if origin.config else ""
    sentence = f"{config} has no split {split!r}{did_you_mean(split, known) or ';'} it has {listed}; "
    if keys[1] == EVALUATED_ON[1]:
        return (
            f"{sentence}to train without evaluation, write eval_strategy: 'no' (--eval_strategy no); to evaluate, "
            f"{MORE_TEST_ROWS}, or name another split as {keys[1]}"
        )
    return f"{sentence}name one as {keys[1]}"


def check_dataset(dataset: "Dataset", method: str, name: str) -> None:
    """Refuses what TRL would take for something else, or fail on much later.

    Args:
        dataset: as it was loaded.
        method: dpo, kto, reward, rloo or sft.
        name: of the dataset and split, for sentences.

    Raises:
        UserError: columns missing, texts in place of conversations, or a row with a fault (`rows.refuse_faults`):
            roles, empty texts, no language, tokens of a chat template, a chosen answer that is the rejected one; or
            single answers with a label each, for a method that compares two.
    """
    check_columns(dataset, method, name)
    if not len(dataset):
        raise UserError(f"{name} has no rows; choose another split or config")
    columns = turns_for(dataset, method)
    refuse_faults(dataset.select_columns([*columns, "language"]), columns, name)


def check_columns(dataset: "Dataset | IterableDataset", method: str, name: str) -> None:
    """Refuses columns that a method cannot train on, whatever their rows.

    Args:
        dataset: as it was loaded, or a stream of it.
        method: dpo, kto, reward, rloo or sft.
        name: of the dataset and split, for sentences.

    Raises:
        UserError: columns missing, labels of another type, or single answers for a method that compares two.
    """
    columns = turns_for(dataset, method)
    labelled = columns == UNPAIRED
    if not labelled and holds_single_answers(dataset) and method != "rloo":
        raise UserError(
            f"{name} holds single answers with a label each, and method {method} needs pairs of a chosen and a "
            "rejected answer; train with method: kto, or build pairs of them"
        )
    needed = (*columns, *([LABEL] if labelled else []), "language")
    if missing := [column for column in needed if column not in dataset.column_names]:
        raise UserError(
            f"{name} has no column {', '.join(missing)} (it has {', '.join(dataset.column_names)}); "
            f"method {method} needs {', '.join(needed)}, as polypref build writes them"
        )
    if LABEL in needed and str(kind := dataset.features.arrow_schema.field(LABEL).type) != "bool":
        raise UserError(f"{name}: column label holds {kind}; KTO takes true and false, as polypref build writes them")


def holds_single_answers(dataset: "Dataset") -> bool:
    """Whether rows are single answers with a label each, and no pairs.

    Args:
        dataset: as it was loaded.

    Returns:
        whether they have the columns of such rows alone.
    """
    names = set(dataset.column_names)
    return {"completion", LABEL} <= names and names.isdisjoint({"chosen", "rejected"})


def turns_for(dataset: "Dataset", method: str) -> tuple[str, ...]:
    """The columns of turns that a method needs of a dataset.

    Args:
        dataset: as it was loaded.
        method: dpo, kto, reward, rloo or sft.

    Returns:
        their names.
    """
    return UNPAIRED if method == "kto" and holds_single_answers(dataset) else NEEDED[method]


def columns_for(dataset: "Dataset", method: str) -> "Dataset":
    """Only the columns that the method uses, and those that say whose row it is.

    Args:
        dataset: that `check_dataset` has nothing against.
        method: dpo, kto, reward, rloo or sft.

    Returns:
        The same rows; for sft `chosen` is called `completion`, as TRL has it. Keys of turns that hold nothing in any
        row are left out (`rows.without_empty_keys`). The tools that prompts offer are kept where turns may call them.
    """
    tools = ("tools",) if _takes_tools(dataset, method) else ()
    columns = turns_for(dataset, method)
    label = (LABEL,) if columns == UNPAIRED else ()
    kept = [c for c in (*_KEPT, *columns, *label, *tools) if c in dataset.column_names]
    dataset = without_empty_keys(dataset.select_columns(kept), columns)
    return dataset.rename_column("chosen", "completion") if method == "sft" else dataset


def _takes_tools(dataset: "Dataset", method: str) -> bool:
    """Whether the column of tools is polypref's, and one that the method gives to the chat template."""
    if "tools" not in dataset.column_names or method == "rloo":
        return False
    return all(holds_json(dataset.features.arrow_schema.field(name).type) for name in ("tools", "prompt"))


def left_out(dataset: "Dataset", method: str) -> str | None:
    """A sentence on columns that TRL would give a meaning, and that are left out; None where there are none.

    Args:
        dataset: as it was loaded.
        method: dpo, kto, reward, rloo or sft.

    Returns:
        The sentence, or None.
    """
    of_rows = _takes_tools(dataset, "dpo")
    names = [name for name in _MEANT_BY_TRL if name in dataset.column_names and not (name == "tools" and of_rows)]
    sentences = [f"column {', '.join(names)}, which TRL would use in training; polypref trains on texts alone"] * bool(
        names
    )
    if method == "rloo" and of_rows and (offering := _offering_tools(dataset)):
        by_language = ", ".join(f"{tag} {rows:,}" for tag, rows in sorted(offering.items()))
        sentences.append(
            f"the tools that {offering.total():,} of {len(dataset):,} prompts offer ({by_language}), as TRL's RLOO "
            "gives models none: what is learned on these prompts is to answer without; train on prompts without tools, "
            "or by dpo, kto, reward or sft"
        )
    return f"left out: {'; '.join(sentences)}" if sentences else None


def _offering_tools(dataset: "Dataset") -> Counter[str]:
    """Language -> how many prompts offer tools."""
    rows = zip(dataset["language"], dataset["tools"], strict=True)
    return Counter(tag for tag, tools in rows if tools)


def chosen_languages(
    there: Sequence[str], languages: Sequence[str] | None, held_out: Sequence[str] | None, name: str
) -> list[str]:
    """The languages to train on.

    Args:
        there: languages of the data.
        languages: those asked for; None for all.
        held_out: those to leave out.
        name: of the dataset, for sentences.

    Returns:
        Tags in order.

    Raises:
        UserError: one is not in the data, or none is left.
    """
    for tag in languages or ():
        if tag not in there:
            raise UserError(f"languages (--languages): {name} has no rows in language {tag}; it has {', '.join(there)}")
    left = [tag for tag in (languages or there) if tag not in (held_out or ())]
    if not left:
        raise UserError(f"{name}: no language is left to train on; hold out fewer of {', '.join(there)}")
    return sorted(left)


@dataclass(frozen=True)
class Taken:
    """Of one language: how many rows there are, and how many are trained on."""

    rows: int
    taken: int


def training_rows(dataset: "Dataset", arguments: Arguments, seed: int, name: str) -> tuple["Dataset", dict[str, Taken]]:
    """The rows to train on, weighted and mixed, and for each language how many there are and how many are taken.

    Args:
        dataset: with a column `language`.
        arguments: languages, weights or temperature, and train_rows.
        seed: of the order.
        name: of the dataset, for sentences.

    Returns:
        The rows in the order of training, and the numbers by language.

    Raises:
        UserError: a language is not in the data, none is left, or the weights leave no row of one.
    """
    rows = rows_by_language(dataset["language"])
    tags = chosen_languages(list(rows), arguments.languages, arguments.held_out_languages, name)
    counts = {tag: len(rows[tag]) for tag in tags}
    taken = quotas(counts, arguments.weights, arguments.language_temperature, arguments.train_rows)
    return dataset.select(arrange(rows, taken, seed)), {tag: Taken(counts[tag], taken[tag]) for tag in tags}


def evaluation_rows(
    dataset: "Dataset", trained: Sequence[str], held_out: Sequence[str], most: int | None, name: str
) -> dict[str, "Dataset"]:
    """One dataset for each language, as many rows as the first `most`.

    Args:
        dataset: with a column `language`.
        trained: languages that are trained on.
        held_out: languages that are evaluated only.
        most: rows of each language; None for all.
        name: of the dataset, for sentences.

    Returns:
        Language -> its rows, of those languages that have some.

    Raises:
        UserError: there is nothing to evaluate on, or a language that is held out has no rows.
    """
    rows = rows_by_language(dataset["language"])
    return {tag: dataset.select(rows[tag][:most]) for tag in evaluated_languages(list(rows), trained, held_out, name)}


def evaluated_languages(there: Sequence[str], trained: Sequence[str], held_out: Sequence[str], name: str) -> list[str]:
    """The languages to evaluate on: those that are trained on or held out, and have rows.

    Args:
        there: languages of the data.
        trained: languages that are trained on.
        held_out: languages that are evaluated only.
        name: of the dataset, for sentences.

    Returns:
        Tags in order.

    Raises:
        UserError: there is nothing to evaluate on, or a language that is held out has no rows.
    """
    if missing := sorted(set(held_out) - set(there)):
        raise UserError(
            f"{name} has no rows of {', '.join(missing)}, held out to be evaluated; it has {', '.join(there)}: name a "
            "config that has them with dataset_test_config, or hold out others"
        )
    if not (tags := sorted({*trained, *held_out} & set(there))):
        raise UserError(f"{name} has no rows of {', '.join(trained)} to evaluate on; it has {', '.join(there)}")
    return tags
