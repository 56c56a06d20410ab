"""An outcome-linked payment agreement, as a payer and a sponsor would write it down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.value import FilePath, Fraction, Place, Text, Value

Money = Annotated[float, Field(ge=0)]
Years = Annotated[float, Field(gt=0, le=50)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as USD")]
FUTURE = ("pay", "withhold")


class Annuity(Value):
    """Yearly instalments, each paid while the effect lasts."""

    yearly: Money
    years: Annotated[int, Field(ge=1, le=50)]


class Milestone(Value):
    """A payment at a year if the effect lasts then."""

    year: Annotated[int, Field(ge=1, le=50)]
    amount: Money


class Warranty(Value):
    """A share of what was paid at the start that comes back if the effect is lost before a year."""

    until: Years
    refund: Fraction


class NotMeasured(Value):
    """People of whom nothing is heard any more: how often, and what holds of them then.

    Attributes:
        yearly: chance in a year to be lost to follow-up, 0 up to below 1.
        then: `pay`, what depends on the effect is paid as if it lasted; `withhold`, it is not. A
            loss of effect that nobody sees is never refunded.
    """

    yearly: Annotated[float, Field(ge=0, lt=1)]
    then: Literal["pay", "withhold"]


class Churn(Value):
    """People who leave the payer.

    Attributes:
        yearly: chance in a year, 0 up to below 1.
        then: `stop`, nobody owes anything any more; `transfer`, the next payer takes over;
            `stay`, the first payer's obligations remain.
    """

    yearly: Annotated[float, Field(ge=0, lt=1)]
    then: Literal["stop", "transfer", "stay"]


class Point(Value):
    """Share in whom the effect lasts at a year, with a 95 % interval."""

    year: Years
    lasting: Annotated[float, Field(gt=0, lt=1)]
    lower: Annotated[float, Field(gt=0, lt=1)]
    upper: Annotated[float, Field(gt=0, lt=1)]


class GivenPoints(Value):
    """A curve by points; between them the hazard is constant, after the last as it says.

    Attributes:
        after_last: `same rate` goes on with the last piece's hazard; `not known` allows no
            horizon beyond the last point.
    """

    form: Literal["points"]
    points: Annotated[tuple[Point, ...], Field(min_length=1)]
    after_last: Literal["same rate", "not known"]
    source: Text

    @model_validator(mode="after")
    def _falls(self) -> Self:
        years = [point.year for point in self.points]
        if years != sorted(set(years)):
            raise ValueError("years are not ascending, each once")
        for name in ("lasting", "lower", "upper"):
            values = [getattr(point, name) for point in self.points]
            if values != sorted(values, reverse=True):
                raise ValueError(
                    f"{name} rises from one year to a later one; an effect is not regained"
                )
        for point in self.points:
            if not point.lower <= point.lasting <= point.upper:
                raise ValueError(f"year {point.year:g}: allowed is lower ≤ lasting ≤ upper")
        return self


class GivenWeibull(Value):
    """A Weibull curve: median time to loss and shape, each with a 95 % interval.

    A shape of 1 is a constant hazard; leave its limits out to hold it there.
    """

    form: Literal["weibull"]
    median: Years
    median_lower: Annotated[float, Field(gt=0)]
    median_upper: Annotated[float, Field(gt=0)]
    shape: Annotated[float, Field(gt=0)] = 1.0
    shape_lower: Annotated[float, Field(gt=0)] | None = None
    shape_upper: Annotated[float, Field(gt=0)] | None = None
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.median_lower <= self.median <= self.median_upper:
            raise ValueError("allowed is median_lower ≤ median ≤ median_upper")
        if (self.shape_lower is None) != (self.shape_upper is None):
            raise ValueError("found one limit of the shape; allowed are both or none")
        low, high = self.shape_lower or self.shape, self.shape_upper or self.shape
        if not low <= self.shape <= high:
            raise ValueError("allowed is shape_lower ≤ shape ≤ shape_upper")
        return self


class FittedCurve(Value):
    """A curve fitted from a table `time,event` of treated people, times in years.

    Attributes:
        family: of the distribution.
        file: CSV beside the agreement.
    """

    form: Literal["fitted"]
    family: Literal["exponential", "weibull"]
    file: FilePath
    source: Text


class Agreement(Value):
    """What an agreement file holds.

    Attributes:
        title: what it is about.
        data: whether its numbers are agreed on or made.
        currency: of all amounts.
        outcome: what *the effect lasts* means, as it is measured.
        horizon: years that are looked at.
        discount: yearly rate for the present value.
        people: how many are treated under it.
        upfront: paid at treatment.
        annuity: yearly instalments.
        milestones: payments at years.
        warranty: refunds; the first whose year the loss comes before holds.
        not_measured: people lost to follow-up; it has to be said.
        churn: people who leave the payer; it has to be said.
        durability: how long the effect lasts.
    """

    schema_: Literal["ultrarare/agreement/1"] = Field(alias="schema")
    title: Text
    data: Literal["agreed", "made"]
    currency: Currency
    outcome: Text
    horizon: Annotated[int, Field(ge=1, le=50)]
    discount: Annotated[float, Field(ge=0, lt=1)]
    people: Annotated[int, Field(ge=1, le=1000)] = 1
    upfront: Money = 0.0
    annuity: Annuity | None = None
    milestones: tuple[Milestone, ...] = ()
    warranty: tuple[Warranty, ...] = ()
    not_measured: NotMeasured
    churn: Churn
    durability: Annotated[GivenPoints | GivenWeibull | FittedCurve, Field(discriminator="form")]

    @property
    def price(self) -> float:
        """Everything that is paid for one person if the effect lasts and the person stays."""
        annuity = 0.0 if self.annuity is None else self.annuity.yearly * self.annuity.years
        return self.upfront + annuity + sum(m.amount for m in self.milestones)

    def dangling(self) -> Iterable[Place]:
        """What does not go together."""
        if self.price == 0:
            yield ("upfront",), "nothing is paid: state upfront, annuity or milestones"
        if self.annuity is not None and self.annuity.years > self.horizon:
            yield (
                ("annuity", "years"),
                f"found {self.annuity.years}, beyond the horizon of {self.horizon}",
            )
        for index, one in enumerate(self.milestones):
            if one.year > self.horizon:
                yield (
                    ("milestones", index, "year"),
                    f"found {one.year}, beyond the horizon of {self.horizon}",
                )
        yield from self._warranty()
        curve = self.durability
        if isinstance(curve, GivenPoints) and curve.after_last == "not known":
            last = curve.points[-1].year
            if last < self.horizon:
                yield (
                    ("horizon",),
                    f"found {self.horizon}; the effect is not known beyond year {last:g} "
                    "(after_last)",
                )

    def _warranty(self) -> Iterable[Place]:
        if self.warranty and self.upfront == 0:
            yield ("warranty",), "refunds a share of the upfront payment, and there is none"
        years = [one.until for one in self.warranty]
        if years != sorted(set(years)):
            yield ("warranty",), "years are not ascending, each once"
        for index, one in enumerate(self.warranty):
            if one.until > self.horizon:
                yield (
                    ("warranty", index, "until"),
                    f"found {one.until:g}, beyond the horizon of {self.horizon}",
                )
