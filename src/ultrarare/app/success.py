"""The plan's success criteria, held against the findings they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ultrarare.analysis import registry
from ultrarare.app.outcome import Outcome
from ultrarare.case.finding import Direction, Finding, Origin, Planned, Provenance
from ultrarare.case.folder import CaseFolder
from ultrarare.case.plan import SuccessCriterion


def success_findings(folder: CaseFolder, outcomes: Sequence[Outcome]) -> Iterable[Finding]:
    """One finding a criterion: met, not met, or not computable; simulated data meet none."""
    by_task = {outcome.task.id: outcome for outcome in outcomes}
    for index, criterion in enumerate(folder.plan.success):
        outcome = by_task.get(criterion.analysis)
        if outcome is None:
            continue
        named = [f for f in outcome.findings if f.kind == criterion.finding]
        value = next((_field(f, criterion.field) for f in named), None)
        yield _finding(index, criterion, outcome, value)


def without_criterion(folder: CaseFolder) -> tuple[str, ...]:
    """Planned analyses of an endpoint for which the plan does not say what counts as success.

    An analysis that only describes needs no criterion, and one that is not registered is another
    problem.
    """
    judged = {criterion.analysis for criterion in folder.plan.success}
    return tuple(
        item.id
        for item in folder.plan.analyses
        if item.endpoint
        and item.id not in judged
        and (analysis := registry.analyses().get(item.analysis)) is not None
        and analysis.judged
        and analysis.plannable
    )


def criterion_warnings(folder: CaseFolder) -> tuple[str, ...]:
    """What to add to the plan while it counts, one sentence an analysis; nothing once post hoc."""
    if folder.lock_state.planned is not Planned.LOCKED and folder.first_dose is not None:
        return ()
    return tuple(
        f"plan.yaml: {name} has no success criterion, so improvement can be partly supported at "
        "most; add one under `success` before you lock"
        for name in without_criterion(folder)
    )


def completeness_finding(folder: CaseFolder, outcomes: Sequence[Outcome]) -> Iterable[Finding]:
    """Whether each planned endpoint has a result, and each comparison a success criterion.

    An endpoint that was planned and is not reported, or a criterion that nobody wrote down, leaves
    a choice that could have been made after the results were seen.
    """
    if not folder.plan.endpoints:
        return
    computed = {
        outcome.task.endpoint.id
        for outcome in outcomes
        if outcome.task.endpoint is not None and _has_result(outcome)
    }
    without = [e.measure for e in folder.plan.endpoints if e.id not in computed]
    open_ = without_criterion(folder)
    results = (
        f"There is no result for {', '.join(without)}"
        if without
        else "Every endpoint of the plan has a result"
    )
    criteria = (
        f"there is no success criterion for the analysis {', '.join(open_)}"
        if open_
        else "every comparison has a success criterion"
    )
    joint = ", but " if bool(without) is not bool(open_) else ", and "
    complete = not without and not open_
    yield Finding(
        id="plan/completeness",
        kind="plan.completeness",
        origin=Origin.COMPUTED,
        statement=f"{results}{joint}{criteria}.",
        direction=Direction.SUPPORTS if complete else Direction.INCONCLUSIVE,
        planned=folder.lock_state.planned,
        attributes={"criteria": not open_, "results": not without},
        would_need=f"Add a success criterion for {', '.join(open_)} to plan.yaml."
        if open_
        else None,
        provenance=Provenance(analysis="plan.completeness"),
    )


def _has_result(outcome: Outcome) -> bool:
    return any(f.direction is not Direction.NOT_COMPUTABLE for f in outcome.findings)


def _field(finding: Finding, field: str) -> float | None:
    if field == "n":
        return finding.n
    head, _, part = field.partition(".")
    if head == "estimate":
        value = None if finding.estimate is None else getattr(finding.estimate, part)
    else:
        value = finding.attributes.get(field)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _finding(
    index: int, criterion: SuccessCriterion, outcome: Outcome, value: float | None
) -> Finding:
    met = None if value is None else _met(criterion, value)
    bound = (
        f"at least {criterion.at_least:g}"
        if criterion.at_least is not None
        else f"at most {criterion.at_most:g}"
    )
    asked = f"{criterion.field} of {criterion.analysis} is to be {bound}"
    verdict, direction = {
        None: ("it could not be computed", Direction.NOT_COMPUTABLE),
        True: ("met", Direction.SUPPORTS),
        False: ("not met", Direction.INCONCLUSIVE),
    }[met]
    shown = "" if value is None else f"it is {value:.3g}: "
    if outcome.task.simulated and met is not None:
        verdict, direction = "on simulated data, which meet no criterion", Direction.DESCRIBES
        met = None
    return Finding(
        id=f"plan/success/{index + 1}",
        kind="plan.success",
        origin=Origin.COMPUTED,
        statement=f"Success criterion {index + 1}: {asked}; {shown}{verdict}.",
        direction=direction,
        planned=outcome.task.planned,
        attributes={"met": met, "field": criterion.field},
        would_need=f"A value of {criterion.field}." if value is None else None,
        provenance=Provenance(
            analysis="plan.success",
            inputs=tuple(i for f in outcome.findings[:1] for i in f.provenance.inputs),
        ),
    )


def _met(criterion: SuccessCriterion, value: float) -> bool:
    if criterion.at_least is not None:
        return value >= criterion.at_least
    return criterion.at_most is not None and value <= criterion.at_most
