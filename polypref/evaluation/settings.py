"""What an evaluation is: prompts, models, judges, and how scores are read; from a YAML file or from flags alike."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Required, TypedDict, TypeVar

from ..errors import UserError
from ..files.hub_names import is_repo_name
from ..files.json_types import Json, JsonObject
from ..inference import Model, Sampling, Served
from ..inference.choose import served
from ..inference.gguf import gguf_in
from ..inference.weights import weights_digest
from ..judging.letters import LETTER_PROMPT
from ..judging.prompt_languages import JUDGE_LANGUAGES, JudgeLanguage
from ..languages import own
from ..languages.second_vote import SecondDetector
from ..scripting import own_classes
from ..text.published_words import LONGEST_NAME, check_words
from .config_keys import checked_keys as _checked
from .config_keys import pairs_of as _pairs
from .config_keys import several as _several
from .config_keys import text_of_key as _text
from .config_keys import text_value
from .contract import Judge, OwnJudge, judge_traits
from .figures.win_rates import Missing, Reading
from .inputs import baselines, sets, stored
from .inputs.layouts import read_layout
from .inputs.sets import EvaluationSet
from .inputs.traits import check_slices
from .judge_notes import check_judge_language
from .judges import DEFAULT_PROMPT, LLMJudge, Orders, Reference, Relevance, RewardJudge
from .logprob_judge import LogprobJudge, Preferred
from .repeats import check_repeat_share, read_repeat_share
from .sampling import SAMPLING_KEYS, read_sampling
from .stored_judge import StoredJudge
from .translations import TranslatedAt, translated_at

_SAMPLING = Sampling(temperature=0.0, max_tokens=1024)
#: Characters of what a report is headed; without a name of its own it lists the models.
_LONGEST_HEAD = 100 * LONGEST_NAME
_STORED = {"stored", "columns", "stored_model", "config", "split"}
_READINGS: Mapping[str, Reading] = {"tie": "tie", "mean": "mean"}
_PREFERRED: Mapping[str, Preferred] = {"soft": "soft", "hard": "hard"}
_MISSING: Mapping[str, Missing] = {"exclude": "exclude", "one_order": "one_order", "tie": "tie"}
_ORDERS: Mapping[str, Orders] = {"both": "both", "one": "one"}
_DETECTORS: Mapping[str, SecondDetector] = {"langdetect": "langdetect"}
_Word = TypeVar("_Word", Reading, Missing, Orders, Preferred, SecondDetector, JudgeLanguage)
#: Keys that say how verdicts become figures.
HOW = ("reading", "missing", "level", "resamples", "seed", "against", "slice", "slices")
_MODEL = {"name", "model", "at", "revision", "licence", "sampling", "options", "translations"} | _STORED
_SERVED = ("model", "at", "revision", "licence", "options")
_JUDGE = {
    "llm": {*_SERVED, "kind", "name", "sampling", "prompt", "orders", "attempts", "language"},
    "logprob": {*_SERVED, "kind", "name", "prompt", "orders", "preference", "language"},
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
        translations: of its answers into one language; None for none.
    """

    name: str
    model: Model
    served: Served | None
    sampling: Sampling = _SAMPLING
    stored: "StoredAt | None" = None
    translations: TranslatedAt | None = None


class StoredAt(TypedDict, total=False):
    """Where a model's answers are stored: arguments of `stored.read_stored`."""

    where: Required[str]
    model: str
    config: str
    split: str
    columns: stored.Columns


