"""Whether the mean of untreated people bends where the fitted course does not."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import f as f_law

from ultrarare.errors import NotComputable
from ultrarare.stats.course_fit import fit_course
from ultrarare.stats.lack_of_fit import lack_of_fit
from ultrarare.stats.mixed import fit_random_intercept

Floats = NDArray[np.float64]


def visits(
    people: int, seed: int = 1, *, amplitude: float = 0.0
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Six visits each, one level apiece; the mean falls off exponentially by `amplitude`."""
    rng = np.random.default_rng(seed)
    who, t = np.repeat(np.arange(people), 6), np.tile(np.arange(6.0), people)
    level = 8 * rng.standard_normal(people)
    return who, t, 40 + amplitude * np.exp(-t) + level[who] + 3 * rng.standard_normal(t.size)


def fitted(data: Any) -> Any:
    who, t, y = data
    return fit_course(who, t, y, y, rng=np.random.default_rng(1), grid=False)


def test_a_course_that_falls_off_is_seen_not_to_be_a_line() -> None:
    course = fitted(visits(50, amplitude=20))

    assert course.lack is not None
    assert course.lack.bends
    assert any("bends where the fitted course does not" in text for text in course.caveats)
    json.dumps(asdict(course.lack), allow_nan=False)


def test_a_straight_course_is_blamed_as_often_as_the_level_says() -> None:
    data = [visits(30, seed) for seed in range(100)]
    found = [lack_of_fit(fit_random_intercept(*each), *each) for each in data]

    assert 1 <= sum(each.bends for each in found) <= 12  # 5 expected, sd 2.2
    straight = next(each for each in found if not each.bends)
    assert straight.caveats == ()


def test_a_change_point_that_takes_the_bend_in_is_not_blamed_for_it() -> None:
    who, t, y = visits(60, seed=4)
    y = y + 4 * np.maximum(0.0, t - 3)
    line = fitted((who, t, y))
    bent = fit_course(who, t, y, y, model="change-point", rng=np.random.default_rng(1), grid=False)

    assert line.lack is not None
    assert bent.lack is not None
    assert line.lack.bends
    assert bent.lack.p > line.lack.p


def test_f_is_that_of_two_nested_regressions_with_the_covariance_known() -> None:
    """Slow oracle: the whole covariance, inverted once, for all people."""
    who, t, y = visits(9, seed=3, amplitude=5)
    model = fit_random_intercept(who, t, y)
    same = np.equal.outer(who, who)
    v = same * model.random_cov[0, 0] + np.eye(t.size) * model.residual_sd**2
    w = np.linalg.inv(v)

    def rest(x: Floats) -> float:
        beta = np.linalg.solve(x.T @ w @ x, x.T @ w @ y)
        return float((y - x @ beta) @ w @ (y - x @ beta))

    small = np.column_stack((np.ones_like(t), t))
    large = np.column_stack((small, t**2, t**3))
    df = t.size - 4
    wanted = (rest(small) - rest(large)) / 2 / (rest(large) / df)

    found = lack_of_fit(model, who, t, y)

    assert found.statistic == pytest.approx(wanted, rel=1e-9)
    assert found.df == df
    assert found.p == pytest.approx(f_law.sf(wanted, 2, df), rel=1e-9)


def test_three_times_show_one_power_and_two_times_none() -> None:
    who, t, y = visits(20)
    few = t < 3
    model = fit_random_intercept(who[few], t[few], y[few])
    assert lack_of_fit(model, who[few], t[few], y[few]).terms == 1

    two = t < 2
    model = fit_random_intercept(who[two], t[two], y[two])
    with pytest.raises(NotComputable, match="do not show a bend"):
        lack_of_fit(model, who[two], t[two], y[two])
