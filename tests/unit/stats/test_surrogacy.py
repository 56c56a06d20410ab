"""Pairs of effects: the likelihood against one matrix, laws, verdicts and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.surrogacy.kernel import restricted_likelihood
from ultrarare.stats.surrogacy.pairs import pairs_of
from ultrarare.stats.surrogacy.people import pairs_of_people
from ultrarare.stats.surrogacy.trial import judge_surrogacy

X = np.array([10.0, 22.0, 35.0, 41.0, 55.0, 63.0, 78.0, 90.0])
NOISE = np.array([0.4, -0.6, 0.2, 0.5, -0.3, -0.5, 0.6, -0.2])
SE = np.full(8, 1.5)


def related(slope: float = 0.2):
    return pairs_of(X, SE, 1 + slope * X + NOISE, np.full(8, 0.5))


def test_the_likelihood_is_that_of_one_matrix_with_flat_means() -> None:
    """Differences between covariances equal those of the dense density, integrated over means."""
    pairs = pairs_of(X, SE, 0.2 * X + NOISE, np.full(8, 0.5), np.full(8, 0.3))
    xy = pairs.correlation * pairs.x_se * pairs.y_se
    nodes = np.array([[20.0, 4.0, 0.9], [35.0, 8.0, 0.2], [28.0, 5.0, -0.5]]).T
    ours = restricted_likelihood(
        pairs.x, pairs.y, pairs.x_se**2, pairs.y_se**2, xy, nodes[0], nodes[1], nodes[2]
    )

    dense = []
    for psi, sigma, rho in nodes.T:
        cov = np.zeros((16, 16))
        for i in range(8):
            cov[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [
                [psi**2 + SE[i] ** 2, rho * psi * sigma + xy[i]],
                [rho * psi * sigma + xy[i], sigma**2 + 0.25],
            ]
        design = np.tile(np.eye(2), (8, 1))
        values = np.column_stack((pairs.x, pairs.y)).ravel()
        # A flat prior on the means is a normal one whose variance goes to infinity.
        wide = cov + 1e8 * design @ design.T
        dense.append(multivariate_normal(np.zeros(16), wide).logpdf(values))
    assert np.diff(ours[:, 0]) == pytest.approx(np.diff(dense), abs=1e-3)


def test_without_errors_the_slope_is_that_of_least_squares() -> None:
    y = 1 + 0.2 * X + NOISE
    found = judge_surrogacy(
        pairs_of(X, np.zeros(8), y, np.full(8, 1e-4)), direction="higher", achieved=50.0
    )
    slope, start = np.polyfit(X, y, 1)
    assert found.slope[0] == pytest.approx(slope, rel=0.02)
    assert found.prediction is not None
    assert found.prediction[0] == pytest.approx(start + 50 * slope, abs=0.05)
    assert any("standard error of 0" in text for text in found.caveats)


def test_a_close_relation_predicts_and_says_from_where_on() -> None:
    found = judge_surrogacy(related(), direction="higher", achieved=60.0)
    assert found.verdict == "predicts"
    assert found.slope[1] < 0.2 < found.slope[2]
    assert found.shows_benefit
    assert found.threshold_effect is not None
    assert 0 < found.threshold_effect < 60
    harm = judge_surrogacy(related(), direction="lower", achieved=60.0)
    assert not harm.shows_benefit
    assert found.benefit_probability is not None
    assert harm.benefit_probability == pytest.approx(1 - found.benefit_probability, abs=1e-9)
    for words in ("mediat", "prove", "cause"):
        assert words not in found.summary()


def test_no_relation_gives_no_threshold_and_no_prediction() -> None:
    flat = pairs_of(X, SE, 5 + NOISE, np.full(8, 0.5))
    found = judge_surrogacy(flat, direction="higher", achieved=30.0)
    assert found.verdict == "not shown to predict"
    assert found.threshold_effect is None
    assert found.prediction is None
    assert found.benefit_probability is None
    assert not found.shows_benefit


def test_an_effect_that_was_not_seen_is_not_judged() -> None:
    found = judge_surrogacy(related(), direction="higher", achieved=120.0)
    assert found.verdict == "cannot be judged"
    assert found.prediction is None


def test_marker_effects_within_their_errors_are_not_judged() -> None:
    pairs = pairs_of(X / 100, np.full(8, 3.0), 1 + 0.2 * X, np.full(8, 0.5))
    assert judge_surrogacy(pairs, direction="higher").verdict == "cannot be judged"


def test_unknown_correlation_widens_all_that_is_said() -> None:
    wide = pairs_of(X, np.full(8, 8.0), 1 + 0.2 * X + NOISE, np.full(8, 2.0))
    known = judge_surrogacy(wide, direction="higher", achieved=60.0)
    unknown = judge_surrogacy(wide, direction="higher", achieved=60.0, unknown=tuple(range(8)))
    assert unknown.slope[1] < known.slope[1] < known.slope[2] < unknown.slope[2]
    assert known.prediction is not None
    assert unknown.prediction is not None
    assert unknown.prediction[1] < known.prediction[1]
    assert unknown.prediction[2] > known.prediction[2]
    assert known.threshold_effect is not None
    assert unknown.threshold_effect is None or (unknown.threshold_effect >= known.threshold_effect)


@given(a=st.floats(0.01, 100), b=st.floats(0.01, 100))
@settings(max_examples=8, deadline=None)
def test_units_only_rescale(a: float, b: float) -> None:
    one = judge_surrogacy(related(), direction="higher", achieved=50.0)
    two = judge_surrogacy(
        pairs_of(a * X, a * SE, b * related().y, np.full(8, 0.5 * b)),
        direction="higher",
        achieved=50.0 * a,
    )
    assert np.array(two.slope) == pytest.approx(np.array(one.slope) * b / a, rel=1e-4)
    assert one.prediction is not None
    assert two.prediction is not None
    assert np.array(two.prediction) == pytest.approx(np.array(one.prediction) * b, rel=1e-4)


@given(order=st.permutations(range(8)))
@settings(max_examples=5, deadline=None)
def test_order_does_not_matter(order: list[int]) -> None:
    one, pairs = judge_surrogacy(related(), direction="higher"), related()
    two = judge_surrogacy(
        pairs_of(pairs.x[order], pairs.x_se[order], pairs.y[order], pairs.y_se[order]),
        direction="higher",
    )
    assert two.slope == pytest.approx(one.slope, rel=1e-6)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ([1.0, 2.0, 3.0], "fewer than 4"),
        ([2.0, 2.0, 2.0, 2.0], "the same in every variant"),
        ([0.0, 0.0, 0.0, 5.0], "but for one variant"),
    ],
)
def test_too_little_is_refused(marker: list[float], said: str) -> None:
    n = len(marker)
    with pytest.raises(NotComputable, match=said):
        pairs_of(marker, np.zeros(n), np.arange(n) + 1.0, np.ones(n))


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        pairs_of(X, SE, X, np.zeros(8))
    with pytest.raises(InputError, match=r"0\.99"):
        pairs_of(X, SE, X, np.ones(8), np.full(8, 1.0))
    with pytest.raises(InputError, match="achieved_se"):
        judge_surrogacy(related(), direction="higher", achieved=20.0, achieved_se=-1.0)


def test_people_are_taken_together_by_variant() -> None:
    who = np.repeat(np.arange(4), 3)
    x = np.array([1.0, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33])
    y = np.array([2.0, 4, 3, 7, 9, 8, 12, 14, 13, 17, 19, 18])
    pairs = pairs_of_people(who, x, y)
    assert pairs.x == pytest.approx([2, 12, 22, 32])
    assert pairs.x_se == pytest.approx(np.full(4, 1 / np.sqrt(3)))
    assert pairs.correlation == pytest.approx(np.full(4, 0.5))
    with pytest.raises(NotComputable, match="scatter between people"):
        pairs_of_people(np.arange(6), x[:6], y[:6])
