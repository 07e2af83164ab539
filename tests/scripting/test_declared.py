"""What a builder script declares wrongly is one sentence: where, the value seen, what to write."""

import dataclasses
import inspect
import pydoc
import re
from dataclasses import dataclass, field, fields
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import pytest

import polypref
from polypref.errors import UserError
from polypref.inference import Model, Sampling, Served
from polypref.languages import Language, register
from polypref.languages.identifier import Identifier
from polypref.layouts.sources import Answer, ArenaFolder, Fields, Files, HubDataset, Verdict
from polypref.pipeline.builder import Builder
from polypref.raters.combined import Combined
from polypref.raters.given import ReferenceRater, RelevanceRater, SourceRater
from polypref.scripting.declared import check_contract, check_fields, checked_call, lacking, nearest
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.length import LengthBounds
from polypref.stages.checks.own import RegexCheck
from polypref.stages.complete import Complete, Route
from polypref.stages.pair import PairRule
from polypref.stages.translate import CrossLingual, Translate, Translator

SOURCE = Files("x", Fields("p"), "n", "1", "l")
SERVED = Served(Model("m"), None)  # type: ignore[arg-type]


def builder(**given: Any) -> Builder:
    usual: dict[str, Any] = {"name": "b", "version": "1.0.0", "card": "c.md", "sources": (SOURCE,)}
    return Builder(**usual | {"mixtures": (Mixture("m"),)} | given)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"languages": "he, th"}, r"Builder\(languages='he, th'\): .* brackets and a comma: languages=\('he', 'th'\)"),
        ({"languages": "he,"}, r"brackets and a comma: languages=\('he,',\)"),
        ({"sources": SOURCE}, r"Builder\(sources=Files\(...\)\): .* brackets and a comma: sources=\(Files\(...\),\)"),
        ({"languages": "he"}, r"Builder\(languages='he'\): .* languages=\('he',\)"),
        ({"mixtures": Mixture("m")}, r"mixtures=\(Mixture\(...\),\)"),
        ({"filters": LengthBounds()}, r"filters=\(LengthBounds\(...\),\)"),
        ({"filters": (LengthBounds,)}, r"filters\[0\], LengthBounds: check LengthBounds is a class; write LengthB"),
        ({"notes": "hello"}, r"notes=\('hello',\)"),
        ({"rater": "relevance"}, r"a text is no rater; write SourceRater\(.*, not 'relevance'"),
        ({"rater": SourceRater}, "rater SourceRater is a class"),
        ({"split": 0.1}, r"Builder\(split=0.1\): write a Split, as in Split\(...\)"),
        ({"licences": ["mit"]}, r"write \{...: ...\}, each value a text"),
        ({"licences": {"m": None}}, r"of licences\['m'\], None: write a text"),
        ({"max_bad": "1%"}, "max_bad='1%'.: write a number"),
        ({"evaluation_set": "no"}, "evaluation_set='no'.: write True or False"),
        ({"languages": {"he"}}, r"Builder\(languages=\{.*: write \(..., ...\), each a text"),
        ({"complete": SourceRater()}, r"write a Complete, as in Complete\(...\)"),
    ],
    ids=str,
)
def test_a_builder_says_what_is_wrong_when_it_is_declared(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        builder(**wrong)


def test_what_was_put_in_wrongly_is_found_inside_too() -> None:
    # Checks say nothing of their own settings: a misspelt action would flag.
    with pytest.raises(
        UserError, match=r"LengthBounds\(action='rejct'\): write one of reject, flag; did you mean 'reject'\?"
    ):
        builder(filters=(LengthBounds(action="rejct"),))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"Model\(licence=None\): write a text"):
        builder(complete=Complete((Route(Served(Model("m", licence=None), None)),)))  # type: ignore[arg-type]


DECLARED: list[tuple[type, dict[str, Any]]] = [
    (Builder, {"name": "b", "version": "1.0.0", "card": "c", "sources": (SOURCE,), "mixtures": (Mixture("m"),)}),
    (Mixture, {"name": "m"}),
    (Split, {}),
    (PairRule, {}),
    (Fields, {"prompt": "p"}),
    (Answer, {"text": "t"}),
    (Verdict, {"rater": "people", "column": "w", "swapped": "v"}),
    (Files, {"path": "x", "fields": Fields("p"), "name": "n", "revision": "1", "licence": "l"}),
    (HubDataset, {"repo": "a/b", "fields": Fields("p"), "licence": "l"}),
    (ArenaFolder, {"path": "x", "name": "n", "revision": "1", "licence": "l"}),
    (Route, {"served": SERVED}),
    (Complete, {"routes": (Route(SERVED),)}),
    (Translator, {"served": SERVED}),
    (Translate, {"translator": Translator(SERVED), "into": ("de",)}),
    (CrossLingual, {"into": ("de",)}),
    (SourceRater, {}),
    (ReferenceRater, {}),
    (RelevanceRater, {}),
    (Combined, {"raters": (SourceRater("a"), SourceRater("b"))}),
    (RegexCheck, {"name": "n", "pattern": "p"}),
]


