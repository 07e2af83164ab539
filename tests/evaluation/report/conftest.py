"""Results and battles that the reports of these tests are of."""

import pytest

from tests.evaluation import samples


@pytest.fixture(scope="module")
def table(bundled):
    return samples.battles(bundled)


@pytest.fixture
def full(table):
    return samples.full(table)
