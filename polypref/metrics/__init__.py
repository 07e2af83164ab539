"""Faces of the evaluation's figures for Hugging Face `evaluate` (extra `eval`).

    evaluate.load(polypref.metrics.path("win_rate"))

In a checkout `evaluate.load("polypref/metrics/win_rate")` does the same. Both work without a network: a local script is
copied into evaluate's cache of modules, named by its content, and imported from there; what it computes is
`polypref.evaluation`, as installed.
"""

from pathlib import Path

#: What `path` knows.
NAMES = ("win_rate", "length_controlled_win_rate", "language_fidelity")


def path(name: str) -> str:
    """The folder to give to `evaluate.load`.

    Args:
        name: one of NAMES.

    Returns:
        The folder's path.

    Raises:
        UserError: there is no such metric.

    >>> path("win_rate").endswith("metrics/win_rate")
    True
    """
    if name not in NAMES:
        from ..errors import UserError

        raise UserError(f"there is no metric '{name}'; choose {', '.join(NAMES)}")
    return str(Path(__file__).parent / name)
