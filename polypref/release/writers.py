"""Who wrote the answers of a dataset, and whose further answers may stand beside them without changing its licence."""

from collections.abc import Collection, Mapping

from ..pipeline.builder import Builder
from .licences import decide_licence
from .provenance import ModelPart, TranslatorPart

Model = tuple[str, str, str]
"""A model's name, revision and licence, as the rows of answers have them."""


class Writers:
    """Who wrote the answers of the pairs, and who else wrote some that are published beside them."""

    def __init__(
        self, builder: Builder, models: Collection[Model], translators: Collection[str], sources: Collection[Model]
    ) -> None:
        """Begins with what is in the pairs.

        Args:
            builder: knows licences that the rows do not say.
            models: those whose answers are in the pairs.
            translators: names of those who translated prompts or answers of the pairs.
            sources: name, revision and licence of the sources.
        """
        self._builder, self._models, self._translators = builder, frozenset(models), frozenset(translators)
        self._licences = {f"source {name}@{revision} {licence}": licence for name, revision, licence in sources}
        self._licences |= dict(map(self._licence_of_model, models))
        self._licences |= dict(map(self._licence_of_translator, translators))
        self._decided: dict[str, bool] = {}

    def may_be_published(self, model: Model, translator: str | None) -> bool:
        """Whether an answer that is in no pair leaves the licence of the whole as it is.

        Args:
            model: who wrote it.
            translator: who translated it; None for nobody.

        Returns:
            False where the whole could then be published under another licence only, or not at all.
        """
        if model not in self._models and not self._accepts(*self._licence_of_model(model)):
            return False
        known = translator is None or translator in self._translators
        return known or self._accepts(*self._licence_of_translator(str(translator)))

    def other_models(self, models: Collection[Model]) -> list[ModelPart]:
        """The models that no pair has.

        Args:
            models: those whose answers are published.

        Returns:
            The others, sorted, as the provenance has them.
        """
        others = sorted(frozenset(models) - self._models)
        return [ModelPart(name, revision, self._licence_of(name, licence)) for name, revision, licence in others]

    def other_translators(self, rows: Mapping[str, int]) -> list[TranslatorPart]:
        """The translators that no pair has.

        Args:
            rows: name of who translated published answers -> how many rows.

        Returns:
            The others, sorted, as the provenance has them.
        """
        others = sorted(rows.keys() - self._translators)
        return [TranslatorPart(name, self._licence_of_translator(name)[1], rows[name]) for name in others]

    def _licence_of(self, name: str, licence: str) -> str:
        return self._builder.licences.get(name, licence) if licence == "unknown" else licence

    def _licence_of_model(self, model: Model) -> tuple[str, str]:
        name, revision, licence = model
        licence = self._licence_of(name, licence)
        return f"model {name}@{revision} {licence}", licence

    def _licence_of_translator(self, name: str) -> tuple[str, str]:
        return f"translator {name}", self._builder.all_licences.get(name, "unknown")

    def _accepts(self, what: str, licence: str) -> bool:
        if what not in self._decided:
            more = self._licences | {what: licence}
            whole = decide_licence(self._licences).licence
            # What a pair has already is no reason to leave an answer out, even where nothing may be published.
            same = licence in self._licences.values()
            self._decided[what] = same or (whole is not None and decide_licence(more).licence == whole)
            self._licences = more if self._decided[what] else self._licences
        return self._decided[what]
