"""Which endpoints may be claimed together: the graphical procedure and its special cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, freeze

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Graph:
    """Shares of the error rate, and where each goes once its hypothesis is rejected."""

    weight: Floats  # (K,) at least 0, adding up to at most 1
    transition: Floats  # (K, K) rows adding up to at most 1, diagonal 0

    def __post_init__(self) -> None:
        freeze(self)


def graph(weight: ArrayLike, transition: ArrayLike) -> Graph:
    """A checked graph.

    Raises:
        InputError: shapes, negative entries, a sum above 1, or a hypothesis that feeds itself.
    """
    w, g = np.asarray(weight, dtype=np.float64), np.asarray(transition, dtype=np.float64)
    if w.ndim != 1 or w.size == 0 or g.shape != (w.size, w.size):
        raise InputError(
            f"weights of shape {w.shape} and transitions of shape {g.shape}; allowed is a row and "
            "a column for each hypothesis",
            where="transition",
        )
    if not np.isfinite(w).all() or (w < 0).any() or w.sum() > 1 + _ROUNDING:
        raise InputError("weights are at least 0 and add up to at most 1", where="weights")
    bad = ~np.isfinite(g).all(axis=1) | (g < 0).any(axis=1) | (g.sum(axis=1) > 1 + _ROUNDING)
    if bad.any():
        raise InputError(
            f"row {int(np.flatnonzero(bad)[0]) + 1}: entries are at least 0 and add up to at "
            "most 1",
            where="transition",
        )
    if np.diag(g).any():
        raise InputError("the diagonal is 0: nothing passes to itself", where="transition")
    return Graph(weight=w, transition=g)


def holm(count: int) -> Graph:
    """All alike; what is rejected passes its share to all others."""
    _at_least_one(count)
    share = 0.0 if count == 1 else 1 / (count - 1)
    return graph(np.full(count, 1 / count), share * (1 - np.eye(count)))


def fixed_sequence(count: int) -> Graph:
    """In order; the first that is not rejected ends it."""
    _at_least_one(count)
    return graph(np.eye(count)[0], np.eye(count, k=1))


def fallback(weight: ArrayLike) -> Graph:
    """Shares of its own for each, that pass to the next in order (Wiens 2003)."""
    w = np.asarray(weight, dtype=np.float64)
    return graph(w, np.eye(w.size, k=1))


def _at_least_one(count: int) -> None:
    if count < 1:
        raise InputError("at least one hypothesis is needed", where="hypotheses")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gatekeeping:
    """Adjusted p of each hypothesis; None where its p is not known."""

    names: tuple[str, ...]
    p: tuple[float | None, ...]
    adjusted: tuple[float | None, ...]
    rejected: tuple[bool, ...]
    order: tuple[str, ...]  # in which they were rejected
    alpha: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line, then caveats."""
        done = ", ".join(self.order) or "none"
        return "\n".join((f"rejected at {self.alpha:g}, in this order: {done}", *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a hypothesis."""
        return [
            {"endpoint": name, "p": p, "adjusted_p": q, "rejected": r}
            for name, p, q, r in zip(self.names, self.p, self.adjusted, self.rejected, strict=True)
        ]


def gatekeeping(
    p: Sequence[float | None], given: Graph, *, names: Sequence[str], alpha: float = 0.05
) -> Gatekeeping:
    """Adjusted p of the graphical procedure.

    Args:
        p: (K,) of each hypothesis; None where it cannot be computed: it is then never rejected,
            and keeps its share of the error rate.
        given: the graph.
        names: (K,) of the hypotheses.
        alpha: error rate of all of them together.

    Raises:
        InputError: lengths, a p outside 0 … 1, or an alpha outside 0 … 1.

    Notes:
        Bretz, Maurer, Brannath and Posch 2009: reject the hypothesis with the smallest p over its
        share, pass the share on, go on. It is the shortcut of a closed test with weighted
        Bonferroni tests; tests/oracles/test_endpoints_oracle.py goes through that one whole.
        The result depends on neither the order of equal p nor of the rows.
    """
    _check(p, given, names, alpha)
    w, g = given.weight.copy(), given.transition.copy()
    left, highest = set(range(len(p))), 0.0
    adjusted: list[float | None] = [None if value is None else 1.0 for value in p]
    sequence = []
    while left:
        ratio = {j: _ratio(p[j], float(w[j])) for j in left}
        j = min(sorted(left), key=lambda k: ratio[k])
        if not np.isfinite(ratio[j]):
            break
        highest = max(highest, min(1.0, ratio[j]))
        adjusted[j] = highest
        sequence.append(j)
        left.remove(j)
        w, g = _without(w, g, j, left)
    rejected = [q is not None and q <= alpha for q in adjusted]
    unknown = [name for name, value in zip(names, p, strict=True) if value is None]
    return Gatekeeping(
        names=tuple(names), p=tuple(p), adjusted=tuple(adjusted), rejected=tuple(rejected),
        order=tuple(names[j] for j in sequence if rejected[j]), alpha=alpha,
        caveats=(f"no p of {', '.join(unknown)}: never rejected",) if unknown else (),
    )  # fmt: skip


def _ratio(p: float | None, weight: float) -> float:
    return float("inf") if p is None or weight <= 0 else p / weight


def _check(p: Sequence[float | None], given: Graph, names: Sequence[str], alpha: float) -> None:
    if not len(p) == len(names) == given.weight.size:
        raise InputError(
            f"{len(p)} p, {len(names)} names, {given.weight.size} shares; allowed are as many",
            where="p",
        )
    if not all(value is None or 0 <= value <= 1 for value in p):
        raise InputError("a p lies between 0 and 1, or is unknown", where="p")
    if not 0 < alpha < 1:
        raise InputError(f"must lie between 0 and 1, not {alpha:g}", where="alpha")


def _without(w: Floats, g: Floats, j: int, left: set[int]) -> tuple[Floats, Floats]:
    """Shares and graph once hypothesis j is rejected."""
    share, edges = w.copy(), np.zeros_like(g)
    for k in left:
        share[k] = w[k] + w[j] * g[j, k]
        loop = g[k, j] * g[j, k]
        if loop >= 1 - _ROUNDING:
            continue
        for i in left - {k}:
            edges[k, i] = (g[k, i] + g[k, j] * g[j, i]) / (1 - loop)
    share[j] = 0.0
    return share, edges
