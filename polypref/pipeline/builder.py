"""Builder: a declared dataset.

A builder script defines `Params`, a frozen dataclass whose fields become command-line options (`params.option` gives
one its help), and `build(params) -> Builder`. Nothing runs when a script is loaded.
"""

import inspect
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from importlib.metadata import version as package_version
from pathlib import Path
from types import ModuleType
from typing import Literal

from .. import __version__, languages
from ..console.escaping import as_written, one_line
from ..errors import UserError
from ..files.atomic import plain
from ..files.records import OMIT_DEFAULT
from ..layouts.source import Source
from ..raters.contract import Rater, marked_raters, way_of
from ..raters.given import SourceRater
from ..scripting.bounds import Share
from ..scripting.declared import check_fields, checked_call
from ..scripting.loading import PASSES, how_it_ended, is_async, line_of_error
from ..scripting.own_code import is_own
from ..stages import balance as balancing
from ..stages.balance import Mixture, Split
from ..stages.checks.contract import Check
from ..stages.checks.defaults import default_chain
from ..stages.checks.findings import check_rule, check_subjects
from ..stages.checks.own import FunctionCheck, RegexCheck
from ..stages.checks.retracted import NotRetracted
from ..stages.complete import Complete
from ..stages.pair import PairRule
from ..stages.prompts.index import Prompts
from ..stages.shares import SourceShares
from ..stages.translate import CrossLingual, Translate
from ..text.cleaning import is_label
from .declared_words import check_declared_words
from .unpaired_ways import check_unpaired, is_unpaired
from .ways import SourceWay, check_own_names, check_taken, check_ways, ways_of

_NAME = re.compile(r"[^\W_][\w .-]{0,95}")
#: The name of the config of all ratings; of those of one language it is `ratings-LANGUAGE`.
RATINGS = "ratings"
# `datasets` makes folders of config names.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?", re.IGNORECASE)

# What needs pairs, or makes answers that nobody has labelled.
_NEEDS_PAIRS = ("translate", "cross_lingual", "complete")


