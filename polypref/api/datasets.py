"""A dataset folder, as `build` writes it and `load` finds it: looked at, loaded, released."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import short_text
from ..errors import UserError
from ..scripting.calls import checked_arguments
from ..scripting.declared import checked_call
from ..scripting.spelling import closest_name
from .analyses import Analyses
from .arguments import check_number, list_names, needed_path

if TYPE_CHECKING:
    import datasets

    from ..exports.writing import Exported
    from ..pages.rows import Sample
    from ..stages.counts import FunnelRow


@checked_call
@dataclass(frozen=True)
class Dataset(Analyses):
    """A finished dataset in a folder.

    Attributes:
        path: the folder.
        changed: whether the build that gave it wrote anything; false where all was there already, and after `load`.

    Raises:
        UserError: the folder is given as neither a text nor a path.
    """

    changed: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", needed_path("Dataset: path", self.path))

    @property
    def funnel(self) -> "list[FunnelRow]":
        """What became of every row, in the order of the stages: language, outcome, reason and how many."""
        return list(self.record.funnel)

    @property
    def configs(self) -> list[str]:
        """The configs that `load` takes: every mixture, and every language of it; the first is the default one."""
        return [config.config_name for config in self.record.configs]

    @property
    def mixtures(self) -> dict[str, int]:
        """The mixtures, in the order in which the builder names them, with their training pairs."""
        given = self.record.mixtures
        return {name: sum(row.given for row in given[name].values()) for name in self.configs if name in given}

    def summary(self) -> list[str]:
        """What a build says at its end: pairs of each mixture, what was left out, not taken, not checked, reviewed.

        Returns:
            One sentence or two lines of figures each, ready to be printed.
        """
        from ..release import language_notes
        from ..release.contaminated import of_record
        from ..release.tested_languages import few_in_test, pairs_in_test
        from ..review.applying import decisions_sentence
        from ..stages.rejections import beyond_sentence, joined_sentence

        one = "rows" if self.record.unpaired else "pairs"
        sizes = {name: f"{count:,} training {one[:-1] if count == 1 else one}" for name, count in self.mixtures.items()}
        pairs = ", ".join(f"{name} {size}" for name, size in sizes.items())
        if sizes.keys() == {"all"} and self.mixtures["all"] < 2:  # the name reads as a word
            pairs = f"the one training {one[:-1]}" if self.mixtures["all"] else f"no training {one}"
        lines = [
            f"{'wrote' if self.changed else 'nothing to do for'} {self.path}: {pairs}",
            f"test {one}: {pairs_in_test(self.record)}",
            *filter(None, [few_in_test(self.record)]),
            self._left_out(),
            *filter(None, [joined_sentence(self.record.funnel), beyond_sentence(self.record.funnel)]),
            of_record(self.record),
        ]
        if unchecked := language_notes.sentence(self.record, self.record.facts.languages):
            lines.append(unchecked)
        if self.record.decisions_used:
            lines.append(decisions_sentence(self.record.decisions_used, self.record.unpaired))
        if not self.record.prose:
            named = f" ({self.record.card})" if self.record.card else ""
            lines.append(f"no card was found{named}; a release asks for one, and polypref new writes one to begin with")
        return lines

    def _left_out(self) -> str:
        from ..stages.rejections import NOTHING, rejections_sentence

        sentence = rejections_sentence(self.record.funnel)
        command = f"polypref inspect {shlex.quote(str(self.path))} --html page.html"
        shows = "shows the dataset" if sentence == NOTHING else "shows rows of each reason and says what it means"
        return f"{sentence}; {command} {shows}"

    @checked_arguments
    def load(
        self, config: str | None = None, split: str | None = None, *, streaming: bool = False
    ) -> "datasets.DatasetDict | datasets.Dataset | datasets.IterableDatasetDict | datasets.IterableDataset":
        """Loads the pairs with `datasets.load_dataset`.

        Args:
            config: a mixture, or one language of it, as in `ml-5` or `ml-5-de`; None for the first mixture. Where all
                ratings are published also `ratings` and `ratings-de`.
            split: train or test; None for all of them in one dict.
            streaming: read the rows one by one as they are asked for.

        Returns:
            A `datasets.Dataset` of one split, or a `datasets.DatasetDict` of all; their iterable kin when streaming.

        Raises:
            UserError: there is no such config, or no such split of it.

        Example:
            >>> train = build("quickstart", tmp).load("ml-5-de", split="train")  # doctest: +SKIP
        """
        from datasets import load_dataset

        name, _ = self._chosen_files(config, split, with_ratings=True)
        return load_dataset(str(self.path), name, split=split, streaming=streaming)

    @checked_arguments
    def export(
        self, to: str, out: str | Path | None = None, *, config: str | None = None, split: str | None = None
    ) -> "Exported":
        """Writes the rows in the form that a trainer takes, with the lines of config that it wants.

        Args:
            to: the form, one of `polypref.exports.NAMES`, as in `llama_factory`.
            out: the folder; None for one below `exports` that is named after dataset, config and form.
            config: a mixture, or one language of it; None for the first mixture.
            split: train or test; None for all of them.

        Returns:
            What was written, and what has no place in the form, by language and reason.

        Raises:
            UserError: there is no such form, config or split, no row has a place in the form, or the folder holds what
                polypref did not write.

        Example:
            >>> polypref.load("build/quickstart").export("axolotl", "exports/quickstart")  # doctest: +SKIP
        """
        from ..exports import NAMES
        from ..exports.table import form_of
        from ..exports.writing import export_files
        from ..files.locks import reading

        if (form := form_of(str(to))) is None:
            raise UserError(f"there is no form '{short_text(to)}'; {_nearest(str(to), NAMES)}")
        if not str("." if out is None else out):
            raise UserError("out (--out) is empty; name a folder, or leave it out")
        name, files = self._chosen_files(config, split)
        folder = needed_path("out", f"exports/{self.record.name}-{name}-{form.name}" if out is None else out)
        if folder.resolve().is_relative_to(self.path.resolve()):
            raise UserError(f"{folder} is in the dataset's own folder; choose another folder (out= or --out)")
        with reading(self.path, "export"):
            return export_files(form, files, folder, f"{self.record.name}_{name}")

    def _chosen_files(
        self, config: str | None, split: str | None, with_ratings: bool = False
    ) -> tuple[str, dict[str, list[Path]]]:
        """The config that is meant, and the data files of its splits, or of one of them."""
        name = self.configs[0] if config is None else str(config)
        files = {one.config_name: {part.split: part.path for part in one.data_files} for one in self.record.configs}
        if with_ratings and self.record.ratings:
            for one in self.record.ratings.configs:
                files[one.config_name] = {part.split: part.path for part in one.data_files}
        if name not in files:
            raise UserError(f"{self.path} has no config '{short_text(name)}'; {_nearest(name, list(files))}")
        splits = {part: [self.path / path for path in paths] for part, paths in files[name].items()}
        if split is not None and split not in splits:
            raise UserError(
                f"config {name} of {self.path} has no split '{short_text(split)}'; it has {', '.join(splits)}"
            )
        return name, {split: splits[split]} if split is not None else splits

    @checked_arguments
    def inspect(self, languages: Sequence[str] | str | None = None, pairs: int = 1) -> None:
        """Shows funnel, balance, warnings and some pairs in the terminal.

        Of a build that stopped before its end, or left no pair, it shows how far that came and what it left out.

        Args:
            languages: tags of those whose pairs are shown, one text or several; None for some of four scripts.
            pairs: how many of each language; of a build that wrote no dataset, how many rows of each reason.

        Raises:
            UserError: the folder holds neither a dataset nor a build, or it has no pair in one of the languages.
        """
        from ..pages.tables import show_dataset
        from ..pages.unfinished import show_unfinished, unfinished_build

        check_number("pairs", pairs, 0)
        tags = list_names("languages", languages)
        if build := unfinished_build(self.path):
            show_unfinished(build, pairs, tags)
        else:
            show_dataset(self.path, pairs, tags)

    @checked_arguments
    def write_page(
        self, file: str | Path, languages: Sequence[str] | str | None = None, pairs: int | None = None
    ) -> "Sample":
        """Writes a page to read the pairs in, kept and rejected: one file that needs no network.

        Of a build that stopped before its end, or left no pair, the page holds what it left out.

        Args:
            file: the page.
            languages: tags of those whose rows are shown, one text or several; None for all.
            pairs: the most rows of one language and reason; None for 100.

        Returns:
            What rows the page holds.

        Raises:
            UserError: the folder holds neither a dataset nor a build, it has none of the languages, or the file is
                somebody's own.
        """
        from ..pages.dataset import write_page
        from ..pages.unfinished import unfinished_build, write_unfinished_page

        check_number("pairs", pairs, 0)
        page, tags = needed_path("file", file), list_names("languages", languages)
        if build := unfinished_build(self.path):
            return write_unfinished_page(build, page, tags, pairs)
        return write_page(self.path, page, tags, pairs)

    @checked_arguments
    def release(
        self,
        repo: str,
        *,
        public: bool = False,
        create_pr: bool = False,
        dry_run: bool = False,
        keep_pii: bool = False,
    ) -> None:
        """Publishes the dataset on the Hub: one commit, loaded back and compared, then tagged with its version.

        Args:
            repo: ORG/NAME.
            public: a public repository; the licences must allow it. A private one otherwise.
            create_pr: propose the commit as a pull request; once merged, the same again verifies and tags it.
            dry_run: print the plan and send nothing.
            keep_pii: leave personal data in a public release.

        Raises:
            UserError: anything that stops it, in one sentence.
        """
        from ..release.publish import release_dataset

        release_dataset(self.path, str(repo), public=public, create_pr=create_pr, dry_run=dry_run, keep_pii=keep_pii)


@checked_arguments
def load(where: str | Path) -> Dataset:
    """Finds a dataset that polypref built: in a folder, or on the Hub.

    Args:
        where: the folder, ORG/NAME for the newest version on the Hub, or ORG/NAME@TAG.

    Returns:
        The dataset; that of the Hub is downloaded, or taken from the cache.

    Raises:
        UserError: neither a folder nor a repository that can be read, or what is there is no dataset of polypref's.

    Example:
        >>> polypref.load("build/quickstart").load("ml-5-de", split="train")  # doctest: +SKIP
    """
    dataset = find_dataset(where)
    _ = dataset.record
    return dataset


def find_dataset(where: str | Path) -> Dataset:
    """As `load`, but nothing of the dataset is read yet.

    Args:
        where: as in `load`.

    Returns:
        The dataset, whose folder may turn out to hold none.
    """
    from ..release.hub import resolve_dataset

    needed_path("where", where)
    return Dataset(resolve_dataset(str(where)))


def _nearest(name: str, known: Sequence[str]) -> str:
    near = closest_name(name, known)
    return f"did you mean {near}?" if near else f"it has {', '.join(known[:6])}{' ...' if known[6:] else ''}"
