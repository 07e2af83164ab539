"""What an evaluation is: prompts, models, judges, and how scores are read; from a YAML file or from flags alike."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .. import languages
from ..errors import UserError
from ..inference import Model, Sampling, Served
from ..inference.choose import served
from ..store import file_digest, fingerprint
from . import baselines, foreign, sets, stored
from .foreign import Layout
from .judges import Judge, LLMJudge, Reference, Relevance, RewardJudge
from .sets import EvaluationSet
from .win_rates import Missing, Reading

_SAMPLING = Sampling(temperature=0.0, max_tokens=1024)
_STORED = {"stored", "columns", "stored_model", "config", "split"}
_MODEL = {"name", "model", "at", "revision", "licence", "sampling", "options"} | _STORED
_JUDGE = {
    "llm": {
        "kind",
        "name",
        "model",
        "at",
        "revision",
        "licence",
        "sampling",
        "options",
        "prompt",
        "orders",
        "attempts",
    },
    "reward": {"kind", "name", "model", "at", "revision", "licence", "options", "tie_within"},
    "stored": {"kind", "name", "path", "layout"},
    "reference": {"kind", "name"},
    "relevance": {"kind", "name"},
}


@dataclass(frozen=True)
class Contender:
    """A model that answers.

    Attributes:
        name: as the report calls it.
        model: Hub id (or the name), revision, licence.
        served: who answers for it; None for stored answers.
        sampling: how it answers.
        stored: arguments of `stored.read_stored`; None where it is asked.
    """

    name: str
    model: Model
    served: Served | None
    sampling: Sampling = _SAMPLING
    stored: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StoredJudge:
    """Verdicts that somebody gave elsewhere, people or a model: read from a file whose columns a layout names.

    Attributes:
        path: the file; its prompts go by the evaluation's group ids, or prompt ids.
        layout: which column says what.
        name: the judge's name.
    """

    path: str
    layout: Layout
    name: str


@dataclass(frozen=True)
class Evaluation:
    """An evaluation, declared.

    Attributes:
        name: as the report is headed.
        sets: prompts.
        contenders: models.
        pairs: which are compared, the one that is asked about first; by names.
        judges: who compares.
        languages: tags; None for all of each set.
        sample: prompts a language and set; None for all.
        seed: of the sample and of the statistics.
        reading, missing, seen, level, resamples: see `win_rates.summarise`.
    """

    name: str
    sets: tuple[EvaluationSet, ...]
    contenders: tuple[Contender, ...]
    pairs: tuple[tuple[str, str], ...]
    judges: tuple[Judge | StoredJudge, ...]
    languages: tuple[str, ...] | None = None
    sample: int | None = None
    seed: int = 0
    reading: Reading = "tie"
    missing: Missing = "exclude"
    seen: tuple[str, ...] | None = None
    level: float = 0.95
    resamples: int = field(default=1000)

    def __post_init__(self) -> None:
        names = [one.name for one in self.contenders]
        for what, found in (
            ("model", names),
            ("judge", [j.name for j in self.judges]),
            ("set", [s.name for s in self.sets]),
        ):
            if twice := sorted({name for name in found if found.count(name) > 1}):
                raise UserError(f"two {what}s are called '{twice[0]}'; give one of them another name")
        for pair in self.pairs:
            for name in pair:
                if name not in names:
                    raise UserError(f"pairs: no model is called '{name}'; there are {', '.join(names)}")
            if pair[0] == pair[1]:
                raise UserError(f"pairs: {pair[0]} is compared with itself; name two models")
        if self.reading not in ("tie", "mean") or self.missing not in ("exclude", "one_order", "tie"):
            raise UserError("reading is tie or mean; missing is exclude, one_order or tie")
        if not 0 < self.level < 1 or self.resamples < 100:
            raise UserError("level lies between 0 and 1, and resamples are 100 or more")


def from_config(config: Mapping[str, Any], default_at: str = "vllm") -> Evaluation:
    """An evaluation from a config's mapping (see the README for its keys).

    Args:
        config: as read from YAML.
        default_at: who serves models that do not say.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    known = {f.name for f in fields(Evaluation)} - {"contenders"} | {"models", "judge", "set"}
    if unknown := sorted(set(config) - known):
        raise UserError(f"evaluation: unknown key {unknown[0]}; known are {', '.join(sorted(known))}")
    asked_sets = _several(config, "set", "sets")
    asked_models, asked_judges = _several(config, "model", "models"), _several(config, "judge", "judges")
    if not asked_sets or len(asked_models) < 2 or not asked_judges:
        raise UserError("an evaluation needs a set, two models or more, and a judge; see polypref evaluate --help")
    contenders = tuple(_contender(one, default_at) for one in asked_models)
    first = contenders[0].name
    pairs = config.get("pairs") or [[first, other.name] for other in contenders[1:]]
    if pairs == "all":
        pairs = list(itertools.combinations([one.name for one in contenders], 2))
    if not isinstance(pairs, list) or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):
        raise UserError("pairs are lists of two models' names, or the word all")
    plain = {k: config[k] for k in ("sample", "seed", "reading", "missing", "level", "resamples") if k in config}
    for key, kind in (("sample", int), ("seed", int), ("level", float), ("resamples", int)):
        if plain.get(key) is not None and (not isinstance(plain[key], kind) or isinstance(plain[key], bool)):
            raise UserError(f"{key}: {plain[key]!r} is no {kind.__name__}")
    if (plain.get("sample") or 1) < 1 or plain.get("seed", 0) < 0:
        raise UserError("sample is 1 or more, and seed is not negative")
    return Evaluation(
        name=str(config.get("name", f"{first} against {', '.join(one.name for one in contenders[1:])}")),
        sets=tuple(sets.find(one) for one in asked_sets),
        contenders=contenders,
        pairs=tuple((str(a), str(b)) for a, b in pairs),
        judges=tuple(_judge(one, default_at) for one in asked_judges),
        languages=_tags(config.get("languages")),
        seen=_tags(config.get("seen")),
        **plain,
    )


