"""A specification answered: one row for each assumption, and what stands behind the rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ultrarare.effect.sensitivity_spec import (
    BiasesSpec,
    ConfounderSpec,
    CovariateSpec,
    Improves,
    MissingSpec,
    PairsSpec,
    PriorSpec,
    SensitivitySpec,
    ShiftSpec,
    WithoutSpec,
)
from ultrarare.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from ultrarare.stats.sensitivity.conclusion import Contrast, SensitivityRow
    from ultrarare.stats.sensitivity.confounder import Trapezoid
    from ultrarare.stats.sensitivity.e_value import Association
    from ultrarare.stats.sensitivity.matched_sets import ScoredSets
    from ultrarare.stats.sensitivity.shift import ShiftCurve

WORDS: Final = {
    "better": "the interval lies on the better side",
    "worse": "the interval lies on the worse side",
    "none": "the interval holds no difference",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Rows, and the numbers behind them by name; all plain JSON."""

    rows: tuple[SensitivityRow, ...]
    behind: dict[str, Any]


def on_scale(association: Association) -> Contrast:
    """The estimate where no difference is 0: the logarithm of a ratio, a difference as it is."""
    from ultrarare.stats.sensitivity.conclusion import Contrast

    if not association.is_ratio:
        return association.contrast
    return Contrast(
        value=math.log(association.value),
        lower=math.log(association.lower),
        upper=math.log(association.upper),
    )


def answer(
    spec: SensitivitySpec, *, improves: Improves, rng: np.random.Generator
) -> tuple[Answered, ...]:
    """Everything that the specification asks about its estimate, in a fixed order.

    Args:
        spec: with an estimate, or nothing is answered.
        improves: which values of the estimate are better.
        rng: for the prior of a confounder.

    Raises:
        InputError: an estimate, strength or range that cannot be.
    """
    if spec.estimate is None:
        return ()
    association = spec.estimate.association()
    unit = spec.estimate.unit
    found = [of_e_value(association, spec.covariate)]
    if spec.biases is not None:
        found.append(of_biases(association, spec.biases))
    if spec.confounder is not None:
        found.append(of_confounder(association, spec.confounder, unit=unit, rng=rng))
    found += [of_shift(association, shift, improves=improves) for shift in spec.shifts]
    if spec.missing is not None:
        found.append(_of_missing(association, spec.missing, improves=improves, unit=unit))
    if spec.prior is not None:
        found.append(of_prior(association, spec.prior, improves=improves))
    if spec.without:
        found.append(_of_sources(association, spec.without, improves=improves))
    return tuple(found)


def of_e_value(association: Association, covariate: CovariateSpec | None) -> Answered:
    """The E-value beside a measured covariate."""
    from ultrarare.stats.sensitivity.e_value import e_value, e_value_row

    row = e_value_row(
        association,
        observed=None if covariate is None else covariate.ratio,
        observed_what=None if covariate is None else covariate.what,
    )
    return Answered(rows=(row,), behind={"e_value": e_value(association).to_json()})


def of_biases(association: Association, asked: BiasesSpec) -> Answered:
    """What is left under biases of the stated strength, and the strength that they need jointly."""
    from ultrarare.stats.sensitivity.bounds import Biases, bounded
    from ultrarare.stats.sensitivity.conclusion import SensitivityRow

    ratio, _ = association.as_risk_ratio()
    named = [name for name in BiasesSpec.model_fields if getattr(asked, name) is not None]
    found = bounded(ratio, Biases(**asked.model_dump()))
    words = ", ".join(named)
    left = f"{found.left.value:.3g} ({found.left.lower:.3g} to {found.left.upper:.3g})"
    if found.joint is None:
        reading = "The interval already holds no difference; there is no conclusion to turn."
    else:
        stands = "still lies on its side" if found.holds else "no longer lies on its side"
        reading = (
            f"At the stated strengths the risk ratio is at least {left}, whose interval {stands} "
            f"of no difference; all parameters at {found.joint:.3g} would turn the conclusion."
        )
    row = SensitivityRow(
        analysis="bounds on biases",
        changed=words,
        tipping=found.joint,
        unit="risk ratio, of every parameter of these biases alike",
        reading=reading,
    )
    return Answered(rows=(row,), behind={"bounds": {"biases": named, **found.to_json()}})


