"""Cox regression over spans of time at risk: late entry, ties, strata, weights, clusters, Firth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Counts,
    Floats,
    finite_vector,
    flag_vector,
    freeze,
    non_negative_vector,
    require_level,
    same_length,
)
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.cox_fit import Pass, RiskData

Ties = Literal["efron", "breslow"]
FEW_CLUSTERS: Final = 20
"""Below these the sandwich is known to be too small (METHODS: about 20 clusters)."""
FEW_EVENTS: Final = 10
"""Events a coefficient; the usual rule of thumb, below which the normal interval is doubtful."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CoxModel:
    """λ(t | x) = λ₀ₛ(t) exp(xβ + offset), λ₀ left open and its own in each stratum s.

    Arrays over coefficients have shape (p,), over rows (n,) or (n, p), over event times (k,).
    """

    names: tuple[str, ...]
    coefficient: Floats  # log hazard ratio a unit of the covariate
    covariance: Floats  # (p, p), inverse information
    robust_covariance: Floats  # (p, p), sandwich over clusters (rows where none are given)
    profile_lower: Floats  # penalised profile limits; NaN without Firth's penalty
    profile_upper: Floats
    profile_p: Floats
    score_residuals: Floats  # (n, p), unweighted
    dfbeta: Floats  # (n, p), weighted: what leaving the row out would change, to first order
    martingale: Floats  # (n,) events seen minus expected
    time: Floats  # (k,) event times, by stratum and ascending
    stratum: Counts  # (k,)
    hazard_step: Floats  # (k,) step of the cumulative hazard at x = centre, offset 0
    centre: Floats  # (p,)
    log_likelihood: float
    null_log_likelihood: float
    score_statistic: float  # at β = 0, chi-square with p degrees of freedom
    ties: Ties
    penalised: bool
    clustered: bool
    clusters: int
    n: int
    events: int
    level: float
    steps: int
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def std_error(self) -> Floats:
        """From the information (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def robust_std_error(self) -> Floats:
        """From the sandwich (p,)."""
        return np.sqrt(np.diag(self.robust_covariance))

    def interval(self) -> tuple[Floats, Floats]:
        """Limits of the log hazard ratios: profile with a penalty, robust with clusters, Wald."""
        if self.penalised:
            return self.profile_lower, self.profile_upper
        half = ndtri((1 + self.level) / 2) * self._own_error()
        return self.coefficient - half, self.coefficient + half

    def p_values(self) -> Floats:
        """Two-sided, of each coefficient being 0, by the same route as `interval`."""
        if self.penalised:
            return self.profile_p
        return np.asarray(2 * ndtr(-np.abs(self.coefficient / self._own_error())))

    def _own_error(self) -> Floats:
        return self.robust_std_error if self.clustered else self.std_error

    @property
    def likelihood_ratio(self) -> float:
        """Twice the gain in log likelihood over β = 0."""
        return 2 * (self.log_likelihood - self.null_log_likelihood)

    @property
    def score_p(self) -> float:
        """The p of the score test of β = 0; with one group indicator this is the log-rank test."""
        return float(chdtrc(self.coefficient.size, self.score_statistic))

    def cumulative_hazard(self, x: ArrayLike, t: float, *, stratum: int = 0) -> float:
        """Λ(t | x) from the beginning of the stratum's follow-up; offset 0.

        Args:
            x: (p,) covariates in the unit they were given in.
            t: a time in the unit of the input.
            stratum: which stratum, in ascending order of its label.
        """
        values = finite_vector(x, "x")
        if values.size != self.centre.size:
            raise InputError(f"{values.size} values, allowed are {self.centre.size}", where="x")
        use = (self.stratum == stratum) & (self.time <= t)
        base = float(self.hazard_step[use].sum())
        return base * float(np.exp((values - self.centre) @ self.coefficient))

    def summary(self) -> str:
        """One line a coefficient, then the caveats."""
        lines = [f"{self.n} rows, {counted(self.events, 'event')}, {self.ties} ties"]
        lower, upper = self.interval()
        for j, name in enumerate(self.names):
            hr, low, high = np.exp((self.coefficient[j], lower[j], upper[j]))
            lines.append(
                f"{name}: hazard ratio {hr:.3g} ({low:.3g} to {high:.3g}), "
                f"two-sided p {self.p_values()[j]:.3g}"
            )
        return "\n".join((*lines, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a coefficient; a limit that does not exist is None."""
        lower, upper = self.interval()
        p = self.p_values()
        return [
            {
                "name": name,
                "log_hazard_ratio": float(self.coefficient[j]),
                "se": float(self.std_error[j]),
                "robust_se": float(self.robust_std_error[j]),
                "hazard_ratio": float(np.exp(self.coefficient[j])),
                "lower": _or_none(np.exp(lower[j])),
                "upper": _or_none(np.exp(upper[j])),
                "p_value": _or_none(p[j]),
            }
            for j, name in enumerate(self.names)
        ]