def _several(config: Mapping[str, Any], one: str, many: str) -> list[Any]:
    """What a config gives under the singular or the plural."""
    found = config.get(many, config.get(one, []))
    return found if isinstance(found, list) else [found]


def _tags(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    words = value.split(",") if isinstance(value, str) else list(value)
    # YAML reads the tag of Norwegian as false.
    return tuple(languages.resolve("no" if word is False else str(word).strip()).tag for word in words)


def _checked(given: Any, what: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise UserError(f"{what}: give a name, or keys of {', '.join(sorted(known))}")
    if unknown := sorted(set(map(str, given)) - known):
        raise UserError(f"{what}: unknown key {unknown[0]}; known are {', '.join(sorted(known))}")
    return dict(given)


def _contender(given: Any, default_at: str) -> Contender:
    one = {"model": given} if isinstance(given, str) else _checked(given, "model", _MODEL)
    where = one.get("stored")
    named = str(one.get("model") or one.get("stored_model") or one.get("name") or where or "")
    known = baselines.baseline(named) or baselines.baseline(str(one.get("name", "")))
    name = str(one.get("name") or (known.name if known else Path(named).name))
    sampling = _sampling(one.get("sampling"), known.sampling if known else _SAMPLING)
    if where is not None:
        if wrong := sorted({"at", "options", "sampling"} & set(one)):
            raise UserError(f"model {name}: {wrong[0]} says nothing where answers are stored; leave it out")
        model = Model(known.model.name if known else named, *_rest(one, known.model if known else Model(named)))
        how: dict[str, Any] = {"where": where, "model": str(one.get("stored_model") or one.get("model") or name)}
        how |= {key: one[key] for key in ("config", "split") if key in one}
        if "columns" in one:
            how["columns"] = stored.columns(_checked(one["columns"], "columns", set(stored.USUAL) | {"records"}))
        return Contender(name, model, None, sampling, how)
    if wrong := sorted((_STORED - {"stored"}) & set(one)):
        raise UserError(f"model {name}: {wrong[0]} belongs to stored answers; say where they are stored")
    return Contender(name, *_asked(one, named, name, default_at, known.model if known else None), sampling)


def _rest(one: Mapping[str, Any], default: Model) -> tuple[str, str]:
    return str(one.get("revision") or default.revision), str(one.get("licence") or default.licence)


def _asked(
    one: Mapping[str, Any], named: str, name: str, default_at: str, default: Model | None
) -> tuple[Model, Served]:
    """A model and who serves it. A local folder's weights are its revision, and its name is no path."""
    at, options = str(one.get("at", default_at)).strip(), dict(one.get("options") or {})
    folder = Path(named)
    revision, licence = str(one.get("revision") or ""), str(one.get("licence") or "")
    if folder.is_dir() and not at.startswith("http"):
        revision = revision or weights_digest(folder)
        if at == "transformers":
            at, named = f"transformers:{folder}", name
    found = served(default.name if default else named, at, revision, licence, default=default, **options)
    return found.model, found


def weights_digest(folder: Path) -> str:
    """Stands for a local model's weights (and adapters), so that no answer of another one counts for it.

    Raises:
        UserError: the folder has no weights in safetensors.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise UserError(f"{folder} holds no weights (*.safetensors); give the folder that training wrote")
    return fingerprint(*(file_digest(file) for file in files))[:12]


def _sampling(given: Any, default: Sampling) -> Sampling:
    if given is None:
        return default
    known = {f.name: type(getattr(default, f.name)) for f in fields(Sampling)}
    values = _checked(given, "sampling", set(known))
    try:
        return Sampling(**{f: kind(values.get(f, getattr(default, f))) for f, kind in known.items()})
    except (TypeError, ValueError):
        raise UserError(f"sampling: {values} are no numbers; give temperature, top_p, max_tokens, seed") from None


def _judge(given: Any, default_at: str) -> Judge | StoredJudge:
    one = dict(given) if isinstance(given, Mapping) else {"kind": str(given)}
    kind = str(one.get("kind", "llm"))
    if kind not in _JUDGE:
        raise UserError(f"judge: unknown kind {kind}; one of {', '.join(_JUDGE)}")
    one = _checked(one, f"judge of the kind {kind}", _JUDGE[kind])
    name = str(one.get("name", ""))
    if kind in ("reference", "relevance"):
        made = Reference() if kind == "reference" else Relevance()
        return type(made)(name or made.name)
    if kind == "stored":
        if not {"path", "layout"} <= set(one):
            raise UserError("judge of the kind stored: name its file as path, and its columns as layout")
        return StoredJudge(str(one["path"]), foreign.layout(one["layout"]), name or Path(str(one["path"])).stem)
    if not one.get("model"):
        raise UserError(f"judge of the kind {kind}: name its model")
    _, who = _asked(one, str(one["model"]), Path(str(one["model"])).name, default_at, None)
    more = {key: one[key] for key in ("prompt", "orders", "attempts", "tie_within") if key in one}
    if kind == "reward":
        return RewardJudge(who, name=name or who.model.name, **more)
    sampling = _sampling(one.get("sampling"), LLMJudge(who).sampling)
    return LLMJudge(who, name=name or who.model.name, sampling=sampling, **more)
