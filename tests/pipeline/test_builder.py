"""What a builder declares: what it refuses, what is left of it when it is narrowed, and what stands for it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError
from types import ModuleType
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polypref
from polypref import languages
from polypref.errors import UserError
from polypref.inference import Model, Served
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder, declare_builder, packages, text_growth
from polypref.raters.combined import Combined
from polypref.raters.given import ReferenceRater, RelevanceRater, SourceRater
from polypref.release.pieces import configs, cut_files
from polypref.stages.balance import Mixture
from polypref.stages.checks.damage import HtmlRemnants
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.own import FunctionCheck, RegexCheck
from polypref.stages.complete import Complete, Route
from polypref.stages.counts import Quota
from polypref.stages.pair import PairRule
from polypref.stages.translate import Translate, Translator

# Hangul: the syllable, and the two letters it is made of.
SYLLABLE, LETTERS = "\uac00", "\u1100\u1161"


SOURCE = Files("rows.jsonl", Fields("prompt"), "s", "1", "cc0-1.0")
OTHER_PART = replace(SOURCE, path="more.jsonl")


def declared(*mixtures: Mixture, **more: Any) -> Builder:
    return Builder(
        **{"name": "b", "version": "1.0.0", "sources": (SOURCE,), "mixtures": mixtures or (Mixture("all"),)} | more
    )


def named(*names: str) -> Builder:
    return declared(*map(Mixture, names))


@pytest.mark.parametrize(
    ("names", "config"),
    [
        (("ml", "ML"), "ML"),
        (("ml", "ml-de"), "ml-de"),
        (("ml-de", "ml"), "ml-de"),
        (("ml", "Ml-PT"), "Ml-PT"),
        (("ml", "\uff4dl"), "\uff4dl"),
        ((SYLLABLE, LETTERS), LETTERS),
        (("stra\u00dfe", "strasse"), "strasse"),
        (("ml", "ml\u3164"), "ml\u3164"),
        (("ml", "m\uffa0l-de"), "m\uffa0l-de"),
    ],
)
def test_two_configs_of_one_name_are_refused(names, config):
    with pytest.raises(UserError, match="would be both") as refused:
        named(*names)
    assert f"'{config}'" in str(refused.value) and "\n" not in str(refused.value)


def test_a_language_of_the_scripts_own_counts_too(monkeypatch):
    monkeypatch.setattr(languages.registry, "_registered", dict(languages.registry._registered))
    named("ml", "ml-xal")
    languages.register(languages.Language("xal", "Kalmyk", "Хальмг", "xal", ("Cyrl",), "xal_Cyrl"))
    with pytest.raises(UserError, match="the 'xal' part of mixture 'ml'"):
        named("ml", "ml-xal")


def test_a_language_that_no_mixture_of_that_name_can_hold_is_none():
    declared(Mixture("ml", languages=("de",)), Mixture("ml-he"))
    declared(Mixture("ml"), Mixture("ml-he"), languages=("de", "ja"))
    with pytest.raises(UserError, match="would be both"):
        declared(Mixture("ml", languages=("de", "he")), Mixture("ml-he"))


def test_the_first_mixture_alone_may_be_called_default():
    named("default", "ml")
    for name in ("default", "Default"):
        with pytest.raises(UserError, match="name of the default config"):
            named("ml", name)


@pytest.mark.parametrize("name", ["con", "NUL", "aux.big", "Lpt1", "ml.", "ml ", "ml\n", "m\u2028l", "../ml"])
def test_names_that_some_file_system_cannot_keep_are_refused(name):
    with pytest.raises(UserError, match="cannot be the name of a builder or mixture") as refused:
        named(name)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("setting", ["review", "retracted"])
def test_a_file_without_a_name_is_refused(setting):
    with pytest.raises(UserError, match=rf"^Builder\({setting}=''\): write the path of a file, or leave it out"):
        declared(**{setting: ""})


TWO_WAYS = {
    "sources": (replace(SOURCE, fields=Fields("prompt", (Answer("a", route="by_hand"),))),),
    "complete": Complete((Route(Served(Model("m"), None)),)),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "route:by_hnad",
            "(model_a='route:by_hnad'): did you mean 'route:by_hand'? There are route:by_hand, route:direct",
        ),
        (
            "Route:direct",
            "(model_a='Route:direct'): did you mean 'route:direct'? There are route:by_hand, route:direct",
        ),
        ("rout:direct", "(model_a='rout:direct'): did you mean 'route:direct'? There are route:by_hand, route:direct"),
        ("route: direct", "(model_a='route: direct'): did you mean 'route:direct'? There are"),
        ("route:on_policy", "(model_a='route:on_policy'): no answer comes by such a route. There are route:by_hand, "),
        ("m@route:by_hnad", "(model_a='m@route:by_hnad'): did you mean 'route:by_hand'? There are route:by_hand, "),
        ("route:", "(model_a='route:'): no answer comes by such a route. There are route:by_hand, route:direct"),
    ],
)
def test_a_route_that_a_pair_rule_misspells_is_named(name, sentence):
    with pytest.raises(UserError) as error:
        declared(**TWO_WAYS, pairs=PairRule("model_a_vs_model_b", name, "other"))
    assert str(error.value).startswith("PairRule" + sentence)


def test_routes_and_models_that_a_pair_rule_may_name():
    for a, b in (
        ("route:by_hand", "route:direct"),
        ("llama3:8b", "direct"),
        ("ollama/route-llm:7b", "x:direct"),
        ("m:8b@route:by_hand", "m:8b@route:direct"),
    ):
        assert declared(**TWO_WAYS, pairs=PairRule("model_a_vs_model_b", a, b)).pairs.model_b == b


def test_names_that_look_like_it_are_fine():
    named("ml-2", "ml-2-large", "ml-23", "ml-23-50k", "con-versations", "console", "nullify")


@given(st.lists(st.sampled_from(["a", "A", "a-de", "b", "b-he", "a-de-de", "a-x"]), min_size=1, max_size=4))
def test_what_is_accepted_has_no_config_twice(names):
    try:
        builder = named(*names)
    except UserError:
        return
    quota = Quota(2, 2, 2, 1)
    mixtures = {mixture.name: dict.fromkeys(("de", "he"), quota) for mixture in builder.mixtures}
    all_names = [one.config_name.casefold() for one in configs(mixtures, cut_files(mixtures))]
    assert len(set(all_names)) == len(all_names)


def a_function(row: object) -> None:
    """Stands where a check should."""


@pytest.mark.parametrize(
    ("filters", "written"),
    [((lambda row: None,), r"lambda row: \.\.\."), (a_function, "a_function"), ((len,), "len")],
    ids=["lambda", "no brackets", "built in"],
)
def test_a_function_where_a_check_should_be_is_told_how_it_becomes_one(filters: Any, written: str) -> None:
    with pytest.raises(UserError, match=rf"is no check; write FunctionCheck\({written}\), with from polypref\.checks"):
        declared(filters=filters)


@dataclass(frozen=True)
class OwnCheck:
    """A check of somebody's own."""

    most: int = 1
    name: str = "language"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = ""
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch: object) -> list[Any]:
        return []