@checked_call
@dataclass(frozen=True)
class Builder:
    """A dataset, declared.

    Attributes:
        name: the dataset's name.
        version: its semantic version.
        card: file name of its card's prose, which is beside the script or in dataset_cards/; empty for none, which a
            release asks for.
        sources: where prompts and answers come from. Those of one name are parts of one dataset (its languages, say):
            of one class, revision and licence.
        mixtures: the configs of the release, each also by language; the first is the default one. No two configs
            have one name. One that holds all, when left out.
        translate: into which languages prompts are translated, and by what; None for not at all.
        cross_lingual: prompts asked once more, to be answered in another language.
        complete: which models answer; None for the answers of the sources only.
        prompts: how near-copies of prompts and contaminated prompts are found.
        rater: whose scores or verdicts decide; called as nobody whose scores or verdicts the sources hold. A source
            may name another (Files(rater=...)).
        pairs: how chosen and rejected are picked, or that labels are kept unpaired (PairRule("unpaired")); a source may
            have another rule (Files(pairs=...)).
        filters: the chain, in order.
        split: train and test.
        shares: how the sources share the pairs of each language; None for pairs as they come.
        languages: tags or names; None for every language of the sources.
        evaluation_set: the data is an evaluation set: nothing of it may be released for training.
        review: a decisions file of `polypref review import`: pairs that people relabelled or removed.
        retracted: the CHANGELOG.md of a release: what was taken back there is left out. That of `split.previous` is
            read by itself.
        licences: model or translator -> licence, where the source does not say.
        notes: sentences for the card that a reader must see (machine-written parts, known limits).
        citation: fields of the card's BibTeX entry, such as `author` and `year`.
        max_bad: share of a source's rows that may be unusable, or have a part that cannot be read, before the build
            stops.
        rate_every_answer: have the rater rate also what can be in no pair, as a calibration of it wants; how many
            answers that were is in the funnel.
        people: what is published of who judged, where the sources name them: `pseudonyms`, in the columns `annotator`
            (with join="each", whose vote a row is) and `occasion`; or `none`.
        ratings: publish a config `ratings` too: the answers that may be in a pair with all that raters gave, those that
            are in no pair among them (docs/preferences.md). Left out, scores and texts of other answers stay here.
        marks: a file of `polypref review marks`: what people found in turns that a rater has read (`FeedbackRater`),
            without which its dataset is not released.

    """

    name: str
    version: str
    card: str = ""
    sources: tuple[Source, ...] = ()
    mixtures: tuple[Mixture, ...] = (Mixture("all"),)
    translate: Translate | None = None
    cross_lingual: CrossLingual | None = None
    complete: Complete | None = None
    prompts: Prompts = field(default_factory=Prompts)
    rater: Rater = field(default_factory=SourceRater)
    pairs: PairRule = field(default_factory=PairRule)
    filters: tuple[Check, ...] = field(default_factory=default_chain)
    split: Split = field(default_factory=Split)
    languages: tuple[str, ...] | None = None
    evaluation_set: bool = False
    review: str | None = None
    retracted: str | None = None
    licences: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    citation: Mapping[str, str] = field(default_factory=dict)
    max_bad: Share = 0.05
    rate_every_answer: bool = False
    shares: SourceShares | None = None
    people: Literal["pseudonyms", "none"] = "pseudonyms"
    ratings: bool = field(default=False, metadata=OMIT_DEFAULT)
    marks: str | None = field(default=None, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        _refuse_functions(self.filters)
        _refuse_texts(self)
        check_fields(self)
        _resolve_languages(self)
        way_of(self.rater)
        ways = self.ways
        raters = [self.rater, *(way.rater for way in ways if way.rater != self.rater)]
        for what, one in (*_each("source", self.sources), *_each("rater", raters), *_each("check", self.filters)):
            _check_settings(what, one)
            _check_name(what, one)
        check_own_names(self.name, self.sources, raters)
        _check_chain(self)
        for pairs in dict.fromkeys((self.pairs, *(way.pairs for way in ways))):
            check_rule(pairs, self.filters)
        names = [m.name for m in self.mixtures]
        if not names or len(set(names)) < len(names):
            raise UserError(f"builder '{self.name}' needs mixtures, each with a name of its own; it has {names}")
        for name in (self.name, *names):
            # They become names of folders and of configs.
            if not _NAME.fullmatch(name) or name[-1] in ". " or _DEVICE.fullmatch(name):
                raise UserError(
                    f"'{one_line(name[:60])}' cannot be the name of a builder or mixture; use letters, digits, spaces, "
                    "'.', '_' and '-', a letter or digit first, no '.' or space last, and no name of a Windows device "
                    "(con, nul); give another (--name with polypref build pairs)"
                )
        if not self.sources:
            raise UserError(
                f"builder '{self.name}' has no sources; say where prompts come from, as in sources=(Files(...),)"
            )
        check_ways(
            self.name, ways, self.sources, [one.route for one in (self.complete.routes if self.complete else ())]
        )
        needs_pairs = {name: getattr(self, name) is not None for name in _NEEDS_PAIRS}
        needs_pairs["Split(length_balanced=True)"] = self.split.length_balanced
        needs_pairs["Builder(ratings=True)"] = self.ratings
        check_unpaired(self.name, ways, self.sources, self.filters, needs_pairs)
        for setting, file in (("review", self.review), ("retracted", self.retracted), ("marks", self.marks)):
            if file is not None and not file.strip():
                raise UserError(f"Builder({setting}={file!r}): write the path of a file, or leave it out (None)")
        for stage in (self.translate, self.cross_lingual, self.complete):
            check_taken(stage, ways)
        if self.marks is not None and not any(map(marked_raters, raters)):
            raise UserError(
                f"builder '{self.name}' has marks of people (marks=...) and no rater that reads what people wrote, "
                "such as FeedbackRater; leave marks out"
            )
        if self.shares is not None:
            self.shares.check_sources(list(dict.fromkeys(source.name for source in self.sources)))
        _check_configs(self)
        _check_citation(self)
        check_declared_words(self.name, self.sources, raters, self.notes, self.citation, self.licences)
        numbers = self.version.split(".")
        if len(numbers) != 3 or not all(n.isdecimal() for n in numbers):
            raise UserError(f"builder '{self.name}': version '{self.version}' is not of the form 1.2.3")
        named = [mixture for mixture in self.mixtures if mixture.languages]
        balancing.tier_sets(named, sorted({tag for mixture in named for tag in mixture.languages or ()}))

    @property
    def has_whole_turns(self) -> bool:
        """Whether a source reads tools, or cuts thoughts: what is published has the form with thoughts and calls."""
        return any(source.fields.whole_turns for source in self.sources)

    @property
    def unpaired(self) -> bool:
        """Whether labels are kept unpaired: a row of the dataset is one answer, and no pair."""
        return is_unpaired(self.ways)

    @property
    def ways(self) -> tuple[SourceWay, ...]:
        """How the prompts of the sources are rated and paired: the builder's way first, then those of its sources."""
        return ways_of(self.sources, self.rater, self.pairs)

    @property
    def all_licences(self) -> dict[str, str]:
        """Licences of models and translators: those of the models that are asked, and `licences` over them."""
        stages = [self.translate, self.complete, *(way.rater for way in self.ways)]
        asked = [served.model for stage in stages for served in getattr(stage, "models", ())]
        asked += [self.translate.translator.served.model] if self.translate else []
        return {model.name: model.licence for model in asked} | dict(self.licences)

    def narrowed(self, tags: Sequence[str] | None, mixtures: Sequence[str]) -> "Builder":
        """The same builder for some of its languages or mixtures.

        Args:
            tags: of languages; None for all.
            mixtures: names; empty for all.

        Returns:
            The builder; mixtures that have none of the languages are left out of it.

        Raises:
            UserError: an unknown language or mixture, or a mixture that has none of the languages.
        """
        known = {m.name: m for m in self.mixtures}
        for name in mixtures:
            if name not in known:
                raise UserError(f"builder '{self.name}' has no mixture '{name}'; it has {', '.join(known)}")
        kept = [known[name] for name in mixtures] or list(self.mixtures)
        if tags is None:
            return replace(self, mixtures=tuple(kept))
        wanted = tuple(sorted(languages.get(tag).tag for tag in tags))
        cut = []
        for mixture in kept:
            inside = None if mixture.languages is None else tuple(t for t in mixture.languages if t in wanted)
            if inside != ():
                weights = mixture.weights and {t: w for t, w in mixture.weights.items() if t in wanted}
                cut.append(replace(mixture, languages=inside, weights=weights))
        if not cut:
            raise UserError(f"no mixture has any of the languages {', '.join(wanted)}; choose others")
        return replace(self, languages=wanted, mixtures=tuple(cut))


def _resolve_languages(builder: Builder) -> None:
    """Puts tags in the place of names of languages, in the builder and in its mixtures.

    Raises:
        UserError: no known language goes by one; where it stands.
    """
    if builder.languages is not None:
        tags = dict.fromkeys(_tag("Builder(languages=...)", name) for name in builder.languages)
        object.__setattr__(builder, "languages", tuple(tags))
    mixtures = []
    for mixture in builder.mixtures:
        where = f"Mixture('{mixture.name}', languages=...)"
        named = mixture.languages and tuple(_tag(where, name) for name in mixture.languages)
        where = f"Mixture('{mixture.name}', weights=...)"
        weights = mixture.weights and {_tag(where, name): weight for name, weight in mixture.weights.items()}
        same = named == mixture.languages and weights == mixture.weights
        mixtures.append(mixture if same else replace(mixture, languages=named, weights=weights))
    object.__setattr__(builder, "mixtures", tuple(mixtures))


def _tag(where: str, name: str) -> str:
    return name if languages.find(name) else languages.resolve_at(where, name).tag


def _refuse_functions(filters: object) -> None:
    """Says how a function becomes a check.

    Raises:
        UserError: one stands where a check should.
    """
    for one in filters if isinstance(filters, list | tuple) else (filters,):
        if isinstance(one, partial) or inspect.isroutine(one):
            name = getattr(one, "__name__", "<lambda>")
            written = "lambda row: ..." if name == "<lambda>" else name
            raise UserError(
                f"Builder(filters=...): a function by itself is no check; write FunctionCheck({written}), with "
                "from polypref.checks import FunctionCheck"
            )


def _refuse_texts(builder: Builder) -> None:
    """Says what becomes of the name of a file, rater or check.

    Raises:
        UserError: a text stands where a source, rater or check should.
    """
    meant = {
        "sources": "a text is no source; write Files({}, ...)",
        "rater": "a text is no rater; write SourceRater(...), RewardRater(...) or another one, not {}",
        "filters": "a text is no check; write default_chain(), or checks as from polypref.checks: Language(), not {}",
    }
    for name, sentence in meant.items():
        given: object = getattr(builder, name)
        for one in given if isinstance(given, list | tuple) else (given,):
            if isinstance(one, str):
                raise UserError(f"Builder({name}=...): {sentence.format(as_written(one)[:80])}")


def _each(what: str, several: Sequence[Source | Rater | Check]) -> list[tuple[str, Source | Rater | Check]]:
    return [(what, one) for one in several]


def _check_settings(what: str, one: object) -> None:
    """Sees that the settings of a source, rater or check can be written down: fingerprints stand for them.

    Raises:
        UserError: it is no dataclass, or has a field of which nothing plain can be made.
    """
    if not is_dataclass(one):
        raise UserError(
            f"{what} {type(one).__name__} is no dataclass; write @dataclass(frozen=True) above its class, with its "
            "settings as fields"
        )
    for field_ in fields(one):
        if is_own(one) and field_.metadata.get("settings", True) and isinstance(getattr(one, field_.name), set):
            raise UserError(
                f"{what} {type(one).__name__}({field_.name}={as_written(getattr(one, field_.name))[:80]}): a set; "
                "write a tuple, which has an order, or a frozenset"
            )
    try:
        plain(one)
    except TypeError as error:
        raise UserError(
            f"{what} {type(one).__name__}: {error}; make it a text or number, or mark the field with "
            "field(metadata={'settings': False}) where it changes nothing of the result"
        ) from None


def _check_name(what: str, one: Source | Rater | Check) -> None:
    """Sees that a source, rater or check can be called by its name: it goes into rows, counts and the card.

    Raises:
        UserError: its name is blank, is several lines, or has half a character.
    """
    if not is_label(one.name):
        raise UserError(
            f"{what} {type(one).__name__}: its name is {as_written(one.name)[:100]}; give it a word or a few, on "
            "one line"
        )


def _check_chain(builder: Builder) -> None:
    """Sees that no two different checks go by one name: what they reject would be counted as one's.

    Several of one class of polypref's, with settings of their own, are one check: html_remnants of other roles, say.

    Raises:
        UserError: two do.
    """
    chain = builder.filters
    for place, one in enumerate(chain):
        check_subjects(one)
        if one.name == NotRetracted.name:
            raise UserError(
                f"builder '{builder.name}' has a check called '{one.name}', as the check for what was taken back from "
                "earlier releases is, which every build runs; give it another name"
            )
        for other in chain[:place]:
            if one.name != other.name or one == other:
                continue
            named = isinstance(one, RegexCheck | FunctionCheck) or is_own(one)
            if type(one) is type(other) and not named:
                continue
            kinds = " and ".join(f"{type(each).__name__} (filters[{chain.index(each)}])" for each in (other, one))
            raise UserError(
                f"builder '{builder.name}' has two checks called '{one.name}', {kinds}, whose counts would be one; "
                f"give one of them a name of its own, as in {_named(one if named else other)}"
            )


def _named(check: Check) -> str:
    """How a check is given a name."""
    if isinstance(check, FunctionCheck):
        return "FunctionCheck(..., name='too_long')"
    return f"{type(check).__name__}(name='too_long', ...)" if "name" in _fields(check) else "name = 'too_long'"


def _fields(one: object) -> set[str]:
    return {field.name for field in fields(one) if field.init} if is_dataclass(one) else set()


def _check_citation(builder: Builder) -> None:
    """Sees that each field of a citation can stand in BibTeX.

    Raises:
        UserError: the name of one is no word in small letters, or its text is empty or of several lines.
    """
    for name, text in builder.citation.items():
        if not re.fullmatch("[a-z]{1,20}", name) or not is_label(text):
            raise UserError(
                f"builder '{builder.name}': citation has {as_written({name: text})[:100]}; give fields of BibTeX in "
                "small letters with a text on one line, as in citation={'author': 'Ada Lovelace', 'year': '2026'}"
            )


def _check_configs(builder: Builder) -> None:
    """Sees that no two configs (a mixture, or one language of it) have one name, however a file system compares names.

    Raises:
        UserError: two do, or one has the name that `datasets` keeps for the default config.
    """
    taken: dict[str, str] = {}
    if builder.ratings:
        # The languages of the build come with its rows; a mixture of a name such as ratings-de would be one of them.
        every = [f"-{one.tag}" for one in languages.known()]
        taken = {_folded(f"{RATINGS}{of}"): "part of the config of all ratings" for of in ("", *every)}
    for number, mixture in enumerate(builder.mixtures):
        # A mixture of all languages may come to hold any that is known.
        tags = mixture.languages or builder.languages or [one.tag for one in languages.known()]
        what = f"mixture '{mixture.name}'"
        configs = {mixture.name: what} | {f"{mixture.name}-{tag}": f"the '{tag}' part of {what}" for tag in tags}
        if number and _folded(mixture.name) == "default":
            raise UserError(
                f"builder '{builder.name}': {what} has the name of the default config, which is the first mixture; "
                "give it another name, or put it first"
            )
        for name, one in configs.items():
            if other := taken.get(_folded(name)):
                raise UserError(
                    f"builder '{builder.name}': the config '{name}' would be both {other} and {one}; rename a mixture "
                    "(capitals and forms of a letter make no difference)"
                )
            taken[_folded(name)] = one


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    # Letters of Hangul that show nothing: two names that look alike are one.
    return folded.replace("\u115f", "").replace("\u1160", "")


def declare_builder(module: ModuleType, params: object) -> Builder:
    """Calls a script's build().

    Args:
        module: the script, loaded.
        params: an instance of its Params.

    Returns:
        What its build() returns.

    Raises:
        UserError: it raises, or returns something else than a Builder.
    """
    file = Path(str(module.__file__))
    if is_async(module.build):
        raise UserError(f"build() of {file} is async, and nobody awaits it; write def build(params)")
    try:
        built = module.build(params)
    except PASSES:
        raise
    except BaseException as error:
        raise UserError(f"build() of {file}{line_of_error(error, file)} {how_it_ended(error)}") from error
    if built is None:
        raise UserError(f"build() of {file} returns nothing; end it with return Builder(...)")
    if not isinstance(built, Builder):
        raise UserError(f"build() of {file} returns {type(built).__name__}, not a polypref.Builder")
    return built


def text_growth(builder: Builder) -> int:
    """How many times the sources' text there is in the end, for the number of buckets.

    Args:
        builder: what is built.

    Returns:
        1 or more.
    """
    languages_of_a_prompt = 1 + len(builder.translate.into) if builder.translate else 1
    answers = sum(route.samples for route in builder.complete.routes) if builder.complete else 0
    return languages_of_a_prompt * (1 + answers)


def packages() -> dict[str, str]:
    """Versions of the packages that had a part in a build.

    Returns:
        Name -> version, of those that are installed.
    """
    names = ("pyarrow", "duckdb", "numpy", "py3langid", "sacrebleu", "rensa", "phonenumbers", "python-stdnum")
    versions = {"polypref": __version__}
    for name in names:
        try:
            versions[name] = package_version(name)
        except Exception:
            continue
    return versions
