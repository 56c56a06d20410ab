"""Several endpoints: pairs, choices of the treated and intersections, all gone through in loops."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binom

from ultrarare.stats.endpoints.gatekeeping import fallback, fixed_sequence, gatekeeping, graph, holm
from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
from ultrarare.stats.endpoints.goals import sign_flip
from ultrarare.stats.endpoints.outcomes import Rule, make_outcomes
from ultrarare.stats.endpoints.responder import compare_responders, responder_index
from ultrarare.stats.endpoints.win import guaranteed_limits, win_statistics

RULES = (
    Rule(name="death", improves="higher", timed=True, margin=1.0, weight=2.0),
    Rule(name="walk", improves="higher", margin=0.5),
    Rule(name="pain", improves="lower", weight=0.5),
)


def rng(seed=0):
    return np.random.default_rng(seed)


def made(seed, *, n=3, m=6, missing=0.3):
    draw = rng(seed)
    people = n + m
    values = np.column_stack(
        (
            draw.integers(1, 8, people),
            np.round(draw.normal(size=people), 1),
            draw.integers(0, 5, people),
        )
    ).astype(float)
    event = np.zeros((people, 3))
    event[:, 0] = draw.random(people) < 0.6
    values[draw.random(values.shape) < missing] = np.nan
    treated = np.arange(people) < n
    values[0, 1] = values[-1, 1] = 0.3  # both arms have something
    return values, event, treated


def pair(values, event, i, j, k, margin):
    """1, −1 or 0, in words: known better, known worse, tied or not known."""
    rule, a, b = RULES[k], values[i, k], values[j, k]
    if np.isnan(a) or np.isnan(b):
        return 0
    sign = 1 if rule.improves == "higher" else -1
    if not rule.timed:
        if abs(a - b) < 1e-12 or abs(a - b) < margin - 1e-9:
            return 0
        return sign * (1 if a > b else -1)
    # The event of a censored person comes strictly after the time last seen.
    least_a, least_b = a, b
    most_a = a if event[i, k] else np.inf
    most_b = b if event[j, k] else np.inf
    if margin > 0:
        first, second = least_a - most_b >= margin, least_b - most_a >= margin
    else:
        first = least_a > most_b or (least_a == most_b and not event[i, k])
        second = least_b > most_a or (least_b == most_a and not event[j, k])
    return sign * (int(first) - int(second))


def theta(values, event, chosen, k):
    """Better minus worse over the pairs in which both are known."""
    people = range(len(values))
    pairs = [
        (i, j)
        for i in chosen
        for j in people
        if j not in chosen and not np.isnan(values[i, k]) and not np.isnan(values[j, k])
    ]
    if not pairs:
        return 0.0
    return sum(pair(values, event, i, j, k, 0.0) for i, j in pairs) / len(pairs)


def net(values, event, chosen):
    """Pairs won minus lost, endpoint by endpoint."""
    total = 0
    for i in chosen:
        for j in range(len(values)):
            if j in chosen:
                continue
            for k, rule in enumerate(RULES):
                if found := pair(values, event, i, j, k, rule.margin):
                    total += found
                    break
    return total / (len(chosen) * (len(values) - len(chosen)))


def p_of(statistic, people, n):
    """One-sided p of the first n people being the treated."""
    seen = statistic(tuple(range(n)))
    every = [statistic(chosen) for chosen in combinations(range(people), n)]
    return sum(x >= seen - 1e-9 for x in every) / len(every)


def complete_rows(seed):
    values, event, treated = made(seed)
    kept = ~np.isnan(values).all(axis=1)
    return values[kept], event[kept], treated[kept]


@pytest.mark.parametrize("seed", range(6))
def test_the_average_of_pairs_and_its_p_are_those_of_every_choice_of_the_treated(seed):
    values, event, treated = complete_rows(seed)
    found = wei_lachin(make_outcomes(values, treated, RULES, event=event), rng=rng())
    use = [k for k, rule in enumerate(RULES) if rule.name in found.names]
    weight = np.array([RULES[k].weight for k in use])

    def average(chosen):
        return weight @ [theta(values, event, chosen, k) for k in use] / weight.sum()

    n = int(treated.sum())
    assert found.average == pytest.approx(average(tuple(range(n))))
    assert found.permutation.p_benefit == pytest.approx(p_of(average, len(values), n))
    for k, test in zip(use, found.by_endpoint, strict=True):
        assert test.p_benefit == pytest.approx(
            p_of(lambda chosen, k=k: theta(values, event, chosen, k), len(values), n)
        )


@pytest.mark.parametrize("seed", range(6))
def test_prioritised_pairs_and_their_p_are_those_of_every_choice_of_the_treated(seed):
    values, event, treated = complete_rows(seed)
    found = win_statistics(make_outcomes(values, treated, RULES, event=event), rng=rng())
    n = int(treated.sum())

    assert found.net_benefit == pytest.approx(net(values, event, tuple(range(n))))
    assert found.permutation.p_benefit == pytest.approx(
        p_of(lambda chosen: net(values, event, chosen), len(values), n)
    )
    assert found.wins.sum() + found.losses.sum() + found.ties == found.pairs


@pytest.mark.parametrize("seed", range(4))
def test_relative_ranks_are_midranks_among_those_known(seed):
    draw = rng(seed)
    values = draw.integers(0, 4, (9, 2)).astype(float)
    values[draw.random(values.shape) < 0.2] = np.nan
    values[0], values[8] = (1, 2), (3, 1)
    treated = np.arange(9) < 3
    rules = (Rule(name="a", improves="higher"), Rule(name="b", improves="lower"))
    kept = ~np.isnan(values).all(axis=1)
    values, treated = values[kept], treated[kept]
    found = obrien(make_outcomes(values, treated, rules), rng=rng())

    score = []
    for row in values:
        ranks = []
        for k, way in ((0, 1), (1, -1)):
            if np.isnan(row[k]):
                continue
            known = [v for v in values[:, k] if not np.isnan(v)]
            below = sum(way * v < way * row[k] for v in known)
            same = sum(v == row[k] for v in known)
            ranks.append((below + same / 2) / len(known))
        score.append(sum(ranks) / len(ranks))
    assert found.score == pytest.approx(score)

    def gap(chosen):
        inside = [score[i] for i in chosen]
        outside = [s for i, s in enumerate(score) if i not in chosen]
        return np.mean(inside) - np.mean(outside)

    n = int(treated.sum())
    assert found.permutation.p_benefit == pytest.approx(p_of(gap, len(values), n))


def test_the_variance_of_the_average_is_that_of_projections_written_out():
    values, event, treated = made(1, n=5, m=7, missing=0.0)
    found = wei_lachin(make_outcomes(values, treated, RULES, event=event), rng=rng())
    weight = np.array([rule.weight for rule in RULES]) / 3.5
    inside, outside = range(5), range(5, 12)
    h = np.array(
        [
            [sum(weight[k] * pair(values, event, i, j, k, 0.0) for k in range(3)) for j in outside]
            for i in inside
        ]
    )
    expected = np.var(h.mean(axis=1), ddof=1) / 5 + np.var(h.mean(axis=0), ddof=1) / 7

    assert found.se == pytest.approx(np.sqrt(expected))


def closed_test(p, given):
    """Adjusted p: the largest over all intersections of the weighted Bonferroni p."""
    count = len(p)
    out = [0.0] * count
    for mask in product((False, True), repeat=count):
        inside = [j for j in range(count) if mask[j]]
        if not inside:
            continue
        share = _shares(given, inside)
        local = min([1.0] + [p[j] / share[j] for j in inside if share[j] > 0 and p[j] is not None])
        for j in inside:
            out[j] = max(out[j], local)
    return [None if value is None else q for value, q in zip(p, out, strict=True)]


def _shares(given, inside):
    """Shares once all others are taken out, from the last to the first."""
    w, g = given.weight.copy(), given.transition.copy()
    here = list(range(w.size))
    for j in reversed(range(w.size)):
        if j in inside:
            continue
        here.remove(j)
        new_w, new_g = w.copy(), np.zeros_like(g)
        for k in here:
            new_w[k] += w[j] * g[j, k]
            for i in here:
                loop = g[k, j] * g[j, k]
                if i != k and loop < 1 - 1e-12:
                    new_g[k, i] = (g[k, i] + g[k, j] * g[j, i]) / (1 - loop)
        new_w[j] = 0.0
        w, g = new_w, new_g
    return w


def random_graph(draw, count):
    w = draw.dirichlet(np.ones(count))
    g = draw.random((count, count)) * (draw.random((count, count)) < 0.7)
    np.fill_diagonal(g, 0)
    total = g.sum(axis=1, keepdims=True)
    return graph(w, np.divide(g, total, out=np.zeros_like(g), where=total > 0))


@pytest.mark.parametrize("seed", range(25))
def test_the_graph_is_the_closed_test_of_weighted_bonferroni(seed):
    draw = rng(seed)
    count = int(draw.integers(2, 7))
    p = [float(x) for x in draw.random(count) ** 3]
    for given in (
        random_graph(draw, count),
        holm(count),
        fixed_sequence(count),
        fallback(draw.dirichlet(np.ones(count))),
    ):
        found = gatekeeping(p, given, names=[str(k) for k in range(count)])
        assert found.adjusted == pytest.approx(closed_test(p, given))


@pytest.mark.parametrize("seed", range(10))
def test_an_unknown_p_blocks_as_the_closed_test_says(seed):
    draw = rng(seed)
    p: list[float | None] = [float(x) for x in draw.random(4) ** 4]
    p[int(draw.integers(4))] = None
    given = random_graph(draw, 4)
    found = gatekeeping(p, given, names="abcd")
    for q, expected in zip(found.adjusted, closed_test(p, given), strict=True):
        assert (q is None) == (expected is None)
        assert q is None or q == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_flips_of_signs_are_all_gone_through_and_unknown_changes_stay_between_their_ends(seed):
    draw = rng(seed)
    low = draw.integers(-3, 4, 5).astype(float)
    low[0] = 2.0
    high = low.copy()
    high[1] += 3

    def p(change):
        sums = [np.dot(s, change) for s in product((1, -1), repeat=5)]
        return sum(x >= change.sum() - 1e-9 for x in sums) / 32, sum(
            x <= change.sum() + 1e-9 for x in sums
        ) / 32

    found = sign_flip(low, high, rng=rng())
    assert (found.p_benefit_upper, found.p_benefit_lower) == (p(low)[0], p(high)[0])
    for value in np.linspace(low[1], high[1], 13):
        change = low.copy()
        change[1] = value
        one, other = p(change)
        assert found.p_benefit_lower <= one <= found.p_benefit_upper
        assert found.p_value_lower <= min(1, 2 * min(one, other)) <= found.p_value_upper


@pytest.mark.parametrize("seed", range(5))
def test_an_index_with_unknown_measures_lies_where_every_completion_puts_it(seed):
    draw = rng(seed)
    change = draw.integers(-2, 3, (4, 3)).astype(float)
    change[draw.random(change.shape) < 0.4] = np.nan
    domains = ("move", "move", "talk")
    found = responder_index(change, [1, 1, 2], ["higher", "lower", "higher"], domains)

    def index(row):
        good = (float(row[0]), -float(row[1]), float(row[2]))
        step = [(g >= r) - (g <= -r) for g, r in zip(good, (1, 1, 2), strict=True)]
        total = 0
        for name in ("move", "talk"):
            own = [s for s, d in zip(step, domains, strict=True) if d == name]
            total += (max(own) > 0 and min(own) >= 0) - (min(own) < 0 and max(own) <= 0)
        return total

    for i, row in enumerate(change):
        every = [
            index([v if not np.isnan(v) else filled for v, filled in zip(row, fill, strict=True)])
            for fill in product((-9.0, 0.0, 9.0), repeat=3)
        ]
        assert (found.lower[i], found.upper[i]) == (min(every), max(every))


def test_the_p_of_responders_lies_between_its_ends_for_every_completion():
    change = np.array([[2.0, np.nan], [1, 1], [0, 1], [-1, np.nan], [0, 0], [-1, -1], [1, 0]])
    treated = np.arange(7) < 2
    args = ([1, 1], ["higher"] * 2, ["a", "b"])
    found = compare_responders(responder_index(change, *args), treated, rng=rng())
    ends = []
    for fill in product((-1.0, 0.0, 1.0), repeat=2):
        whole = change.copy()
        whole[np.isnan(whole)] = fill
        one = compare_responders(responder_index(whole, *args), treated, rng=rng())
        ends.append(one.p_benefit[0])
        assert one.p_benefit[0] == one.p_benefit[1]
        assert found.p_value[0] <= one.p_value[0] <= found.p_value[1]
    assert found.p_benefit == (min(ends), max(ends))


@pytest.mark.parametrize(("smaller", "shares"), [(3, 4), (5, 6), (8, 9)])
def test_the_guaranteed_limits_cover_a_mean_of_independent_coins(smaller, shares):
    for theta_ in np.linspace(0.02, 0.98, 25):
        covered = 0.0
        for k in range(shares):
            low, high = guaranteed_limits(2 * k / smaller - 1, smaller, level=0.95)
            if low - 1e-9 <= 2 * theta_ - 1 <= high + 1e-9:
                covered += binom.pmf(k, smaller, theta_)
        assert covered >= 0.95
