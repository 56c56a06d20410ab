"""What a comparison with the patient's own past says, in words that claim no more than it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ultrarare.analysis.declaration import Inputs, computed
from ultrarare.case.dataset import CourseSeries
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import spoken
from ultrarare.effect.corners import Corner
from ultrarare.effect.marks import dose_marks, intercurrent_spans
from ultrarare.effect.series import Measurement, Split
from ultrarare.effect.untreated_rank import Beside
from ultrarare.history.age import age_on_day
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.conformal import Conformal
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.own_control import OwnControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A computed comparison with everything that went into it.

    `least` and `most` are the ends that favour benefit least and most; where every value is exact
    they are the same.
    """

    inputs: Inputs
    endpoint: Endpoint
    series: CourseSeries
    split: Split
    after: tuple[Measurement, ...]
    left_out: tuple[Measurement, ...]
    model: PopulationModel
    time_unit: str
    least: Corner
    most: Corner
    untreated: str
    rank: Beside | None  # None where untreated people's visits are not at hand

    @property
    def result(self) -> OwnControl:
        """What is reported: the end that favours benefit least."""
        return self.least.result


def _benefit(result: OwnControl) -> tuple[float, float, float]:
    """Contrast and limits with the sign turned so that more is better."""
    if result.direction == "higher":
        return result.contrast, result.lower, result.upper
    return -result.contrast, -result.upper, -result.lower


def judge(result: OwnControl) -> tuple[Direction, str]:
    """What the contrast shows, in words that claim no more than the interval."""
    _value, low, high = _benefit(result)
    if result.regression_verdict == "cannot be judged":
        return Direction.INCONCLUSIVE, f"this cannot be judged: {result.reason}"
    if high < 0:
        return Direction.CONTRADICTS, "the course is worse than expected without treatment"
    if result.margin is not None and high < result.margin:
        course = "better than" if low > 0 else "as"
        return (
            Direction.CONTRADICTS,
            "an improvement of the relevant size is excluded; the course is "
            f"{course} expected without treatment",
        )
    if low > 0 and result.regression_verdict == "excluded":
        words = "the course is better than expected without treatment"
        if result.margin is not None and low < result.margin:
            words += f"; the relevant size of {result.margin:g} is not shown"
        return Direction.SUPPORTS, words
    if low > 0:
        return Direction.INCONCLUSIVE, f"improvement is not shown: {result.reason}"
    return Direction.INCONCLUSIVE, "improvement is not shown: the interval holds no change"


def judge_corners(comparison: Comparison) -> tuple[Direction, str]:
    """Support if the least favourable end supports; contradiction only if the most does too."""
    direction, words = judge(comparison.least.result)
    if direction is Direction.CONTRADICTS:
        other, _ = judge(comparison.most.result)
        if other is not Direction.CONTRADICTS:
            return Direction.INCONCLUSIVE, (
                "nothing is shown, since it depends on where the values that are not exact lie"
            )
    doubt = None if comparison.rank is None else comparison.rank.doubt(comparison.result.level)
    if direction is Direction.SUPPORTS and doubt is not None:
        return Direction.INCONCLUSIVE, f"improvement is not shown: {doubt}"
    return direction, words


def findings(comparison: Comparison) -> Iterable[Finding]:
    """The contrast, the naive change beside it, and the word on regression to the mean."""
    endpoint, result = comparison.endpoint, comparison.result
    direction, words = judge_corners(comparison)
    unit = spoken(endpoint.unit)
    caveats = [
        *result.caveats,
        *(() if comparison.rank is None else comparison.rank.caveats),
        *_data_caveats(comparison),
        *_strategy_caveats(endpoint),
    ]
    yield computed(
        name="own-control",
        kind="course.own-control",
        statement=f"{endpoint.measure} after dosing averaged {result.post_mean:.3g} {unit}; "
        f"expected without treatment were {result.expected_untreated:.3g}. Difference "
        f"{result.contrast:.3g} ({result.lower:.3g} to {result.upper:.3g}): {words}.",
        direction=direction,
        estimate=Estimate(
            value=result.contrast,
            lower=result.lower,
            upper=result.upper,
            level=result.level,
            unit=endpoint.unit,
        ),
        n=result.n_post,
        n_unit="measurements after dosing",
        caveats=caveats,
        attributes={
            "p_value": result.p_two_sided,
            "p_benefit": result.p_one_sided,
            "exceeds_margin": result.p_exceeds_margin,
            "baseline_visits": result.n_pre,
        },
        measure=endpoint.measure,
        details=_details(comparison),
    )
    if comparison.rank is not None and comparison.rank.conformal is not None:
        yield _conformal(endpoint, comparison.rank, comparison.rank.conformal)
    yield _naive(endpoint, result)
    yield _regression(
        endpoint, result if comparison.rank is None else comparison.rank.standing(result)
    )


