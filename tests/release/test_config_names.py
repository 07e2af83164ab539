"""Every config of a dataset, a mixture or one language of it, has a name of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import languages
from polypref.errors import UserError
from polypref.layouts.sources import Fields, Files
from polypref.pipeline.builder import Builder
from polypref.release.pieces import configs, cut_files
from polypref.stages.balance import Mixture
from polypref.stages.counts import Quota

# Hangul: the syllable, and the two letters it is made of.
SYLLABLE, LETTERS = "\uac00", "\u1100\u1161"


def declared(*mixtures: Mixture, **more: object) -> Builder:
    source = Files("rows.jsonl", Fields("prompt"), "s", "1", "cc0-1.0")
    return Builder("b", "1.0.0", card="c.md", sources=(source,), mixtures=mixtures, **more)  # type: ignore[arg-type]


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
