"""Intercurrent events after the first dose, and whether the plan says how each is handled."""

from __future__ import annotations

from collections.abc import Iterable

from ultrarare.analysis.declaration import Analysis, Inputs, computed
from ultrarare.case.finding import Direction, Finding
from ultrarare.case.timeline import Event, EventKind


def after_first_dose(inputs: Inputs) -> tuple[Event, ...]:
    """Intercurrent events that end on the day of the first dose or later."""
    dose = inputs.first_dose
    if dose is None:
        return ()
    return tuple(
        event
        for event in inputs.timeline
        if event.kind is EventKind.INTERCURRENT
        and (event.when.last is None or event.when.last >= dose.first)
    )


def _compute(inputs: Inputs) -> Iterable[Finding]:
    events = after_first_dose(inputs)
    if not events:
        return
    strategies = {
        planned.event: planned.strategy
        for endpoint in inputs.endpoints
        if endpoint.estimand is not None
        for planned in endpoint.estimand.intercurrent_events
    }
    listed = "; ".join(f"{event.event} ({event.when})" for event in events)
    named = ", ".join(f"{event}: {strategy}" for event, strategy in strategies.items())
    yield computed(
        name="intercurrent",
        kind="course.intercurrent",
        statement=f"{len(events)} intercurrent events after the first dose: {listed}.",
        direction=Direction.DESCRIBES,
        n=len(events),
        n_unit="events",
        caveats=(
            f"The plan's strategies: {named}."
            if named
            else "The plan names no strategy for intercurrent events.",
        ),
        attributes={"events": len(events), "with_strategy": bool(strategies)},
        details={
            "events": [
                {
                    "first": event.when.first,
                    "last": event.when.first if event.when.last is None else event.when.last,
                    "label": event.event,
                    "text": str(event.when),
                    "note": event.note,
                }
                for event in events
            ]
        },
    )


INTERCURRENT = Analysis(
    name="effect.intercurrent",
    summary="Intercurrent events after the first dose, beside the plan's strategies for them.",
    method="estimands",
    needs=(),
    gives=("course.intercurrent",),
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("ICH E9(R1)",),
)