class HowScored(TypedDict, total=False):
    """How verdicts become figures, as far as a config says: arguments of `scoring.results`."""

    reading: Reading
    missing: Missing
    level: float
    resamples: int
    seed: int
    seen: Required[tuple[str, ...] | None]
    against: str
    slices: Required[tuple[str, ...]]
    remarks: Required[tuple[str, ...]]


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
        reading, missing, seen, level, resamples: see `win_rates.summarise_battles`.
        against: the language with which others are compared for consistency, where prompts have it.
        slices: columns of prompts and answers by which the report is sliced.
        remarks: sentences that a reader of the report must know first.
        second_detector: what votes on the language of answers beside the detector that decides; None for nothing.
        repeat_share: of the comparisons, put to each judge twice; None: see `repeats.share_asked_again`.
        judge_checks: folders or files that `polypref judge-check` wrote.
    """

    name: str
    sets: tuple[EvaluationSet, ...]
    contenders: tuple[Contender, ...]
    pairs: tuple[tuple[str, str], ...]
    judges: tuple[Judge, ...]
    languages: tuple[str, ...] | None = None
    sample: int | None = None
    seed: int = 0
    reading: Reading = "tie"
    missing: Missing = "exclude"
    seen: tuple[str, ...] | None = None
    level: float = 0.95
    resamples: int = 1000
    against: str = "en"
    slices: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    second_detector: SecondDetector | None = None
    repeat_share: float | None = None
    judge_checks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.contenders]
        for what, called in (
            ("model", names),
            ("judge", [j.name for j in self.judges]),
            ("set", [s.name for s in self.sets]),
        ):
            for name in called:
                check_words(f"the name of a {what}", name)
            if twice := sorted({name for name in called if called.count(name) > 1}):
                raise UserError(f"two {what}s are called '{twice[0]}'; give one of them another name")
        check_words("the name of the evaluation", self.name, _LONGEST_HEAD)
        for pair in self.pairs:
            for name in pair:
                if name not in names:
                    raise UserError(f"pairs: no model is called '{name}'; there are {', '.join(names)}")
            if pair[0] == pair[1]:
                raise UserError(f"pairs: {pair[0]} is compared with itself; name two models")
        met = [frozenset(pair) for pair in self.pairs]
        if again := [pair for at, pair in enumerate(self.pairs) if met[at] in met[:at]]:
            raise UserError(f"pairs: {' and '.join(again[0])} are compared twice; name each pair once")


def from_config(config: Mapping[str, Json], default_at: str = "vllm") -> Evaluation:
    """An evaluation from a config's mapping (docs/evaluation.md shows its keys).

    Args:
        config: as read from YAML.
        default_at: who serves models that do not say.

    Returns:
        The evaluation; languages that the config adds are registered, nothing else is read yet.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    _checked(config, "evaluation", known_keys())
    own.register_all(config.get(own.KEY) or {}, own.KEY)
    asked_sets = _several(config, "set", "sets")
    asked_models, asked_judges = _several(config, "model", "models"), _several(config, "judge", "judges")
    if not asked_sets or len(asked_models) < 2 or not asked_judges:
        lacks = ["a set (sets, --set)"] * (not asked_sets)
        if len(asked_models) < 2:
            lacks.append(f"{'another model' if asked_models else 'models'} (models, --model)")
        lacks += ["a judge (judge, --judge)"] * (not asked_judges)
        raise UserError(f"an evaluation needs a set, two models or more, and a judge; it lacks {', '.join(lacks)}")
    contenders = tuple(_contender(one, default_at, config.get("sampling")) for one in asked_models)
    first = contenders[0].name
    if config.get("pairs") == "all":
        pairs = tuple(itertools.combinations([one.name for one in contenders], 2))
    else:
        pairs = _pairs(config) or tuple((first, other.name) for other in contenders[1:])
    if "limit" in config and "sample" in config:
        raise UserError("evaluation: sample is the old name of limit; give limit alone")
    sample = config.get("limit", config.get("sample"))
    if sample is not None and (not isinstance(sample, int) or isinstance(sample, bool) or sample < 1):
        raise UserError(f"limit: {sample!r} is no number of prompts; give 1 or more")
    voting, language = config.get("second_detector"), config.get("judge_language")
    judges = tuple(judge_of(one, default_at, language) for one in asked_judges)
    check_judge_language(judges, language)
    repeat_share = read_repeat_share(config.get("repeat_share"))
    check_repeat_share(judges, repeat_share)
    return Evaluation(
        name=_text(config, "name", "evaluation", f"{first} against {', '.join(one.name for one in contenders[1:])}"),
        sets=tuple(_set(one) for one in asked_sets),
        contenders=contenders,
        pairs=pairs,
        judges=judges,
        languages=sets.read_tags(config.get("languages"), "languages"),
        sample=sample,
        repeat_share=repeat_share,
        judge_checks=tuple(text_value(one, "judge_check") for one in _several(config, "judge_check", "judge_checks")),
        second_detector=None if voting is None else _one_of(_DETECTORS, voting, "second_detector is langdetect"),
        **how_scored(config),
    )


