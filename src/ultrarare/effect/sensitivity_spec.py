"""What a result's sensitivity is asked about: the fields of a specification, and its reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ultrarare.case.table import Column, Row, flag, number, read_table, repeated_rows
from ultrarare.case.yaml_model import read_model
from ultrarare.errors import InputErrors, Problem

if TYPE_CHECKING:
    from ultrarare.stats.sensitivity.e_value import Association
    from ultrarare.stats.sensitivity.matched_sets import ScoredSets
    from ultrarare.stats.sensitivity.observed import ObservedScale

Improves = Literal["lower", "higher"]
Ratio = Annotated[float, Field(gt=0)]
Strength = Annotated[float, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Range = Annotated[tuple[float, ...], Field(min_length=1, max_length=4)]
"""One value, a range of two, or four corners of a trapezoid."""


class Part(BaseModel):
    """Base of a specification's parts: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class EstimateSpec(Part):
    """The result, with what is needed to read it as a risk ratio; `unit` is for the reader."""

    measure: Literal[
        "risk ratio", "rate ratio", "odds ratio", "hazard ratio", "mean difference",
        "standardised difference",
    ]  # fmt: skip
    value: float
    lower: float
    upper: float
    level: float = Field(default=0.95, ge=0.8, lt=1)
    outcome: Literal["rare", "common"] | None = None
    sd: float | None = Field(default=None, gt=0)
    unit: str = ""
    improves: Improves | None = None
    source: str | None = None

    def association(self) -> Association:
        """The estimate, checked.

        Raises:
            InputError: a value outside its interval, a ratio at 0, a missing outcome or sd.
        """
        from ultrarare.stats.sensitivity.e_value import Association

        return Association(
            measure=self.measure,
            value=self.value,
            lower=self.lower,
            upper=self.upper,
            level=self.level,
            outcome=self.outcome,
            sd=self.sd,
        )


class CovariateSpec(Part):
    """A measured covariate's strength: the larger of its risk ratios, and which covariate it is."""

    ratio: Ratio
    what: str = Field(min_length=1)


class BiasesSpec(Part):
    """How strong each bias may be, ratios taken upwards; see `stats.sensitivity.bounds`."""

    confounding: tuple[Strength, Strength] | None = None
    selection: tuple[Strength, Strength, Strength, Strength] | None = None
    misclassification: Strength | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self == BiasesSpec.model_construct():
            raise ValueError("names no bias; allowed are confounding, selection, misclassification")
        return self


class ConfounderSpec(Part):
    """An unmeasured yes or no: shares, and its effect (a ratio for ratios, else a difference).

    Each is a value, a range of two, or four corners of a trapezoid: the middle is used for the
    tipping effect, the ends for the array, and the whole as a prior.
    """

    treated: Range
    untreated: Range
    effect: Range
    observed_effect: float | None = None
    observed_what: str | None = None
    draws: int = Field(default=20_000, ge=1000, le=1_000_000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("treated", "untreated", "effect"):
            values = getattr(self, name)
            if len(values) == 3 or list(values) != sorted(values):
                raise ValueError(
                    f"{name}: found {list(values)}; allowed is one value, two or four that do not "
                    "fall"
                )
            if name != "effect" and not 0 <= values[0] <= values[-1] <= 1:
                raise ValueError(f"{name}: found {list(values)}; a share lies between 0 and 1")
        return self


class RegistrySpec(Part):
    """One population's estimate of what is shifted, and its standard error."""

    name: str = Field(min_length=1)
    value: float
    se: float = Field(gt=0)


class ScaleSpec(Part):
    """How much untreated populations differ: a published sd with its source, or one row each."""

    between_sd: float | None = Field(default=None, gt=0)
    source: str | None = None
    registries: tuple[RegistrySpec, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.between_sd is None) == (not self.registries):
            raise ValueError(
                "allowed is between_sd, or registries with name, value and se; not both"
            )
        if self.between_sd is not None and self.source is None:
            raise ValueError("between_sd needs its source")
        if len(self.registries) == 1:
            raise ValueError("one registry cannot show how registries differ; two are needed")
        names = [registry.name for registry in self.registries]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"registry {twice[0]!r} stands twice; allowed is one row for each")
        return self

    def scale(self, of_what: str) -> ObservedScale:
        """The observed scale."""
        from ultrarare.stats.sensitivity.observed import between_populations, given_scale

        if self.between_sd is not None:
            return given_scale(self.between_sd, f"{of_what} ({self.source})")
        return between_populations(
            [r.value for r in self.registries],
            [r.se for r in self.registries],
            what=f"{of_what} between {len(self.registries)} registries",
        )


