"""Intercurrent events after the first dose, and whether the plan says how each is handled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    open_events = [event for event in events if _strategy(event, strategies) is None]
    listed = "; ".join(f"{event.event} ({event.when})" for event in events)
    named = ", ".join(f"{event}: {strategy}" for event, strategy in strategies.items())
    yield computed(
        name="intercurrent",
        kind="course.intercurrent",
        statement=f"{len(events)} intercurrent event{'s' if len(events) > 1 else ''} after the "
        f"first dose: {listed}.",
        direction=Direction.DESCRIBES,
        n=len(events),
        n_unit="events",
        caveats=(
            f"The plan's strategies: {named}."
            if named
            else "The plan names no strategy for intercurrent events.",
            *(
                (f"Without a planned strategy: {', '.join(e.event for e in open_events)}.",)
                if named and open_events
                else ()
            ),
        ),
        attributes={"events": len(events), "with_strategy": not open_events},
        details={
            "events": [
                {
                    "first": event.when.first,
                    "last": event.when.first if event.when.last is None else event.when.last,
                    "label": event.event,
                    "text": str(event.when),
                    "note": event.note,
                    "strategy": _strategy(event, strategies),
                }
                for event in events
            ]
        },
    )


def _strategy(event: Event, strategies: Mapping[str, str]) -> str | None:
    """The planned strategy whose event is named in the timeline's words; None if none is."""
    named = event.event.lower()
    return next((how for what, how in strategies.items() if what.lower() in named), None)


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
