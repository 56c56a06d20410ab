"""Kinds of outcome that a variant can have, and the likelihood of each over one parameter θ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, finite_vector, freeze
from ultrarare.stats.borrowing.evidence import (
    Evidence,
    binary_evidence,
    count_evidence,
    normal_evidence,
)

Kind = Literal["binary", "count", "normal", "student"]
CODES: Final[dict[Kind, int]] = {"binary": 0, "count": 1, "normal": 2, "student": 3}
SCALES: Final[dict[Kind, str]] = {
    "binary": "proportion",
    "count": "rate",
    "normal": "mean",
    "student": "mean",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcomes:
    """One row an outcome: what one variant's people gave.

    Attributes:
        kind: binary (θ log odds), count (θ log rate), normal (θ mean, se known), student (θ mean,
            se estimated from few people, its own uncertainty counted).
        y: (u,) people with the event; events; estimates.
        size: (u,) people; exposure; standard errors.
        freedom: (u,) degrees of freedom of the standard error; read for student alone.
    """

    kind: Kind
    y: Floats
    size: Floats
    freedom: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n(self) -> int:
        """How many rows."""
        return self.y.size

    def natural(self, theta: Floats) -> Floats:
        """θ as a proportion, a rate or a mean."""
        if self.kind == "binary":
            return np.asarray(expit(theta))
        return np.asarray(np.exp(theta)) if self.kind == "count" else theta

    def link(self, natural: ArrayLike) -> Floats:
        """A proportion, a rate or a mean as θ."""
        return link(self.kind, natural)

    def spread(self) -> Floats:
        """(u,) sd of each likelihood in θ, roughly: how fine a grid must be, never a result."""
        if self.kind == "binary":
            half, rest = self.y + 0.5, self.size - self.y + 0.5
            return np.asarray(np.sqrt(1 / half + 1 / rest))
        return np.asarray(1 / np.sqrt(self.y + 0.5)) if self.kind == "count" else self.size

    def log_likelihood(self, theta: Floats) -> Floats:
        """(u, t) log likelihood of each row at (t,) values of θ, without its constant."""
        y, size = self.y[:, None], self.size[:, None]
        if self.kind == "binary":
            return np.asarray(y * theta - size * np.logaddexp(0.0, theta))
        if self.kind == "count":
            return np.asarray(y * theta - size * np.exp(theta))
        z2 = ((y - theta) / size) ** 2
        if self.kind == "normal":
            return np.asarray(-0.5 * z2)
        df = self.freedom[:, None]
        return np.asarray(-0.5 * (df + 1) * np.log1p(z2 / df))

    def take(self, rows: ArrayLike) -> Outcomes:
        """These rows, in this order."""
        rows = np.asarray(rows)
        return Outcomes(
            kind=self.kind, y=self.y[rows], size=self.size[rows], freedom=self.freedom[rows]
        )


def link(kind: Kind, natural: ArrayLike) -> Floats:
    """A proportion, a rate or a mean as θ: log odds, log rate, or the mean itself.

    Raises:
        InputError: a proportion that is not inside 0 to 1, or a rate that is not above 0.
    """
    value = np.asarray(natural, dtype=np.float64)
    if kind == "binary":
        if not ((value > 0) & (value < 1)).all():
            raise InputError(f"a proportion must lie inside 0 to 1, not {value}", where="threshold")
        return np.asarray(logit(value))
    if kind == "count":
        if not (value > 0).all():
            raise InputError(f"a rate must be > 0, not {value}", where="threshold")
        return np.asarray(np.log(value))
    return value


def binary_outcomes(events: ArrayLike, people: ArrayLike) -> Outcomes:
    """(u,) people with the event, of (u,) people; checked as `binary_evidence` checks."""
    return _outcomes(binary_evidence(events, people))


def count_outcomes(events: ArrayLike, exposure: ArrayLike) -> Outcomes:
    """(u,) events over (u,) exposures; checked as `count_evidence` checks."""
    return _outcomes(count_evidence(events, exposure))


def normal_outcomes(estimate: ArrayLike, se: ArrayLike) -> Outcomes:
    """(u,) estimates with (u,) known standard errors, > 0."""
    return _outcomes(normal_evidence(estimate, se=se))


def student_outcomes(estimate: ArrayLike, se: ArrayLike, freedom: ArrayLike) -> Outcomes:
    """(u,) estimates whose standard errors are themselves estimated, on (u,) degrees of freedom.

    Raises:
        InputError: as for `normal_outcomes`, or degrees of freedom that are not above 0.
    """
    known = normal_evidence(estimate, se=se)
    df = finite_vector(freedom, "freedom")
    if df.size != known.n or (df <= 0).any():
        raise InputError("one value > 0 for each estimate is needed", where="freedom")
    return Outcomes(kind="student", y=known.y, size=known.size, freedom=df)


def _outcomes(evidence: Evidence) -> Outcomes:
    return Outcomes(
        kind=evidence.kind,
        y=evidence.y,
        size=evidence.size,
        freedom=np.full(evidence.n, np.inf),
    )
