"""The plan: endpoints, estimands, analyses and success criteria, written before dosing.

A plan becomes evidence of prior intent only by its lock: a digest over its meaning, a time and
a name. The time is what the locker states; a lock kept in version control or with a third party
shows more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.moment import Clock, Moment
from ultrarare.case.value import Id, Place, Text, Unit, Value, repeated_ids


class IntercurrentEvent(Value):
    """An event after dosing that changes what the endpoint means, and how it is handled.

    The strategies are those of ICH E9(R1).
    """

    event: Text
    strategy: Literal[
        "treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"
    ]
    reason: str | None = None


class Estimand(Value):
    """The five attributes of ICH E9(R1)."""

    population: Text
    treatment: Text
    variable: Text
    intercurrent_events: tuple[IntercurrentEvent, ...] = ()
    summary: Text


class Endpoint(Value):
    """What is measured to see whether the patient improved."""

    id: Id
    measure: Text
    unit: Unit
    improves: Literal["lower", "higher"]
    endpoint_class: Literal["clinical outcome", "biomarker", "performance", "reported"]
    surrogate_status: Literal[
        "not a surrogate", "validated", "reasonably likely", "exploratory", "engagement-only"
    ]
    relevant_difference: Annotated[float, Field(gt=0)] | None = None
    relevant_difference_reason: str | None = None
    estimand: Estimand | None = None


class PlannedAnalysis(Value):
    """One analysis to run: its registry name, the datasets it reads, its parameters."""

    id: Id
    analysis: Text
    endpoint: Id | None = None
    inputs: Mapping[str, Id] = {}
    parameters: Mapping[str, Any] = {}
    seed: Annotated[int, Field(ge=0)] | None = None


class SuccessCriterion(Value):
    """When the plan calls an analysis a success, in terms of a finding's field."""

    analysis: Id
    finding: Text
    field: Text
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a success criterion has exactly one of `at_least` and `at_most`")
        return self


class Plan(Value):
    """What `plan.yaml` holds."""

    schema_: Literal["ultrarare/plan/1"] = Field(alias="schema")
    endpoints: tuple[Endpoint, ...] = ()
    analyses: tuple[PlannedAnalysis, ...] = ()
    success: tuple[SuccessCriterion, ...] = ()
    note: str | None = None

    def dangling(
        self, datasets: frozenset[str], there: frozenset[str] = frozenset()
    ) -> Iterable[Place]:
        """Each place where the plan names an endpoint, dataset or analysis that is not there.

        `there` holds ids of entries that the file has and this value, for a fault, has not.
        """
        endpoints = {endpoint.id for endpoint in self.endpoints}
        analyses = {item.id for item in self.analyses}
        yield from repeated_ids("endpoints", self.endpoints)
        yield from repeated_ids("analyses", self.analyses)
        for i, item in enumerate(self.analyses):
            if item.endpoint is not None and item.endpoint not in endpoints | there:
                allowed = ", ".join(sorted(endpoints)) or "none"
                yield (
                    ("analyses", i, "endpoint"),
                    f"names {item.endpoint!r}; the plan has: {allowed}",
                )
            for role, dataset in item.inputs.items():
                if dataset not in datasets:
                    allowed = ", ".join(sorted(datasets)) or "none"
                    yield (
                        ("analyses", i, "inputs", role),
                        f"names dataset {dataset!r}; the case has: {allowed}",
                    )
        for i, criterion in enumerate(self.success):
            if criterion.analysis not in analyses | there:
                allowed = ", ".join(sorted(analyses)) or "none"
                yield (
                    ("success", i, "analysis"),
                    f"names {criterion.analysis!r}; the plan has: {allowed}",
                )


class Lock(Value):
    """What `plan.lock` holds.

    `day_of_life` stands beside the time where the case has no dates. `cohorts` fixes the untreated
    cohorts as they were that day, by dataset id: a comparison with another cohort is post hoc.
    """

    schema_: Literal["ultrarare/lock/1"] = Field(alias="schema")
    plan_sha256: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    locked_at: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
    locked_by: Text
    day_of_life: Moment | None = None
    cohorts: Mapping[str, Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]] = {}

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        try:
            datetime.fromisoformat(self.locked_at)
        except ValueError:
            raise ValueError(
                f"found locked_at {self.locked_at!r}, a time the calendar does not have"
            ) from None
        return self

    @model_validator(mode="after")
    def _on_one_day(self) -> Self:
        day = self.day_of_life
        if day is not None and (day.clock is not Clock.DAY_OF_LIFE or day.is_vague):
            raise ValueError(f"found day_of_life {day.text!r}; allowed is one exact day of life")
        return self