def fit_cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    ties: Ties = "efron",
    firth: bool = False,
    level: float = 0.95,
    names: Sequence[str] | None = None,
) -> CoxModel:
    """Fit by maximum partial likelihood.

    Args:
        time: (n,) end of each span at risk, ≥ 0.
        event: (n,) whether the event was seen at the end.
        covariates: (n,) or (n, p) finite numbers; a categorical one comes as indicators.
        entry: (n,) start of each span, before its end; None for 0. A person may have several.
        strata: (n,) labels; each stratum has a baseline hazard of its own.
        weights: (n,) ≥ 0; each multiplies its row's part of the likelihood.
        offset: (n,) added to the log hazard with coefficient 1.
        cluster: (n,) labels of people (or families) whose rows belong together; the interval then
            rests on the sandwich.
        ties: how events at one time are ordered.
        firth: add ½ log|I|, which has a finite maximum under separation; intervals are then those
            of the penalised profile.
        level: coverage of the intervals.
        names: (p,) of the covariates.

    Raises:
        InputError: lengths, a value that is not allowed, an entry at or after its end.
        NotComputable: no event, a covariate without variation at risk, or separation.

    Notes:
        Cox 1972; Efron 1977; Breslow 1974; Lin and Wei 1989 (sandwich); Firth 1993 with Heinze and
        Schemper 2001 (profile). Times that are equal as numbers are tied; none is moved. Checked
        in tests/reference/test_cox.py (R) and tests/oracles/test_cox_oracle.py.
    """
    from ultrarare.stats.cox_fit import maximise

    require_level(level)
    x = _matrix(covariates)
    labels = tuple(names) if names is not None else tuple(f"x{j + 1}" for j in range(x.shape[1]))
    if len(labels) != x.shape[1]:
        raise InputError(f"{len(labels)} names for {x.shape[1]} covariates", where="names")
    centre, scale = x.mean(axis=0), x.std(axis=0)
    if (flat := np.flatnonzero(~(scale > 0))).size:
        raise NotComputable(
            f"covariate {labels[flat[0]]} is the same in all rows",
            remedy="Leave it out, or bring people among whom it varies.",
        )
    data, groups = _risk_data(
        (x - centre) / scale, time, event, entry, strata, weights, offset, efron=ties == "efron"
    )
    same = _clusters(cluster, data.stop.size)
    fitted, steps = maximise(data, np.zeros(x.shape[1]), penalised=firth)
    return _model(
        data, fitted, scale=scale, centre=centre, names=labels, groups=groups, same=same,
        clustered=cluster is not None, ties=ties, firth=firth, level=level, steps=steps,
    )  # fmt: skip


def _matrix(covariates: ArrayLike) -> Floats:
    try:
        x = np.array(covariates, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"not an array of numbers: {error}", where="covariates") from error
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or x.size == 0:
        raise InputError(f"shape {x.shape}, allowed is (n, p)", where="covariates")
    if not np.isfinite(x).all():
        row = int(np.flatnonzero(~np.isfinite(x).all(axis=1))[0])
        raise InputError("every value must be finite", where=f"covariates[{row}]")
    return np.ascontiguousarray(x)