def of_confounder(
    association: Association, asked: ConfounderSpec, *, unit: str, rng: np.random.Generator
) -> Answered:
    """Tipping effect, the array at the ends, and the prior."""
    from ultrarare.stats.sensitivity.confounder import bias_array, probabilistic, tipping_row

    if association.is_ratio and asked.effect[0] <= 0:
        raise InputError(
            f"found {asked.effect[0]:g}; the effect on a ratio is a risk ratio, above 0",
            where="confounder.effect",
        )
    row = tipping_row(
        association,
        treated=_middle(asked.treated),
        untreated=_middle(asked.untreated),
        unit="(risk ratio)" if association.is_ratio else unit,
        observed=asked.observed_effect,
        observed_what=asked.observed_what,
    )
    effects = [math.log(e) for e in asked.effect] if association.is_ratio else asked.effect
    prior = probabilistic(
        association,
        treated=_prior(asked.treated),
        untreated=_prior(asked.untreated),
        effect=_prior(effects),
        rng=rng,
        draws=asked.draws,
    )
    ends = [sorted({v[0], v[-1]}) for v in (asked.treated, asked.untreated, asked.effect)]
    array = bias_array(association, treated=ends[0], untreated=ends[1], effect=ends[2])
    return Answered(rows=(row,), behind={"array": array, "probabilistic": prior.to_json()})


def _middle(values: Sequence[float]) -> float:
    inner = values[1:3] if len(values) == 4 else (values[0], values[-1])
    return sum(inner) / len(inner)


def _prior(values: Sequence[float]) -> Trapezoid:
    from ultrarare.stats.sensitivity.confounder import Trapezoid

    if len(values) == 4:
        a, b, c, d = values
        return Trapezoid(low=a, low_mode=b, high_mode=c, high=d)
    return Trapezoid.between(values[0], values[-1])


def of_shift(association: Association, asked: ShiftSpec, *, improves: Improves) -> Answered:
    """An assumption that moves the estimate in a straight line."""
    from ultrarare.stats.sensitivity.shift import shift_curve, shift_row

    start = on_scale(association)
    size = max(abs(start.lower), abs(start.upper)) / abs(asked.per_unit)
    scale = None if asked.observed is None else asked.observed.scale(asked.changed)
    curve = shift_curve(
        lambda shift: start.moved(-asked.per_unit * shift),
        direction=improves,
        scale=size,
        shown_to=None if scale is None else scale.sd,
    )
    row = shift_row(
        curve, analysis="tipping point", changed=asked.changed, unit=asked.unit, scale=scale
    )
    behind = {
        "changed": asked.changed,
        "tips_at": curve.tips_at,
        "log_ratio": association.is_ratio,
        "observed": None if scale is None else scale.to_json(),
        "points": curve.to_rows(),
    }
    return Answered(rows=(row,), behind={"curves": [behind]})


def _of_missing(
    association: Association, asked: MissingSpec, *, improves: Improves, unit: str
) -> Answered:
    """Missed visits at their worst; the width of the interval is kept as it is."""
    from ultrarare.stats.sensitivity.conclusion import SensitivityRow, shown

    share = asked.missed / (asked.seen + asked.missed)
    start = association.contrast
    ends = {end: start.moved(share * (end - asked.mean)) for end in (asked.low, asked.high)}
    worst, best = (asked.high, asked.low) if improves == "lower" else (asked.low, asked.high)
    concluded = shown(start, improves)
    # the end that takes a conclusion away
    against = best if concluded == "worse" else worst
    tip = asked.mean - start.nearer() / share if concluded != "none" else None
    if tip is not None and not asked.low <= tip <= asked.high:
        tip = None
    if concluded == "none":
        reading = "The interval already holds no difference; there is no conclusion to turn."
    elif tip is None:
        reading = (
            f"Even if all {asked.missed} missed visits had shown {against:.3g} {unit}, the "
            "conclusion would stand."
        )
    else:
        reading = (
            f"The conclusion turns if the {asked.missed} missed visits averaged {tip:.3g} {unit}; "
            f"the {asked.seen} seen averaged {asked.mean:.3g}."
        )
    room = abs(against - asked.mean)
    row = SensitivityRow(
        analysis="missing visits",
        changed=f"the mean of {asked.missed} planned visits that were missed",
        tipping=tip,
        unit=unit,
        observed=room or None,
        observed_what="the distance from the mean of visits seen to the end that speaks against",
        flips_at=None if tip is None or room == 0 else abs(tip - asked.mean) / room,
        reading=reading,
        caveats=("the width of the interval is kept as it is without the missed visits",),
    )
    told = {
        name: {"filled_in": end, **_plain(ends[end])}
        for name, end in (("worst", worst), ("best", best))
    }
    return Answered(rows=(row,), behind={"missing": told})


