"""Payments that depend on how long an effect lasts: expected in closed form, spread by simulation.

A person has three independent times: loss of effect T, loss to follow-up M, leaving the payer C.
T has an uncertain curve: one draw of its parameters holds for all people together, so that what is
not known of the curve does not average out over people, while chance between people does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PER_YEAR = 24
"""Steps of the grid in a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """An agreement in numbers; amounts for one person, times in years.

    Attributes:
        horizon: whole years.
        upfront: at time 0.
        due: (horizon + 1,) paid at the end of each year while the effect lasts; due[0] is 0.
        refunds: (until, share of upfront), ascending; the first with T < until holds.
        lost: yearly hazard of being lost to follow-up.
        pay_unmeasured: whether what is due is paid for people lost before a loss was seen.
        leave: yearly hazard of leaving the payer.
        on_leaving: stop, transfer or stay.
    """

    horizon: int
    upfront: float
    due: tuple[float, ...]
    refunds: tuple[tuple[float, float], ...]
    lost: float
    pay_unmeasured: bool
    leave: float
    on_leaving: Literal["stop", "transfer", "stay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Money by year for some people together; paid counts positive, refunds negative.

    Attributes:
        first: (draws, horizon + 1) what the first payer pays net.
        sponsor: (draws, horizon + 1) what the sponsor receives net, from whomever.
    """

    first: Floats
    sponsor: Floats


def expected(terms: Terms, curves: Floats) -> Flows:
    """Expected flows of one person under each curve, by integration on the grid.

    Args:
        terms: of the agreement.
        curves: (draws, horizon·24 + 1) S(t) on a grid of 24 steps a year, S(0) = 1.
    """
    t = np.arange(curves.shape[1]) / PER_YEAR
    seen = np.exp(-terms.lost * t)
    stays = np.exp(-terms.leave * t)
    owed = _owed(terms, stays)
    lasting = curves * seen
    unmeasured = _cumulative(_middle(curves) * -np.diff(seen))
    measured_loss = -np.diff(curves, axis=1) * _middle(seen)
    years = np.arange(terms.horizon + 1) * PER_YEAR
    due = np.asarray(terms.due)
    paid = lasting[:, years] + (unmeasured[:, years] if terms.pay_unmeasured else 0.0)
    first, sponsor = (due * paid * who[years] for who in owed)
    first[:, 0] += terms.upfront
    sponsor[:, 0] += terms.upfront
    share = _refund_share(terms, (t[1:] + t[:-1]) / 2)
    back = measured_loss * share * terms.upfront
    for flow, who in ((first, owed[0]), (sponsor, owed[1])):
        yearly = (back * _middle(who)).reshape(len(curves), terms.horizon, PER_YEAR).sum(axis=2)
        flow[:, 1:] -= yearly
    return Flows(first=first, sponsor=sponsor)


def simulate(terms: Terms, curves: Floats, people: int, rng: np.random.Generator) -> Flows:
    """Flows of `people` together, one simulated cohort under each curve.

    Args:
        terms: of the agreement.
        curves: (draws, horizon·24 + 1) as in `expected`.
        people: treated, each with times of its own.
        rng: random numbers.
    """
    draws = len(curves)
    first = np.zeros((draws, terms.horizon + 1))
    sponsor = np.zeros_like(first)
    t = np.arange(curves.shape[1]) / PER_YEAR
    for index, curve in enumerate(curves):
        loss = _times(curve, t, rng.random(people))
        lost = _exponential(terms.lost, people, rng)
        leave = _exponential(terms.leave, people, rng)
        one = _person(terms, loss, lost, leave)
        first[index], sponsor[index] = one.first.sum(axis=0), one.sponsor.sum(axis=0)
    return Flows(first=first, sponsor=sponsor)


def person(terms: Terms, loss: float, lost: float, leave: float) -> tuple[list[float], list[float]]:
    """Flows of one person by the letter of the agreement: the slow oracle, one `if` a clause."""
    first, sponsor = [0.0] * (terms.horizon + 1), [0.0] * (terms.horizon + 1)

    def move(year: int, at: float, amount: float) -> None:
        gone = at >= leave
        if not gone or terms.on_leaving == "stay":
            first[year] += amount
        if not (gone and terms.on_leaving == "stop"):
            sponsor[year] += amount

    move(0, 0.0, terms.upfront)
    for year in range(1, terms.horizon + 1):
        seen_loss = loss <= year and loss < lost
        measured = lost > year
        lasts = measured and loss > year
        if lasts or (terms.pay_unmeasured and not measured and not seen_loss):
            move(year, float(year), terms.due[year])
    if loss < lost and loss < terms.horizon:
        for until, share in terms.refunds:
            if loss < until:
                move(int(loss) + 1, loss, -share * terms.upfront)
                break
    return first, sponsor


def present(flow: Floats, discount: float) -> Floats:
    """(draws,) present value, each year's flow discounted to the start."""
    years = np.arange(flow.shape[1])
    return np.asarray(flow @ (1 + discount) ** -years)


def weibull_curves(location: Floats, log_scale: Floats, horizon: int) -> Floats:
    """S(t) = exp(−(t / e^location)^(1 / e^log_scale)) on the grid, one row a draw."""
    t = np.arange(horizon * PER_YEAR + 1) / PER_YEAR
    power = np.exp(-log_scale)[:, None]
    with np.errstate(divide="ignore", over="ignore"):
        scaled = (np.log(np.maximum(t, 1e-300))[None, :] - location[:, None]) * power
        found = np.exp(-np.exp(np.minimum(scaled, 700)))
    found[:, 0] = 1.0
    return found


def point_curves(
    years: Sequence[float],
    lasting: Sequence[float],
    lower: Sequence[float],
    upper: Sequence[float],
    *,
    horizon: int,
    rng: np.random.Generator,
    draws: int,
) -> Floats:
    """Curves through points with constant hazards between; one normal draw shifts a whole curve.

    The draw acts on the log(−log) scale, whose halves fit the two limits of each point; a shifted
    curve that would rise is held level.
    """
    centre, low, high = (np.log(-np.log(np.asarray(x, float))) for x in (lasting, upper, lower))
    z = rng.standard_normal(draws)[:, None] / 1.959963984540054
    shifted = np.where(z < 0, centre + z * (centre - low), centre + z * (high - centre))
    hazard = np.maximum.accumulate(np.exp(shifted), axis=1)
    knots = np.concatenate([[0.0], np.asarray(years, float)])
    values = np.concatenate([np.zeros((draws, 1)), hazard], axis=1)
    t = np.arange(horizon * PER_YEAR + 1) / PER_YEAR
    rate = (values[:, -1] - values[:, -2]) / (knots[-1] - knots[-2])
    out = np.empty((draws, t.size))
    for index, row in enumerate(values):
        beyond = np.maximum(t - knots[-1], 0.0) * rate[index]
        out[index] = np.exp(-(np.interp(t, knots, row) + beyond))
    return out


def hazard_of(yearly: float) -> float:
    """The constant hazard of a chance in a year."""
    return float(-np.log1p(-yearly))


def _owed(terms: Terms, stays: Floats) -> tuple[Floats, Floats]:
    """Whether the first payer, and whether anybody, stands in the agreement at t."""
    everybody = np.ones_like(stays)
    if terms.on_leaving == "stay":
        return everybody, everybody
    return stays, everybody if terms.on_leaving == "transfer" else stays


def _refund_share(terms: Terms, at: Floats) -> Floats:
    share = np.zeros_like(at)
    for until, refund in reversed(terms.refunds):
        share = np.where(at < until, refund, share)
    return share


def _person(terms: Terms, loss: Floats, lost: Floats, leave: Floats) -> Flows:
    """Flows of each person, (people, horizon + 1)."""
    years = np.arange(terms.horizon + 1, dtype=float)
    col = (loss[:, None], lost[:, None], leave[:, None])
    measured = col[1] > years
    lasts = measured & (col[0] > years)
    if terms.pay_unmeasured:
        lasts |= ~measured & ~((col[0] <= years) & (col[0] < col[1]))
    amount = np.where(lasts, np.asarray(terms.due), 0.0)
    amount[:, 0] = terms.upfront
    there = years < col[2]
    first = amount if terms.on_leaving == "stay" else np.where(there, amount, 0.0)
    sponsor = np.where(there, amount, 0.0) if terms.on_leaving == "stop" else amount
    first, sponsor = first.copy(), sponsor.copy()
    back = (loss < lost) & (loss < terms.horizon)
    share = _refund_share(terms, loss) * terms.upfront
    which = np.nonzero(back & (share > 0))[0]
    year = loss[which].astype(int) + 1
    owing = loss[which] < leave[which]
    for flow, keeps in ((first, terms.on_leaving == "stay"), (sponsor, terms.on_leaving != "stop")):
        flow[which, year] -= share[which] * (owing | keeps)
    return Flows(first=first, sponsor=sponsor)


def _times(curve: Floats, t: Floats, u: Floats) -> Floats:
    """Times of loss by inversion; infinite where the effect outlasts the grid."""
    found = np.interp(-u, -curve, t)
    return np.where(u < curve[-1], np.inf, found)


def _exponential(hazard: float, size: int, rng: np.random.Generator) -> Floats:
    drawn = rng.standard_exponential(size)
    return drawn / hazard if hazard > 0 else np.full(size, np.inf)


def _middle(values: Floats) -> Floats:
    return np.asarray((values[..., 1:] + values[..., :-1]) / 2)


def _cumulative(steps: Floats) -> Floats:
    return np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
