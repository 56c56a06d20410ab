"""The contrast along a shift of one assumption, and the shift at which its conclusion turns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from scipy.optimize import brentq

from ultrarare.stats.arrays import Floats, freeze, require_positive
from ultrarare.stats.sensitivity.conclusion import (
    Contrast,
    Direction,
    Recompute,
    SensitivityRow,
    Side,
    shown,
)
from ultrarare.stats.sensitivity.observed import ObservedScale

Ends = Literal["both", "up", "down"]

_POINTS: Final = 21
_STEPS: Final = 12
_DOUBLINGS: Final = 6
_ENOUGH: Final = 2.0
"""Observed sds that a conclusion has to survive: validation/sensitivity.py."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShiftCurve:
    """The contrast at each shift; arrays of shape (k,), ascending in `shift`."""

    shift: Floats
    value: Floats
    lower: Floats
    upper: Floats
    at_none: Contrast  # where nothing is shifted
    concluded: Side  # what the interval shows there
    tips_at: float | None  # nearest shift at which it shows that no more
    searched: float  # largest shift that was tried, either way

    def __post_init__(self) -> None:
        freeze(self)

    def to_rows(self) -> list[dict[str, float]]:
        """One row a shift: `shift, value, lower, upper`."""
        names = ("shift", "value", "lower", "upper")
        columns = [getattr(self, name).tolist() for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def shift_curve(
    recompute: Recompute,
    *,
    direction: Direction,
    scale: float,
    null: float = 0.0,
    ends: Ends = "both",
    shown_to: float | None = None,
    farthest: float | None = None,
) -> ShiftCurve:
    """Shift an assumption until the conclusion turns.

    Args:
        recompute: the contrast under a shift; continuous in it.
        direction: which values of the contrast are better.
        scale: a shift worth trying, > 0; the search doubles it up to 64 times.
        null: no difference.
        ends: shifts of which sign are tried.
        shown_to: a shift that the curve must reach, such as one that was observed.
        farthest: no shift beyond this is tried.

    Raises:
        InputError: a scale of 0 or below.

    Notes:
        Twelve steps a doubling, then a root by Brent's method, so that the tipping shift is the
        nearest crossing unless the conclusion turns and returns within one step.
    """
    require_positive(scale, "scale")
    start = recompute(0.0)
    concluded = shown(start, direction, null)
    limit = scale * 2.0**_DOUBLINGS if farthest is None else farthest
    signs = {"both": (1.0, -1.0), "up": (1.0,), "down": (-1.0,)}[ends]
    tips = None
    if concluded != "none":
        above = start.side(null) == "above"
        tips = _nearest(recompute, null, signs, min(scale, limit), limit, above=above)
    reach = max(1.5 * abs(tips) if tips else scale, shown_to or 0.0)
    reach = min(reach, limit) if farthest is not None else reach
    points = np.unique(
        np.concatenate(([0.0], *(np.linspace(0, s * reach, _POINTS) for s in signs)))
    )
    found = [recompute(float(x)) for x in points]
    return ShiftCurve(
        shift=points,
        value=np.array([c.value for c in found]),
        lower=np.array([c.lower for c in found]),
        upper=np.array([c.upper for c in found]),
        at_none=start,
        concluded=concluded,
        tips_at=tips,
        searched=limit,
    )


def _nearest(
    recompute: Recompute,
    null: float,
    signs: tuple[float, ...],
    scale: float,
    limit: float,
    *,
    above: bool,
) -> float | None:
    """The smallest shift, of either sign, at which the near limit reaches `null`."""

    def clearance(shift: float) -> float:
        contrast = recompute(shift)
        return contrast.lower - null if above else null - contrast.upper

    near, far = 0.0, scale
    while True:
        grid = np.linspace(near, far, _STEPS + 1).tolist()
        for a, b in pairwise(grid):
            roots = [
                float(brentq(clearance, s * a, s * b, xtol=1e-12 * scale, rtol=1e-12))
                for s in signs
                if clearance(s * b) <= 0
            ]
            if roots:
                return min(roots, key=abs)
        if far >= limit:
            return None
        near, far = far, min(2 * far, limit)


def shift_row(
    curve: ShiftCurve,
    *,
    analysis: str,
    changed: str,
    unit: str,
    scale: ObservedScale | None = None,
) -> SensitivityRow:
    """The tipping shift as a row, told in units of what was observed.

    Args:
        curve: the shifts.
        analysis: which analysis, in a word or two.
        changed: what is shifted, as in `the untreated change per year`.
        unit: of the shift, in words.
        scale: how much it is seen to differ; None if nobody looked.
    """
    observed = None if scale is None else scale.sd or scale.upper or None
    tip = curve.tips_at
    ratio = None if tip is None or observed is None else abs(tip) / observed
    return SensitivityRow(
        analysis=analysis,
        changed=changed,
        tipping=tip,
        unit=unit,
        observed=observed,
        observed_what=None if scale is None else scale.what,
        flips_at=ratio,
        reading=_reading(curve, changed, unit, scale, ratio),
        caveats=(*(() if scale is None else scale.caveats), *_too_near(ratio)),
    )


def _too_near(ratio: float | None) -> tuple[str, ...]:
    if ratio is None or ratio >= _ENOUGH:
        return ()
    return (
        f"the conclusion turns within {_ENOUGH:g} observed standard deviations: a difference of "
        "that size between populations is to be expected and can explain it",
    )


def _reading(
    curve: ShiftCurve, changed: str, unit: str, scale: ObservedScale | None, ratio: float | None
) -> str:
    if curve.concluded == "none":
        return "The interval already holds no difference; there is no conclusion to turn."
    if curve.tips_at is None:
        return (
            f"No shift of {changed} up to {curve.searched:.3g} {unit}, either way, turns the "
            "conclusion."
        )
    said = f"The conclusion turns if {changed} is {curve.tips_at:+.3g} {unit} off"
    if scale is None:
        return f"{said}; nothing observed says how large a shift is plausible."
    if ratio is None:
        return f"{said}; {scale.what} agree more closely than sampling explains."
    if not scale.sd:
        return (
            f"{said}: {ratio:.2g} times the upper limit of the standard deviation of {scale.what}."
        )
    more = ""
    if scale.upper:
        more = f" ({abs(curve.tips_at) / scale.upper:.2g} times its upper limit)"
    return f"{said}: {ratio:.2g} times the standard deviation of {scale.what}{more}."
