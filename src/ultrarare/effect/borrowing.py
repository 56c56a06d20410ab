"""Treated people against a control that borrows, as an analysis of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import GroupSummaries
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.borrowed_comparison import (
    METHODS,
    Borrowed,
    BorrowOptions,
    compare_by_borrowing,
)
from ultrarare.effect.borrowing_groups import Groups, on_one_footing, read_groups
from ultrarare.effect.trial_of_plan import TrialParameters, of_arm, trial_finding
from ultrarare.effect.wording import direction
from ultrarare.errors import InputError


class BorrowingParameters(TrialParameters):
    """How much is borrowed, and how.

    Attributes:
        method: the primary prior; all are shown.
        weight: probability beforehand that the history does not apply (robust-map only).
        tau_scale: scale of the half-normal prior of the spread between groups, on the scale of
            the mean, log odds or log rate; by default half of one person's sd.
        power: of the fixed power prior.
        sd: of one person's value, for means; by default pooled over the history.
        level: coverage of the interval.
    """

    method: Literal["robust-map", "map", "commensurate", "power", "normalised-power"] = "robust-map"
    weight: float = Field(default=0.2, ge=0, le=1)
    tau_scale: float | None = Field(default=None, gt=0)
    power: float = Field(default=0.5, ge=0, le=1)
    sd: float | None = Field(default=None, gt=0)
    level: float = Field(default=0.95, ge=0.95, lt=1)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    p: BorrowingParameters = inputs.parameters
    endpoint = inputs.served
    history: GroupSummaries = inputs.one("history")
    kind = history.scale
    margin = endpoint.relevant_difference if kind == "normal" else None
    options = BorrowOptions(
        improves=endpoint.improves,
        method=p.method,
        weight=p.weight,
        tau_scale=p.tau_scale,
        power=p.power,
        level=p.level,
        effect=margin,
    )
    groups, treated, control = _groups(inputs, history, p.sd, endpoint)
    found = compare_by_borrowing(kind, groups, options, p.trial)
    yield _finding(found, endpoint, margin, [history, treated, *control])
    yield trial_finding(found.trial)


def _groups(
    inputs: Inputs, history: GroupSummaries, sd: float | None, endpoint: Endpoint
) -> tuple[Groups, GroupSummaries, tuple[GroupSummaries, ...]]:
    treated: GroupSummaries = inputs.one("treated")
    control = tuple(
        found for found in inputs.datasets.get("control", ()) if isinstance(found, GroupSummaries)
    )[:1]
    for other in (treated, *control):
        for name in ("scale", "measure", "unit"):
            if getattr(other, name) != getattr(history, name):
                raise InputError(
                    f"{history.id} declares {name} {getattr(history, name)!r} and {other.id} "
                    f"{getattr(other, name)!r}; allowed is one for all",
                    where=f"dataset {other.id}",
                )
    if (
        history.scale == "normal"
        and conversion(history.unit, endpoint.unit, where=f"dataset {history.id}, unit") != 1
    ):
        raise InputError(
            f"the groups are in {history.unit}, the endpoint in {endpoint.unit}; allowed is one "
            "unit",
            where=f"dataset {history.id}",
        )

    def read(one: GroupSummaries) -> Any:
        return read_groups(inputs.path(one.file), history.scale, name=one.file)

    groups = on_one_footing(
        history.scale,
        read(history),
        read(treated),
        read(control[0]) if control else None,
        sd=sd,
    )
    return groups, treated, control


def judge(found: Borrowed, margin: float | None) -> tuple[Direction, str]:
    """Direction and words; an improvement of the relevant size excluded is a contradiction."""
    comparability = found.trial.comparability
    told, words = direction(found.shown, comparability), found.sentence
    lower = found.options.improves == "lower"
    best = -found.result.lower if lower else found.result.upper
    if margin is None or comparability != "supported" or told is Direction.CONTRADICTS:
        return told, words
    if best < margin:
        return Direction.CONTRADICTS, f"{words}; an improvement of {margin:g} is excluded"
    return told, words


def _finding(
    found: Borrowed, endpoint: Endpoint, margin: float | None, groups: list[GroupSummaries]
) -> Finding:
    from ultrarare.stats.borrowing.evidence import EFFECTS

    r, (told, words) = found.result, judge(found, margin)
    unit = endpoint.unit if found.kind == "normal" else "1"
    shown = f" {spoken(unit)}" if found.kind == "normal" else ""
    size = "" if r.size.elir is None else f", worth {r.size.elir:.3g} {r.size.unit}"
    reach = f"; {r.reach.summary()}" if r.reach.impossible else ""
    conflict = "" if r.conflict_p is None else f"; conflict p {r.conflict_p:.2g}"
    return computed(
        name="borrowing",
        kind="course.borrowing",
        statement=f"{endpoint.measure}, {EFFECTS[found.kind]} between treated and untreated people "
        f"{r.effect:.3g}{shown} ({r.lower:.3g} to {r.upper:.3g}){r.ratio()}, probability of "
        f"benefit {r.p_benefit:.3f}, with a {METHODS[found.options.method]} prior of "
        f"{found.groups.history.n} earlier groups{size}{conflict}; {r.curve.summary()}{reach}. "
        f"{words[:1].upper()}{words[1:]}.",
        direction=told,
        estimate=Estimate(value=r.effect, lower=r.lower, upper=r.upper, level=r.level, unit=unit),
        n=found.groups.people,
        n_unit=None if found.groups.people is None else "treated people",
        caveats=[*found.caveats, *_context(groups)],
        attributes={
            "p_benefit": r.p_benefit,
            "weight": r.posterior_weight,
            "prior_ess": r.size.elir,
            "conflict_p": r.conflict_p,
            "tipping_weight": r.curve.tipping_weight,
            "false_benefit_worst": found.operating.worst[0],
            "comparability": found.trial.comparability,
        },
        tier=groups[0].tier,
        measure=endpoint.measure,
        details=_details(found, endpoint, unit, margin),
    )


def _context(groups: list[GroupSummaries]) -> list[str]:
    history = groups[0]
    said = []
    for other in groups[1:]:
        if other.era != history.era:
            said.append(
                f"the history was seen in {history.era or 'an era not told'}, the {other.arm} "
                f"group in {other.era or 'an era not told'}"
            )
        if other.tier != history.tier:
            said.append(f"the history is {history.tier}, the {other.arm} group {other.tier}")
    return said


def _details(
    found: Borrowed, endpoint: Endpoint, unit: str, margin: float | None
) -> dict[str, Any]:
    data = found.to_json()
    rows = data.pop("curve")
    dropped = ("conclusion", "caveats", "direction", "estimate")
    return {
        **{key: value for key, value in data.items() if key not in dropped},
        "unit": unit,
        "measure": endpoint.measure,
        "improves": endpoint.improves,
        "margin": margin,
        "null": 0.0,
        "tips_at": data["tipping_weight"],
        "curve": [
            {"shift": row["weight"], "value": row["effect"], "lower": row["lower"],
             "upper": row["upper"], "p_benefit": row["p_benefit"]}
            for row in rows
        ],
    }  # fmt: skip


BORROWING = Analysis(
    name="effect.borrowing",
    summary="Treated people against a control that borrows from earlier untreated groups: robust "
    "meta-analytic, commensurate and power priors, with what they are worth, whether they conflict "
    "with current controls, and the weight at which the answer turns.",
    method="meta-analytic-predictive",
    needs=(
        Need(role="history", kinds=("group-summaries",), fits=of_arm("history")),
        Need(role="treated", kinds=("group-summaries",), fits=of_arm("treated")),
        Need(role="control", kinds=("group-summaries",), fits=of_arm("control"), required=False),
    ),
    gives=("course.borrowing", "course.target-trial"),
    parameters=BorrowingParameters,
    compute=_compute,
    references=(
        "Neuenschwander and others 2010",
        "Schmidli and others 2014",
        "Hobbs and others 2011",
        "Ibrahim and Chen 2000",
        "Duan, Ye and Smith 2006",
    ),
)
