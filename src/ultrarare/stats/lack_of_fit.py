"""Whether the mean of untreated people bends where the fitted course does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, count_vector, finite_vector, same_length
from ultrarare.stats.heavy_tails import whitened
from ultrarare.stats.mixed import PopulationModel

_LEVEL: Final = 0.05
_TERMS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LackOfFit:
    """F test of further powers of time in the mean of the untreated course."""

    p: float  # small: the mean bends beyond the model
    statistic: float
    terms: int  # powers of time that were added
    df: int  # of the denominator
    level: float

    @property
    def bends(self) -> bool:
        """Whether the mean bends more than chance explains."""
        return self.p <= self.level

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a reader of a prediction must know; none where the course fits."""
        if not self.bends:
            return ()
        return (
            f"the mean of untreated people bends where the fitted course does not (p = "
            f"{self.p:.2g}): a prediction is then biased at some ages; a course with a change "
            "point or a sigmoid may fit, and the conformal p is the one to read",
        )

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = f"mean course against {self.terms} further powers of time: F {self.statistic:.3g}"
        return "; ".join((f"{line}, p {self.p:.3g}", *self.caveats))


def lack_of_fit(
    model: PopulationModel,
    person: ArrayLike,
    time: ArrayLike,
    value: ArrayLike,
    *,
    level: float = _LEVEL,
) -> LackOfFit:
    """Test the mean of the untreated course for a bend that the model leaves out.

    Args:
        model: fitted to these visits.
        person: (n,) whose visit it is.
        time: (n,) when.
        value: (n,) measurement, finite.
        level: at or below which p counts as a bend.

    Raises:
        InputError: unequal lengths or a value that is not finite.
        NotComputable: visits at too few times to see a bend, or no spread within people.

    Notes:
        Generalised least squares with the fitted covariance: t² and t³ (t² alone where visits lie
        at one more time than the design has columns) are added to the mean and tested together by
        F. Where the model's covariance has swallowed part of the bend, the test sees less of it.
        Error rate: docs/validation/lack-of-fit.md.
    """
    who, t, y = (
        count_vector(person, "person"),
        finite_vector(time, "time"),
        finite_vector(value, "value"),
    )
    same_length(person=who, time=t, value=y)
    x = model.design(t)
    terms = min(_TERMS, np.unique(t).size - x.shape[1])
    df = int(t.size - x.shape[1] - terms)
    if terms < 1 or df < 1:
        raise NotComputable(
            f"visits at {np.unique(t).size} times do not show a bend",
            where="time",
            remedy="Give untreated visits at more times.",
        )
    u = (t - t.mean()) / t.std()
    powers = u[:, None] ** np.arange(2, 2 + terms)
    white = whitened(model, who, t, np.column_stack((x, powers, y)))
    columns = x.shape[1]
    without = _rest(white[:, :columns], white[:, -1])
    within = _rest(white[:, :-1], white[:, -1])
    statistic = float((without - within) / terms / (within / df))
    return LackOfFit(
        p=float(fdtrc(terms, df, max(statistic, 0.0))),
        statistic=statistic,
        terms=int(terms),
        df=df,
        level=level,
    )


def _rest(x: Floats, y: Floats) -> float:
    """Residual sum of squares."""
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    rest = y - x @ beta
    return float(rest @ rest)
