"""What is measured of a dataset on request is measured of its folder, and a dataset is such a folder."""

import pytest

from polypref import Dataset, UserError
from polypref.api.analyses import Analyses
from tests.release.test_group_people import builder, votes, write


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("analyses")
    write(folder / "out", builder(folder / "rows.jsonl", votes("hi")))
    return Dataset(folder / "out")


def test_a_dataset_is_measured_by_the_methods_of_its_folder(dataset: Dataset) -> None:
    assert isinstance(dataset, Analyses) and Dataset(dataset.path) == dataset
    assert [one.group for one in dataset.groups(permutations=9)] == ["age", "country"]
    with pytest.raises(UserError, match=r"factors_by\(...\) has no argument languges; did you mean 'languages'"):
        dataset.factors_by("age", languges="hi")  # type: ignore[call-arg]


def test_factors_by_a_group_are_kept_where_they_may_be(dataset: Dataset) -> None:
    before = (dataset.path / "provenance.json").read_bytes()
    weights = dataset.factors_by("age", keep=False)
    # Twelve prompts are too few for weights, and are counted.
    assert [(one.value, one.prompts, one.weights) for one in weights.languages[0].values] == [
        ("old", 12, []),
        ("young", 12, []),
    ]
    assert (dataset.path / "provenance.json").read_bytes() == before and dataset.record.group_factors == []
    assert dataset.factors_by("age") == weights and dataset.record.group_factors == [weights]
    dataset.factors_by("country", "hi")
    assert [one.group for one in dataset.record.group_factors] == ["age", "country"]


def test_a_plan_counts_pairs_and_asks_nobody(dataset: Dataset) -> None:
    plan = dataset.plan_factors(group="age")
    assert plan == [
        "hi: 144 pairs of 12 prompts",
        "hi: 72 pairs state age old",
        "hi: 72 pairs state age young",
        "no model is asked",
    ]
    assert dataset.plan_factors() == [plan[0], "no model is asked"]


def test_a_group_that_nobody_states_is_refused(dataset: Dataset) -> None:
    with pytest.raises(UserError, match="groups has no group 'ages'"):
        dataset.factors_by("ages")
