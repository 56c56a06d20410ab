"""What a comparison says: no more than its interval, at every boundary."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ultrarare.case.finding import Direction
from ultrarare.effect.comparison import judge, judge_corners
from ultrarare.stats.mixed import population_from_summary
from ultrarare.stats.own_control import OwnControl, own_control

RESULT = own_control(
    population_from_summary(50, 10, 3, 60), [1, 2], [50, 51], [3, 4], [60, 61], direction="higher"
)
TINY = 1e-9


def result(direction: Any, low: float, high: float, **more: Any) -> OwnControl:
    """A comparison whose benefit lies between `low` and `high`, whichever way better is."""
    limits = (low, high) if direction == "higher" else (-high, -low)
    changes = {"margin": None, "regression_verdict": "excluded", "reason": "as made", **more}
    return replace(RESULT, direction=direction, lower=limits[0], upper=limits[1], **changes)


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize(
    ("low", "high", "more", "direction", "words"),
    [
        (1, 3, {}, Direction.SUPPORTS, "the course is better than expected without treatment"),
        (TINY, 3, {}, Direction.SUPPORTS, "better than expected"),
        (0, 3, {}, Direction.INCONCLUSIVE, "the interval holds no change"),
        (-1, 3, {}, Direction.INCONCLUSIVE, "the interval holds no change"),
        (-3, 0, {}, Direction.INCONCLUSIVE, "the interval holds no change"),
        (-3, -TINY, {}, Direction.CONTRADICTS, "worse than expected without treatment"),
        (-3, -1, {"margin": 5}, Direction.CONTRADICTS, "worse than expected"),
        (-1, 4, {"margin": 5}, Direction.CONTRADICTS, "of the relevant size is excluded"),
        (-1, 4, {"margin": 5}, Direction.CONTRADICTS, "as expected without treatment"),
        (-1, 5, {"margin": 5}, Direction.INCONCLUSIVE, "the interval holds no change"),
        (1, 4, {"margin": 5}, Direction.CONTRADICTS, "better than expected without treatment"),
        (1, 6, {"margin": 5}, Direction.SUPPORTS, "better than expected"),
        (
            1,
            3,
            {"regression_verdict": "not excluded"},
            Direction.INCONCLUSIVE,
            "improvement is not shown: as made",
        ),
        (
            1,
            3,
            {"regression_verdict": "cannot be judged"},
            Direction.INCONCLUSIVE,
            "this cannot be judged: as made",
        ),
    ],
)
def test_the_words_claim_no_more_than_the_interval(better, low, high, more, direction, words):
    found, said = judge(result(better, low, high, **more))
    assert found is direction
    assert words in said


@pytest.mark.parametrize(
    ("doubt", "direction"),
    [(None, Direction.SUPPORTS), ("as made", Direction.INCONCLUSIVE)],
)
def test_what_the_rank_does_not_confirm_is_not_shown(doubt, direction):
    corner = SimpleNamespace(result=result("higher", 1, 3))
    rank = SimpleNamespace(doubt=lambda level: doubt if level == RESULT.level else "level")
    made: Any = SimpleNamespace(least=corner, most=corner, result=corner.result, rank=rank)
    found, said = judge_corners(made)
    assert found is direction
    assert ("improvement is not shown: as made" in said) == (doubt is not None)