class ShiftSpec(Part):
    """An assumption that moves the estimate in a straight line.

    `per_unit` is how much the estimate (its logarithm for a ratio) loses for each unit by which
    the assumption is off.
    """

    changed: str = Field(min_length=1)
    unit: str = ""
    per_unit: float
    observed: ScaleSpec | None = None

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.per_unit == 0:
            raise ValueError("per_unit is 0, so that nothing is shifted")
        return self


class MissingSpec(Part):
    """Visits seen and missed, the mean of those seen, and the values a visit can have."""

    seen: int = Field(ge=1)
    missed: int = Field(ge=1)
    mean: float
    low: float
    high: float

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.low <= self.mean <= self.high or self.low == self.high:
            raise ValueError("allowed are bounds low < high that hold the mean")
        return self


class PriorSpec(Part):
    """A prior estimate of the same quantity; `se` of its logarithm for a ratio."""

    value: float
    se: float = Field(gt=0)
    source: str = Field(min_length=1)


class WithoutSpec(Part):
    """The estimate recomputed without one source, such as a tier or an era."""

    left_out: str = Field(min_length=1)
    value: float
    lower: float
    upper: float


class PairsSpec(Part):
    """How matched sets are read; they stand in a table `set,treated,value`."""

    improves: Improves | None = None
    statistic: Literal["signed-rank", "aligned-rank", "mean"] | None = None
    alpha: float = Field(default=0.025, gt=0, lt=0.5)
    observed: CovariateSpec | None = None


class SensitivitySpec(Part):
    """Everything that is asked about a result."""

    estimate: EstimateSpec | None = None
    covariate: CovariateSpec | None = None
    biases: BiasesSpec | None = None
    confounder: ConfounderSpec | None = None
    shifts: tuple[ShiftSpec, ...] = ()
    missing: MissingSpec | None = None
    prior: PriorSpec | None = None
    without: tuple[WithoutSpec, ...] = ()
    pairs: PairsSpec | None = None

    @model_validator(mode="after")
    def _has_its_estimate(self) -> Self:
        asked = (self.covariate, self.biases, self.confounder, self.missing, self.prior)
        if self.estimate is None and (any(asked) or self.shifts or self.without):
            raise ValueError("estimate: is missing; allowed without it are `pairs` only")
        if self.missing is not None and (
            self.estimate is None or self.estimate.measure != "mean difference"
        ):
            raise ValueError("missing: visits move a mean difference only")
        return self


def read_spec(path: Path, *, name: str) -> SensitivitySpec:
    """Read a specification from YAML or JSON.

    Raises:
        InputErrors: no YAML, or fields that are wrong, each with its line.
    """
    return read_model(path, SensitivitySpec, name=name, whole="specification")


_PAIRS = (
    Column("set", str),
    Column("treated", flag),
    Column("value", number),
    Column("person", str, required=False),
)


def read_sets(path: Path, *, name: str, asked: PairsSpec, improves: Improves) -> ScoredSets:
    """Matched sets from a table `set,treated,value[,person]`.

    Raises:
        InputErrors: the table is wrong, or a row stands twice.
        InputError: a set without both arms, or with several people of both.
        NotComputable: no set shows a difference.
    """
    from ultrarare.stats.sensitivity.matched_sets import scored_sets

    rows = read_table(path, _PAIRS, name=name)
    way = "name two people of one value in a column `person`"
    if problems := [*repeated_rows(rows, name, way=way), *_twice(rows, name)]:
        raise InputErrors(problems, where=name)
    return scored_sets(
        [row["set"] for row in rows],
        [row["treated"] for row in rows],
        [row["value"] for row in rows],
        direction=improves,
        statistic=asked.statistic,
    )


def _twice(rows: Sequence[Row], name: str) -> Iterable[Problem]:
    """A person in two rows, where people are named."""
    first: dict[str, int] = {}
    for row in rows:
        person = row.get("person")
        if person is not None and first.setdefault(person, row.line) != row.line:
            text = f"person {person!r} stands in line {first[person]} too; allowed is one row"
            yield Problem(f"{name}:{row.line}", text, "match each person once")
