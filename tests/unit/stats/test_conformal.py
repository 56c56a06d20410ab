"""The rank among untreated people: windows from times alone, floors, ties, exact size."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.conformal import Conformal, comparable_windows, conformal_test
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.regression import Direction
from ultrarare.stats.trajectory import fit_trajectory

TIMES = np.arange(8.0)
PRE, POST = TIMES[:4], TIMES[4:]


def fitted(who: ArrayLike, t: ArrayLike, y: ArrayLike) -> PopulationModel:
    return fit_trajectory(who, t, y, grid=False)


def schedule(people: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(people), TIMES.size), np.tile(TIMES, people)


def values(rng: np.random.Generator, people: int) -> np.ndarray:
    return rng.normal(0, 1, people)[:, None] + rng.normal(0, 1, (people, TIMES.size))


def ranked(all_values: np.ndarray, direction: Direction = "lower") -> Conformal:
    """The last row is the patient."""
    people = all_values.shape[0] - 1
    who, t = schedule(people)
    windows = comparable_windows(who, t, pre_time=PRE, post_time=POST, dosed_at=3.5)
    return conformal_test(
        windows, who, t, all_values[:-1].ravel(),
        pre_time=PRE, pre_value=all_values[-1, :4], post_time=POST, post_value=all_values[-1, 4:],
        direction=direction, fit=fitted,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("people", "floor", "said"),
    [
        (18, 1 / 19, "so 0.05 cannot be reached"),
        (19, 1 / 20, "so 0.025 cannot be reached"),
        (38, 1 / 39, "so 0.025 cannot be reached"),
        (39, 1 / 40, None),
    ],
)
def test_the_floor_follows_from_the_schedule_alone(people, floor, said):
    who, t = schedule(people)
    windows = comparable_windows(who, t, pre_time=PRE, post_time=POST)
    assert windows.floor == pytest.approx(floor)
    assert (said in windows.summary()) if said else ("cannot be reached" not in windows.summary())


def test_people_without_visits_on_both_sides_are_left_out_and_counted():
    who = [0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3]
    t = [0, 1, 2, 3, 0, 0.2, 4, 5, 6, 7, 8]
    windows = comparable_windows(who, t, pre_time=[0, 1], post_time=[2, 3])
    assert windows.person.tolist() == [0, 3]
    assert windows.without == 2


def test_the_pseudo_dosing_time_lies_as_long_after_a_visit_as_the_patient_s():
    windows = comparable_windows(
        np.zeros(8, dtype=int), TIMES + 0.2, pre_time=[2, 3], post_time=[5, 6], dosed_at=3.5
    )
    # the visit at 3.2 and half a unit more is nearest to 3.5
    assert windows.dosed_at.tolist() == [pytest.approx(3.7)]


@pytest.mark.parametrize("dosed_at", [2.0, 4.0, 9.0])
def test_dosing_outside_the_gap_between_the_visits_is_an_error(dosed_at):
    who, t = schedule(3)
    with pytest.raises(InputError, match="does not lie between"):
        comparable_windows(who, t, pre_time=PRE, post_time=POST, dosed_at=dosed_at)


def test_nobody_comparable_is_refused():
    windows = comparable_windows([0, 1, 2], [0.0, 1.0, 2.0], pre_time=PRE, post_time=POST)
    assert windows.floor == 1
    with pytest.raises(NotComputable, match="no untreated person has visits"):
        conformal_test(
            windows, [0, 1, 2], [0.0, 1.0, 2.0], [1.0, 2.0, 3.0], pre_time=PRE, pre_value=PRE,
            post_time=POST, post_value=POST, direction="lower", fit=fitted,
        )  # fmt: skip


def test_a_patient_beyond_everybody_reaches_the_floor_and_not_less():
    data = values(np.random.default_rng(1), 25)
    data[-1, 4:] -= 30
    found = ranked(data)
    assert found.p == found.floor == pytest.approx(1 / 25)
    assert ranked(data, "higher").p == 1
    assert found.p_two_sided == pytest.approx(1 / 25)


def test_ties_count_against_the_patient():
    rng = np.random.default_rng(2)
    data = np.tile(values(rng, 6), (2, 1))  # everybody has a twin
    data[[5, -1], 4:] -= 30
    found = ranked(data)
    assert found.people == 11
    assert found.p == pytest.approx(2 / 12)


def test_no_one_s_order_in_the_table_matters():
    data = values(np.random.default_rng(3), 15)
    turned = np.vstack((data[:-1][::-1], data[-1:]))
    assert ranked(data).p == ranked(turned).p


def test_turning_the_scale_over_turns_the_direction():
    data = values(np.random.default_rng(4), 15)
    assert ranked(data, "lower").p == ranked(-data, "higher").p


@pytest.mark.parametrize("tails", ["normal", "t2"])
def test_the_size_is_the_attainable_one_under_exchangeability(tails):
    # 20 people besides the patient: p takes 21 values, each with probability 1/21
    rng = np.random.default_rng(5)
    runs, people = 400, 20
    p = np.empty(runs)
    for i in range(runs):
        data = values(rng, people + 1)
        if tails == "t2":
            data += rng.standard_t(2, data.shape)
        p[i] = ranked(data).p
    attainable = int(0.2 * 21) / 21
    error = np.sqrt(attainable * (1 - attainable) / runs)
    assert np.mean(p <= 0.2) == pytest.approx(attainable, abs=3.5 * error)
    assert p.min() >= 1 / 21
    assert np.mean(p) == pytest.approx((1 + 1 / 21) / 2, abs=3.5 * 0.289 / np.sqrt(runs))


def test_people_alike_have_a_rank_too():
    # what differs between people is estimated at 0, and the mean course predicts everybody
    rng = np.random.default_rng(9)
    data = rng.normal(0, 1, (21, TIMES.size))
    data -= data.mean(axis=1, keepdims=True)
    data[-1, 4:] -= 5
    assert ranked(data).p == pytest.approx(1 / 21)


def test_rows_say_who_is_who_and_the_caveat_names_what_cannot_be_reached():
    found = ranked(values(np.random.default_rng(6), 12))
    rows = found.to_rows()
    assert [row["who"] for row in rows].count("patient") == 1
    assert len(rows) == 12
    assert "0.05 cannot be reached" in found.caveats[0]
    assert "smallest attainable 0.0833" in found.summary()


def test_a_baseline_on_which_one_may_have_been_chosen_is_said() -> None:
    data = values(np.random.default_rng(10), 60)
    data[-1, :4] += 3
    chosen = ranked(data)
    assert chosen.baseline_rank < 0.1
    assert "the baseline is among the worst" in chosen.caveats[-1]
    assert ranked(data, "higher").baseline_rank > 0.9
    assert not ranked(data, "higher").caveats