def how_scored(config: Mapping[str, Json]) -> HowScored:
    """What a config says of how verdicts are scored, checked.

    Args:
        config: as read from YAML.

    Returns:
        Those of reading, missing, level, resamples, seed and against that are given, and always seen, slices, remarks.

    Raises:
        UserError: a value that does not fit.
    """
    remarks = tuple(text_value(one, "remarks") for one in _several(config, "remark", "remarks"))
    slices = check_slices([text_value(one, "slices (--slice)") for one in _several(config, "slice", "slices")])
    how: HowScored = {"seen": sets.read_tags(config.get("seen"), "seen"), "remarks": remarks, "slices": slices}
    if (tags := sets.read_tags(config.get("against"), "against")) is not None:
        if len(tags) > 1:
            raise UserError(
                f"against: {', '.join(tags)} are {len(tags)} languages; consistency is measured against one, name that "
                "one (against: en)"
            )
        how["against"] = tags[0]
    level, resamples, seed = config.get("level"), config.get("resamples"), config.get("seed")
    if level is not None:
        how["level"] = _share(level, "level")
    if resamples is not None:
        how["resamples"] = _number(resamples, "resamples")
    if seed is not None:
        how["seed"] = _number(seed, "seed")
    if not 0 < how.get("level", 0.95) < 1:
        raise UserError(f"level: {level} does not lie between 0 and 1; write a share, as in 0.95")
    if how.get("resamples", 100) < 100:
        raise UserError(f"resamples: {resamples} is too few; give 100 or more")
    if not 0 <= how.get("seed", 0) < 2**32:
        raise UserError(f"seed: {seed} does not lie between 0 and 2**32; give a whole number that does")
    if (reading := config.get("reading")) is not None:
        how["reading"] = _one_of(_READINGS, reading, "reading is tie or mean")
    if (missing := config.get("missing")) is not None:
        how["missing"] = _one_of(_MISSING, missing, "missing is exclude, one_order or tie")
    return how


def _share(value: Json, key: str) -> float:
    if not isinstance(value, float):
        meant = value / 100 if isinstance(value, int) and 1 < value < 100 else 0.95
        raise UserError(f"{key}: {value!r} is no share between 0 and 1; write it as in {meant}")
    return value


