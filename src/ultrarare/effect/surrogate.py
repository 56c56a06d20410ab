"""Does the edit or the knock-down predict the outcome: an analysis of the plan."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import SurrogatePairs
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.effect.surrogate_table import MarkerTable, judged, read_markers, to_json
from ultrarare.stats.surrogacy.trial import Surrogacy


class SurrogateParameters(Parameters):
    """What is predicted.

    Attributes:
        achieved: marker effect in this case, in the table's unit.
        achieved_se: its standard error.
        level: coverage of intervals.
    """

    achieved: float | None = None
    achieved_se: float = Field(default=0.0, ge=0)
    level: float = Field(default=0.95, ge=0.95, lt=1)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    p: SurrogateParameters = inputs.parameters
    dataset: SurrogatePairs = inputs.one("pairs")
    table = read_markers(inputs.path(dataset.file), name=dataset.file)
    found = judged(
        table,
        direction=inputs.served.improves,
        achieved=p.achieved,
        achieved_se=p.achieved_se,
        level=p.level,
    )
    yield _finding(dataset, table, found)


def _finding(dataset: SurrogatePairs, table: MarkerTable, found: Surrogacy) -> Finding:
    unit, marker_unit = spoken(dataset.unit), spoken(dataset.marker_unit)
    b, low, high = found.slope
    said = (
        f"across {found.pairs.size} variants ({dataset.population}) {dataset.marker}: "
        f"{found.verdict}, since {found.reason}. {dataset.measure} changes by {b:.3g} ({low:.3g} "
        f"to {high:.3g}) {unit} for each {marker_unit} of {dataset.marker}"
    )
    if found.prediction is not None:
        mid, least, most = found.prediction
        said += (
            f"; {found.achieved:g} {marker_unit} predicts {mid:.3g} {unit} "
            f"({least:.3g} to {most:.3g})"
        )
    supports = found.shows_benefit and table.level == "trial" and table.before is True
    return computed(
        name="surrogate",
        kind="course.surrogate",
        statement=f"{said[:1].upper()}{said[1:]}.",
        direction=Direction.SUPPORTS if supports else Direction.INCONCLUSIVE,
        estimate=Estimate(value=b, lower=low, upper=high, level=found.level, unit=dataset.unit),
        n=found.pairs.size,
        n_unit="variants",
        caveats=[*table.notes, *found.caveats],
        attributes={
            "verdict": found.verdict,
            "slope": b,
            "r2_trial": found.r2[0],
            "threshold_effect": found.threshold_effect,
            "variants": found.pairs.size,
            "benefit_probability": found.benefit_probability,
        },
        measure=dataset.measure,
        details={
            **to_json(table, found),
            "marker": dataset.marker,
            "marker_unit": dataset.marker_unit,
            "measure": dataset.measure,
            "unit": dataset.unit,
        },
    )


SURROGATE = Analysis(
    name="effect.surrogate",
    summary="Whether the effect on a marker predicts the effect on the outcome, across variants.",
    method="surrogacy",
    needs=(Need(role="pairs", kinds=("surrogate-pairs",)),),
    gives=("course.surrogate",),
    parameters=SurrogateParameters,
    compute=_compute,
    references=("Daniels and Hughes 1997", "Buyse et al. 2000", "Burzykowski and Buyse 2006"),
)
