"""Limits of blank, detection and quantification, against sums over every count."""

from __future__ import annotations

import math

import pytest

from ultrarare.errors import InputError
from ultrarare.stats.detection import detection_limits


def above(blank: int, reads: int, chance: float) -> float:
    """Chance of more than `blank` of `reads`, term by term."""
    return 1 - sum(
        math.comb(reads, k) * chance**k * (1 - chance) ** (reads - k) for k in range(blank + 1)
    )


@pytest.mark.parametrize(("reads", "background"), [(200, 0.01), (500, 0.002), (1000, 0.0)])
def test_limits_by_enumeration(reads, background):
    found = detection_limits(reads, background)
    assert above(found.blank_count, reads, background) <= 0.05
    if found.blank_count:
        assert above(found.blank_count - 1, reads, background) > 0.05
    at = background + found.detection * (1 - background)
    assert above(found.blank_count, reads, at) == pytest.approx(0.95, abs=1e-9)
    share = found.quantification
    assert share is not None
    seen = background + share * (1 - background)
    assert math.sqrt(seen * (1 - seen) / reads) / share == pytest.approx(0.2, abs=1e-9)


def test_no_depth_gives_a_limit_below_what_the_input_carries():
    floor = 1 - 0.05 ** (1 / 3000)
    for reads in (10_000, 10_000_000):
        found = detection_limits(reads, 0.0, copies=3000)
        assert found.input_floor == pytest.approx(floor)
        assert found.detection >= floor
    assert detection_limits(10_000_000, 0.0, copies=3000).detection == pytest.approx(
        floor, rel=0.01
    )
    assert detection_limits(10_000_000, 0.0).detection < floor / 1000


def test_few_copies_by_enumeration():
    reads, background, copies = 300, 0.01, 40
    found = detection_limits(reads, background, copies)
    chance = sum(
        math.comb(copies, k) * found.detection**k * (1 - found.detection) ** (copies - k)
        * above(found.blank_count, reads, background + k / copies * (1 - background))
        for k in range(copies + 1)
    )  # fmt: skip
    assert chance == pytest.approx(0.95, abs=1e-6)


@pytest.mark.parametrize("wrong", [(0, 0.1, None), (5, 1.0, None), (5, -0.1, None), (5, 0.1, 0)])
def test_what_is_no_sample_is_refused(wrong):
    with pytest.raises(InputError):
        detection_limits(*wrong)
