"""Where the faces for `evaluate` are."""

import subprocess
import sys

import pytest

from polypref import metrics
from polypref.errors import UserError
from tests.conftest import environment


def test_local_modules_are_cached_by_name(computed):
    assert set(metrics.NAMES) <= set(computed["evaluate modules"])


def test_an_unknown_metric_is_named():
    with pytest.raises(UserError, match="there is no metric 'bleu'; choose win_rate"):
        metrics.path("bleu")


def test_metrics_are_found_without_loading_evaluate():
    code = "import sys, polypref.metrics as m; m.path('win_rate'); sys.exit('evaluate' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False).returncode == 0
