"""How far an observed thing has to be off for a conclusion to turn."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.mixed import population_from_summary
from ultrarare.stats.sensitivity.conclusion import Contrast
from ultrarare.stats.sensitivity.leave_out import leave_out
from ultrarare.stats.sensitivity.observed import between_populations, given_scale
from ultrarare.stats.sensitivity.prior_weight import NormalPrior, weight_curve, weight_row, weighted
from ultrarare.stats.sensitivity.shift import shift_curve, shift_row
from ultrarare.stats.sensitivity.untreated_shift import (
    contrast_under,
)

T0, Y0 = np.array([4.0, 5.0, 6.0]), np.array([42.0, 41.0, 38.5])
T1, Y1 = np.array([7.0, 8.0, 9.0]), np.array([44.0, 45.0, 46.0])


# --- how populations differ


def test_one_population_cannot_show_how_populations_differ():
    with pytest.raises(NotComputable, match="one population"):
        between_populations([1.0], [0.1], what="slopes")
    with pytest.raises(InputError, match="standard error"):
        between_populations([1.0, 2.0], [0.1, 0.0], what="slopes")
    with pytest.raises(InputError, match="above 0"):
        given_scale(0.0, "slopes")


def test_populations_that_agree_leave_the_upper_limit_as_the_scale():
    scale = between_populations([-3.0, -3.5, -2.6], [0.4, 0.5, 0.6], what="slopes of registries")

    assert scale.sd == 0
    assert scale.upper is not None
    assert scale.upper > 0
    assert any("no more than sampling" in text for text in scale.caveats)
    assert any("3 populations only" in text for text in scale.caveats)
    curve = shift_curve(
        lambda s: Contrast(value=2 - s, lower=1 - s, upper=3 - s), direction="higher", scale=0.5
    )
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year", scale=scale)
    assert row.observed == scale.upper
    assert "upper limit of the standard deviation" in row.reading

    same = between_populations([-3.0, -3.01, -2.99], [0.4, 0.5, 0.6], what="slopes of registries")
    assert any("give no scale" in text for text in same.caveats)
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year", scale=same)
    assert row.observed is None
    assert row.flips_at is None
    assert "agree more closely" in row.reading


# --- shifts


def line(shift):
    return Contrast(value=2 - shift, lower=1 - shift, upper=3 - shift)


def test_the_tipping_shift_of_a_straight_line_is_where_its_limit_reaches_zero():
    curve = shift_curve(line, direction="higher", scale=0.3)

    assert curve.concluded == "better"
    assert curve.tips_at == pytest.approx(1.0, abs=1e-9)
    assert shift_curve(line, direction="lower", scale=0.3).concluded == "worse"
    rows = curve.to_rows()
    assert [row["shift"] for row in rows] == sorted(row["shift"] for row in rows)
    assert {"shift": 0.0, "value": 2.0, "lower": 1.0, "upper": 3.0} in rows
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year",
                    scale=given_scale(0.5, "slopes of registries"))  # fmt: skip
    assert row.flips_at == pytest.approx(2.0)
    assert "2 times the standard deviation of slopes of registries" in row.reading


def test_a_conclusion_that_turns_within_two_observed_sds_carries_a_caveat():
    curve = shift_curve(line, direction="higher", scale=0.3)
    for sd, told in ((0.6, True), (0.4, False)):
        row = shift_row(curve, analysis="slope", changed="the slope", unit="a year",
                        scale=given_scale(sd, "slopes"))  # fmt: skip
        assert any("within 2 observed" in text for text in row.caveats) is told


def test_the_nearest_of_two_crossings_is_taken():
    def bump(shift):
        return Contrast(value=1 - (shift + 0.1) ** 2 / 4 + 1, lower=1 - (shift + 0.1) ** 2 / 4,
                        upper=9.0)  # fmt: skip

    curve = shift_curve(bump, direction="higher", scale=0.5)

    assert curve.tips_at == pytest.approx(1.9, abs=1e-9)


def test_a_shift_that_never_tells_is_said_to_have_been_searched():
    curve = shift_curve(
        lambda _s: Contrast(value=2, lower=1, upper=3), direction="higher", scale=1.0
    )
    assert curve.tips_at is None
    assert curve.searched == 64
    row = shift_row(curve, analysis="level", changed="the level", unit="points")
    assert "No shift of the level up to 64 points" in row.reading


def test_without_a_conclusion_there_is_nothing_to_turn():
    curve = shift_curve(lambda s: line(s + 1.5), direction="higher", scale=1.0)
    assert curve.concluded == "none"
    assert curve.tips_at is None
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year")
    assert "no conclusion to turn" in row.reading


# --- sources


VALUES = {"same variant": 3.0, "same gene": 2.5, "other gene": -2.0}


def from_sources(used):
    if used == ("same variant",):
        raise NotComputable("two people only")
    mean = float(np.mean([VALUES[u] for u in used]))
    return Contrast(value=mean, lower=mean - 1, upper=mean + 1)


def test_sources_that_turn_the_conclusion_are_named():
    found = leave_out(tuple(VALUES), from_sources, direction="higher", ordered=True)

    assert [row.label for row in found.rows] == [
        "all", "without same variant", "without same gene", "without other gene",
        "same variant alone", "same gene alone", "other gene alone",
    ]  # fmt: skip
    assert set(found.turns) == {
        "without same variant", "without same gene", "other gene alone",
    }  # fmt: skip
    row = found.to_row("tier")
    assert row.tipping == 3
    assert row.caveats == ("same variant alone: two people only",)
    json.dumps(found.to_rows(), allow_nan=False)


def test_all_sources_together_must_be_computable_and_two():
    def never(used):
        raise NotComputable("nothing")

    with pytest.raises(NotComputable, match="nothing"):
        leave_out(("a", "b"), never, direction="higher")
    with pytest.raises(InputError, match="two sources"):
        leave_out(("a",), from_sources, direction="higher")
    with pytest.raises(InputError, match="each once"):
        leave_out(("a", "a"), from_sources, direction="higher")


# --- prior weight


OWN = Contrast(value=1.0, lower=-0.5, upper=2.5)


def test_the_tipping_weight_has_the_closed_form_of_normal_precisions():
    prior = NormalPrior(value=1.2, se=0.4)
    curve = weight_curve(OWN, prior, direction="higher")
    row = weight_row(curve)

    assert row.tipping is not None
    at = weighted(OWN, prior, row.tipping)
    assert at.lower == pytest.approx(0, abs=1e-9)
    assert "needs the prior" in row.reading
    assert weighted(OWN, prior, 0.0).lower == pytest.approx(-0.5)


def test_a_conclusion_that_does_not_need_the_prior_stands_at_every_weight():
    alone = Contrast(value=3.0, lower=1.5, upper=4.5)
    row = weight_row(weight_curve(alone, NormalPrior(value=2, se=1), direction="higher"))
    assert row.tipping is None
    assert "every weight" in row.reading

    none = weight_row(weight_curve(OWN, NormalPrior(value=-1, se=1), direction="higher"))
    assert "nothing is shown" in none.reading


def test_a_published_population_can_be_shifted_too():
    stable = population_from_summary(60, 8, 4, 50)
    curve = shift_curve(
        contrast_under(stable, T0, Y0 + 15, T1, Y1 + 30, changed="level"),
        direction="higher", scale=5.0,
    )  # fmt: skip
    assert curve.concluded == "better"
    assert curve.tips_at is not None
