"""How alike the arms are on each covariate, before and after matching or weighting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ultrarare.stats.arrays import Flags, Floats, freeze

TOLERATED: Final = 0.25
"""A standardised mean difference above this after adjustment is told as a caveat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One covariate under one adjustment."""

    covariate: str
    adjustment: str  # "none", "matched", "odds", …
    treated_mean: float
    untreated_mean: float
    smd: float | None  # None: the covariate does not vary
    variance_ratio: float | None  # treated over untreated; None with fewer than two treated


def balance_rows(
    covariates: Floats,
    treated: Flags,
    names: Sequence[str],
    weights: Mapping[str, tuple[Floats, Floats]],
) -> tuple[BalanceRow, ...]:
    """Standardised mean differences and variance ratios.

    Args:
        covariates: (m, p) values.
        treated: (m,) flags.
        names: (p,) of the covariates.
        weights: adjustment to (treated, untreated) weights; people left out have weight 0. An
            adjustment without weights has no row.

    Notes:
        The standard deviation is that of all untreated people before adjustment (of everybody,
        where untreated people do not vary), so that rows can be compared and one treated person
        suffices.
    """
    own, other = covariates[treated], covariates[~treated]
    n, N = own.shape[0], other.shape[0]
    usable = {name: pair for name, pair in weights.items() if all(w.sum() > 0 for w in pair)}
    given = {"none": (np.full(n, 1 / n), np.full(N, 1 / N)), **usable}
    sd = other.std(axis=0, ddof=1) if N > 1 else np.zeros(len(names))
    sd = np.where(sd > 0, sd, covariates.std(axis=0, ddof=1))
    return tuple(
        _row(name, adjustment, own[:, j], other[:, j], *pair, float(sd[j]))
        for j, name in enumerate(names)
        for adjustment, pair in given.items()
    )


def _row(
    name: str, adjustment: str, own: Floats, other: Floats, a: Floats, b: Floats, sd: float
) -> BalanceRow:
    first, second = float(a @ own / a.sum()), float(b @ other / b.sum())
    spread = float(b @ (other - second) ** 2 / b.sum())
    ratio = None
    if own.size > 1 and spread > 0:
        ratio = float(a @ (own - first) ** 2 / a.sum()) / spread
    return BalanceRow(
        covariate=name,
        adjustment=adjustment,
        treated_mean=first,
        untreated_mean=second,
        smd=(first - second) / sd if sd > 0 else None,
        variance_ratio=ratio,
    )


def worst(rows: Sequence[BalanceRow], adjustment: str) -> float:
    """Largest absolute standardised mean difference under an adjustment; 0 without covariates."""
    return max(
        (abs(r.smd) for r in rows if r.adjustment == adjustment and r.smd is not None), default=0.0
    )


def love_rows(rows: Sequence[BalanceRow]) -> list[dict[str, Any]]:
    """One entry for each covariate and adjustment, for a love plot."""
    return [{"covariate": r.covariate, "adjustment": r.adjustment, "smd": r.smd} for r in rows]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Support:
    """Which treated people have untreated people around them."""

    outside: Flags  # (n,) beyond the untreated range on some covariate, or alone in a class
    reasons: tuple[str, ...]  # (n,) empty where inside

    def __post_init__(self) -> None:
        freeze(self)


def support(
    covariates: Floats,
    treated: Flags,
    names: Sequence[str],
    *,
    classes: Sequence[str] | None = None,
    margin: float = 0.0,
) -> Support:
    """Find treated people outside the range of the untreated ones.

    Args:
        covariates: (m, p) values.
        treated: (m,) flags.
        names: (p,) of the covariates.
        classes: (m,) labels that must agree exactly; only people of one's class count.
        margin: how far beyond the range, in standard deviations of the untreated, is still in.
    """
    label = np.zeros(treated.size, dtype=object) if classes is None else np.array(classes, object)
    sd = covariates[~treated].std(axis=0)
    reasons = []
    for i in np.flatnonzero(treated):
        like = ~treated & (label == label[i])
        if not like.any():
            reasons.append(f"no untreated person of class {label[i]}")
            continue
        low = covariates[like].min(axis=0) - margin * sd
        high = covariates[like].max(axis=0) + margin * sd
        reasons.append(
            "; ".join(
                f"{name} {covariates[i, j]:g} outside {low[j]:g} to {high[j]:g}"
                for j, name in enumerate(names)
                if not low[j] <= covariates[i, j] <= high[j]
            )
        )
    return Support(outside=np.array([bool(r) for r in reasons]), reasons=tuple(reasons))
