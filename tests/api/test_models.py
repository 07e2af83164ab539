"""Whom to ask, under one public name: what asks models, and who serves them."""

import pytest

from polypref import models
from polypref.inference import choose
from polypref.stages.complete import Route
from polypref.stages.translate import Translator


def test_the_ways_to_ask_stand_beside_those_who_serve() -> None:
    assert models.Route is Route and models.Translator is Translator
    asked = models.served("writer", "http://localhost:8001/v1", "r1", "apache-2.0")
    assert Route(asked, "translated", Translator(asked)).translator == Translator(asked)


@pytest.mark.parametrize(
    "name", sorted(set(models.__all__) - {"Route", "Translator", "implicit_reward", "sentence_relevance"})
)
def test_who_serves_is_what_the_package_chooses_by(name: str) -> None:
    assert getattr(models, name) is getattr(choose, name)
