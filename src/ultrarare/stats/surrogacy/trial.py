"""Whether the effect on a marker predicts the effect on the outcome, across variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy.special import chdtrc

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, freeze, require_level
from ultrarare.stats.surrogacy.pairs import Pairs
from ultrarare.stats.surrogacy.posterior import Posterior, posterior
from ultrarare.words import counted

Verdict = Literal["predicts", "not shown to predict", "cannot be judged"]
Direction = Literal["lower", "higher"]
_POINTS: Final = 41
_HETEROGENEOUS: Final = 0.05
_UNKNOWN: Final = (-0.5, 0.0, 0.5)
"""Correlations of the errors that are tried where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One variant predicted from the others."""

    place: int
    slope: float
    observed: float
    predicted: float
    lower: float
    upper: float

    @property
    def covered(self) -> bool:
        """Whether its observed effect lies inside the prediction."""
        return self.lower <= self.observed <= self.upper


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surrogacy:
    """What pairs of effects say; effects in the units of the pairs."""

    pairs: Pairs
    level: float
    direction: Direction
    slope: tuple[float, float, float]  # median, lower, upper
    r2: tuple[float, float, float]
    heterogeneity_p: float  # Cochran's Q of the marker effects
    threshold_effect: float | None  # this and the next three: None unless the marker predicts
    achieved: float | None
    prediction: tuple[float, float, float] | None
    benefit_probability: float | None  # of an outcome effect towards benefit at `achieved`
    left_out: tuple[LeftOut, ...]
    line: Floats  # (4, n): marker, median, lower, upper
    verdict: Verdict
    reason: str
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def shows_benefit(self) -> bool:
        """Whether the prediction at the achieved effect excludes no change, towards benefit."""
        if self.prediction is None or self.verdict != "predicts":
            return False
        _, low, high = self.prediction
        return high < 0 if self.direction == "lower" else low > 0

    def summary(self) -> str:
        """The verdict, the numbers, then every caveat."""
        b, b_low, b_high = self.slope
        percent = f"{100 * self.level:g}%"
        lines = [
            f"marker {self.verdict}: {self.reason}",
            f"{self.pairs.size} variants; outcome effect for one unit of marker effect {b:.3g} "
            f"({percent} interval {b_low:.3g} to {b_high:.3g}); R² of true effects "
            f"{self.r2[0]:.2g} ({self.r2[1]:.2g} to {self.r2[2]:.2g})",
        ]
        if self.threshold_effect is not None:
            lines.append(
                f"surrogate threshold effect {self.threshold_effect:.3g}: there, and further from "
                "0, a new variant's prediction excludes no change in the outcome"
            )
        if self.prediction is not None and self.achieved is not None:
            mid, low, high = self.prediction
            lines.append(
                f"a marker effect of {self.achieved:g} predicts an outcome effect of {mid:.3g} "
                f"({percent} prediction interval {low:.3g} to {high:.3g})"
            )
        inside = sum(each.covered for each in self.left_out)
        lines.append(
            f"left out one by one, {inside} of {len(self.left_out)} variants lie inside their "
            "predictions"
        )
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a variant that was left out."""
        return [
            {
                "variant": each.place,
                "slope": each.slope,
                "observed": each.observed,
                "predicted": each.predicted,
                "lower": each.lower,
                "upper": each.upper,
                "covered": each.covered,
            }
            for each in self.left_out
        ]


def judge_surrogacy(
    pairs: Pairs,
    *,
    direction: Direction,
    achieved: float | None = None,
    achieved_se: float = 0.0,
    level: float = 0.95,
    unknown: tuple[int, ...] = (),
) -> Surrogacy:
    """Judge whether the marker predicts the outcome, and predict for one achieved effect.

    Args:
        pairs: effects of four variants or more.
        direction: which outcome effects are benefit.
        achieved: effect on the marker in the variant that is asked about.
        achieved_se: standard error of it.
        level: coverage of the intervals.
        unknown: places of the variants whose correlation of the two errors is not known; three are
            tried there, every interval reaches over all three, and the verdict needs all.

    Raises:
        InputError: a level or a standard error outside its range.

    Notes:
        True effects are bivariate normal across variants (Daniels and Hughes 1997; Buyse et al.
        2000), integrated over their covariance. *Predicts*: the slope's interval excludes 0 and
        no variant, left out, turns its sign. *Cannot be judged*: marker effects do not differ more
        than their errors explain (Cochran's Q), or the achieved effect lies outside those seen. The
        threshold effect (Burzykowski and Buyse 2006) is looked for among the effects seen only.
        Threshold and prediction are None unless the marker predicts: without a relation they would
        only repeat the mean outcome.
        This is prediction across variants. It says nothing about why.
    """
    require_level(level)
    if not achieved_se >= 0 or not np.isfinite(achieved_se):
        raise InputError(f"must be 0 or above, not {achieved_se:g}", where="achieved_se")
    tried = [pairs.correlated(r, unknown) for r in _UNKNOWN] if unknown else [pairs]
    fits = [posterior(each) for each in tried]
    left = [tuple(_left_out(each, k, level) for k in range(pairs.size)) for each in tried]
    middle = len(tried) // 2
    p = _heterogeneity(pairs)
    low, high = float(pairs.x.min()), float(pairs.x.max())
    slopes = [each.slope_limits(level) for each in fits]
    verdict, reason = _verdict(pairs, slopes, left, p, achieved)
    predicts = verdict == "predicts"
    sign = -1.0 if direction == "lower" else 1.0
    prediction = benefit = None
    if achieved is not None and predicts:
        moments = [each.moments(achieved, achieved_se) for each in fits]
        prediction = _widest(
            [each.predicted(m, level) for each, m in zip(fits, moments, strict=True)]
        )
        below = [each.below(0.0, m) for each, m in zip(fits, moments, strict=True)]
        benefit = min(1 - under if sign > 0 else under for under in below)
    along = np.linspace(low, high, _POINTS)
    bands = np.array([each.line(along, level) for each in fits])
    return Surrogacy(
        pairs=pairs,
        level=level,
        direction=direction,
        slope=_widest(slopes),
        r2=_widest([each.r2_limits(level) for each in fits]),
        heterogeneity_p=p,
        threshold_effect=_threshold(fits, low, high, sign, level) if predicts else None,
        achieved=achieved,
        prediction=prediction,
        benefit_probability=benefit,
        left_out=left[middle],
        line=np.vstack((along, bands[middle, 0], bands[:, 1].min(axis=0), bands[:, 2].max(axis=0))),
        verdict=verdict,
        reason=reason,
        caveats=tuple(_caveats(pairs, achieved, unknown)),
    )


