"""The plan and its lock, methods, data, sources and provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ultrarare.case.plan import Endpoint, SuccessCriterion
from ultrarare.case.timeline import Event
from ultrarare.dossier import place
from ultrarare.dossier.figures import event_words, moment_words
from ultrarare.dossier.source import DossierInput
from ultrarare.dossier.view import (
    EndpointView,
    MethodView,
    PlanView,
    SourceView,
    Table,
)
from ultrarare.dossier.words import plain, unit_word, value_word


def plan_view(source: DossierInput) -> PlanView:
    """Endpoints, analyses, success criteria, and whether they were locked in time."""
    plan = source.plan
    return PlanView(
        lock=source.lock_reason,
        endpoints=tuple(
            EndpointView(id=e.id, facts=tuple(_endpoint_facts(e))) for e in plan.endpoints
        ),
        analyses=Table(
            caption="Analyses that the plan names",
            head=("id", "analysis", "endpoint", "inputs", "seed"),
            numeric=(False, False, False, False, True),
            rows=tuple(
                (
                    item.id,
                    item.analysis,
                    item.endpoint or "",
                    ", ".join(f"{role}: {name}" for role, name in item.inputs.items()),
                    "" if item.seed is None else str(item.seed),
                )
                for item in plan.analyses
            ),
        ),
        success=tuple(_criterion(item) for item in plan.success),
        note=plan.note or "",
    )


def _endpoint_facts(endpoint: Endpoint) -> Iterable[tuple[str, str]]:
    unit = unit_word(endpoint.unit)
    yield (
        "measure",
        f"{endpoint.measure}{', ' + unit if unit else ''}; {endpoint.improves} is better",
    )
    yield "class", f"{endpoint.endpoint_class}; surrogate status: {endpoint.surrogate_status}"
    if endpoint.relevant_difference is None:
        yield "relevant difference", "not stated"
    else:
        why = endpoint.relevant_difference_reason or "reason not stated"
        yield "relevant difference", f"{plain(endpoint.relevant_difference)} {unit} ({why})"
    if (estimand := endpoint.estimand) is None:
        yield "estimand", "not stated"
        return
    yield (
        "estimand",
        f"{estimand.summary}; population: {estimand.population}; treatment: "
        f"{estimand.treatment}; variable: {estimand.variable}",
    )
    events = "; ".join(f"{e.event}: {e.strategy}" for e in estimand.intercurrent_events)
    yield "intercurrent events", events or "none named"


def _criterion(item: SuccessCriterion) -> str:
    bound = (
        f"at least {plain(item.at_least)}"
        if item.at_least is not None
        else f"at most {plain(item.at_most)}"
        if item.at_most is not None
        else ""
    )
    return f"{item.analysis}: {item.field} of {item.finding} is {bound}"


def methods(source: DossierInput) -> tuple[MethodView, ...]:
    """Every analysis that ran."""
    return tuple(
        MethodView(
            name=m.name,
            anchor=place.method(m.name),
            summary=m.summary,
            page=m.page,
            error_rate=m.error_rate or "",
            references=m.references,
        )
        for m in source.methods
    )


def sources(source: DossierInput) -> tuple[SourceView, ...]:
    """Every source the case cites."""
    return tuple(
        SourceView(
            id=s.id,
            anchor=place.source(s.id),
            citation=s.citation,
            doi=s.doi or "",
            grade=s.grade,
        )
        for s in source.sources
    )


def datasets(source: DossierInput) -> Table:
    """Declared inputs with their origin."""
    absent = set(source.assessment.case.absent)
    return Table(
        caption="Declared data",
        head=("dataset", "kind", "origin", "files", "note"),
        numeric=(False,) * 5,
        rows=tuple(
            (
                d.id,
                d.kind,
                d.origin,
                ", ".join(f"{p} (absent)" if p in absent else p for p in d.paths.values()),
                d.note or "",
            )
            for d in source.datasets
        ),
    )


def events(timeline: Iterable[Event]) -> Table:
    """The timeline as a table; it holds every event, also those the figure does not name."""
    return Table(
        caption="Every recorded event",
        head=("time", "event", "kind", "grade", "note"),
        numeric=(True, False, False, False, False),
        rows=tuple(
            (moment_words(e.when), event_words(e), e.kind.value, e.grade or "", e.note or "")
            for e in timeline
        ),
    )


def manifest(provenance: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The provenance manifest as path and value."""
    return tuple(_flat("", provenance))


def _flat(path: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{path} › {key}" if path else str(key), item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value, 1):
            yield from _flat(f"{path} {index}", item)
    else:
        yield path, value_word(value)
