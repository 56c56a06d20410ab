"""Recurrent events against slow likelihoods written out term by term."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar
from scipy.special import gammaln
from scipy.stats import nbinom

from tests.made_recurrent import made
from ultrarare.stats.recurrent.counts import fit_negative_binomial, fit_poisson
from ultrarare.stats.recurrent.cox import CoxName, fit_intensity
from ultrarare.stats.recurrent.frailty import fit_gamma_frailty
from ultrarare.stats.recurrent.mcf import mean_cumulative_function
from ultrarare.stats.recurrent.record import Records, rows_at_risk
from ultrarare.stats.relabel import relabel


def slow_rows(found: Records, name: str) -> list[tuple[int, float, float, bool, int]]:
    """(person, start, stop, event, stratum), spans cut by hand."""
    out = []
    for person in range(found.n_people):
        spans = [
            (a, b)
            for p, a, b in zip(found.span_person, found.span_start, found.span_stop, strict=True)
            if p == person
        ]
        times = sorted(found.event_time[found.event_person == person])
        number, origin = 1, spans[0][0]
        for a, b in spans:
            now = a
            for t in [t for t in times if a < t <= b]:
                out.append((person, now, t, True, number, origin))
                now, origin, number = t, t, number + 1
            if now < b:
                out.append((person, now, b, False, number, origin))
    gap = name == "pwp-gap"
    return [
        (
            p,
            round(a - o, 9) if gap else a,
            round(b - o, 9) if gap else b,
            e,
            1 if name == "andersen-gill" else k,
        )
        for p, a, b, e, k, o in out
    ]


def slow_partial_likelihood(
    rows: Sequence[tuple[int, float, float, bool, int]], treated: Sequence[bool], beta: float
) -> float:
    """Efron's, one event time after the other."""
    total = 0.0
    for stratum, time in sorted({(k, b) for _, _, b, e, k in rows if e}):
        at = [r for r in rows if r[4] == stratum and r[1] < time <= r[2]]
        dead = [r for r in at if r[3] and r[2] == time]
        risk = sum(np.exp(beta * treated[r[0]]) for r in at)
        own = sum(np.exp(beta * treated[r[0]]) for r in dead)
        total += sum(beta * treated[r[0]] for r in dead)
        total -= sum(np.log(risk - k / len(dead) * own) for k in range(len(dead)))
    return float(total)


@pytest.mark.parametrize("name", ["andersen-gill", "pwp-total", "pwp-gap"])
@pytest.mark.parametrize("gaps", [False, True])
def test_intensity_maximises_the_partial_likelihood_written_out(
    name: CoxName,
    gaps: bool,  # noqa: FBT001
) -> None:
    found = made(3, gaps=gaps)
    rows, treated = slow_rows(found, name), found.treated.tolist()

    fit = fit_intensity(found, name)

    def minus(beta: float) -> float:
        return -slow_partial_likelihood(rows, treated, beta)

    slow = minimize_scalar(minus, bounds=(-5, 5), method="bounded", options={"xatol": 1e-10})
    assert fit.log_rate_ratio == pytest.approx(slow.x, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(-slow.fun, abs=1e-9)
    h = 1e-3
    curvature = (minus(slow.x + h) - 2 * slow.fun + minus(slow.x - h)) / h**2
    assert fit.se == pytest.approx(curvature**-0.5, rel=1e-4)


def test_jackknife_leaves_out_one_person_after_the_other() -> None:
    found = made(5)
    alone = []
    for left in range(found.n_people):
        rows = [r for r in slow_rows(found, "andersen-gill") if r[0] != left]
        treated = found.treated.tolist()
        slow = minimize_scalar(
            lambda beta, rows=rows, treated=treated: -slow_partial_likelihood(rows, treated, beta),
            bounds=(-6, 6),
            method="bounded",
            options={"xatol": 1e-10},
        )
        alone.append(slow.x)
    parts = []
    for group in (False, True):
        own = np.array(alone)[found.treated == group]
        parts.append((own.size - 1) / own.size * np.sum((own - own.mean()) ** 2))

    fit = fit_intensity(found, "andersen-gill")

    assert fit.jackknife_se == pytest.approx(sum(parts) ** 0.5, rel=1e-5)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 8 + parts[1] ** 2 / 4)
    assert fit.df == pytest.approx(freedom, rel=1e-5)