def _widest(found: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """The middle one's median, and limits that reach over all."""
    return found[len(found) // 2][0], min(f[1] for f in found), max(f[2] for f in found)


def _heterogeneity(pairs: Pairs) -> float:
    """P of Cochran's Q of the marker effects; 0 where one of them has no error."""
    if np.any(pairs.x_se == 0):
        return 0.0
    w = pairs.x_se**-2.0
    q = float(w @ (pairs.x - w @ pairs.x / w.sum()) ** 2)
    return float(chdtrc(pairs.size - 1, q))


def _left_out(pairs: Pairs, place: int, level: float) -> LeftOut:
    found = posterior(pairs.without(place))
    shared = float(pairs.correlation[place] * pairs.x_se[place] * pairs.y_se[place])
    moments = found.moments(
        float(pairs.x[place]),
        float(pairs.x_se[place]),
        more=float(pairs.y_se[place]) ** 2,
        shared=shared,
    )
    mid, low, high = found.predicted(moments, level)
    return LeftOut(
        place=place,
        slope=found.slope_limits(level)[0],
        observed=float(pairs.y[place]),
        predicted=mid,
        lower=low,
        upper=high,
    )


def _verdict(
    pairs: Pairs,
    limits: list[tuple[float, float, float]],
    left: list[tuple[LeftOut, ...]],
    heterogeneity_p: float,
    achieved: float | None,
) -> tuple[Verdict, str]:
    if heterogeneity_p > _HETEROGENEOUS:
        return "cannot be judged", (
            "marker effects do not differ between variants by more than their errors explain "
            f"(p {heterogeneity_p:.2g})"
        )
    low, high = float(pairs.x.min()), float(pairs.x.max())
    if achieved is not None and not low <= achieved <= high:
        return "cannot be judged", (
            f"the achieved marker effect {achieved:g} lies outside those seen, {low:g} to {high:g}"
        )
    if any(lower <= 0 <= upper for _, lower, upper in limits):
        return "not shown to predict", "the interval of the slope holds 0"
    if len({bool(each.slope > 0) for fit in left for each in fit}) > 1:
        return "not shown to predict", "leaving one variant out turns the sign of the slope"
    return "predicts", "the interval of the slope excludes 0, and no single variant carries it"


def _threshold(
    fits: list[Posterior], low: float, high: float, sign: float, level: float
) -> float | None:
    """The marker effect nearest to 0 from which on every fit's prediction excludes no change."""
    best = None
    for end in (low, high):
        steps = np.linspace(max(low, 0.0) if end > 0 else min(high, 0.0), end, 60)
        clear = np.ones(steps.size, dtype=bool)
        for fit in fits:
            _, lower, upper = fit.line(steps, level)
            clear &= lower > 0 if sign > 0 else upper < 0
        if end != 0 and clear[-1]:
            first = 0 if clear.all() else clear.size - int(np.argmin(clear[::-1]))
            at = float(steps[first])
            best = at if best is None or abs(at) < abs(best) else best
    return best


def _caveats(pairs: Pairs, achieved: float | None, unknown: tuple[int, ...]) -> list[str]:
    said = [
        "prediction across variants says nothing about why: a third thing may move both",
    ]
    if achieved is not None and not pairs.x.min() <= achieved <= pairs.x.max():
        said.append("no prediction outside the marker effects that were seen")
    if unknown:
        said.append(
            f"how the errors of the two effects hang together is not known for {len(unknown)} of "
            f"{counted(pairs.size, 'variant')}: every interval reaches over correlations of −0.5, "
            "0 and 0.5, and the verdict needs all three"
        )
    if np.any(pairs.x_se == 0):
        said.append(
            "a standard error of 0 takes the effect on the marker as known exactly: an assay's "
            "error would flatten the slope"
        )
    if pairs.size < 8:
        said.append(f"{pairs.size} variants: a relation of ordinary strength is mostly not seen")
    return said
