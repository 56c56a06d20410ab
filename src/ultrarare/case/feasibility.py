"""From a disease's frequency to the people a randomised trial could have, as a team writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.value import Fraction, Id, Place, Text, Value, repeated_ids

Positive = Annotated[float, Field(gt=0)]


class Frequency(Value):
    """How many people have the disease, per so many.

    Attributes:
        kind: `incidence` counts new people by births, `prevalence` all who live.
        one_in: one person in so many; the value of the estimate.
        lower: smallest `one_in` of the 95 % interval (more people).
        upper: largest `one_in` (fewer people).
        of: births a year, or people who live there.
        where: the region that `of` counts.
        source: where the numbers are from.
    """

    kind: Literal["incidence", "prevalence"]
    one_in: Positive
    lower: Positive | None = None
    upper: Positive | None = None
    of: Positive
    where: Text
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check(self.one_in, self.lower, self.upper)
        return self


class Step(Value):
    """A share of the people before it that is left; `share: null` says that nobody knows it."""

    id: Id
    about: Text
    share: Annotated[float, Field(gt=0, le=1)] | None
    lower: Annotated[float, Field(gt=0, lt=1)] | None = None
    upper: Annotated[float, Field(gt=0, lt=1)] | None = None
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.share is None and (self.lower is not None or self.upper is not None):
            raise ValueError("an unknown share has no interval; allowed: share, lower and upper")
        if self.share is not None:
            _check(self.share, self.lower, self.upper)
        return self


class Proportions(Value):
    """Share with the outcome in each arm."""

    sort: Literal["proportions"]
    treated: Fraction
    control: Fraction


class Means(Value):
    """Difference of means and standard deviation within an arm, in one unit."""

    sort: Literal["means"]
    difference: float
    sd: Positive


class Hazards(Value):
    """Hazard ratio, and the share of people in whom the event is seen."""

    sort: Literal["hazards"]
    hazard_ratio: Positive
    seen: Annotated[float, Field(gt=0, le=1)]


class Trial(Value):
    """The trial that would be done, with the effect it is to show.

    Attributes:
        effect: what it is to show.
        effect_reason: why this effect, and from where.
        alpha: two-sided.
        ratio: people treated for each control.
        targets: power that would be asked for.
    """

    effect: Annotated[Proportions | Means | Hazards, Field(discriminator="sort")]
    effect_reason: Text
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    ratio: Positive = 1.0
    targets: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=1)] = (
        0.8,
        0.9,
    )


class Feasibility(Value):
    """What a feasibility file holds.

    Attributes:
        title: what it is about.
        data: whether the numbers are published or made.
        frequency: of the disease.
        steps: shares, in order: diagnosed, amenable, eligible, consenting, …
        years: of recruitment; needed with incidence, not allowed with prevalence.
        trial: that would be done.
    """

    schema_: Literal["ultrarare/feasibility/1"] = Field(alias="schema")
    title: Text
    data: Literal["published", "made", "patient"]
    frequency: Frequency
    steps: tuple[Step, ...] = ()
    years: Positive | None = None
    trial: Trial

    @model_validator(mode="after")
    def _has_years(self) -> Self:
        if (self.frequency.kind == "incidence") != (self.years is not None):
            raise ValueError(
                "years of recruitment are needed with an incidence, and not with a prevalence"
            )
        return self

    def dangling(self) -> Iterable[Place]:
        """Steps of one id."""
        yield from repeated_ids("steps", self.steps)


def _check(value: float, lower: float | None, upper: float | None) -> None:
    if (lower is None) != (upper is None):
        raise ValueError("found one limit; allowed are both limits of a 95 % interval, or none")
    if lower is not None and upper is not None and not lower <= value <= upper:
        raise ValueError(
            f"found {value:g} ({lower:g} to {upper:g}); allowed: lower ≤ value ≤ upper"
        )
