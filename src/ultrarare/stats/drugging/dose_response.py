"""Dose and response: the four-parameter logistic, with what a given share of the effect takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.special import stdtrit

from ultrarare.errors import InputErrors, NotComputable, Problem

Floats = npt.NDArray[np.float64]

_FEWEST = 4
_REACH = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """A dose with its limits, profile likelihood; None where the data do not bound it."""

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """A fitted curve.

    Attributes:
        start: response without drug.
        end: response at the highest doses.
        slope: Hill's slope, above 0.
        ec50: dose of half the effect.
        ec90: dose of nine tenths of it.
        residual: standard deviation about the curve.
        doses: different doses above 0.
        points: values fitted.
        level: coverage.
        caveats: what limits it.
    """

    start: float
    end: float
    slope: float
    ec50: Dose
    ec90: Dose
    residual: float
    doses: int
    points: int
    level: float
    caveats: tuple[str, ...]


def curve(dose: Floats, start: float, end: float, log_half: float, slope: float) -> Floats:
    """Response at each dose; `log_half` is the natural logarithm of the half-effect dose."""
    with np.errstate(divide="ignore"):
        z = slope * (np.log(dose) - log_half)
    share: Floats = 1 / (1 + np.exp(-np.clip(z, -_REACH, _REACH)))
    return start + (end - start) * share


def fit_dose_response(dose: Floats, response: Floats, level: float = 0.95) -> DoseResponse:
    """Fit the curve by least squares and bound its doses by the profile of the likelihood.

    Args:
        dose: (points,) 0 or above.
        response: (points,) on one scale.
        level: coverage.

    Raises:
        InputErrors: a dose below 0, or fewer than four different ones above 0.
        NotComputable: responses do not differ, or the doses reach neither plateau, so that half
            of an effect is not known.

    Notes:
        A limit is where the best curve with that dose held has so much more residual that F
        reaches its quantile (Bates and Watts 1988). Where no dose in ten times the range either
        way does, there is none. Checked in tests/unit/stats/test_dose_response.py against R's nls
        and by simulation.
    """
    tried = np.unique(dose[dose > 0])
    problems = []
    if (dose < 0).any():
        problems.append(Problem("dose", f"holds {float(dose.min()):g}; allowed is 0 or above"))
    if tried.size < _FEWEST:
        problems.append(
            Problem(
                "dose", f"has {tried.size} different doses above 0; at least {_FEWEST} are needed"
            )
        )
    if dose.size < 6:
        problems.append(Problem("response", f"has {dose.size} values; at least 6 are needed"))
    if problems:
        raise InputErrors(problems, where="dose-response")
    if float(np.ptp(response)) == 0:
        raise NotComputable("all responses are equal: there is no curve")
    best = _fit(dose, response, tried, None, 0.5)
    df = dose.size - 4
    least = float(best[1])
    t = float(stdtrit(df, 0.5 + level / 2))
    allowed = least * (1 + t**2 / df) if least > 0 else 1e-12
    start, end, log_half, log_slope = best[0]
    slope = math.exp(log_slope)
    half = _bounded(dose, response, tried, 0.5, log_half, allowed)
    ninety = _bounded(dose, response, tried, 0.9, log_half + math.log(9) / slope, allowed)
    if half.lower is None and half.upper is None:
        raise NotComputable(
            "the doses reach neither plateau: half of the effect is not known",
            remedy="Add lower and higher doses.",
        )
    caveats = []
    if float(tried[-1]) < ninety.value:
        caveats.append("the dose of nine tenths of the effect lies above every dose that was tried")
    if half.lower is None or half.upper is None:
        caveats.append("the doses bound the half-effect dose on one side only")
    return DoseResponse(
        start=float(start), end=float(end), slope=slope, ec50=half, ec90=ninety,
        residual=math.sqrt(least / df) if df > 0 else 0.0, doses=int(tried.size),
        points=int(dose.size), level=level, caveats=tuple(caveats),
    )  # fmt: skip


def _fit(
    dose: Floats, response: Floats, tried: Floats, held: float | None, share: float
) -> tuple[Floats, float]:
    """Best parameters and residual sum; `held` fixes the logarithm of the dose of a share.

    The two plateaus are linear in the data once place and slope are known, and are solved for.
    """
    low, high = math.log(tried[0]), math.log(tried[-1])
    tail = math.log(share / (1 - share))

    def unpacked(free: Floats) -> tuple[float, float]:
        log_slope = float(free[-1])
        place = float(free[0]) if held is None else held - tail / math.exp(log_slope)
        return place, log_slope

    def plateaus(free: Floats) -> tuple[Floats, Floats]:
        place, log_slope = unpacked(free)
        s = curve(dose, 0.0, 1.0, place, math.exp(log_slope))
        design = np.column_stack((1 - s, s))
        found, *_ = np.linalg.lstsq(design, response, rcond=None)
        levels: Floats = found.astype(np.float64)
        return levels, design @ levels - response

    def left(free: Floats) -> Floats:
        return plateaus(free)[1]

    best: tuple[Floats, float] | None = None
    for place in np.linspace(low, high, 5) if held is None else (0.0,):
        for log_slope in (-0.7, 0.0, 0.9):
            begin = np.array([place, log_slope] if held is None else [log_slope])
            edge = ([low - 5, -2.5], [high + 5, 3.0]) if held is None else ([-2.5], [3.0])
            done = least_squares(left, begin, bounds=edge)
            total = float(2 * done.cost)
            if best is None or total < best[1] - 1e-12:
                levels, _ = plateaus(done.x)
                where, steep = unpacked(done.x)
                best = (np.array([levels[0], levels[1], where, steep]), total)
    if best is None:  # pragma: no cover -- every start gives a fit
        raise NotComputable("no curve could be fitted")
    return best


def _bounded(
    dose: Floats, response: Floats, tried: Floats, share: float, value: float, allowed: float
) -> Dose:
    """Limits of the dose of a share."""
    step, reach = math.log(10) / 8, math.log(10)
    limits: list[float | None] = []
    for sign in (-1, 1):
        edge = (math.log(tried[0]) if sign < 0 else math.log(tried[-1])) + sign * reach
        inside, at = value, value + sign * step
        found: float | None = None
        while (edge - at) * sign > 0:
            if _fit(dose, response, tried, at, share)[1] > allowed:
                outside = at
                for _ in range(30):
                    middle = 0.5 * (inside + outside)
                    if _fit(dose, response, tried, middle, share)[1] > allowed:
                        outside = middle
                    else:
                        inside = middle
                    if abs(outside - inside) < 1e-4:
                        break
                found = math.exp(0.5 * (inside + outside))
                break
            inside, at = at, at + sign * step
        limits.append(found)
    return Dose(value=math.exp(value), lower=limits[0], upper=limits[1])