def _risk_data(
    x: Floats,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    strata: ArrayLike | None,
    weights: ArrayLike | None,
    offset: ArrayLike | None,
    *,
    efron: bool,
) -> tuple[RiskData, Counts]:
    """Checked rows in the kernel's order, and the stratum of each row."""
    from ultrarare.stats.cox_fit import RiskData

    stop, seen = non_negative_vector(time, "time"), flag_vector(event, "event")
    n = stop.size
    start = np.full(n, -np.inf) if entry is None else non_negative_vector(entry, "entry")
    weight = np.ones(n) if weights is None else non_negative_vector(weights, "weights")
    moved = np.zeros(n) if offset is None else finite_vector(offset, "offset")
    same_length(
        time=stop, event=seen, entry=start, weights=weight, offset=moved, covariates=x[:, 0]
    )
    if (bad := np.flatnonzero(start >= stop)).size:
        raise InputError(
            f"entry {start[bad[0]]:g} is not before the end {stop[bad[0]]:g}",
            where=f"entry[{bad[0]}]",
            remedy="Who was never under observation adds nothing: leave the row out and say so.",
        )
    counted = seen & (weight > 0)
    if not counted.any():
        raise NotComputable("no event was seen", remedy="Follow the people for longer.")
    group = np.zeros(n, dtype=np.int64)
    if strata is not None:
        raw = np.asarray(strata)
        same_length(time=stop, strata=raw)
        group = np.unique(raw, return_inverse=True)[1].astype(np.int64)
    first = np.concatenate(([0], np.cumsum(np.bincount(group)))).astype(np.int64)
    late = entry is not None and bool(start.max() > 0)
    return RiskData(
        x=x,
        offset=moved - moved.mean(),
        moved_by=float(moved.mean()),
        weight=weight,
        event=seen,
        start=start,
        stop=stop,
        first=first,
        by_stop=np.lexsort((-stop, group)).astype(np.int64),
        by_start=np.lexsort((-start, group)).astype(np.int64) if late else np.empty(0, np.int64),
        efron=efron,
        deaths=len(np.unique(np.column_stack((group[counted], stop[counted])), axis=0)),
    ), group


def _clusters(cluster: ArrayLike | None, n: int) -> Counts:
    if cluster is None:
        return np.arange(n, dtype=np.int64)
    raw = np.asarray(cluster)
    if raw.shape != (n,):
        raise InputError(f"shape {raw.shape}, allowed is ({n},)", where="cluster")
    return np.unique(raw, return_inverse=True)[1].astype(np.int64)


def _model(
    data: RiskData,
    fitted: Pass,
    *,
    scale: Floats,
    centre: Floats,
    names: tuple[str, ...],
    groups: Counts,
    same: Counts,
    clustered: bool,
    ties: Ties,
    firth: bool,
    level: float,
    steps: int,
) -> CoxModel:
    """The result in the unit of the covariates."""
    from ultrarare.stats.cox_fit import at
    from ultrarare.stats.cox_profile import profile
    from ultrarare.stats.cox_residuals import event_times, residuals

    null = at(data, np.zeros_like(fitted.beta), penalised=firth)
    plain_null = at(data, np.zeros_like(fitted.beta)) if firth else null
    cov = np.linalg.inv(fitted.information)
    score, martingale = residuals(data, fitted, groups)
    dfbeta = (data.weight[:, None] * score) @ cov
    sums = np.zeros((int(same.max()) + 1, fitted.beta.size))
    np.add.at(sums, same, dfbeta)
    limits = profile(data, fitted, level) if firth else np.full((3, fitted.beta.size), np.nan)
    when, stratum = event_times(data, groups)
    order = np.lexsort((when, stratum))
    outer = np.outer(scale, scale)
    events = int((data.event & (data.weight > 0)).sum())
    shift = float(np.exp(-data.moved_by))
    return CoxModel(
        names=names,
        coefficient=fitted.beta / scale,
        covariance=cov / outer,
        robust_covariance=(sums.T @ sums) / outer,
        profile_lower=limits[0] / scale,
        profile_upper=limits[1] / scale,
        profile_p=limits[2],
        score_residuals=score * scale,
        dfbeta=dfbeta / scale,
        martingale=martingale,
        time=when[order],
        stratum=stratum[order],
        hazard_step=fitted.tables[0][order] * shift,
        centre=centre,
        log_likelihood=fitted.log_likelihood,
        null_log_likelihood=null.log_likelihood,
        score_statistic=float(
            plain_null.score @ np.linalg.solve(plain_null.information, plain_null.score)
        ),
        ties=ties,
        penalised=firth,
        clustered=clustered,
        clusters=sums.shape[0],
        n=data.stop.size,
        events=events,
        level=level,
        steps=steps,
        caveats=_caveats(events, fitted.beta.size, sums.shape[0], clustered=clustered, firth=firth),
    )


def _caveats(
    events: int, p: int, clusters: int, *, clustered: bool, firth: bool
) -> tuple[str, ...]:
    """What the reader of the coefficients must know beside them."""
    said = ["hazards are assumed to stay in proportion over the whole follow-up"]
    if events < FEW_EVENTS * p:
        said.append(
            f"{counted(events, 'event')} for {p} coefficient{'s' if p > 1 else ''}: the intervals "
            "rest on "
            "large samples and may be too short"
        )
    if clustered and clusters < FEW_CLUSTERS:
        said.append(
            f"the sandwich rests on {clusters} clusters; below {FEW_CLUSTERS} it is too small"
        )
    if firth:
        said.append("Firth's penalty pulls the coefficients towards 0")
    return tuple(said)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
