"""What the public functions take: wrong values are one sentence, whichever function is called."""

import pytest

import polypref
from polypref import UserError
from polypref.api.arguments import check_number, list_names


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> polypref.Dataset:
    folder = tmp_path_factory.mktemp("arguments") / "q"
    return polypref.build("quickstart", folder, languages="de", mixtures="ml-5", quiet=True)


def test_one_text_is_one_name(dataset):
    assert dataset.mixtures == {"ml-5": 5}
    assert list_names("languages", ("de", " fr ")) == ["de", "fr"]
    # A name in a list is whole, whatever it holds.
    assert list_names("languages", ["Greek, Modern"]) == ["Greek, Modern"]
    assert list_names("languages", None) is None


def test_the_pairs_of_one_language_given_as_a_text_are_shown(dataset, capsys):
    dataset.inspect("de")
    assert "German (de), pair" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"limit": -1}, "limit=-1: give a whole number of at least 1"),
        ({"limit": 0}, "limit=0: give a whole number of at least 1"),
        ({"limit": "x"}, "limit='x': give a whole number of at least 1"),
        ({"limit": True}, "limit=True: give a whole number of at least 1"),
        ({"workers": 0}, "workers=0: give a whole number of at least 1"),
        ({"workers": 2.5}, "workers=2.5: give a whole number of at least 1"),
        ({"max_bad": 2}, "max_bad=2: give a share between 0 and 1"),
        ({"max_bad": "x"}, "max_bad='x': give a share between 0 and 1"),
        ({"languages": "he, xx"}, "Unknown language 'xx'"),
        ({"languages": 3}, "languages=3: give names as texts, as in languages=['a', 'b']"),
        ({"languages": ["de", 3]}, "languages=['de', 3]: give names as texts"),
        ({"languages": []}, "languages=[] names none; leave it out for all"),
        ({"mixtures": "all"}, "has no mixture 'all'; it has ml-23, ml-5, en-1"),
        ({"mixtures": 3}, "mixtures=3: give names as texts"),
        ({"card": 3}, "card=3: give a path, as a text or a pathlib.Path"),
        ({"log": 3}, "log=3: give a path"),
        ({"params": [1]}, "params=[1]: give a script's parameters by name, as in {'seed': 1}"),
        ({"engine": "rya"}, "engine is local or ray, not 'rya'"),
        ({"ray_address": "auto"}, "give engine='ray' (--engine ray) with it"),
    ],
)
def test_what_build_cannot_take_is_a_sentence_and_nothing_is_written(arguments, sentence, tmp_path):
    with pytest.raises(UserError) as caught:
        polypref.build("quickstart", tmp_path / "out", **arguments)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda one, out: polypref.build("quickstart", 3), "out=3: give a path"),
        (lambda one, out: polypref.load(3), "where=3: give a path"),
        (lambda one, out: polypref.load(None), "where=None: give a path"),
        (lambda one, out: one.write_page(None), "file=None: give a path"),
        (lambda one, out: polypref.evaluate({"set": "x"}, None), "out=None: give a path"),
        (lambda one, out: polypref.score(None), "verdicts=None: give a path"),
        (lambda one, out: polypref.evaluate_reward_model("m", None, out), "data=None: give a path"),
        (lambda one, out: polypref.evaluate_reward_model("m", "d", None), "out=None: give a path"),
        (lambda one, out: polypref.Dataset(3), "Dataset: path=3: give a path"),
        (lambda one, out: polypref.Dataset(None), "Dataset: path=None: give a path"),
        (lambda one, out: polypref.Evaluation(3, None), "Evaluation: path=3: give a path"),
        (lambda one, out: one.load(3), "has no config '3'; it has ml-5, ml-5-de"),
        (lambda one, out: one.load(""), "has no config ''; it has"),
        (lambda one, out: one.inspect(pairs=-1), "pairs=-1: give a whole number of at least 0"),
        (lambda one, out: one.inspect("he"), "has no training pair in he; it has de"),
        (lambda one, out: one.write_page(out / "p.html", "xx"), "has no rows in 'xx'"),
        (lambda one, out: one.write_page(3), "file=3: give a path"),
        (lambda one, out: polypref.evaluate(limit="x", out=out), "limit='x': give a whole number of at least 1"),
        (lambda one, out: polypref.evaluate(3, out), "3 is neither keys and values nor the path of a YAML file"),
        (lambda one, out: polypref.evaluate({"set": "x"}, out, steps="scroe"), "there is no 'scroe'; did you mean sco"),
        (lambda one, out: polypref.score(3), "verdicts=3: give a path"),
        (lambda one, out: polypref.score(out / "none.csv"), "none.csv; check the path of the verdicts"),
        (lambda one, out: polypref.score(one.path / "README.md", 3), "3 is neither keys and values nor the path"),
        (lambda one, out: polypref.evaluate_reward_model("m", "d", out, limit=0), "limit=0: give a whole number"),
        (
            lambda one, out: polypref.evaluate_reward_model("m", "d", out, ties="lots"),
            "'lots' is none of lost, half, c",
        ),
        (lambda one, out: polypref.evaluate_reward_model("m", 3, out), "data=3: give a path"),
        (
            lambda one, out: polypref.evaluate_reward_model(None, "d", out, log=one.path / "README.md"),
            "README.md as response log (file is not a database)",
        ),
        (
            lambda one, out: polypref.evaluate({"set": "x"}, out, log=one.path / "README.md"),
            "README.md as response log (file is not a database)",
        ),
        (
            lambda one, out: polypref.evaluate(sets="dolly", models=[polypref.Model("org/m"), "b"], judge="reference"),
            "models: a Model is for builder scripts; give names here, or keys as in {'model': 'ORG/NAME', 'at': 't",
        ),
        (
            lambda one, out: polypref.evaluate(judge={"kind": "llm", "model": polypref.Model("org/m")}, out=out),
            "judge: a Model is for builder scripts",
        ),
        (lambda one, out: polypref.build("nope"), "(its options stand after it; params= in Python)"),
        (lambda one, out: polypref.load(out), "give the folder that build() or polypref build wrote"),
        (lambda one, out: polypref.evaluate(out=out), "(evaluate(config=...), polypref evaluate --config FILE)"),
        (lambda one, out: polypref.score(out), "holds no evaluation; give the folder that evaluate() or polypref"),
        (
            lambda one, out: polypref.evaluate(sets="dolly", models="a", out=out),
            "it lacks another model (models, --model), a judge (judge, --judge)",
        ),
        (lambda one, out: polypref.register(3), "register(3): write a Language, as in polypref.Language('gl'"),
    ],
)
def test_the_other_functions_say_it_alike(call, sentence, dataset, tmp_path):
    with pytest.raises(UserError) as caught:
        call(dataset, tmp_path)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        (
            {"methd": "dpo", "dataset_name": "org/name", "model_name_or_path": "org/model"},
            "has no key methd; did you mean method?",
        ),
        (
            {"method": "dpo", "dataset_name": "org/name", "model_name_or_path": "org/model", "beta": "abc"},
            "beta: invalid float value: 'abc'; ",
        ),
    ],
)
def test_a_recipe_that_is_none_is_a_sentence(recipe, sentence):
    pytest.importorskip("trl", reason="needs trl: pip install -e '.[dev]', or make test")
    with pytest.raises(UserError) as caught:
        polypref.train(recipe)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_a_number_may_be_left_to_its_default():
    check_number("limit", None)
    check_number("pairs", 0, 0)
