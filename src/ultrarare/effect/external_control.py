"""A few treated people against external controls, as an analysis of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import ComparisonTable
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.external_comparison import (
    Compared,
    MethodName,
    Options,
    compare_arms,
    matched_sets,
)
from ultrarare.effect.external_control_table import ArmColumns, aligned, read_arms
from ultrarare.effect.trial_of_plan import TrialParameters, of_arm, trial_finding
from ultrarare.effect.wording import direction
from ultrarare.errors import InputError


class ExternalControlParameters(TrialParameters):
    """How the comparison is made.

    Attributes:
        method: the primary one; all are shown.
        ratio: untreated people wanted for each treated one; by counts where not given.
        caliper: largest difference on each covariate, in standard deviations of the untreated.
        level: coverage of the intervals.
        horizon: end of the restricted mean time, for censored times.
        landmark: both arms start this long after eligibility, in the table's unit of time.
    """

    method: MethodName = "matched"
    ratio: int | None = Field(default=None, ge=1)
    caliper: float | None = Field(default=1.0, gt=0)
    level: float = Field(default=0.95, ge=0.95, lt=1)
    horizon: float | None = Field(default=None, gt=0)
    landmark: float | None = Field(default=None, ge=0)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    parameters: ExternalControlParameters = inputs.parameters
    endpoint = inputs.served
    own: ComparisonTable = inputs.one("treated")
    other: ComparisonTable = inputs.one("control")
    columns = _columns(own, other, endpoint)
    arms = read_arms(
        inputs.path(own.file),
        inputs.path(other.file),
        columns,
        treated_name=own.file,
        control_name=other.file,
    )
    options = Options(
        improves=endpoint.improves,
        method=parameters.method,
        ratio=parameters.ratio,
        caliper=parameters.caliper,
        level=parameters.level,
        horizon=parameters.horizon,
        seed=1 if inputs.seed is None else inputs.seed,
    )
    compared = compare_arms(aligned(arms, landmark=parameters.landmark), options, parameters.trial)
    yield _comparison(compared, endpoint, own, other)
    yield trial_finding(compared.trial)


def _columns(own: ComparisonTable, other: ComparisonTable, endpoint: Endpoint) -> ArmColumns:
    """One reading of both tables.

    Raises:
        InputError: they name other columns or units, or the unit is not the endpoint's.
    """
    for name in ("outcome", "unit", "covariates", "exact", "event"):
        if getattr(own, name) != getattr(other, name):
            raise InputError(
                f"{own.id} declares {name} {getattr(own, name)!r} and {other.id} "
                f"{getattr(other, name)!r}; allowed is one for both",
                where=f"dataset {other.id}",
            )
    if conversion(own.unit, endpoint.unit, where=f"dataset {own.id}, unit") != 1:
        raise InputError(
            f"the tables are in {own.unit}, the endpoint in {endpoint.unit}; allowed is one unit",
            where=f"dataset {own.id}",
        )
    return ArmColumns(
        outcome=own.outcome, covariates=own.covariates, exact=own.exact, event=own.event
    )


def judge(compared: Compared, margin: float | None) -> tuple[Direction, str]:
    """Direction and words; an improvement of the relevant size excluded is a contradiction."""
    primary, comparability = compared.result.primary, compared.trial.comparability
    found, words = direction(compared.shown, comparability), compared.sentence
    lower = compared.result.improves == "lower"
    best = primary.lower if lower else primary.upper
    if margin is None or best is None or comparability != "supported":
        return found, words
    if (-best if lower else best) < margin and found is not Direction.CONTRADICTS:
        return Direction.CONTRADICTS, f"{words}; an improvement of {margin:g} is excluded"
    return found, words


def _comparison(
    compared: Compared, endpoint: Endpoint, own: ComparisonTable, other: ComparisonTable
) -> Finding:
    result, primary = compared.result, compared.result.primary
    found, words = judge(compared, endpoint.relevant_difference)
    value = (
        f"two-sided p {primary.p_value:.3g}"
        if primary.estimate is None
        else f"difference {primary.estimate:.3g} {spoken(endpoint.unit)}{_limits(compared)}, "
        f"two-sided p {primary.p_value:.3g}"
    )
    return computed(
        name="external-control",
        kind="course.external-control",
        statement=f"{endpoint.measure} of {primary.treated} treated and {primary.untreated} "
        f"untreated people ({own.population}; {other.population}), {primary.label}: {value} "
        f"(smallest attainable {_floor(primary.floor)}). {words[:1].upper()}{words[1:]}.",
        direction=found,
        estimate=Estimate(
            value=primary.estimate,
            lower=primary.lower,
            upper=primary.upper,
            level=result.level,
            unit=endpoint.unit,
        ),
        n=primary.treated + primary.untreated,
        n_unit="people",
        caveats=[*compared.caveats, *_context(own, other)],
        attributes={
            "p_value": primary.p_value,
            "p_benefit": primary.p_benefit(result.improves),
            "floor": primary.floor,
            "treated": primary.treated,
            "controls": primary.untreated,
            "ess": primary.effective_size,
            "comparability": compared.trial.comparability,
        },
        tier=other.tier,
        measure=endpoint.measure,
        details=_details(compared, endpoint),
    )


def _limits(compared: Compared) -> str:
    low, high = compared.result.primary.lower, compared.result.primary.upper
    if low is None and high is None:
        return ""
    shown = ("unbounded" if x is None else f"{x:.3g}" for x in (low, high))
    return f" ({' to '.join(shown)})"


def _floor(floor: float | None) -> str:
    return "p not bounded" if floor is None else f"p {floor:.3g}"


def _context(own: ComparisonTable, other: ComparisonTable) -> list[str]:
    said = []
    if own.tier != other.tier:
        said.append(f"the treated are {own.tier}, the controls {other.tier}")
    if own.era != other.era:
        said.append(
            f"the treated were seen in {own.era or 'an era not told'}, the controls in "
            f"{other.era or 'an era not told'}"
        )
    return said


def _details(compared: Compared, endpoint: Endpoint) -> dict[str, Any]:
    found = compared.to_json()
    return {
        "unit": endpoint.unit,
        "measure": endpoint.measure,
        "improves": compared.result.improves,
        "margin": endpoint.relevant_difference,
        "sets": len(matched_sets(compared)),
        **{
            key: found[key]
            for key in (
                "methods", "attainable", "balance", "missing", "scatter", "randomisation",
                "alignment", "treated", "controls", "seed",
            )
        },
    }  # fmt: skip


EXTERNAL_CONTROL = Analysis(
    name="effect.external-control",
    summary="A few treated people against untreated people from elsewhere: matched, weighted and "
    "exact, side by side, with the target trial they stand in for.",
    method="external-control",
    needs=(
        Need(role="treated", kinds=("comparison-table",), fits=of_arm("treated")),
        Need(role="control", kinds=("comparison-table",), fits=of_arm("control")),
    ),
    gives=("course.external-control", "course.target-trial"),
    parameters=ExternalControlParameters,
    compute=_compute,
    references=(
        "Rosenbaum 2002",
        "Li, Morgan and Zaslavsky 2018",
        "Hainmueller 2012",
        "Hernán and Robins 2016",
    ),
)
