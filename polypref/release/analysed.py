"""Puts what was measured of a finished dataset into its provenance.json and its card, whole or not at all."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import UserError
from ..files.owned import read_record, writing
from . import placing
from .audit_results import Audit
from .card import render_card
from .factor_results import Factors
from .folder import read_provenance, seal_top
from .group_factor_results import GroupFactors
from .principle_results import Principles
from .provenance import Provenance


def is_built_here(folder: Path) -> bool:
    """Whether a dataset's folder is one that a build wrote, so that its card may be written again.

    Args:
        folder: the dataset.

    Returns:
        False for a download, and for a folder without a record of what polypref wrote.
    """
    return bool(read_record(folder).get("files"))


def keep_analysis(
    folder: Path,
    of: Provenance,
    factors: Factors | None = None,
    principles: Principles | None = None,
    by_group: GroupFactors | None = None,
) -> None:
    """Puts weights of factors, or principles, into a dataset's provenance.json and card; its data files stay.

    A build that changes the dataset writes it anew without them; one that changes nothing leaves them.

    Args:
        folder: the dataset, built here.
        of: its provenance when the pairs were read.
        factors: the weights; None leaves those that are there.
        principles: the same of principles.
        by_group: the same of weights by a group of people; those by other groups stay.

    Raises:
        UserError: another process reads or writes the folder, it is no finished dataset or was built anew since its
            pairs were read, or somebody changed README.md or provenance.json.
    """

    def change(now: Provenance) -> Provenance:
        groups = {one.group: one for one in now.group_factors} | ({by_group.group: by_group} if by_group else {})
        return replace(
            now,
            factors=factors or now.factors,
            principles=principles or now.principles,
            group_factors=[groups[name] for name in sorted(groups)],
        )

    _keep_measured(folder, of, change)


def keep_audit(folder: Path, of: Provenance, audit: Audit) -> None:
    """Puts an audit into a dataset's provenance.json and card, as `keep_analysis` does weights.

    Args:
        folder: the dataset, built here.
        of: its provenance when the answers were read.
        audit: what was measured.

    Raises:
        UserError: as `keep_analysis`.
    """
    _keep_measured(folder, of, lambda now: replace(now, audit=audit))


def _keep_measured(folder: Path, of: Provenance, change: Callable[[Provenance], Provenance]) -> None:
    if not is_built_here(folder):
        raise UserError(f"{folder} was not built here, so that its card cannot be written; give --out FILE")
    with writing(folder):
        placing.check_place(folder)
        placing.check_staging(folder)
        now = read_provenance(folder)
        if now.files != of.files:
            raise UserError(f"{folder} was built anew since its pairs were read; run the same command again")
        record = change(now)
        work = folder / placing.STAGING
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        seal_top(work, record, render_card(record, f"path/to/{record.name}", None, folder))
        placing.replace_top(folder)
