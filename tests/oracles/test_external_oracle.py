"""External controls: compiled kernels against enumeration and textbook formulas in plain Python."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest

from ultrarare.stats.external.aipw import aipw
from ultrarare.stats.external.bootstrap import weighted_bootstrap, weighted_difference
from ultrarare.stats.external.matching import match
from ultrarare.stats.external.randomisation import randomisation_test
from ultrarare.stats.external.weights import weigh


def statistic(y, a, stratum, x):
    """Studentised mean over sets of treated − untreated, of outcome residuals; dense."""
    m = len(y)
    sets = np.unique(stratum)
    dummies = (stratum[:, None] == sets[None]).astype(float)
    design = np.column_stack((dummies, x)) if x is not None else dummies
    maker = np.eye(m) - design @ np.linalg.pinv(design)
    z = np.zeros(m)
    for s in sets:
        here = stratum == s
        share = a[here].sum() / a.sum()
        z[here & a] = share / (here & a).sum()
        z[here & ~a] = -share / (here & ~a).sum()
    return float(z @ maker @ y / np.sqrt(z @ maker @ z))


def assignments(a, stratum):
    sets = [np.flatnonzero(stratum == s) for s in np.unique(stratum)]
    for picks in product(*(combinations(s, int(a[s].sum())) for s in sets)):
        out = np.zeros(len(a), bool)
        out[[i for pick in picks for i in pick]] = True
        yield out


CASES = [
    (9, (3,), False),
    (9, (3,), True),
    (8, (1,), True),
    (10, (1, 1, 1), False),
    (11, (1, 1, 2), True),
]


@pytest.mark.parametrize(("m", "picks", "adjusted"), CASES)
@pytest.mark.parametrize("effect", [0.0, 1.5])
def test_p_and_limits_are_those_of_every_assignment_gone_through(m, picks, adjusted, effect):
    rng = np.random.default_rng([m, len(picks), int(adjusted)])
    stratum = np.arange(m) % len(picks)
    a = np.zeros(m, bool)
    for s, n in enumerate(picks):
        a[np.flatnonzero(stratum == s)[:n]] = True
    x = rng.normal(size=(m, 1)) if adjusted else None
    y = rng.normal(size=m) + effect * a + (0 if x is None else x[:, 0])

    def tails(tau):
        moved = y - tau * a
        seen = statistic(moved, a, stratum, x)
        every = np.array([statistic(moved, b, stratum, x) for b in assignments(a, stratum)])
        return np.mean(every <= seen + 1e-9), np.mean(every >= seen - 1e-9), len(every)

    found = randomisation_test(
        y, a, stratum=stratum, covariates=x, level=0.6, rng=np.random.default_rng(1)
    )
    low, high, count = tails(0.0)
    assert (found.p_lower, found.p_higher) == pytest.approx((low, high), abs=1e-12)
    assert found.attainable.assignments == count
    assert found.lower is not None
    assert found.upper is not None
    for inside, outside in (
        (found.lower + 1e-6, found.lower - 1e-6),
        (found.upper - 1e-6, found.upper + 1e-6),
    ):
        assert min(tails(inside)[:2]) > 0.2
        assert min(tails(outside)[:2]) <= 0.2


def test_drawn_assignments_agree_with_all_of_them():
    rng = np.random.default_rng(5)
    y, x = rng.normal(size=40), rng.normal(size=(40, 2))
    a = np.arange(40) < 3
    y[a] += 1.2
    full = randomisation_test(y, a, covariates=x, rng=rng)
    from ultrarare.stats.external import randomisation

    kept = randomisation.MOST_ENUMERATED
    try:
        randomisation.MOST_ENUMERATED = 10  # type: ignore[misc]
        drawn = randomisation_test(y, a, covariates=x, rng=rng)
    finally:
        randomisation.MOST_ENUMERATED = kept  # type: ignore[misc]

    assert full.attainable.exact
    assert not drawn.attainable.exact
    se = np.sqrt(full.p_higher / 1e5) + 1e-4
    assert drawn.p_higher == pytest.approx(full.p_higher, abs=5 * se)
    assert drawn.lower == pytest.approx(full.lower, abs=0.05)


@pytest.mark.parametrize("caliper", [None, 1.6])
def test_matching_is_the_cheapest_of_all_assignments(caliper):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x, a = rng.normal(size=(8, 2)), np.arange(8) < 3
        found = match(x, a, ratio=1, caliper=caliper)
        own, other = x[a], x[~a]
        centred = np.vstack((own - own.mean(0), other - other.mean(0)))
        root = np.linalg.inv(centred.T @ centred / 6)
        far = (
            2 * max(np.sqrt((p - q) @ root @ (p - q)) for p in own for q in other) + 1
        )  # a missing match costs more than any two distances
        best = np.inf
        for pick in permutations(range(5), 3):
            cost = 0.0
            for i, j in enumerate(pick):
                gap = own[i] - other[j]
                ok = caliper is None or np.all(np.abs(gap) <= caliper * other.std(axis=0, ddof=1))
                cost += np.sqrt(gap @ root @ gap) if ok else 10 * far
            best = min(best, cost)
        made = found.distance.sum() + 10 * far * found.unmatched.size
        assert made == pytest.approx(best, rel=1e-9)


def test_weights_have_their_closed_forms():
    rng = np.random.default_rng(3)
    x, a = rng.normal(size=(60, 2)), np.arange(60) < 15
    x[a] += 0.4
    odds, overlap, entropy = (weigh(m, x, a) for m in ("odds", "overlap", "entropy"))
    assert odds.score is not None
    e = odds.score.probability

    np.testing.assert_allclose(
        odds.untreated, (e / (1 - e))[~a] / (e / (1 - e))[~a].sum(), rtol=1e-12
    )
    np.testing.assert_allclose(overlap.treated @ x[a], overlap.untreated @ x[~a], atol=1e-8)
    np.testing.assert_allclose(entropy.untreated @ x[~a], x[a].mean(axis=0), atol=1e-8)
    # Entropy weights are the exponential of a line in the covariates, and nothing else is.
    design = np.column_stack((np.ones(45), x[~a]))
    rest = np.log(entropy.untreated)
    fitted = design @ np.linalg.lstsq(design, rest, rcond=None)[0]
    np.testing.assert_allclose(fitted, rest, atol=1e-9)


def test_aipw_is_its_formula_and_the_kernel_agrees():
    rng = np.random.default_rng(4)
    x, a = rng.normal(size=(50, 2)), np.arange(50) < 12
    y = x.sum(axis=1) + rng.normal(size=50) + a
    design = np.column_stack((np.ones(50), x))
    beta = np.linalg.lstsq(design[~a], y[~a], rcond=None)[0]
    odds = weigh("odds", x, a)
    wanted = (y - design @ beta)[a].mean() - odds.untreated @ (y - design @ beta)[~a]

    assert aipw(y, a, x, rng=rng).estimate == pytest.approx(wanted, rel=1e-9)
    assert weighted_difference("aipw", y, a, x) == pytest.approx(wanted, rel=1e-7)


def test_the_bootstrap_s_spread_is_that_of_the_influence_function_in_large_samples():
    rng = np.random.default_rng(6)
    x, a = rng.normal(size=(600, 2)), np.arange(600) < 150
    y = x.sum(axis=1) + rng.normal(size=600)
    found = weighted_bootstrap("aipw", y, a, x, draws=600)

    wanted = aipw(y, a, x, rng=rng)
    assert found.se == pytest.approx(wanted.robust_se, rel=0.12)
    assert found.estimate == pytest.approx(wanted.estimate, abs=wanted.robust_se / 2)  # cross-fit


def test_one_resample_is_what_plain_numpy_makes_of_the_same_people():
    from ultrarare.stats.external.resample import ODDS, resampled

    data = np.random.default_rng(7)
    x, a = data.normal(size=40), np.arange(40) < 12
    y = np.sort(x + data.normal(size=40))
    design, start = np.column_stack((np.ones(40), x)), np.zeros(2)
    none = np.zeros(0, np.bool_)
    drawn, failed = resampled(
        ODDS, design, a.astype(float), y, none, 0.0, start, 1, np.random.default_rng(9)
    )
    assert failed[0] == 0
    rng = np.random.default_rng(9)
    own = [int(rng.random() * 12) for _ in range(12)]
    other = [12 + int(rng.random() * 28) for _ in range(28)]
    everybody = np.array(own + other)
    odds = weigh("odds", x[everybody][:, None], a[everybody])
    wanted = y[own].mean() - odds.untreated @ y[other]

    assert drawn[0] == pytest.approx(wanted, rel=1e-7)
