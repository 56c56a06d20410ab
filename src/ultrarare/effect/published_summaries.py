"""Two published summaries held together: a weak comparison, and it says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ultrarare.case.yaml_model import read_model
from ultrarare.effect.target_trial import TargetTrial, Trial, tabulate
from ultrarare.effect.wording import Shown, allowed, conclusion
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.stats.external.summaries import MeanDifference, RateRatio

_INDIRECT: Final = (
    "published summaries only: nothing can be matched, weighted or checked person by person",
    "differences in eligibility, time zero, care, era and measurement are in this number",
)
_ROUNDED: Final = 0.02
"""A printed rate may differ from events over person-time by this share."""


class PublishedSummary(BaseModel):
    """One arm as published: events and person-time, or mean, standard deviation and people.

    `rate` is per unit of `person_time`; with both, `events` is their product where it is not
    given. `source` and `design` say where it stands and what kind of study it was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    source: str = Field(min_length=1)
    design: str = Field(min_length=1)
    unit: str | None = None
    rate: float | None = Field(default=None, ge=0)
    person_time: float | None = Field(default=None, gt=0)
    events: int | None = Field(default=None, ge=0)
    mean: float | None = None
    sd: float | None = Field(default=None, ge=0)
    n: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        counts = self.person_time is not None and (self.rate, self.events) != (None, None)
        means = None not in (self.mean, self.sd, self.n)
        if counts == means or (not means and (self.mean, self.sd) != (None, None)):
            raise ValueError(
                "allowed is person_time with events or rate, or mean with sd and n; not both"
            )
        if counts and self.rate is not None and self.person_time is not None:
            self._consistent(self.rate, self.person_time)
        return self

    def _consistent(self, rate: float, person_time: float) -> None:
        product = rate * person_time
        whole = round(product) if self.events is None else self.events
        if abs(product - whole) > max(_ROUNDED * max(whole, 1), 0.05):
            raise ValueError(
                f"rate × person_time is {product:g}, which is no count of events that agrees "
                f"({whole}); allowed is a rounded rate"
            )

    @property
    def counted(self) -> bool:
        """Whether it is a rate."""
        return self.person_time is not None

    @property
    def count(self) -> int:
        """Events; from rate and person-time where they were not given."""
        if self.events is not None:
            return self.events
        return round((self.rate or 0.0) * (self.person_time or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SummariesCompared:
    """The difference or ratio, and what may be said."""

    treated: PublishedSummary
    control: PublishedSummary
    improves: str  # without a word on it: fewer events, higher means
    assumed: bool
    result: RateRatio | MeanDifference
    trial: TargetTrial

    @property
    def measure(self) -> str:
        """What is compared."""
        return "rate ratio" if self.treated.counted else "mean difference"

    @property
    def shown(self) -> Shown:
        """What the two-sided test shows."""
        if self.result.p_two_sided > 1 - self.result.level:
            return "not shown"
        low = self.result.p_lower < self.result.p_higher
        return "better" if low == (self.improves == "lower") else "worse"

    @property
    def sentence(self) -> str:
        """What may be said, as a clause."""
        return allowed(conclusion(self.shown, self.trial.comparability), self.trial.comparability)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a reader must know."""
        said = [*_INDIRECT]
        if self.treated.counted:
            said.append(
                "events are taken as independent at a constant rate; people who differ in "
                "their rates make the interval too narrow"
            )
        else:
            said.append("values are taken as normal; with few people that cannot be checked")
        if self.assumed:
            said.append(f"no direction was given, so {self.improves} values are read as better")
        if self.treated.counted and self.treated.events is None:
            said.append("events of the treated are reckoned from a printed rate")
        if self.control.counted and self.control.events is None:
            said.append("events of the controls are reckoned from a printed rate")
        return tuple(said)

    def summary(self) -> str:
        """For a terminal."""
        return "\n".join(
            (
                f"treated: {self.treated.source} ({self.treated.design})",
                f"control: {self.control.source} ({self.control.design})",
                self.result.summary(),
                self.trial.summary(),
                self.sentence,
                *self.caveats,
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, plain."""
        result = asdict(self.result)
        value = result.get("ratio", result.get("difference"))
        return {
            "measure": self.measure,
            "estimate": {
                "method": "exact conditional" if self.treated.counted else "Welch from summaries",
                "estimand": "the two groups as published",
                "value": value,
                "lower": self.result.lower,
                "upper": self.result.upper,
                "level": self.result.level,
            },
            "p_value": self.result.p_two_sided,
            "p_benefit": self.result.p_lower if self.improves == "lower" else self.result.p_higher,
            "shown": self.shown,
            "conclusion": self.sentence,
            "comparability": self.trial.comparability,
            "target_trial": self.trial.to_json(),
            "treated": self.treated.model_dump(exclude_none=True),
            "control": self.control.model_dump(exclude_none=True),
            "improves": self.improves,
            "caveats": list(self.caveats),
        }


def read_summary(path: Path, *, name: str) -> PublishedSummary:
    """Read one arm's summary from YAML.

    Raises:
        InputErrors: no YAML, or fields that do not make one summary, each with its line.
    """
    return read_model(path, PublishedSummary, name=name, whole="summary")


def compare_summaries(
    treated: PublishedSummary,
    control: PublishedSummary,
    *,
    improves: str | None,
    level: float,
    trial: Trial,
) -> SummariesCompared:
    """Compare two summaries; comparability is never supported by these alone.

    Raises:
        InputError: one is a rate and the other a mean, or they are in two units.
        NotComputable: no event in either, or one person.
    """
    from ultrarare.stats.external.summaries import mean_difference, rate_ratio

    if treated.counted != control.counted:
        raise InputError(
            "one arm is a rate and the other a mean; allowed are two of one kind", where="control"
        )
    if treated.unit != control.unit:
        raise InputError(
            f"the treated are in {treated.unit}, the controls in {control.unit}; allowed is one "
            "unit for both",
            where="unit",
        )
    result: RateRatio | MeanDifference
    if treated.counted:
        result = rate_ratio(
            treated.count,
            treated.person_time or 0.0,
            control.count,
            control.person_time or 0.0,
            level=level,
        )
    else:
        result = mean_difference(_triple(treated), _triple(control), level=level)
    return SummariesCompared(
        treated=treated,
        control=control,
        improves=improves or ("lower" if treated.counted else "higher"),
        assumed=improves is None,
        result=result,
        trial=tabulate(trial, doubts=("there are no records of single people",)),
    )


def _triple(summary: PublishedSummary) -> tuple[float, float, int]:
    assert summary.mean is not None  # noqa: S101 -- `_one_form` has seen to it
    assert summary.sd is not None  # noqa: S101
    assert summary.n is not None  # noqa: S101
    return summary.mean, summary.sd, summary.n
