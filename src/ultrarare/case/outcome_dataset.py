"""Declared tables of several endpoints, and of people's own goals."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.declared import Declared
from ultrarare.case.finding import Tier
from ultrarare.case.value import FilePath, Text, Unit, Value


class OutcomeEndpoint(Value):
    """One of several endpoints: its column, which way is better, and what difference counts.

    With `baseline`, a column, the endpoint is the change from it; `change` says that the column
    holds a change already. With `event`, a column of 1 and 0, it is a time from index.
    """

    column: Text
    name: Text | None = None
    improves: Literal["lower", "higher"]
    relevant_difference: Annotated[float, Field(gt=0)] | None = None
    baseline: Text | None = None
    change: bool = False
    event: Text | None = None
    weight: Annotated[float, Field(gt=0)] = 1
    domain: Text | None = None

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or self.column

    @property
    def responds(self) -> bool:
        """Whether a person can respond in it: a change, with a difference that counts."""
        return self.relevant_difference is not None and (self.change or self.baseline is not None)

    @model_validator(mode="after")
    def _one_reading(self) -> Self:
        if sum((self.baseline is not None, self.change, self.event is not None)) > 1:
            raise ValueError(
                "found several of `baseline`, `change` and `event`; allowed is one of them"
            )
        return self


class OutcomeTable(Declared):
    """One arm in several endpoints, one row a person: `person` and the columns of `endpoints`."""

    kind: Literal["outcome-table"]
    file: FilePath
    arm: Literal["treated", "control"]
    endpoints: Annotated[tuple[OutcomeEndpoint, ...], Field(min_length=1)]
    population: Text
    tier: Tier
    era: str | None = None


class GoalTable(Declared):
    """Goals of treated people: `person,goal[,weight][,baseline],level`, levels −2 to 2."""

    kind: Literal["goals"]
    file: FilePath
    population: Text
    agreed: Literal["before treatment", "after treatment", "unknown"] = "unknown"
    rated: Literal["blinded", "open", "unknown"] = "unknown"


class SurrogatePairs(Declared):
    """Effects on a marker and on the outcome, one row a variant, or both of people of variants.

    `variant,marker,marker_se,outcome,outcome_se[,correlation][,marker_time,outcome_time]`, or
    `person,variant,marker,outcome[,marker_lod]`.
    """

    kind: Literal["surrogate-pairs"]
    file: FilePath
    marker: Text
    marker_unit: Unit
    measure: Text
    unit: Unit
    population: Text
