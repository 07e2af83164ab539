"""What is measured of a finished dataset when somebody asks: an audit, groups of people, factors, principles."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..scripting.calls import checked_arguments
from .arguments import check_number, list_names

if TYPE_CHECKING:
    from ..inference import Served
    from ..people.groups import GroupFigures
    from ..release.audit_results import Audit
    from ..release.factor_results import Factors
    from ..release.group_factor_results import GroupFactors
    from ..release.principle_results import Principles
    from ..release.provenance import Provenance


@dataclass(frozen=True)
class Analyses:
    """A dataset's folder, and what is measured of it on request; `polypref.Dataset` is one.

    Attributes:
        path: the folder.
    """

    path: Path

    @cached_property
    def record(self) -> "Provenance":
        """What provenance.json holds: name, version, parameters, settings, sources, models, facts, configs, files.

        Raises:
            UserError: the folder is no finished dataset, or a build is writing it.
        """
        from ..files.locks import reading
        from ..release.folder import read_provenance

        with reading(self.path, "load"):
            return read_provenance(self.path)

    @checked_arguments
    def audit(self, *, keep: bool = True) -> "Audit":
        """Looks at what answers have in common, what tells chosen from rejected, and at cyclic preferences.

        Args:
            keep: put the figures into provenance.json and the card, where `inspect` and its page show them; false
                leaves the folder as it is. A dataset that was not built here is never written.

        Returns:
            The figures, by language and model, and by language and rater.

        Raises:
            UserError: the folder is no finished dataset, another process uses it, or somebody changed its card.
        """
        from ..analysis.answers import audit_files
        from ..analysis.audit import audit_dataset
        from ..files.locks import reading
        from ..release.analysed import is_built_here, keep_audit
        from ..release.folder import read_provenance

        with reading(self.path, "audit"):
            record = read_provenance(self.path)
            figures = audit_dataset(audit_files(self.path, record))
        if keep and is_built_here(self.path):
            keep_audit(self.path, record, figures)
            self.__dict__.pop("record", None)
        return figures

    @checked_arguments
    def groups(self, permutations: int = 999, seed: int = 0) -> "list[GroupFigures]":
        """What the groups of people who judged prefer, and how far they agree, off the published rows.

        Args:
            permutations: how often a test deals the values of a group out anew among the people.
            seed: of these.

        Returns:
            A row for each language and group; nothing where no row states groups of who judged.

        Raises:
            UserError: the folder is no finished dataset, the number is not positive, or the seed is negative.
        """
        from ..files.locks import reading
        from ..people.groups import figures_by_groups

        check_number("permutations", permutations, least=1)
        check_number("seed", seed, least=0)
        files = [self.path / name for name in sorted(self.record.files)]
        with reading(self.path, "groups"):
            return figures_by_groups(files, permutations, seed)

    @checked_arguments
    def factors(self, languages: Sequence[str] | str | None = None, *, keep: bool = True) -> "Factors":
        """Weighs what chosen answers have more of than rejected ones, by language: length, lists, bold, hedging ...

        Args:
            languages: tags of those that are looked at, one text or several; None for all.
            keep: put the weights into provenance.json and the card, where `inspect` and its page show them; false
                leaves the folder as it is. A dataset that was not built here is never written.

        Returns:
            A weight with its interval and test for each language and factor, or why there is none.

        Raises:
            UserError: the folder holds no finished dataset of pairs, it has no pairs in one of the languages, or
                another process uses it.

        Example:
            >>> polypref.load("build/quickstart").factors("de,he", keep=False).sentences()  # doctest: +SKIP
        """
        from ..analysis.answer_pairs import opened_pairs
        from ..analysis.factors import weigh_factors

        with opened_pairs(self.path, list_names("languages", languages)) as (record, pairs):
            weights = weigh_factors(pairs)
        if keep:
            self._keep_analysis(record, factors=weights)
        return weights

    @checked_arguments
    def factors_by(
        self, group: str, languages: Sequence[str] | str | None = None, *, keep: bool = True
    ) -> "GroupFactors":
        """Weighs as `factors` does, by the values of a group of the people who judged, and compares these.

        Args:
            group: its name, as the pairs state it: `age`, `lives` ...
            languages: as in `factors`.
            keep: as in `factors`; weights by other groups stay where they are.

        Returns:
            For each language the weights of each value, and the differences between values, with intervals and tests.

        Raises:
            UserError: as in `factors`, or the dataset states no such group.

        Example:
            >>> polypref.load("build/prism").factors_by("age", keep=False).sentences()  # doctest: +SKIP
        """
        from ..analysis.answer_pairs import opened_pairs
        from ..analysis.group_factors import weigh_groups

        with opened_pairs(self.path, list_names("languages", languages), str(group)) as (record, pairs):
            weights = weigh_groups(str(group), pairs)
        if keep:
            self._keep_analysis(record, by_group=weights)
        return weights

    @checked_arguments
    def principles(
        self,
        model: "Served",
        languages: Sequence[str] | str | None = None,
        *,
        proposals: int = 20,
        votes: int = 50,
        seed: int = 0,
        log: str | Path | None = None,
        retry: bool = False,
        keep: bool = True,
        quiet: bool = False,
    ) -> "Principles":
        """Has an LLM propose principles behind what was chosen, and tests each by its votes on other pairs.

        Args:
            model: who proposes and votes, as `polypref.models.served` gives it.
            languages: as in `factors`.
            proposals: pairs a language that principles are proposed from.
            votes: pairs a language, of other prompts, that each principle is tested on.
            seed: of which pairs are for which.
            log: the response log; None for that of the dataset's build.
            retry: ask again for what failed before.
            keep: as in `factors`.
            quiet: show no progress.

        Returns:
            The principles with their votes.

        Raises:
            UserError: as in `factors`, the model cannot be reached, or there is no place for a log.
        """
        from ..analysis.answer_pairs import opened_pairs
        from ..analysis.principles import PrincipleSettings, find_principles, split_pairs
        from ..inference.log import ResponseLog
        from ..release.analysed import is_built_here

        settings = PrincipleSettings(proposals, votes, seed=seed)
        if log is None and not is_built_here(self.path):
            raise UserError(f"{self.path} was not built here, so that it has no response log; give one (log= or --log)")
        with opened_pairs(self.path, list_names("languages", languages)) as (record, pairs):
            samples = [split_pairs(one, settings) for one in pairs]
        file = self.path / ".polypref" / "responses.sqlite" if log is None else Path(log)
        with ResponseLog(file) as responses:
            principles = find_principles(samples, model, responses, settings, again=retry, quiet=quiet)
        if keep:
            self._keep_analysis(record, principles=principles)
        return principles

    def plan_factors(
        self,
        languages: Sequence[str] | str | None = None,
        proposals: int = 20,
        votes: int = 50,
        seed: int = 0,
        principles: bool = False,
        group: str | None = None,
    ) -> list[str]:
        """What `factors`, `factors_by` and `principles` would look at and ask; nobody is asked, nothing is written.

        Args:
            languages, proposals, votes, seed: as there.
            principles: whether principles are asked for.
            group: of people, whose values are counted too; None for none.

        Returns:
            A sentence each.

        Raises:
            UserError: as there.
        """
        from ..analysis.answer_pairs import opened_pairs
        from ..analysis.principles import PrincipleSettings, planned_requests, split_pairs

        settings, lines, samples = PrincipleSettings(proposals, votes, seed=seed), [], []
        with opened_pairs(self.path, list_names("languages", languages), group) as (_, pairs):
            for one in pairs:
                lines.append(f"{one.language}: {len(one.groups):,} pairs of {len(set(one.groups)):,} prompts")
                lines += one.value_lines(group) if group is not None else []
                samples.append(split_pairs(one, settings))
        asked = [planned_requests(samples, settings), "nothing was asked"] if principles else ["no model is asked"]
        return [*lines, *asked]

    def _keep_analysis(
        self,
        record: "Provenance",
        factors: "Factors | None" = None,
        principles: "Principles | None" = None,
        by_group: "GroupFactors | None" = None,
    ) -> None:
        """Into provenance and card of a dataset that was built here; a download is never written."""
        from ..release.analysed import is_built_here, keep_analysis

        if is_built_here(self.path):
            keep_analysis(self.path, record, factors, principles, by_group)
            self.__dict__.pop("record", None)