def _plain(contrast: Contrast) -> dict[str, float]:
    return {"value": contrast.value, "lower": contrast.lower, "upper": contrast.upper}


def of_prior(association: Association, asked: PriorSpec, *, improves: Improves) -> Answered:
    """The weight of a prior estimate at which the conclusion turns."""
    from ultrarare.stats.sensitivity.prior_weight import NormalPrior, weight_curve, weight_row

    if association.is_ratio and asked.value <= 0:
        raise InputError(f"found {asked.value:g}; a ratio is above 0", where="prior.value")
    value = math.log(asked.value) if association.is_ratio else asked.value
    curve = weight_curve(
        on_scale(association),
        NormalPrior(value=value, se=asked.se),
        direction=improves,
        level=association.level,
    )
    return Answered(rows=(weight_row(curve),), behind={"prior": prior_points(curve)})


def prior_points(curve: ShiftCurve) -> list[dict[str, float]]:
    """The curve by weight, ascending; on the scale where no difference is 0."""
    return [
        {"weight": 1 + row["shift"], "value": row["value"], "lower": row["lower"],
         "upper": row["upper"]}
        for row in curve.to_rows()
    ]  # fmt: skip


def _of_sources(
    association: Association, without: Sequence[WithoutSpec], *, improves: Improves
) -> Answered:
    """Estimates that were recomputed elsewhere, each without one source."""
    from ultrarare.stats.sensitivity.conclusion import Contrast, shown
    from ultrarare.stats.sensitivity.leave_out import FromSources, SourcesCompared

    names = tuple(w.left_out for w in without)
    rows = [
        FromSources(
            how="all",
            label="all",
            used=names,
            contrast=association.contrast,
            shows=shown(association.contrast, improves, association.null),
        )
    ]
    for each in without:
        found = Contrast(value=each.value, lower=each.lower, upper=each.upper)
        rows.append(
            FromSources(
                how="without",
                label=f"without {each.left_out}",
                used=tuple(n for n in names if n != each.left_out),
                contrast=found,
                shows=shown(found, improves, association.null),
            )
        )
    compared = SourcesCompared(rows=tuple(rows))
    return Answered(rows=(compared.to_row("source"),), behind={"without": compared.to_rows()})


def of_pairs(sets: ScoredSets, asked: PairsSpec) -> Answered:
    """Hidden bias in matched sets."""
    from ultrarare.stats.sensitivity.rosenbaum import hidden_bias

    found = hidden_bias(sets, alpha=asked.alpha)
    seen = asked.observed
    row = found.to_row(
        observed=None if seen is None else seen.ratio,
        observed_what=None if seen is None else seen.what,
    )
    return Answered(rows=(row,), behind={"hidden_bias": found.to_json()})


def joined(answers: Iterable[Answered]) -> Answered:
    """All rows in order, and all that stands behind them; lists of one name are one list."""
    rows: list[SensitivityRow] = []
    behind: dict[str, Any] = {}
    for each in answers:
        rows += each.rows
        for name, value in each.behind.items():
            if name == "curves":
                behind[name] = [*behind.get(name, []), *value]
            else:
                behind[name] = value
    return Answered(rows=tuple(rows), behind=behind)
