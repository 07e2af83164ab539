"""What is to be said of a dataset whose folder was built again since, without coming to its end."""

from contextlib import suppress
from pathlib import Path

from ..errors import UserError
from ..pipeline.last_run import read_last_run
from ..release.provenance import Provenance


def later_stop(folder: Path, record: Provenance) -> str:
    """That a dataset is of an earlier build than the last one of its folder, and where and why that one stopped.

    Args:
        folder: the dataset.
        record: its provenance.

    Returns:
        A sentence without a full stop; empty where the last build wrote the dataset, or nothing is noted of it.
    """
    with suppress(UserError):  # the dataset is whole, whatever became of the note
        return _later_stop(folder / ".polypref", record)
    return ""


def _later_stop(store: Path, record: Provenance) -> str:
    run = read_last_run(store)
    if run is None or run.finished:
        return ""
    data = "the data are those of the finished build; a later build of this folder"
    if run.stopped:
        return f"{data} stopped {run.place(store)}: {run.stopped}"
    if any(one.folder == f"balance-{record.fingerprints.get('ranked')}" for one in run.stages):
        return ""  # this very dataset: its build was ended between the last file and the note
    return f"{data} ended {run.place(store)} and could not say why: it was killed, or the machine stopped"
