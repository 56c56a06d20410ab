"""Routes of regression to the mean: refusals, caveats, and the rule that makes one verdict."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.regression_to_mean import (
    Entrant,
    EntryRule,
    Route,
    Untreated,
    Verdict,
    entrant,
    judge_regression,
    untreated_from_summary,
    untreated_from_visits,
)
from ultrarare.stats.regression_to_mean.population_mean import mean_range, mee_chua
from ultrarare.stats.regression_to_mean.route import Name
from ultrarare.stats.regression_to_mean.verdict import combine

Floats = NDArray[np.float64]
RULE = EntryRule(threshold=1.0, direction="lower")


def cohort(n: int = 150, visits: int = 6, *, seed: int = 3, levels: Any = None) -> Untreated:
    rng = np.random.default_rng(seed)
    u = rng.normal(0, 0.7, n) if levels is None else levels(rng, n)
    y = u[:, None] + rng.normal(0, 0.7, (n, visits))
    return untreated_from_visits(
        np.repeat(np.arange(n), visits), np.tile(np.arange(visits), n), y.ravel()
    )


def treated(effect: float, n: int = 1, *, fresh: int = 0) -> list[Entrant]:
    """People at 1.2 to 1.4 when chosen, regressing to 0.6 and falling by the effect."""
    return [
        entrant(
            RULE,
            [0, *range(1, fresh + 1)],
            [1.2 + 0.2 * i / n, *([0.6, 0.7, 0.5, 0.6][:fresh])],
            [5, 6, 7],
            [0.6 - effect, 0.7 - effect, 0.5 - effect],
        )
        for i in range(n)
    ]


def judge(people: list[Entrant], untreated: Untreated | None, **more: Any) -> Any:
    return judge_regression(RULE, people, untreated, rng=np.random.default_rng(1), **more)


def test_a_change_no_larger_than_regression_is_not_excluded_by_any_route():
    found = judge(treated(0), cohort())

    assert found.verdict == "not excluded"
    verdicts = {r.name: r.verdict for r in found.routes}
    assert verdicts.pop("design") == "cannot be judged"
    assert set(verdicts.values()) == {"not excluded"}
    assert found.observed_change == pytest.approx(-0.6)
    assert -1 < found.expected_change < -0.5


def test_a_change_far_beyond_regression_is_excluded_by_every_route():
    found = judge(treated(3, fresh=2), cohort())

    assert found.verdict == "excluded"
    assert {r.verdict for r in found.routes} == {"excluded"}
    assert found.tipping_reliability is None
    json.dumps(found.to_json(), allow_nan=False)
    assert "regression to the mean excluded" in found.summary()


def test_the_tipping_reliability_is_where_the_formula_turns():
    untreated = untreated_from_summary(0, 1, 0.9, 5000)
    people = treated(0.6, n=3)
    found = judge(people, untreated)

    assert found.route("formula").verdict == "excluded"
    tip = found.tipping_reliability
    assert 0.3 < tip < 0.9
    for shift, verdict in ((-0.01, "not excluded"), (0.01, "excluded")):
        other = judge(people, untreated_from_summary(0, 1, tip + shift, 5000))
        assert other.route("formula").verdict == verdict


def test_a_summary_gives_no_trajectories_and_says_so():
    found = judge(treated(3), untreated_from_summary(0, 1, 0.5, 60))

    assert found.route("natural history").verdict == "cannot be judged"
    assert "no trajectories" in found.route("natural history").reason
    assert any("published summary" in caveat for caveat in found.caveats)
    assert found.verdict == "excluded"


def test_too_few_untreated_people_are_refused_by_every_route_that_needs_variances():
    found = judge(treated(3), cohort(7))

    assert found.verdict == "cannot be judged"
    assert {r.verdict for r in found.routes} == {"cannot be judged"}
    assert "fewer than 8" in found.route("likelihood").reason


def test_a_rank_that_cannot_reach_alpha_is_no_verdict():
    found = judge(treated(3), cohort(40))

    route = found.route("natural history")
    assert route.verdict == "cannot be judged"
    assert "smallest one-sided p" in route.reason


def test_nothing_is_judged_without_untreated_people_unless_the_design_excludes_selection():
    nothing = judge(treated(3), None)
    assert nothing.verdict == "cannot be judged"
    assert nothing.expected_change is None
    assert nothing.reliability is None

    fresh = judge(treated(3, n=2, fresh=3), None)
    assert fresh.verdict == "excluded"
    assert fresh.reason == "by design"
    assert any("nothing but the entry rule" in caveat for caveat in fresh.caveats)


def test_entry_on_any_of_several_visits_is_not_judged_by_the_formula_for_a_mean():
    rule = EntryRule(threshold=1.0, direction="lower", visits=2, statistic="any")
    person = entrant(rule, [0, 1], [0.2, 1.4], [3, 4], [-3.0, -3.1])
    found = judge_regression(rule, [person], cohort(), rng=np.random.default_rng(1))

    assert found.route("formula").verdict == "cannot be judged"
    assert "for a mean" in found.route("formula").reason
    assert found.route("likelihood").verdict == "excluded"
    assert found.tipping_reliability is None


def test_a_rule_that_untreated_people_hardly_meet_is_not_simulated():
    rule = EntryRule(threshold=9.0, direction="lower")
    person = entrant(rule, [0], [9.5], [1, 2], [-3.0, -3.1])
    found = judge_regression(rule, [person], cohort(), rng=np.random.default_rng(1))

    assert found.route("simulation").verdict == "cannot be judged"
    assert "meet the entry rule" in found.route("simulation").reason


def test_skewed_and_split_levels_carry_a_caveat():
    skewed = cohort(150, levels=lambda rng, n: rng.exponential(1.0, n) - 1)
    assert any("levels are skewed" in caveat for caveat in skewed.caveats)
    split = cohort(300, levels=lambda rng, n: rng.choice([-1.5, 1.5], n) + rng.normal(0, 0.2, n))
    assert any("flatter than normal" in caveat for caveat in split.caveats)
    assert cohort().caveats == ()


def test_a_baseline_far_worse_than_the_rule_asks_is_told():
    person = entrant(RULE, [0], [4.0], [1, 2], [0.0, 0.1])
    found = judge([person], cohort())

    assert any("understates" in caveat for caveat in found.caveats)


def test_untreated_people_seen_at_other_intervals_carry_a_caveat():
    person = entrant(RULE, [0], [1.2], [6.5, 7], [-3.0, -3.1])
    found = judge([person], cohort())

    assert any("seen again after" in caveat for caveat in found.caveats)
    assert any("centred at 6.75, outside the times 0 to 5" in text for text in found.caveats)


def test_untreated_people_seen_at_far_other_times_judge_nothing():
    found = judge([entrant(RULE, [50], [1.2], [51, 52], [-3.0, -3.1])], cohort())

    assert found.verdict == "cannot be judged"
    assert found.expected_change is None
    assert {route.verdict for route in found.routes} == {"cannot be judged"}
    assert all("centred at 51.5" in route.reason for route in found.routes)


def route(name: Name, verdict: Verdict) -> Route:
    return Route(name=name, verdict=verdict, reason="", needs="")


def test_the_rule_of_the_verdict():
    e: Verdict = "excluded"
    n: Verdict = "not excluded"
    c: Verdict = "cannot be judged"
    assert combine([route("likelihood", e), route("formula", c)])[0] == e
    assert combine([route("likelihood", e), route("formula", n)])[0] == n
    assert combine([route("formula", e), route("simulation", e)])[0] == c
    assert combine([route("design", e), route("formula", c)])[0] == e
    assert combine([route("formula", c)])[0] == c


def test_the_first_visits_that_meet_the_rule_decide_and_later_ones_are_fresh():
    rule = EntryRule(threshold=10, direction="higher", visits=2)
    person = entrant(rule, [4, 1, 2, 3, 5], [14, 20, 9, 8, 12], [9], [15])

    assert person.deciding.tolist() == [9, 8]
    assert person.fresh.tolist() == [14, 12]
    assert person.change == pytest.approx(15 - 8.5)
    with pytest.raises(ValueError, match="read-only"):
        person.deciding[0] = 1


def test_the_whole_is_the_same_with_better_and_worse_turned():
    people = treated(0.4, n=2)
    turned = [person.turned(-1.0) for person in people]
    rule = EntryRule(threshold=-1.0, direction="higher")
    one = judge(people, cohort())
    two = judge_regression(rule, turned, cohort().turned(-1.0), rng=np.random.default_rng(1))

    assert one.verdict == two.verdict
    assert one.to_json()["expected_change"] == pytest.approx(-two.to_json()["expected_change"])
    for a, b in zip(one.to_rows(), two.to_rows(), strict=True):
        assert a["p_value"] == pytest.approx(b["p_value"])
        if a["lower"] is not None:
            assert a["lower"] == pytest.approx(-b["upper"])


def test_the_same_seed_gives_the_same_bits():
    rows = [judge(treated(0.5, n=4), cohort()).to_rows() for _ in range(2)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": np.nan}, "finite"),
        ({"direction": "down"}, "no direction"),
        ({"visits": 0}, "deciding visits"),
        ({"statistic": "median"}, "no statistic"),
    ],
)
def test_a_rule_that_says_nothing_is_an_error(change, message):
    with pytest.raises(InputError, match=message):
        EntryRule(**{"threshold": 1.0, "direction": "lower", **change})


def test_visits_that_contradict_the_rule_or_each_other_are_errors():
    with pytest.raises(NotComputable, match="did not decide"):
        entrant(RULE, [0, 1], [0.2, 0.3], [2], [0.1])
    with pytest.raises(InputError, match="after dosing"):
        entrant(RULE, [0, 2], [1.2, 0.3], [1], [0.1])
    with pytest.raises(InputError, match="twice"):
        entrant(RULE, [0, 0], [1.2, 0.3], [1], [0.1])
    with pytest.raises(InputError, match="does not meet"):
        judge_regression(
            EntryRule(threshold=5.0, direction="lower"), treated(0), None,
            rng=np.random.default_rng(1),
        )  # fmt: skip
    with pytest.raises(InputError, match="nobody"):
        judge([], None)
    with pytest.raises(InputError, match="alpha"):
        judge(treated(0), None, alpha=0.7)
    with pytest.raises(InputError, match="draws"):
        judge(treated(0), None, draws=9)


@pytest.mark.parametrize(
    "given", [(0, 0, 0.5, 40), (0, 1, 0, 40), (0, 1, 1, 40), (np.nan, 1, 0.5, 40), (0, 1, 0.5, 2)]
)
def test_a_summary_outside_its_bounds_is_an_error(given):
    with pytest.raises(InputError):
        untreated_from_summary(*given)


def test_a_summary_has_the_moments_it_was_given():
    found = untreated_from_summary(10, 2, 0.8, 30, visits=3)
    rows = found.value.reshape(30, 3)
    within = rows.var(axis=1, ddof=1).mean()

    assert found.value.mean() == pytest.approx(10)
    assert within == pytest.approx(found.within_sd**2)
    assert rows.mean(axis=1).var(ddof=1) - within / 3 == pytest.approx(found.between_sd**2)
    assert found.between_sd**2 + found.within_sd**2 == pytest.approx(4)
    assert found.reliability == pytest.approx(0.8)


def test_identical_people_before_have_no_slope():
    with pytest.raises(NotComputable, match="no slope"):
        mee_chua([3, 3, 3], [1, 2, 3], 0)
    with pytest.raises(NotComputable, match="at least 3"):
        mee_chua([3, 4], [1, 2], 0)


def test_no_population_mean_leaves_an_effect_where_nothing_changed():
    x = np.array([1.0, 2, 3, 4, 5, 6])
    found = mean_range(x, x + np.array([0.1, -0.1, 0.1, -0.1, 0.1, -0.1]), alpha=0.025)

    assert not found.exists
    assert not found.holds(0, 1)
