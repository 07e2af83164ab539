"""Whom to ask, and how: `polypref.models.served("writer", "http://localhost:8001/v1", "r1", "apache-2.0")`.

A `Route` says how a model answers, a `Translator` how one translates; the functions say who serves a model.
"""

from .inference.choose import backend, from_params, licence, place, revision, served
from .inference.implicit import implicit_reward
from .inference.sentences import sentence_relevance
from .stages.complete import Route
from .stages.translate import Translator

__all__ = [
    "Route",
    "Translator",
    "backend",
    "from_params",
    "implicit_reward",
    "licence",
    "place",
    "revision",
    "sentence_relevance",
    "served",
]