def _number(value: Json, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UserError(f"{key}: {value!r} is no whole number; give one")
    return value


def _one_of(words: Mapping[str, _Word], value: Json, what: str) -> _Word:
    if not isinstance(value, str) or value not in words:
        raise UserError(f"{what}, not {value}")
    return words[value]


def known_keys() -> set[str]:
    """The keys of a config that says which models and judges are asked.

    Returns:
        Their names.
    """
    own_names = {f.name for f in fields(Evaluation)} - {"contenders"}
    more = {"set", "model", "models", "judge", "sampling", "slice", "limit", "judge_language", "judge_check"}
    return own_names | more | {own.KEY}


def _contender(given: Json, default_at: str, sampling_of_all: Json) -> Contender:
    one: JsonObject = {"model": given} if isinstance(given, str) else _checked(given, "model", _MODEL)
    texts = {
        key: _text(one, key, "model") for key in ("model", "stored_model", "name", "stored", "config", "split", "at")
    }
    where = texts["stored"].strip() if "stored" in one else None
    named = texts["model"] or texts["stored_model"] or texts["name"] or where or ""
    if not named or where == "":
        raise UserError("model: say its name, or where its answers are stored")
    known = baselines.baseline(named) or baselines.baseline(texts["name"])
    name = texts["name"] or (known.name if known else Path(named).name)
    drawn = _sampling(sampling_of_all, known.sampling if known else _SAMPLING)
    sampling, translations = _sampling(one.get("sampling"), drawn), translated_at(one.get("translations"), name)
    if where is not None:
        if wrong := sorted({"at", "options", "sampling"} & set(one)):
            raise UserError(f"model {name}: {wrong[0]} says nothing where answers are stored; leave it out")
        model = Model(known.model.name if known else named, *_rest(one, known.model if known else Model(named)))
        how: StoredAt = {"where": where, "model": texts["stored_model"] or texts["model"] or name}
        if "config" in one:
            how["config"] = texts["config"]
        if "split" in one:
            how["split"] = texts["split"]
        if "columns" in one:
            what = f"columns of model {name}"
            columns = _checked(one["columns"], what, set(stored.USUAL) | {"records", "separator"})
            how["columns"] = stored.columns({key: _text(columns, key, what) for key in columns})
        return Contender(name, model, None, sampling, how, translations)
    if wrong := sorted((_STORED - {"stored"}) & set(one)):
        raise UserError(f"model {name}: {wrong[0]} belongs to stored answers; say where they are stored")
    if known and known.kind == "seq2seq" and not (texts["at"] or default_at).startswith("http"):
        raise UserError(
            f"model {name} is not asked in chat; give its answers as stored: FILE, or a server's address as at"
        )
    who = _asked(one, named, name, default_at, known.model if known else None)
    return Contender(name, *who, sampling, translations=translations)


def _set(given: Json) -> EvaluationSet:
    if not isinstance(given, str | Mapping):
        raise UserError(f"set: {given!r} is no name, file or Hub dataset, nor keys that tell where its prompts are")
    return sets.find_set(given)


def _rest(one: Mapping[str, Json], default: Model) -> tuple[str, str]:
    return _text(one, "revision", "model") or default.revision, _text(one, "licence", "model") or default.licence


def _asked(
    one: Mapping[str, Json], named: str, name: str, default_at: str, default: Model | None, role: str = ""
) -> tuple[Model, Served]:
    """A model and who serves it. A local folder's weights are its revision, and its name is no path.

    `role` is what a message calls a judge; empty for a model that is compared.
    """
    what = f"{role}, model {name}" if role else f"model {name}"
    at, options = _text(one, "at", what, default_at).strip(), one.get("options", {})
    if not isinstance(options, Mapping):
        raise UserError(f"{what}: options are keys and values, not {options!r}")
    folder = Path(named)
    revision, licence = (_text(one, key, what) for key in ("revision", "licence"))
    here = not at.startswith("http")
    file = gguf_in(named, _text(options, "gguf_file", what) or None) if here else None
    if here and (file or folder.is_dir()):
        revision = revision or weights_digest(file or folder)
        if at == "transformers":
            at, named = f"transformers:{folder}", name
    try:
        serving = served(default.name if default else named, at, revision, licence, default=default, **options)
    except TypeError as error:
        raise UserError(
            f"{what}: one of the options {', '.join(map(str, options))} is of the wrong kind ({error})"
        ) from None
    except UserError as error:
        raise UserError(f"{role}: {error}" if role else str(error)) from None
    return serving.model, serving


def _sampling(given: Json, default: Sampling) -> Sampling:
    return default if given is None else read_sampling(_checked(given, "sampling", SAMPLING_KEYS), default)


def judge_of(given: Json, default_at: str, language: Json = None) -> Judge:
    """The judge that a config names; nobody is asked yet.

    Args:
        given: its kind, or its keys.
        default_at: who serves a model that does not say.
        language: in which an LLM judge is asked that does not say; None for English.

    Returns:
        The judge.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    one = dict(given) if isinstance(given, Mapping) else {"kind": str(given)}
    kind = str(one.get("kind", "llm"))
    if own_classes.names_own_class(kind):
        return _own_judge(kind, {key: value for key, value in one.items() if key != "kind"}, default_at)
    if kind not in _JUDGE and not isinstance(given, Mapping) and is_repo_name(kind):
        raise UserError(
            f"judge: {kind:.100} is no kind of judge; a model that judges is given by keys, as in {{kind: llm, model: "
            f"{kind:.100}, at: http://localhost:8000/v1}}"
        )
    if kind not in _JUDGE:
        near = own_classes.did_you_mean(kind, _JUDGE)
        raise UserError(f"judge: unknown kind {kind}{near}; one of {', '.join(_JUDGE)}, or module:Name")
    one = _checked(one, f"judge of the kind {kind}", _JUDGE[kind])
    texts = {key: _text(one, key, f"judge of the kind {kind}") for key in ("name", "model", "path", "prompt")}
    name = texts["name"]
    if kind in ("reference", "relevance"):
        plain = Reference() if kind == "reference" else Relevance()
        return type(plain)(name or plain.name)
    if kind == "stored":
        if not {"path", "layout"} <= set(one):
            raise UserError("judge of the kind stored: name its file as path, and its columns as layout")
        path = Path(texts["path"])
        if not path.is_file():
            raise UserError(f"judge of the kind stored: there is no file {path}; check the path")
        return StoredJudge(str(path), read_layout(one["layout"]), name or path.stem)
    if not one.get("model"):
        raise UserError(f"judge of the kind {kind}: name its model")
    own_name = Path(texts["model"]).name
    _, who = _asked(one, texts["model"], own_name, default_at, None, f"judge of the kind {kind}")
    if kind == "reward":
        within = one.get("tie_within", 0.0)
        if isinstance(within, bool) or not isinstance(within, int | float) or not 0 <= within < 1e300:
            raise UserError(f"tie_within: {within!r} is no difference of scores; give 0 or more")
        return RewardJudge(who, float(within), name or who.model.name)
    orders = _one_of(_ORDERS, one.get("orders", "both"), "an LLM judge asks for both orders or one")
    tongue = _one_of(JUDGE_LANGUAGES, one.get("language", language or "en"), "the judge's language is en or own")
    if kind == "logprob":
        preferred = _one_of(_PREFERRED, one.get("preference", "soft"), "preference is soft or hard")
        letters = texts["prompt"] or LETTER_PROMPT
        return LogprobJudge(who, letters, orders, preferred, name or who.model.name, tongue)
    attempts = one.get("attempts", 2)
    if isinstance(attempts, bool) or not isinstance(attempts, int):
        raise UserError(f"attempts: {attempts!r} is no number")
    prompt, sampling = texts["prompt"] or DEFAULT_PROMPT, _sampling(one.get("sampling"), LLMJudge(who).sampling)
    return LLMJudge(who, prompt, orders, sampling, attempts, name or who.model.name, tongue)


def _own_judge(word: str, given: JsonObject, default_at: str) -> Judge:
    """A judge of one's own class; `served`, `sampling` and `layout` that it takes are made of the config's keys."""
    called, kind = f"judge {word}", own_classes.own_class(word, "judge")
    taken = own_classes.parameters(kind)
    keys = {key: value for key, value in given.items() if value is not None}
    settings: dict[str, object] = dict(given)  # a null too: it is no default
    if "served" in taken:
        asked = {key: keys[key] for key in _SERVED if key in keys and key not in taken}
        settings = {key: value for key, value in settings.items() if key not in _SERVED or key in taken}
        if not asked.get("model"):
            raise UserError(f"{called}: name its model")
        model = _text(asked, "model", called)
        _, settings["served"] = _asked(asked, model, Path(model).name, default_at, None, called)
    if "sampling" in taken and "sampling" in keys:
        settings["sampling"] = _sampling(keys["sampling"], _SAMPLING)
    if "layout" in taken and "layout" in keys:
        settings["layout"] = read_layout(keys["layout"])
    instance = own_classes.instance_of(kind, called, settings)
    own_classes.check_has(instance, called, {"judge": ("battles", "log", "again", "quiet")}, ("name", "kind"))
    judge = OwnJudge(instance, called, word)
    judge_traits(judge)
    return judge