FIRST, SECOND = FunctionCheck(lambda row: None), FunctionCheck(lambda row: "x")


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (
            (RegexCheck("r", "a"), RegexCheck("r", "b")),
            r"'r', RegexCheck \(filters\[0\]\) and RegexCheck \(filters\[1\]",
        ),
        (
            (FIRST, RegexCheck("r", "a"), SECOND),
            r"'function_check', .*filters\[2\].*FunctionCheck\(..., name='too_long'\)",
        ),
        ((*default_chain(), OwnCheck()), r"'language', Language \(filters\[6\]\) and OwnCheck .*OwnCheck\(name="),
        ((OwnCheck(1, "own"), OwnCheck(2, "own")), "two checks called 'own', OwnCheck"),
    ],
)
def test_two_different_checks_of_one_name_are_refused(chain: Any, words: str) -> None:
    with pytest.raises(UserError, match=words):
        declared(filters=chain)


def test_one_check_twice_and_one_of_polyprefs_with_other_settings_are_fine() -> None:
    both = (RegexCheck("r", "a"), RegexCheck("r", "a"), OwnCheck(), OwnCheck(), FIRST, FIRST)
    assert declared(filters=both).filters == both
    twice = (HtmlRemnants(), HtmlRemnants(roles=("prompt",)))
    assert declared(filters=twice).filters == twice


def test_a_set_as_a_setting_is_refused() -> None:
    with pytest.raises(UserError, match=r"rater Named\(marks=\{1\}\): a set; write a tuple, .* or a frozenset"):
        declared(rater=Named("n", {1}))
    assert declared(rater=Named("n", frozenset([1]))).rater.name == "n"


def test_a_builder_needs_sources_and_has_one_mixture_unless_it_says_otherwise():
    assert Builder("b", "1.0.0", sources=(SOURCE,)).mixtures == (Mixture("all"),)
    with pytest.raises(UserError, match=r"builder 'b' has no sources; .*sources=\(Files"):
        Builder("b", "1.0.0")


@dataclass(frozen=True)
class Named:
    """A rater of any name."""

    name: str
    marks: object = None
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: object, completions: object) -> object:
        return None