def _data_caveats(comparison: Comparison) -> Iterable[str]:
    split, least, most = comparison.split, comparison.least.result, comparison.most.result
    inexact = split.below_limit + split.above_limit + split.ranges
    if inexact:
        yield (
            f"{inexact} values are not exact (below or above an assay's limit, or a range). The "
            "result stands with each at the end that favours benefit least; at the other ends the "
            f"difference would be {most.contrast:.3g} instead of {least.contrast:.3g}."
        )
    if split.on_the_day:
        those = counted(split.on_the_day, "measurement")
        yield f"{those} of the dosing day count as before dosing."
    if comparison.left_out:
        yield (
            f"{counted(len(comparison.left_out), 'measurement')} outside the planned window after "
            "the first "
            "dose are left out."
        )
    if comparison.inputs.parameters.to_days_after_dose is None:
        yield (
            "The plan fixes no end of the window after dosing, so the series could have been cut "
            "where it looked best."
        )


def _strategy_caveats(endpoint: Endpoint) -> Iterable[str]:
    """Planned strategies that this comparison does not carry out; it uses every measurement."""
    if endpoint.estimand is None:
        return
    for planned in endpoint.estimand.intercurrent_events:
        if planned.strategy != "treatment policy":
            yield (
                f"The plan handles {planned.event} by the strategy {planned.strategy}; this "
                "comparison uses every measurement (treatment policy)."
            )


def _conformal(endpoint: Endpoint, rank: Beside, found: Conformal) -> Finding:
    floor = rank.windows.floor
    return computed(
        name="rank",
        kind="course.conformal",
        statement=f"Ranked among {counted(found.people, 'untreated person')} with visits on "
        f"both sides of a comparable time, the patient's change in {endpoint.measure} has a "
        f"one-sided p of {found.p:.2g} in the direction of benefit; the smallest that the visits' "
        f"times allow is {floor:.2g}.",
        direction=Direction.DESCRIBES,
        n=found.people,
        n_unit="untreated people",
        caveats=found.caveats,
        attributes={
            "p_value": found.p_two_sided,
            "p_benefit": found.p,
            "floor": floor,
            "people": found.people,
        },
        measure=endpoint.measure,
        details={
            "score": found.score,
            "scores": found.scores.tolist(),
            "baseline_rank": found.baseline_rank,
            "without": rank.windows.without,
            "model": found.model,
            "improves": endpoint.improves,
        },
    )


def _naive(endpoint: Endpoint, result: OwnControl) -> Finding:
    naive = result.naive
    shown = "" if naive is None else f" ({naive.lower:.3g} to {naive.upper:.3g})"
    return computed(
        name="naive-change",
        kind="course.naive-change",
        statement=f"{endpoint.measure} changed by {result.naive_difference:.3g} "
        f"{spoken(endpoint.unit)}{shown} from before to after dosing, with nothing taken into "
        "account.",
        direction=Direction.DESCRIBES,
        estimate=Estimate(
            value=result.naive_difference,
            lower=None if naive is None else naive.lower,
            upper=None if naive is None else naive.upper,
            level=None if naive is None else result.level,
            unit=endpoint.unit,
        ),
        n=result.n_pre + result.n_post,
        n_unit="measurements",
        caveats=("Not evidence of effect: regression to the mean and trend are in this number.",),
        attributes={"p_value": None if naive is None else naive.p},
        measure=endpoint.measure,
    )