KINDS = dict.fromkeys(one for one, _ in DECLARED if one is not RegexCheck)


@pytest.mark.parametrize("kind", [*KINDS, Model, Served, Identifier])
def test_a_call_that_does_not_fit_is_a_sentence(kind: type) -> None:
    first = next(iter(signature(kind).parameters))
    misspelt = f"{first[:-1]}xx" if len(first) > 3 else f"{first}x"
    with pytest.raises(UserError, match=rf"^{kind.__name__}\(\.\.\.\) has no field {misspelt}; .*\b{first}\b"):
        kind(**{misspelt: 1})


def test_what_is_left_out_of_a_call_is_named_and_the_nearest_of_a_misspelt_field() -> None:
    with pytest.raises(UserError, match=r"^Builder\(\.\.\.\): missing a required argument: 'version'$"):
        Builder("b")  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"^Builder\(\.\.\.\) has no field mixture; did you mean 'mixtures'\?"):
        builder(mixture=(Mixture("m"),))
    with pytest.raises(UserError, match=r"^Model\(name=3\): write a text$"):
        Model(3)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"^Sampling\(temperature='hot'\): write a number$"):
        Sampling("hot")  # type: ignore[arg-type]
    assert Sampling(1).temperature == 1
    with pytest.raises(UserError, match=r"^Language\(scripts='Latn'\): one where several can be, so it needs brackets"):
        register(Language("gl", "Galician", "galego", "glg", "Latn"))  # type: ignore[arg-type]


def test_an_error_in_a_class_that_is_called_well_stays_what_it_is() -> None:
    @checked_call
    @dataclass
    class Odd:
        name: str

        def __post_init__(self) -> None:
            raise TypeError("of its own")

    with pytest.raises(TypeError, match=r"^of its own$"):
        Odd("x")


class Nonsense:
    """An object that is nothing that anybody asks for."""

    def __repr__(self) -> str:
        return "Nonsense()"


@pytest.mark.parametrize(("kind", "usual"), DECLARED, ids=lambda one: one.__name__ if isinstance(one, type) else "")
def test_no_field_of_what_is_declared_takes_nonsense(kind: Any, usual: dict[str, Any]) -> None:
    kind(**usual)
    asked = [one.name for one in fields(kind) if one.init]
    for name in asked:
        for wrong in (Nonsense(), 3 + 4j, [Nonsense()], {"a": Nonsense()}, Nonsense, b"bytes"):
            with pytest.raises(UserError) as caught:
                kind(**usual | {name: wrong})
            sentence = str(caught.value)
            assert (
                (name in sentence or "a label of verdict" in sentence) and "\n" not in sentence and len(sentence) < 500
            )


@dataclass(frozen=True)
class Shapes:
    whole: int = 1
    share: float = 0.5
    names: tuple[str, ...] = ()
    both: tuple[int, int] = (1, 2)
    way: Literal["left", "right"] = "left"
    maybe: str | None = None
    many: dict[str, float] = field(default_factory=dict)
    filled: int = field(init=False, default=0)
    shared: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_fields(self)


