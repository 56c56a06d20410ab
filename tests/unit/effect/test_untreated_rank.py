"""What stands beside a model: when it takes a model's support away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ultrarare.effect.untreated_rank import Beside, rank_beside
from ultrarare.stats.heavy_tails import HeavyTails
from ultrarare.stats.lack_of_fit import LackOfFit
from ultrarare.stats.mixed import PopulationModel, fit_random_intercept

HEAVY = HeavyTails(p=0.001, kurtosis=3.0, n=200, level=0.05)
NORMAL = HeavyTails(p=0.5, kurtosis=0.0, n=200, level=0.05)
BENT = LackOfFit(p=0.001, statistic=9.0, terms=2, df=200, level=0.05)


def beside(
    people: int, *, better: float, tails: HeavyTails, lack: LackOfFit | None = None, at: float = 0.0
) -> Beside:
    rng = np.random.default_rng(7)
    who, t = np.repeat(np.arange(people), 6), np.tile(np.arange(6.0), people)
    y = (rng.standard_normal(people)[who] + rng.standard_normal(who.size)).tolist()

    def fit(a: object, b: object, c: object) -> PopulationModel:
        return fit_random_intercept(a, b, c)  # type: ignore[arg-type]

    return rank_beside(
        (who.tolist(), t.tolist(), y, y),
        ([at + 1.0, at + 2.0], [0.0, 0.0]),
        ([at + 3.0, at + 4.0], [better, better]),
        dosed_at=at + 2.0,
        direction="higher",
        fit=fit,
        tails=tails,
        lack=lack,
    )


def test_heavy_tails_take_support_away_where_the_rank_does_not_confirm_it() -> None:
    doubt = beside(50, better=0.0, tails=HEAVY).doubt(0.95)
    assert doubt is not None
    assert "does not confirm it" in doubt


def test_a_rank_at_or_below_the_level_confirms() -> None:
    assert beside(50, better=20.0, tails=HEAVY).doubt(0.95) is None


def test_where_the_level_is_out_of_reach_the_floor_is_asked_for() -> None:
    found = beside(15, better=20.0, tails=HEAVY)
    assert found.conformal is not None
    assert found.conformal.p == found.windows.floor == pytest.approx(1 / 16)
    assert found.doubt(0.95) is None


def test_normal_tails_leave_the_model_its_word() -> None:
    assert beside(50, better=0.0, tails=NORMAL).doubt(0.95) is None


def test_heavy_tails_without_any_rank_leave_nothing() -> None:
    found = replace(beside(50, better=20.0, tails=HEAVY), conformal=None, refused="made so")
    assert found.doubt(0.95) == (
        "untreated people's visits have heavy tails, and there is no rank to go by"
    )
    assert found.to_json()["p"] is None
    assert found.to_json()["floor"] == pytest.approx(1 / 51)
    assert any("made so" in text for text in found.caveats)


def test_a_bent_mean_takes_support_away_where_the_rank_does_not_confirm_it() -> None:
    found = beside(50, better=0.0, tails=NORMAL, lack=BENT)
    doubt = found.doubt(0.95)
    assert doubt is not None
    assert doubt.startswith("the mean of untreated people bends where the model does not")
    assert any("bends where the fitted course does not" in text for text in found.caveats)
    assert beside(50, better=20.0, tails=NORMAL, lack=BENT).doubt(0.95) is None


def test_a_rank_among_people_of_other_ages_is_told_and_confirms_nothing() -> None:
    found = beside(50, better=20.0, tails=HEAVY, at=30.0)
    assert found.conformal is not None
    assert not found.conformal.same_age
    assert any("compares different ages" in text for text in found.to_json()["caveats"])
    doubt = found.doubt(0.95)
    assert doubt is not None
    assert doubt.endswith("the rank is among people of other ages")
    assert beside(50, better=20.0, tails=HEAVY).conformal.same_age  # type: ignore[union-attr]
