"""What a release will do, in words."""

from dataclasses import dataclass
from pathlib import Path

from .diff import Bump, Difference, needed_version
from .hub import State
from .licences import Decision, unstated_licences
from .provenance import Provenance

_CARD_EDITED = (
    "README.md on main was edited on the Hub and is written anew: the edit stays in the history alone; what is to last "
    "belongs into the card's prose"
)


@dataclass(frozen=True)
class Plan:
    """What a release will do.

    Attributes:
        repo: the repository.
        tag: the version's tag.
        files: path in the repository -> local file.
        decision: the licence, or why there is none.
        previous: tag of the newest version there is, or None.
        changes: what differs from it; None for a first release.
        state: what the repository held when the plan was made.
        public: whether it will be public.
        released: the very same version is released already.
        card_edited: somebody edited README.md on main after the newest version.
    """

    repo: str
    tag: str
    files: dict[str, Path]
    record: Provenance
    decision: Decision
    previous: str | None
    changes: Difference | None
    state: State
    public: bool
    released: bool
    card_edited: bool = False

    def lines(self) -> list[str]:
        """The plan in words.

        Returns:
            A line a fact, without line ends.
        """
        size = sum(path.stat().st_size for path in self.files.values())
        rated = self.record.ratings.configs if self.record.ratings else []
        configs = [*self.record.mixtures, *(one.config_name for one in rated[:1])]
        absent = "will be made" + (" unless it is a private one: no token to see it" if self.state.anonymous else "")
        seen = "the Hub could not be reached" if self.state.unseen else "exists" if self.state.exists else absent
        where = seen + ", " + ("public" if self.public else "private")
        change = "the first version" + (", if the repository holds none: what it holds is unknown" * self.state.unseen)
        if self.changes and self.previous:
            least, step = least_version(self.previous, self.changes)
            change = f"after {self.previous}: {self.changes.sentence()}; needs {least} at least (a {step} step)"
        licence = self.decision.licence or "none to publish under: " + "; ".join(self.decision.problems)
        return [
            f"repository  {self.repo} ({where})",
            f"version     {self.tag}, {change}" if not self.released else f"version     {self.tag}, released already",
            f"files       {len(self.files)}, {size / 1e6:,.1f} MB" + ("" if self.released else ", in one commit"),
            f"configs     {len(self.record.configs) + len(rated)}: {', '.join(sorted(configs))}, each also by language",
            f"licence     {licence}",
            *([f"            {unstated}"] if (unstated := unstated_licences(self.decision)) else []),
            f"texts       {_pii_words(self.record, self.public)}",
            *([f"card        {_CARD_EDITED}"] if self.card_edited and not self.released else []),
        ]


def _pii_words(record: Provenance, public: bool) -> str:
    masked = record.masked
    if masked is None or masked is False:
        return "as built, personal data not masked" + ("" if public else " (it is in public releases)")
    finds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(masked.items())) or "none found"
    return f"personal data masked: {finds}"


def least_version(previous: str, changes: Difference) -> tuple[str, Bump]:
    """The least version after a tag for what changed.

    Args:
        previous: the tag of the version before, as in v1.0.0.
        changes: what differs from it.

    Returns:
        the version, and its step.
    """
    step: Bump = "patch" if changes.bump == "none" else changes.bump
    return needed_version(previous[1:], step), step