def _regression(endpoint: Endpoint, result: OwnControl) -> Finding:
    verdicts: Mapping[str, Direction] = {
        "excluded": Direction.SUPPORTS,
        "not excluded": Direction.INCONCLUSIVE,
    }
    tail = f"; {_tipping(result)}" if result.regression_verdict == "excluded" else ""
    davis = (
        ()
        if result.davis_regression is None
        else (
            f"From the entry rule alone a change of {result.davis_regression:.3g} "
            f"{spoken(endpoint.unit)} would be expected without treatment (Davis 1976).",
        )
    )
    return computed(
        name="regression-to-mean",
        kind="course.regression-to-mean",
        statement=f"Without treatment a change of {result.expected_change_untreated:.3g} "
        f"{spoken(endpoint.unit)} was expected ({result.regression_to_the_mean:.3g} from "
        f"regression to the mean, {result.trend:.3g} from trend). Whether these explain the "
        f"change, under the model and at {100 * result.level:g} %: "
        f"{result.regression_verdict}, since {result.reason}{tail}.",
        direction=verdicts.get(result.regression_verdict, Direction.NOT_COMPUTABLE),
        estimate=Estimate(value=result.expected_change_untreated, unit=endpoint.unit),
        n=result.n_people,
        n_unit="untreated people",
        caveats=davis,
        attributes={
            "verdict": result.regression_verdict,
            "expected_change": result.expected_change_untreated,
            "tipping_reliability": result.tipping_reliability,
            "tipping_autocorrelation": result.tipping_autocorrelation,
        },
        measure=endpoint.measure,
    )


def _tipping(result: OwnControl) -> str:
    """How wrong the model would have to be for the verdict to change."""
    reliability = (
        "no reliability between 0.001 and 0.999 would change that"
        if result.tipping_reliability is None
        else f"a reliability of {result.tipping_reliability:.2f} would change that "
        f"(here {result.reliability:.2f})"
    )
    serial = (
        "serial correlation was not found to, with the variances as fitted"
        if result.tipping_autocorrelation is None
        else f"so would a correlation of {result.tipping_autocorrelation:.2f} between "
        "neighbouring visits"
    )
    return f"{reliability}; {serial}"


def _details(comparison: Comparison) -> dict[str, Any]:
    from ultrarare.stats.own_control_size import stresses

    endpoint, result = comparison.endpoint, comparison.result
    return {
        "unit": endpoint.unit,
        "measure": endpoint.measure,
        "improves": endpoint.improves,
        "margin": endpoint.relevant_difference,
        "assay_floor": comparison.series.assay_floor,
        "pre": [_point(m) for m in comparison.split.before],
        "post": [_point(m) for m in comparison.after],
        "excluded": [
            {**_point(m), "reason": "outside the planned window"} for m in comparison.left_out
        ],
        "prediction": _prediction(comparison),
        "untreated": comparison.untreated,
        "people": result.n_people,
        "reliability": result.reliability,
        "expected_sd": result.expected_sd,
        "sources": {
            "residual": result.sd_residual,
            "random": result.sd_random,
            "fixed": result.sd_fixed,
            "variance": result.sd_variance,
        },
        "grid_change": result.grid_change,
        "model": result.model,
        "regression_to_the_mean": result.regression_to_the_mean,
        "trend": result.trend,
        "doses": dose_marks(comparison.inputs.timeline),
        "intercurrent": intercurrent_spans(comparison.inputs.timeline),
        "size_table": {
            "summary": result.size.summary(),
            "rows": [asdict(row) for row in (result.size, *stresses(result.size))],
        },
    }


def _prediction(comparison: Comparison) -> list[dict[str, float]]:
    """Where single untreated visits are expected, from the last one before dosing to the end."""
    from ultrarare.stats.untreated import predict_untreated

    split, case = comparison.split, comparison.inputs.case
    days = np.linspace(split.before[-1].when.first, comparison.after[-1].when.first, 40)
    band = predict_untreated(
        comparison.model,
        [m.age for m in split.before],
        list(comparison.least.before),
        [age_on_day(float(day), case, unit=comparison.time_unit) for day in days],
        level=comparison.result.level,
    )
    return [
        {
            "time": float(days[i]),
            "mean": float(band.expected[i]),
            "lower": float(band.lower[i]),
            "upper": float(band.upper[i]),
        }
        for i in range(days.size)
    ]


def _point(item: Measurement) -> dict[str, Any]:
    return {"time": item.when.first, "value": _shown(item), "text": item.amount.text}


def _shown(item: Measurement) -> float | None:
    amount = item.amount
    if amount.low is not None and amount.high is not None:
        return (amount.low + amount.high) / 2
    return amount.high if amount.low is None else amount.low