def test_frailty_maximises_the_likelihood_integrated_over_frailties() -> None:
    # Without ties the baseline has a jump at each event time; every one of them is a parameter.
    found = made(11, treated=7, untreated=9, shape=0.6, rounded=False)
    rows = rows_at_risk(found)
    times = np.unique(found.event_time)
    d = found.counts
    z = found.treated.astype(float)
    risk = np.zeros((found.n_people, times.size))
    for p, a, b in zip(rows.person, rows.start, rows.stop, strict=True):
        risk[p] += (a < times) & (times <= b)

    def minus(free: np.ndarray) -> float:
        beta, nu, jumps = free[0], np.exp(-free[1]), np.exp(free[2:])
        total = (risk * jumps).sum(axis=1) * np.exp(beta * z)
        events = float(np.sum(free[2:]) + beta * np.sum(d * z))
        frailty = nu * np.log(nu) - gammaln(nu) + gammaln(nu + d) - (nu + d) * np.log(nu + total)
        return -events - float(frailty.sum())

    start = np.concatenate(([0.0, 0.0], np.log(1 / risk.sum(axis=0))))
    slow = minimize(minus, start, method="BFGS", options={"gtol": 1e-7, "maxiter": 2000})

    fit = fit_gamma_frailty(found)

    assert fit.variance is not None
    assert fit.variance > 0.05
    assert fit.log_rate_ratio == pytest.approx(slow.x[0], abs=2e-4)
    assert fit.variance == pytest.approx(np.exp(slow.x[1]), rel=1e-3)

    # the partial likelihood drops the events' own constant; differences are those of the whole
    def minus_alike(free: np.ndarray) -> float:
        total = (risk * np.exp(free[1:])).sum(axis=1) * np.exp(free[0] * z)
        return -float(np.sum(free[1:]) + free[0] * np.sum(d * z) - np.sum(total))

    plain = minimize(minus_alike, np.delete(start, 1), method="BFGS", options={"gtol": 1e-7})
    assert fit.log_likelihood is not None
    ag = fit_intensity(found, "andersen-gill").log_likelihood
    assert ag is not None
    assert fit.log_likelihood - ag == pytest.approx(plain.fun - slow.fun, abs=1e-3)


def test_negative_binomial_maximises_its_likelihood() -> None:
    found = made(21, treated=8, untreated=15, shape=0.8)
    y, t, z = found.counts, found.person_time, found.treated

    def minus(free: np.ndarray) -> float:
        mean = np.exp(free[0] + free[1] * z) * t
        theta = np.exp(free[2])
        return -float(nbinom.logpmf(y, theta, theta / (theta + mean)).sum())

    slow = minimize(minus, np.zeros(3), method="Nelder-Mead", tol=1e-12)

    fit = fit_negative_binomial(y, t, z)

    assert fit.log_rate_ratio == pytest.approx(slow.x[1], abs=1e-5)
    assert fit.shape == pytest.approx(np.exp(slow.x[2]), rel=1e-4)
    assert fit.log_likelihood == pytest.approx(-slow.fun, abs=1e-8)


def test_poisson_ratio_is_that_of_two_crude_rates() -> None:
    fit = fit_poisson([3, 1, 0, 5, 2], [1.0, 2.0, 1.0, 2.0, 1.0], [1, 1, 0, 0, 0])

    assert fit.log_rate_ratio == pytest.approx(np.log((4 / 3) / (7 / 4)))
    assert fit.se == pytest.approx((1 / 4 + 1 / 7) ** 0.5)


def test_the_mean_function_is_that_of_lawless_and_nadeau_by_hand() -> None:
    found = made(7, gaps=True)
    curve = mean_cumulative_function(found, treated=False, rng=np.random.default_rng(1))
    people = [i for i in range(found.n_people) if not found.treated[i]]

    def under(i: int, t: float) -> bool:
        return any(
            p == i and a < t <= b
            for p, a, b in zip(found.span_person, found.span_start, found.span_stop, strict=True)
        )

    def had(i: int, t: float) -> int:
        return int(np.sum((found.event_person == i) & (found.event_time == t)))

    mean, shares = 0.0, dict.fromkeys(people, 0.0)
    for k, t in enumerate(curve.time.tolist()):
        at = [i for i in people if under(i, t)]
        step = sum(had(i, t) for i in at) / len(at)
        mean += step
        for i in at:
            shares[i] += (had(i, t) - step) / len(at)
        assert curve.mean[k] == pytest.approx(mean)
        assert curve.std_error[k] == pytest.approx(sum(v**2 for v in shares.values()) ** 0.5)


@pytest.mark.parametrize("kind", ["normal", "half", "whole"])
@pytest.mark.parametrize("size", [1, 4, 7])
def test_relabelling_is_every_subset_counted(kind: str, size: int) -> None:
    rng = np.random.default_rng(size)
    s = (
        rng.normal(size=11)
        if kind == "normal"
        else rng.integers(-3, 4, 11) / (1 + (kind == "half"))
    )
    z = np.zeros(11, dtype=bool)
    z[rng.choice(11, size, replace=False)] = True

    found = relabel(s, z)

    sums = np.array([s[list(chosen)].sum() for chosen in combinations(range(11), size)])
    centre, own = size * s.mean(), s[z].sum()
    far = np.abs(sums - centre)
    assert found.exact
    assert found.p_less == pytest.approx(np.mean(sums <= own + 1e-9))
    assert found.p_greater == pytest.approx(np.mean(sums >= own - 1e-9))
    assert found.p_two_sided == pytest.approx(np.mean(far >= abs(own - centre) - 1e-9))
    assert found.floor == pytest.approx(np.mean(far >= far.max() - 1e-9))
    lowest, highest = (np.mean(sums <= sums.min() + 1e-9), np.mean(sums >= sums.max() - 1e-9))
    assert found.floor_one_sided == pytest.approx(min(lowest, highest))