SCORED = Fields("prompt", (Answer("a", score="s", rater="people"), Answer("b", score="t", rater="people")))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"version": "1.0"}, "builder 'b': version '1.0' is not of the form 1.2.3"),
        ({"version": "1.0.x"}, "version '1.0.x' is not of the form"),
        ({"mixtures": ()}, r"builder 'b' needs mixtures, each with a name of its own; it has \[\]"),
        ({"mixtures": (Mixture("m"), Mixture("m"))}, r"it has \['m', 'm'\]"),
        ({"languages": ("de", "tlh")}, r"Builder\(languages=\.\.\.\): Unknown language 'tlh'"),
        (
            {"mixtures": (Mixture("m", languages=("tlh",)),)},
            r"Mixture\('m', languages=\.\.\.\): Unknown language 'tlh'",
        ),
        (
            {"mixtures": (Mixture("m", weights={"tlh": 1}, languages=None, total=3),)},
            r"Mixture\('m', languages=\.\.\.\): Unknown language 'tlh'",
        ),
        ({"rater": Named(" ")}, "rater Named: its name is ' '; give it a word or a few, on one line"),
        ({"rater": Named("two\nlines")}, r"rater Named: its name is 'two\\nlines'"),
        ({"rater": Named("n", marks=object())}, "rater Named: .* make it a text or number, or mark the field"),
        (
            {"sources": (SOURCE, replace(SOURCE, revision="2"))},
            "two sources called 's', whose rows cannot be told apart",
        ),
        ({"sources": (SOURCE, replace(SOURCE, licence="mit"))}, "two sources called 's'"),
        ({"sources": (SOURCE, SOURCE)}, "has the source 's' twice; leave one out"),
        ({"sources": (SOURCE, OTHER_PART, replace(OTHER_PART))}, "has the source 's' twice; leave one out"),
        ({"sources": (replace(SOURCE, fields=SCORED),), "rater": Named("people")}, "is called 'people', and so is who"),
    ],
)
def test_what_a_builder_may_not_be_is_one_sentence(more, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        declared(**more)
    assert len(str(refused.value).splitlines()) == 1


def test_parts_of_one_dataset_share_its_name_and_who_rated_may_be_asked_for():
    parts = (SOURCE, OTHER_PART)
    assert declared(sources=parts).sources == parts
    scored = replace(SOURCE, fields=SCORED)
    assert unrated(declared(sources=(scored,), rater=SourceRater("people"))) == ""
    assert unrated(declared(sources=(scored,))).startswith("the sources have scores by 'people': declare rater=")
    # A rater of one's own rates whatever the sources hold.
    assert unrated(declared(sources=(scored,), rater=Named("other"))) == ""


def unrated(builder: Builder) -> str:
    (way,) = builder.ways
    return way.unrated(builder.sources)


def test_references_that_no_source_names_are_asked_for():
    rater = ReferenceRater()
    says = "no source names a column of them: declare Fields(reference='COLUMN')"
    assert unrated(declared(rater=rater)).endswith(says)
    both = Combined((rater, RelevanceRater()))
    assert "Fields(reference='COLUMN')" in unrated(declared(rater=both))
    named = replace(SOURCE, fields=replace(SOURCE.fields, reference="gold"))
    assert unrated(declared(rater=rater, sources=(named,))) == ""


def test_languages_go_by_any_of_their_names():
    builder = declared(
        Mixture("two", languages=("Hebrew", "de"), total=8, weights={"de": 1, "Hebrew": 3}),
        Mixture("all"),
        languages=("German", "he", "de"),
    )
    assert builder.languages == ("de", "he")
    assert builder.mixtures[0].languages == ("he", "de") and builder.mixtures[0].weights == {"de": 1, "he": 3}
    assert builder.mixtures[1] == Mixture("all")


def test_narrowed_leaves_of_each_mixture_what_was_asked_for():
    builder = declared(
        Mixture("two", languages=("de", "he"), total=8, weights={"de": 1, "he": 3}),
        Mixture("one", languages=("ja",)),
        Mixture("all"),
    )
    assert builder.narrowed(None, ()) == builder
    he = builder.narrowed(["he"], ())
    assert he.languages == ("he",)
    assert [(one.name, one.languages, one.weights) for one in he.mixtures] == [
        ("two", ("he",), {"he": 3}),
        ("all", None, None),
    ]
    assert builder.narrowed(["ja", "de"], ["all", "one"]).mixtures == (
        Mixture("all"),
        Mixture("one", languages=("ja",)),
    )
    assert builder.narrowed(["ja", "de"], []).languages == ("de", "ja")
    with pytest.raises(UserError, match="builder 'b' has no mixture 'three'; it has two, one, all"):
        builder.narrowed(None, ["three"])
    with pytest.raises(UserError, match="no mixture has any of the languages he; choose others"):
        builder.narrowed(["he"], ["one"])


def served(name: str, licence: str) -> Served:
    return Served(Model(name, licence=licence), None)  # type: ignore[arg-type]


ANSWERED = {
    "translate": Translate(Translator(served("t", "mit")), ("de", "he")),
    "complete": Complete((Route(served("a", "apache-2.0"), samples=3), Route(served("b", "")))),
}


def test_licences_are_those_of_all_models_and_the_builders_own_go_before():
    builder = declared(**ANSWERED, licences={"b": "cc0-1.0", "t": "cc-by-4.0", "c": "mit"})
    assert builder.all_licences == {"t": "cc-by-4.0", "a": "apache-2.0", "b": "cc0-1.0", "c": "mit"}
    assert declared().all_licences == {}


def test_text_grows_by_languages_and_by_answers():
    assert text_growth(declared()) == 1
    # Each prompt in its own language and two more; and beside it three answers by one model, and one by another.
    assert text_growth(declared(translate=ANSWERED["translate"])) == 3
    assert text_growth(declared(**ANSWERED)) == 3 * (1 + 4)


def script(build: Callable[[object], object]) -> ModuleType:
    module = ModuleType("mine")
    module.__file__ = __file__
    module.__dict__["build"] = build
    return module


def test_build_of_a_script_gives_a_builder_or_a_sentence():
    builder = declared()
    assert declare_builder(script(lambda params: builder), None) is builder
    assert declare_builder(script(lambda params: declared(Mixture(str(params)))), "ml").mixtures == (Mixture("ml"),)
    with pytest.raises(UserError, match=r"^build\(\) of .*test_builder.py returns list, not a polypref.Builder$"):
        declare_builder(script(lambda params: []), None)

    def divide(params: object) -> float:
        return 1 / 0

    async def later(params: object) -> Builder:
        return builder

    with pytest.raises(UserError, match=r"^build\(\) of .* is async, and nobody awaits it; write def build\(params\)"):
        declare_builder(script(later), None)
    line = divide.__code__.co_firstlineno + 1
    with pytest.raises(
        UserError, match=rf"^build\(\) of .*test_builder.py, line {line}, raises ZeroDivisionError: division"
    ):
        declare_builder(script(divide), None)
    with pytest.raises(UserError, match=r"raises SystemExit: 3, which would end the program"):
        declare_builder(script(lambda params: sys.exit(3)), None)

    def refuse(params: object) -> None:
        raise UserError("as it is")

    with pytest.raises(UserError, match=r"^as it is$"):
        declare_builder(script(refuse), None)


def test_packages_are_those_that_are_installed(monkeypatch):
    versions = packages()
    assert versions["polypref"] == polypref.__version__ and versions["pyarrow"] == pa.__version__

    def lacking(name: str) -> str:
        if name == "duckdb":
            raise PackageNotFoundError(name)
        return "9"

    monkeypatch.setattr("polypref.pipeline.builder.package_version", lacking)
    assert packages() == {name: "9" for name in versions if name != "duckdb"} | {"polypref": polypref.__version__}


def test_a_build_without_return_is_answered_with_one(tmp_path):
    module = ModuleType("mine")
    module.__file__ = str(tmp_path / "mine.py")
    vars(module)["build"] = lambda params: None
    with pytest.raises(UserError, match=r"mine\.py returns nothing; end it with return Builder\(\.\.\.\)$"):
        declare_builder(module, None)


class Unwritten:
    """A value of somebody's own that no message can show."""

    def __repr__(self) -> str:
        raise RuntimeError("not for eyes")


@dataclass(frozen=True)
class Holding:
    """A check of somebody's own."""

    held: object
    name: ClassVar[str] = "holding"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "nothing"
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch: object) -> list[object]:
        return []


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (
            Unwritten(),
            "check Holding: a setting of type Unwritten cannot be written down: <Unwritten, whose __repr__ raises",
        ),
        ({Unwritten()}, "check Holding(held=<set, whose __repr__ raises RuntimeError>): a set; write a tuple"),
    ],
)
def test_a_setting_whose_own_repr_raises_is_one_sentence(held, sentence):
    with pytest.raises(UserError) as error:
        declared(filters=(Holding(held),))
    assert str(error.value).startswith(sentence)


def test_a_field_whose_own_repr_raises_is_one_sentence():
    with pytest.raises(UserError, match=r"^Builder\(notes=<Unwritten, whose __repr__ raises RuntimeError>\): "):
        declared(notes=Unwritten())
