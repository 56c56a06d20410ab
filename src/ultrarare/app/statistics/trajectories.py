"""The untreated course fitted to a table of visits, and one person's course predicted from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ultrarare.case.table import number
from ultrarare.case.unit import spoken
from ultrarare.errors import InputError
from ultrarare.history.apart import require_apart, require_one_scale
from ultrarare.history.course_visits import course_columns, read_course, unit_of
from ultrarare.history.records import Visit

if TYPE_CHECKING:
    from ultrarare.stats.course_fit import CourseFit, ModelName

_SHOWN: Final = 5
"""Times at which the text shows the fan; the JSON holds more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseReport:
    """A fitted course and its fan."""

    fit: CourseFit
    level: float
    seed: int
    unit: str | None = None

    def summary(self) -> str:
        """The model in a line, the fan at a few times, then every caveat."""
        checks = (each.caveats for each in (self.fit.tails, self.fit.lack) if each is not None)
        lines = [
            f"model {self.fit.name}: {self.fit.model.summary()}",
            f"fan: a single visit of a person not yet seen is expected untreated at "
            f"({100 * self.level:g}% interval)",
            *(f"  {_row(row, self.unit)}" for row in self.fit.fan(level=self.level, points=_SHOWN)),
        ]
        return "\n".join((*lines, *(f"- {text}" for said in checks for text in said)))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; null where the model has no such part."""
        return {
            **_head(self.fit),
            "parameters": self.fit.parameters(),
            "log_likelihood": self.fit.loglik,
            "converged": self.fit.model.converged,
            "heavy_tails": _tails(self.fit),
            "lack_of_fit": _lack(self.fit),
            "level": self.level,
            "fan": self.fit.fan(level=self.level),
            "seed": self.seed,
            "caveats": list(self.fit.caveats),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionReport:
    """What is expected of one person untreated."""

    fit: CourseFit
    rows: list[dict[str, float | None]]
    visits: int
    level: float
    seed: int
    said: tuple[str, ...]
    unit: str | None = None

    def summary(self) -> str:
        """A line for each time, then every caveat."""
        head = (
            f"model {self.fit.name}: a single visit of this person is expected untreated at "
            f"({100 * self.level:g}% interval)"
        )
        said = (*self.fit.caveats, *self.said)
        rows = (f"  {_row(row, self.unit)}" for row in self.rows)
        return "\n".join((head, *rows, *(f"- {text}" for text in said)))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; null where undefined."""
        return {
            **_head(self.fit),
            "patient_visits": self.visits,
            "level": self.level,
            "predictions": self.rows,
            "seed": self.seed,
            "caveats": [*self.fit.caveats, *self.said],
        }


def fit_table(
    path: Path,
    *,
    model: ModelName = "auto",
    measure: str | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> CourseReport:
    """Fit the untreated course to a table of visits.

    Args:
        path: `person,time,value`; values may be `<9`.
        model: see `fit_course`.
        measure: which one, where the table holds several.
        level: coverage of the fan.
        seed: of the check for heavy tails.

    Raises:
        InputErrors: the table is wrong.
        InputError: several measures, or no such model.
        NotComputable: too few people or visits for the model.
    """
    from ultrarare.stats.arrays import require_level

    require_level(level)
    visits = read_course(path, name=path.name, measure=measure)
    fit = _fit(visits, model, seed)
    return CourseReport(fit=fit, level=level, seed=seed, unit=unit_of(visits))


def predict_table(
    path: Path,
    *,
    patient: Path,
    at: str,
    model: ModelName = "auto",
    measure: str | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> PredictionReport:
    """Predict single untreated visits of one person from their own and from untreated people's.

    Args:
        path: untreated people, `person,time,value`.
        patient: the person's untreated visits, `person,time,value`, on the same clock.
        at: times, `4,5,6.5`.
        model: see `fit_course`.
        measure: which one, where the tables hold several.
        level: coverage of each prediction.
        seed: of the check for heavy tails.

    Raises:
        InputErrors: a table is wrong.
        InputError: several people or measures, times that cannot be read, a person who is among
            the untreated, or another measure or unit than theirs.
        NotComputable: too few people or visits for the model.
    """
    from ultrarare.stats.arrays import require_level

    own = read_course(patient, name=patient.name, measure=measure)
    if (people := len({visit.person for visit in own})) != 1:
        raise InputError(f"found {people} people; allowed is one", where=patient.name)
    times = _times(at)
    require_level(level)
    visits = read_course(path, name=path.name, measure=measure)
    require_apart([own[0].person], (visit.person for visit in visits), where=path.name)
    require_one_scale(own, visits, names=(patient.name, path.name))
    fit = _fit(visits, model, seed)
    _, when, low, high = course_columns(own)
    rows, said = fit.predict(when, low, high, times, level=level)
    return PredictionReport(
        fit=fit,
        rows=rows,
        visits=len(own),
        level=level,
        seed=seed,
        said=said,
        unit=unit_of((*own, *visits)),
    )


def _fit(visits: Sequence[Visit], model: ModelName, seed: int) -> CourseFit:
    from ultrarare.stats.course_fit import fit_course

    return fit_course(*course_columns(visits), model=model, rng=np.random.default_rng(seed))


def _row(row: Mapping[str, float | None], unit: str | None) -> str:
    """One prediction: `at 2: 85 (70 to 99) points`."""
    shown = f"{row['time']:.4g}: {row['expected']:.4g} ({row['lower']:.4g} to {row['upper']:.4g})"
    return shown if unit is None else f"{shown} {spoken(unit)}"


def _times(text: str) -> list[float]:
    try:
        return [number(part.strip()) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"{error}; allowed are times such as 4,5,6.5", where="at") from None


def _head(fit: CourseFit) -> dict[str, Any]:
    return {
        "model": fit.name,
        "method": fit.model.method,
        "people": fit.model.n_people,
        "people_repeated": fit.model.n_repeated,
        "visits": fit.model.n_visits,
        "censored": fit.n_censored,
        "first": fit.time_range[0],
        "last": fit.time_range[1],
    }


def _lack(fit: CourseFit) -> dict[str, Any] | None:
    if fit.lack is None:
        return None
    return {"p": fit.lack.p, "statistic": fit.lack.statistic, "bends": fit.lack.bends}


def _tails(fit: CourseFit) -> dict[str, Any] | None:
    if fit.tails is None:
        return None
    return {"p": fit.tails.p, "kurtosis": fit.tails.kurtosis, "heavy": fit.tails.heavy}