def test_lists_become_tuples_and_paths_texts_and_all_else_stays() -> None:
    shapes = Shapes(names=["a", "b"], both=[3, 4], maybe=Path("a/b"), share=1)  # type: ignore[arg-type]
    assert (shapes.names, shapes.both, shapes.maybe, shapes.share) == (("a", "b"), (3, 4), "a/b", 1)
    assert isinstance(shapes.share, int)  # a number as it was written: fingerprints tell 1 from 1.0
    many = {"a": 1.5}
    assert Shapes(many=many).many is many


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"whole": True}, "whole=True.: write a whole number"),
        ({"whole": 1.0}, "whole=1.0.: write a whole number"),
        ({"share": "0.5"}, "write a number"),
        ({"names": ("a", 1)}, r"of names\[1\], 1: write a text"),
        ({"both": (1,)}, "write 2 values in brackets, not 1"),
        ({"way": "lefft"}, r"write one of left, right; did you mean 'left'\?"),
        ({"way": "up"}, "write one of left, right$"),
        ({"way": 1}, "write one of left, right"),
        ({"maybe": 1}, r"write a text \(or None\)"),
        ({"many": {"a": "b"}}, r"of many\['a'\], 'b': write a number"),
        ({"many": {1: 1}}, r"of many\[1\], 1: write a text"),
    ],
    ids=str,
)
def test_every_kind_of_annotation_is_held(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Shapes(**wrong)


@dataclass(frozen=True)
class Kinds:
    listed: list[int] = field(default_factory=list)
    either: int | Literal["all"] = 1
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    call: Answer | None = None
    flag: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"listed": 3}, "write [..., ...], each a whole number"),
        ({"listed": "3"}, "one text, where several values can be: write ['3']"),
        ({"listed": [1, 2.5]}, "of listed[1], 2.5: write a whole number"),
        ({"either": "some"}, "write a whole number or one of all"),
        ({"tables": 3}, "write {...: ...}, each value (..., ...), each a text"),
        ({"call": 3}, "write an Answer, as in Answer(...) (or None)"),
        ({"flag": 1}, "write True or False"),
    ],
    ids=str,
)
def test_what_to_write_is_said_in_words(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        Kinds(**wrong)
    assert str(refused.value).endswith(f": {sentence}")


def test_a_long_value_is_shown_in_short() -> None:
    for length, shown in ((78, repr("x" * 78)), (79, "'" + "x" * 76 + "...")):
        with pytest.raises(UserError) as refused:
            Shapes(whole="x" * length)  # type: ignore[arg-type]
        assert f"whole={shown}" in str(refused.value)


def test_secrets_are_not_shown() -> None:
    @dataclass
    class Keyed:
        api_key: str

    with pytest.raises(UserError) as caught:
        check_fields(Keyed(["hunter2-hunter2"]))  # type: ignore[arg-type]
    assert "hunter2" not in str(caught.value)


class Contract(Protocol):
    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def work(self, one: int, two: int) -> int:
        """Returns the sum."""
        ...


def test_what_an_object_lacks_of_a_contract() -> None:
    class Whole:
        name = "n"

        def work(self, one: int, two: int) -> int:
            return one + two

    class Other:
        name = 3
        work = "often"

    class Short(Whole):
        def work(self, one: int) -> int:  # type: ignore[override]
            return one

    class Later(Whole):
        async def work(self, one: int, two: int) -> int:  # type: ignore[override]
            return one

    assert lacking(Whole(), Contract) == {}
    assert lacking(Later(), Contract) == {"work": "async, and nobody awaits it; write def work(self, one, two)"}
    with pytest.raises(UserError, match="part Other: its `name` is 3, write a text; its `work` is 'often', no method"):
        check_contract(Other(), Contract, "part")
    assert lacking(Short(), Contract) == {"work": "not to be called with (one, two); write def work(self, one, two)"}
    assert lacking(object(), Contract) == {"name": "What it is called", "work": "Returns the sum"}
    complaints = lacking(Other(), Contract)
    assert complaints == {"name": "3, write a text", "work": "'often', no method; write def work(self, one, two)"}
    with pytest.raises(UserError, match=r"part Short: its `work` is not to be called with \(one, two\); write def"):
        check_contract(Short(), Contract, "part")
    with pytest.raises(UserError, match=r"part Whole is a class; write Whole\(...\)"):
        check_contract(Whole, Contract, "part")


def test_the_nearest_name_is_the_one_that_was_meant() -> None:
    assert nearest("lenght", ["length", "width"]) == "did you mean 'length'? There are length, width"
    assert nearest("xyz", ["length", "width"]) == "there are length, width"


def test_a_class_without_fields_says_that_it_takes_nothing() -> None:
    @checked_call
    @dataclass(frozen=True)
    class Bare:
        pass

    with pytest.raises(UserError, match=r"^Bare\(\.\.\.\) takes nothing; write Bare\(\)$"):
        Bare("x.jsonl")  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"^Bare\(\.\.\.\) has no field path; it has none$"):
        Bare(path="x")  # type: ignore[call-arg]
    assert Bare() == Bare()


@pytest.mark.parametrize("name", sorted(polypref.__all__))
def test_help_on_a_public_name_says_what_it_is_and_no_inner_workings(name):
    thing = getattr(polypref, name)
    shown = pydoc.render_doc(thing, renderer=pydoc.plaintext)
    assert "Checked(" not in shown.split("Methods defined here")[0] and "<function" not in shown
    if isinstance(thing, type):
        assert inspect.getdoc(thing), f"{name} has no docstring"
        fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ()
        text = inspect.getdoc(thing)
        assert [one.name for one in fields if one.init and not re.search(rf"\b{one.name}\b", text)] == []
