"""O'Brien's OLS and GLS statistics of standardised endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Flags, Floats, freeze
from ultrarare.stats.endpoints.outcomes import Outcomes
from ultrarare.stats.endpoints.permutation import DRAWS, Permuted, permuted


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NormalGlobal:
    """Weighted sum of standardised differences, treated minus untreated."""

    names: tuple[str, ...]
    weight: Floats  # (K,) adding up to 1
    permutation: Permuted  # of the same sum, standardised over everybody
    t: float | None
    df: float | None
    p_t: float | None  # two-sided
    treated: int
    untreated: int
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line, then caveats."""
        found = "no t" if self.t is None else f"t {self.t:.3g}, p {self.p_t:.3g}"
        p = self.permutation
        line = f"{found}; exact p {p.p_value:.3g} two-sided (smallest attainable {p.floor:.3g})"
        return "\n".join((line, *self.caveats))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            **self.permutation.to_json(),
            "t": self.t,
            "df": self.df,
            "p_t": self.p_t,
            "treated": self.treated,
            "untreated": self.untreated,
            "weights": dict(zip(self.names, self.weight.tolist(), strict=True)),
        }


def ols(outcomes: Outcomes, *, draws: int = DRAWS, rng: np.random.Generator) -> NormalGlobal:
    """Every endpoint counts the same.

    Args:
        outcomes: only numeric endpoints known in both arms are used, of people with all of them.
        draws: see `permuted`.
        rng: see `permuted`.

    Raises:
        NotComputable: no such endpoint, or an arm without such a person.

    Notes:
        O'Brien 1984; degrees of freedom of the t by Logan and Tamhane 2004,
        ½(N − 2)(1 + 1/K²). The exact p needs no normal distribution.
    """
    return _normal(outcomes, gls=False, draws=draws, rng=rng)


def gls(outcomes: Outcomes, *, draws: int = DRAWS, rng: np.random.Generator) -> NormalGlobal:
    """Endpoints that repeat others count less; arguments as `ols`.

    Raises:
        NotComputable: as `ols`, or endpoints whose correlations cannot be inverted.

    Notes:
        Weights are R⁻¹1. A weight below 0 counts improvement as harm and is told. The exact p
        takes R over everybody, which no choice of the treated changes; t takes it within arms,
        with N − 2K degrees of freedom.
    """
    return _normal(outcomes, gls=True, draws=draws, rng=rng)


def _normal(o: Outcomes, *, gls: bool, draws: int, rng: np.random.Generator) -> NormalGlobal:
    x, a, names, said = _numeric(o)
    n, m, k = int(a.sum()), int((~a).sum()), x.shape[1]
    centred = x - x.mean(axis=0)
    over = np.sqrt((centred**2).sum(axis=0) / (n + m - 1))
    weight = _weights(np.atleast_2d(np.corrcoef(x.T)), gls=gls)
    score = centred / over @ weight

    def statistic(sums: Floats) -> Floats:
        return np.asarray(sums / n - (score.sum() - sums) / m)

    found = permuted(score[:, None], a, statistic, draws=draws, rng=rng)[0]
    if (weight < 0).any():
        low = ", ".join(name for name, w in zip(names, weight, strict=True) if w < 0)
        said = (*said, f"the weight of {low} is below 0: improvement there counts as harm")
    value, df = _t(x, a, gls=gls)
    if value is None:
        said = (*said, f"{n + m} people are too few for the t of {k} endpoints")
    return NormalGlobal(
        names=names, weight=weight, permutation=found, t=value, df=df,
        p_t=None if value is None or df is None else float(2 * t.sf(abs(value), df)),
        treated=n, untreated=m, caveats=(*said, *found.caveats),
    )  # fmt: skip


def _numeric(o: Outcomes) -> tuple[Floats, Flags, tuple[str, ...], tuple[str, ...]]:
    """Complete people, higher better; endpoints that vary."""
    use = o.usable() & ~o.timed
    said: tuple[str, ...] = ()
    if o.timed.any():
        said = ("times to an event have no place in a normal statistic and are left out",)
    full = o.known[:, use].all(axis=1)
    x, a = (o.values * o.sign)[full][:, use], o.treated[full]
    names = [rule.name for rule, keep in zip(o.rules, use, strict=True) if keep]
    if not use.any() or not a.any() or a.all():
        raise NotComputable(
            f"{int(use.sum())} numeric endpoints; {int(a.sum())} treated and {int((~a).sum())} "
            "untreated people have all of them",
            remedy="Use the rank statistics, which take what is known of each person.",
        )
    varies = np.ptp(x, axis=0) > 0
    if not varies.any():
        raise NotComputable(
            "every endpoint is the same in everybody", remedy="Bring an endpoint that varies."
        )
    if gone := int((~full).sum()):
        said = (*said, f"people left out for an unknown endpoint: {gone}")
    kept = tuple(name for name, keep in zip(names, varies, strict=True) if keep)
    return x[:, varies], a, kept, said


def _weights(r: Floats, *, gls: bool) -> Floats:
    k = r.shape[0]
    if not gls:
        return np.full(k, 1 / k)
    if np.linalg.cond(r) > 1e8:
        raise NotComputable(
            "endpoints repeat each other so closely that their correlations cannot be inverted",
            remedy="Use the OLS statistic, or leave one of them out.",
        )
    found = np.linalg.solve(r, np.ones(k))
    return np.asarray(found / found.sum())


def _t(x: Floats, a: Flags, *, gls: bool) -> tuple[float | None, float | None]:
    """The paper's t, standardised within arms; None where people are too few or do not vary."""
    n, m, k = int(a.sum()), int((~a).sum()), x.shape[1]
    df = float(n + m - 2 * k) if gls else 0.5 * (n + m - 2) * (1 + 1 / k**2)
    inside = x - np.where(a[:, None], x[a].mean(axis=0), x[~a].mean(axis=0))
    if df < 1 or n + m - 2 < k:
        return None, None
    s = np.sqrt((inside**2).sum(axis=0) / (n + m - 2))
    if (s < 1e-12).any():
        return None, None
    r = (inside / s).T @ (inside / s) / (n + m - 2)
    if gls and np.linalg.cond(r) > 1e8:
        return None, None
    w = np.linalg.solve(r, np.ones(k)) if gls else np.ones(k)
    gap = (x[a].mean(axis=0) - x[~a].mean(axis=0)) / s
    return float(w @ gap / np.sqrt(w @ r @ w * (1 / n + 1 / m))), df
