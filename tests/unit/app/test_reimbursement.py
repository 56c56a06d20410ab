"""An agreement's payments: closed form, letter of the agreement and simulation say the same."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ultrarare.app.examples import examples_root
from ultrarare.app.reimbursement import reimbursement
from ultrarare.cli.main import app
from ultrarare.errors import InputErrors, NotFound
from ultrarare.stats.outcome_payment import (
    PER_YEAR,
    Terms,
    _person,
    expected,
    hazard_of,
    person,
    point_curves,
    present,
    simulate,
    weibull_curves,
)

SPEC: dict[str, Any] = {
    "schema": "ultrarare/agreement/1", "title": "A made agreement", "data": "made",
    "currency": "USD", "outcome": "made", "horizon": 6, "discount": 0.03, "people": 3,
    "upfront": 100.0, "annuity": {"yearly": 20.0, "years": 4},
    "milestones": [{"year": 5, "amount": 30.0}],
    "warranty": [{"until": 2, "refund": 0.8}, {"until": 4, "refund": 0.4}],
    "not_measured": {"yearly": 0.05, "then": "withhold"},
    "churn": {"yearly": 0.1, "then": "transfer"},
    "durability": {
        "form": "weibull", "median": 8, "median_lower": 4, "median_upper": 16, "source": "made",
    },
}  # fmt: skip


def terms(**changes):
    base: dict[str, Any] = {
        "horizon": 5, "upfront": 100.0, "due": (0.0, 20.0, 20.0, 20.0, 0.0, 30.0),
        "refunds": ((2.0, 0.8), (4.0, 0.4)), "lost": 0.0, "pay_unmeasured": False, "leave": 0.0,
        "on_leaving": "stay",
    }  # fmt: skip
    return Terms(**{**base, **changes})


def exponential(rate, horizon=5):
    return np.exp(-rate * np.arange(horizon * PER_YEAR + 1) / PER_YEAR)[None, :]


WAYS = st.builds(
    terms,
    lost=st.sampled_from([0.0, 0.1, 0.7]),
    pay_unmeasured=st.booleans(),
    leave=st.sampled_from([0.0, 0.15, 0.9]),
    on_leaving=st.sampled_from(["stop", "transfer", "stay"]),
)


def test_the_closed_form_of_constant_hazards():
    """Effect, follow-up and stay exponential: each term is an exponential integral."""
    a, m, c = 0.2, 0.1, 0.15
    found = expected(
        terms(lost=m, leave=c, on_leaving="stop", refunds=((2.0, 0.8),)), exponential(a)
    ).first[0]
    rate = a + m + c
    paid = [20.0 * math.exp(-rate * k) for k in (1, 2, 3)]
    back = [80.0 * a / rate * (math.exp(-rate * k) - math.exp(-rate * (k + 1))) for k in (0, 1)]
    assert found[0] == 100.0
    assert found[1] == pytest.approx(paid[0] - back[0], abs=1e-3)
    assert found[2] == pytest.approx(paid[1] - back[1], abs=1e-3)
    assert found[3] == pytest.approx(paid[2], rel=1e-9)
    assert found[5] == pytest.approx(30 * math.exp(-rate * 5), rel=1e-9)


def test_unmeasured_people_are_paid_for_only_where_it_is_agreed():
    a, m = 0.2, 0.3
    withheld = expected(terms(lost=m, refunds=()), exponential(a)).first[0]
    paid = expected(terms(lost=m, refunds=(), pay_unmeasured=True), exponential(a)).first[0]
    # lost to follow-up before a loss of effect was seen: m / (a + m) of all, by year 1
    more = 20 * m / (a + m) * (1 - math.exp(-(a + m)))
    assert paid[1] - withheld[1] == pytest.approx(more, rel=2e-4)


@given(
    WAYS,
    st.lists(st.tuples(*[st.floats(0.01, 12)] * 3), min_size=1, max_size=20),
)
def test_people_are_paid_for_by_the_letter(way, times):
    times = [(a + 1e-7, b + 2e-7, c + 3e-7) for a, b, c in times]
    loss, lost, leave = (np.array(x) for x in zip(*times, strict=True))
    found = _person(way, loss, lost, leave)
    for index, one in enumerate(times):
        first, sponsor = person(way, *one)
        assert found.first[index] == pytest.approx(first)
        assert found.sponsor[index] == pytest.approx(sponsor)


@settings(max_examples=20)
@given(WAYS, st.sampled_from([0.02, 0.3, 1.0]), st.integers(0, 2**32))
def test_the_simulation_agrees_with_the_closed_form(way, rate, seed):
    curves = np.repeat(exponential(rate), 1500, axis=0)
    drawn = simulate(way, curves, 4, np.random.default_rng(seed))
    closed = expected(way, curves[:1])
    for name in ("first", "sponsor"):
        got, want = getattr(drawn, name), 4 * getattr(closed, name)[0]
        error = got.std(axis=0) / math.sqrt(len(got)) + 0.15
        assert (np.abs(got.mean(axis=0) - want) <= 5 * error).all()


@given(WAYS, st.floats(0.01, 2), st.floats(0.01, 1))
def test_a_more_lasting_effect_costs_more_and_is_refunded_less(way, rate, less):
    more = expected(way, exponential(rate)).sponsor[0].sum()
    fewer = expected(way, exponential(rate + less)).sponsor[0].sum()
    assert more >= fewer - 1e-9


@given(WAYS, st.floats(0.01, 2))
def test_who_pays_adds_up(way, rate):
    flow = expected(way, exponential(rate))
    if way.on_leaving in {"stop", "stay"} or way.leave == 0:
        assert flow.first == pytest.approx(flow.sponsor)
    nobody_leaves = expected(
        terms(lost=way.lost, pay_unmeasured=way.pay_unmeasured), exponential(rate)
    )
    if way.on_leaving != "stop":
        assert flow.sponsor == pytest.approx(nobody_leaves.sponsor)


def test_an_effect_that_lasts_costs_the_price_and_no_discount_changes_nothing():
    flow = expected(terms(), exponential(0.0))
    assert flow.first.sum() == pytest.approx(190.0)
    assert present(flow.first, 0.0) == pytest.approx(flow.first.sum(axis=1))
    assert present(flow.first, 0.05)[0] < 190.0
    assert hazard_of(0.1) == pytest.approx(-math.log(0.9))


def test_curves_go_through_their_points_and_fall():
    rng = np.random.default_rng(3)
    drawn = point_curves(
        [1, 4], [0.9, 0.6], [0.7, 0.3], [0.97, 0.8], horizon=6, rng=rng, draws=4000
    )
    assert (np.diff(drawn, axis=1) <= 1e-12).all()
    assert (drawn[:, 0] == 1).all()
    at = np.quantile(drawn[:, [PER_YEAR, 4 * PER_YEAR]], [0.025, 0.5, 0.975], axis=0)
    assert at[:, 0] == pytest.approx([0.7, 0.9, 0.97], abs=0.02)
    assert at[:, 1] == pytest.approx([0.3, 0.6, 0.8], abs=0.03)
    weibull = weibull_curves(np.array([math.log(5.0)]), np.array([0.0]), 5)[0]
    assert weibull[-1] == pytest.approx(math.exp(-1))


def write(tmp_path, **changes):
    path = tmp_path / "agreement.yaml"
    path.write_text(yaml.safe_dump({**SPEC, **changes}))
    return path


def test_both_sides_look_at_the_same_numbers(tmp_path):
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["reimbursement", str(write(tmp_path)), "--out", str(out), "--json"]
    )
    found = json.loads(done.stdout)
    assert found == json.loads((out / "reimbursement.json").read_text())
    assert "MADE" in (out / "reimbursement.html").read_text()
    for side in ("payer", "sponsor"):
        gap = abs(found[side]["simulated_total"] - found[side]["total"]["expected"])
        assert gap < 5 * found[side]["simulation_error"]
    assert found["sponsor"]["total"]["expected"] > found["payer"]["total"]["expected"]
    assert 0 < found["variance_from_curve"] < 1
    assert reimbursement(write(tmp_path)).to_json() == found


def test_more_people_leave_less_to_chance(tmp_path):
    few = reimbursement(write(tmp_path, people=2)).from_curve
    many = reimbursement(write(tmp_path, people=200)).from_curve
    assert few is not None
    assert many is not None
    assert few < 0.5 < many


def test_a_curve_is_fitted_from_a_table(tmp_path):
    times = np.random.default_rng(1).exponential(5, 60)
    (tmp_path / "loss.csv").write_text(
        "time,event\n" + "".join(f"{min(t, 8):.4f},{int(t < 8)}\n" for t in times)
    )
    fitted = {"form": "fitted", "family": "weibull", "file": "loss.csv", "source": "made"}
    found = reimbursement(write(tmp_path, durability=fitted))
    low, mid, high = found.lasting[5]
    assert low < math.exp(-1) < high
    assert abs(mid - math.exp(-1)) < 0.12
    (tmp_path / "loss.csv").write_text("time,event\n-1,1\n2,yes\n")
    with pytest.raises(InputErrors) as told:
        reimbursement(write(tmp_path, durability=fitted))
    assert len(told.value.problems) == 2
    with pytest.raises(NotFound):
        reimbursement(write(tmp_path, durability={**fitted, "file": "none.csv"}))


POINTS: dict[str, Any] = {
    "form": "points", "after_last": "not known", "source": "made",
    "points": [
        {"year": 1, "lasting": 0.9, "lower": 0.7, "upper": 0.97},
        {"year": 3, "lasting": 0.8, "lower": 0.5, "upper": 0.9},
    ],
}  # fmt: skip


RISES = {"year": 3, "lasting": 0.95, "lower": 0.5, "upper": 0.97}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"not_measured": None}, "not_measured"),
        ({"churn": {"yearly": 1.2, "then": "stop"}}, "churn.yearly"),
        ({"churn": {"yearly": 0.1, "then": "vanish"}}, "churn.then"),
        ({"currency": "dollars"}, "currency"),
        ({"warranty": [{"until": 2, "refund": 1.5}]}, "refund"),
        ({"warranty": [{"until": 9, "refund": 0.5}]}, "beyond the horizon"),
        ({"warranty": SPEC["warranty"][::-1]}, "not ascending"),
        ({"upfront": 0}, "there is none"),
        ({"milestones": [{"year": 9, "amount": 1}]}, "beyond the horizon"),
        ({"annuity": {"yearly": 1, "years": 9}}, "beyond the horizon"),
        ({"upfront": 0, "annuity": None, "milestones": [], "warranty": []}, "nothing is paid"),
        ({"durability": POINTS}, "not known beyond year 3"),
        ({"durability": {**POINTS, "points": [POINTS["points"][0], RISES]}}, "rises"),
        ({"durability": {**SPEC["durability"], "median": 3}}, "median_lower"),
        ({"horizon": 0}, "horizon"),
        ({"note": 1}, "note"),
    ],
)  # fmt: skip
def test_a_wrong_agreement_is_told_and_nothing_written(tmp_path, change, says):
    with pytest.raises(InputErrors, match=says):
        reimbursement(write(tmp_path, **change), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_example_says_it_is_made():
    path = examples_root() / "agreement" / "agreement.yaml"
    found = reimbursement(path)
    assert found.agreement.data == "made"
    assert any("nothing was observed" in text for text in found.caveats)
