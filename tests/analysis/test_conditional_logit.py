"""The weights of differences: worked out by hand, by another way of fitting, and never infinite."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from polypref.analysis.conditional_logit import fit_pairs


@given(n=st.integers(1, 60), share=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_one_yes_or_no_difference_has_a_weight_in_closed_form(n, share):
    wins = round(n * share)
    differences = np.array([[1.0]] * wins + [[-1.0]] * (n - wins))
    fit = fit_pairs(differences, np.arange(n))
    assert fit.weights[0] == pytest.approx(math.log((wins + 0.5) / (n - wins + 0.5)), abs=1e-6)


def test_errors_by_hand():
    # 15 wins of 20: p = 15.5 / 21. The model's variance is 1 / (n p (1 - p)); the sandwich's is
    # G / (G - 1) (15 (1 - p)^2 + 5 p^2) / (n p (1 - p))^2.
    p = 15.5 / 21
    information = 20 * p * (1 - p)
    clustered = math.sqrt(20 / 19 * (15 * (1 - p) ** 2 + 5 * p**2)) / information
    fit = fit_pairs(np.array([[1.0]] * 15 + [[-1.0]] * 5), np.arange(20))
    assert fit.clustered[0] == pytest.approx(clustered)
    assert fit.errors[0] == pytest.approx(max(clustered, 1 / math.sqrt(information)))


def test_pairs_of_one_prompt_count_once():
    # Each pair stands there four times: the weight stays nearly, and the error is that of the prompts.
    once = np.array([[1.0]] * 150 + [[-1.0]] * 50)
    fit = fit_pairs(np.repeat(once, 4, axis=0), np.repeat(np.arange(200), 4))
    single = fit_pairs(once, np.arange(200))
    assert fit.errors[0] == pytest.approx(single.errors[0], rel=0.02)
    assert fit_pairs(np.repeat(once, 4, axis=0), np.arange(800)).errors[0] < 0.6 * single.errors[0]


def test_a_difference_without_fail_has_a_finite_weight_and_a_wide_interval():
    fit = fit_pairs(np.ones((20, 1)), np.arange(20))
    assert fit.weights[0] == pytest.approx(math.log(20.5 / 0.5), abs=1e-6)
    assert fit.errors[0] > 1 > fit.clustered[0]


def test_another_way_of_fitting_comes_to_the_same():
    generator = np.random.default_rng(3)
    x = generator.normal(size=(120, 3)) @ np.array([[1, 0.4, 0], [0, 1, 0], [0.2, 0, 1]])
    x = np.where(generator.random(120) < 1 / (1 + np.exp(-x @ [0.8, -0.5, 0.0])), 1, -1)[:, None] * x
    groups = np.arange(120) // 2

    def loss(w):
        p = 1 / (1 + np.exp(-x @ w))
        return -np.log(p).sum() - 0.5 * np.linalg.slogdet((x * (p * (1 - p))[:, None]).T @ x)[1]

    best = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000}).x
    fit = fit_pairs(x, groups)
    assert fit.weights == pytest.approx(best, abs=1e-5)
    # The sandwich pair by pair, as Liang and Zeger write it.
    p = 1 / (1 + np.exp(-x @ best))
    bread = np.linalg.inv(sum(p[i] * (1 - p[i]) * np.outer(x[i], x[i]) for i in range(120)))
    sums = [sum((1 - p[i]) * x[i] for i in range(120) if groups[i] == g) for g in range(60)]
    covariance = 60 / 59 * bread @ sum(np.outer(one, one) for one in sums) @ bread
    assert fit.clustered == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)


def test_turning_all_labels_turns_the_weights():
    x = np.random.default_rng(0).normal(size=(60, 2)) + 0.2
    one, other = fit_pairs(x, np.arange(60)), fit_pairs(-x, np.arange(60))
    assert one.weights == pytest.approx(-other.weights) and one.errors == pytest.approx(other.errors)
