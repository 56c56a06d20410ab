"""Checks of a constant rate: what they refuse, and what they count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.episode_checks import RateCheck, age_trend, clustering


def check(times: list[list[float]], spans: list[Any], **options: Any) -> RateCheck:
    settings: dict[str, Any] = {"bin_width": 0.5, "rng": np.random.default_rng(3), "runs": 99}
    return clustering(times, spans, **settings | options)


def test_with_one_span_a_person_the_trend_is_the_closed_form() -> None:
    # Σ(t − midpoint)/√(Σ nT²/12): (−0.5 − 0.25) from 0–2, 3 from 4–12, by hand.
    found = age_trend([[0.5, 0.75], [11.0]], [[(0.0, 2.0)], [(4.0, 12.0)]])

    assert found.statistic == pytest.approx((-0.5 - 0.25 + 3) / np.sqrt((2 * 4 + 64) / 12))
    assert (found.n_people, found.n_events) == (2, 3)


def test_rarer_with_age_is_below_zero() -> None:
    assert age_trend([[0.1, 0.2, 0.3]], [[(0.0, 4.0)]]).statistic < 0


def test_a_span_that_is_cut_in_two_gives_the_same_trend() -> None:
    whole = age_trend([[0.5, 1.0, 3.0]], [[(0.0, 4.0)]])
    cut = age_trend([[0.5, 1.0, 3.0]], [[(1.0, 4.0), (0.0, 1.0)]])

    assert cut.statistic == pytest.approx(whole.statistic)


def test_an_episode_at_either_end_of_a_span_is_counted_once() -> None:
    # Four bins, one episode at each end: (1, 0, 0, 1) with ½ expected in each.
    assert check([[0.0, 2.0]], [[(0.0, 2.0)]]).statistic == pytest.approx(2.0)
    assert check([[1.0, 1.0]], [[(0.0, 1.0), (1.0, 2.0)]]).n_events == 2


def test_people_who_cannot_be_uneven_are_left_out() -> None:
    found = check([[0.1, 0.2], [0.5], [], [0.1, 0.2]], [[(0.0, 2.0)]] * 3 + [[(0.0, 0.5)]])

    assert (found.n_people, found.n_events) == (1, 2)


def test_even_episodes_are_not_rare_and_a_burst_is() -> None:
    spans = [[(0.0, 5.0)]]

    assert check([list(np.arange(0.25, 5.0, 0.5))], spans).p_value == 1
    assert check([list(np.linspace(1.01, 1.49, 10))], spans).p_value == pytest.approx(1 / 100)


def test_the_same_seed_gives_the_same_p_value() -> None:
    times, spans = [[0.1, 0.2, 1.7], [0.4, 1.2]], [[(0.0, 2.0)]] * 2

    assert check(times, spans) == check(times, spans)


def test_few_events_are_told() -> None:
    assert any("only 2 events" in c for c in check([[0.1, 0.2]], [[(0.0, 2.0)]]).caveats)
    assert age_trend([list(np.linspace(0, 2, 20))], [[(0.0, 2.0)]]).caveats == ()


def test_the_summary_tells_what_constant_rates_would_give() -> None:
    assert "3 expected at constant rates" in check([[0.1, 0.2]], [[(0.0, 2.0)]]).summary()


@pytest.mark.parametrize(
    ("times", "spans", "options", "where"),
    [
        ([], [], {}, "spans"),
        ([[0.1]], [], {}, "times_by_person"),
        ([[0.1], [2.5]], [[(0.0, 1.0)], [(2.0, 2.2)]], {}, "times_by_person[1]"),
        ([[0.5]], [[(1.0, 2.0)]], {}, "times_by_person[0]"),
        ([[1.5]], [[(0.0, 1.0), (2.0, 3.0)]], {}, "times_by_person[0]"),
        ([[0.5]], [[(1.0, 0.0)]], {}, "spans[0]"),
        ([[0.5]], [[(0.0, 1.0), (0.5, 2.0)]], {}, "spans[0]"),
        ([[0.5]], [[]], {}, "spans[0]"),
        ([[float("nan")]], [[(0.0, 1.0)]], {}, "times_by_person[0][0]"),
        ([[0.5]], [[(0.0, 1.0)]], {"bin_width": 0.0}, "bin_width"),
        ([[0.5]], [[(0.0, 1.0)]], {"runs": 10}, "runs"),
    ],
)
def test_what_is_no_record_of_episodes_is_refused_with_its_place(
    times: list[list[float]], spans: list[Any], options: dict[str, Any], where: str
) -> None:
    with pytest.raises(InputError) as caught:
        check(times, spans, **options)

    assert caught.value.where == where


def test_without_repeated_episodes_nothing_can_cluster() -> None:
    with pytest.raises(NotComputable, match="two episodes"):
        check([[0.1], [0.2]], [[(0.0, 2.0)]] * 2)


def test_without_an_episode_there_is_no_trend() -> None:
    with pytest.raises(NotComputable, match="no episode"):
        age_trend([[]], [[(0.0, 2.0)]])
