"""Optimal matching of each treated person with untreated people like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from typing import Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Flags, Floats, freeze
from ultrarare.words import counted

_MOST_PAIRS: Final = 40_000_000
"""Pairs (with copies of the treated) that one assignment problem may hold."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Match:
    """Sets of one treated person and the untreated people matched to them."""

    stratum: Counts  # (m,) number of the set, −1 for people in none
    distance: Floats  # (m,) Mahalanobis distance to the treated of the set; 0 for treated people
    wanted: int  # untreated people wanted for each treated one
    caliper: float | None
    unmatched: Counts  # positions of treated people without a match
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def set_sizes(self) -> list[int]:
        """People of each set, the treated one included."""
        kept = self.stratum[self.stratum >= 0]
        _, sizes = np.unique(kept, return_counts=True)
        return [int(size) for size in sizes]

    def weights(self, treated: Flags) -> tuple[Floats, Floats]:
        """Weights of treated and untreated people that the matched comparison gives them."""
        out = np.zeros(treated.size)
        for s in np.unique(self.stratum[self.stratum >= 0]):
            here = self.stratum == s
            out[here & treated] = 1.0
            out[here & ~treated] = 1 / float((here & ~treated).sum())
        return out[treated], out[~treated]


def planned_ratio(treated: int, untreated: int, *, alpha: float = 0.05) -> int:
    """Untreated people for each treated one, from counts alone.

    At least three, and two more than a two-sided p of `alpha` takes, since some will not be
    found, as far as there are people.
    """
    needed = ceil(exp(log(2 / alpha) / treated) - 1 - 1e-9)
    return max(1, min(max(3, needed + 2), untreated // treated))


def match(
    covariates: Floats,
    treated: Flags,
    *,
    ratio: int,
    caliper: float | None = None,
    classes: Sequence[str] | None = None,
) -> Match:
    """Match 1:ratio without replacement, at the smallest total distance.

    Args:
        covariates: (m, p) finite values, p ≥ 0; outcomes must not be among them.
        treated: (m,) flags.
        ratio: untreated people wanted for each treated one, ≥ 1.
        caliper: largest difference allowed on each covariate, in standard deviations of the
            untreated; None for none.
        classes: (m,) labels that must agree exactly.

    Raises:
        InputError: a ratio below 1 or a caliper that is not above 0.
        NotComputable: nobody can be matched, or too many pairs to solve.

    Notes:
        Mahalanobis distance with the covariance inside arms; first as many treated people as can
        be get a match, then as many matches as can be are made, then their total distance is the
        smallest. Rosenbaum 1989; Crouse 2016 (`scipy.optimize.linear_sum_assignment`). Checked
        against all assignments in tests/oracles/test_external_oracle.py.
    """
    if ratio < 1:
        raise InputError(f"ratio {ratio}; allowed is 1 or more", where="ratio")
    if caliper is not None and not caliper > 0:
        raise InputError(f"caliper {caliper:g}; allowed is a value above 0", where="caliper")
    n, N = int(treated.sum()), int((~treated).sum())
    copies = min(ratio, N)
    if n * copies * N > _MOST_PAIRS:
        raise NotComputable(
            f"{n} × {copies} matches among {N} untreated people are too many to solve",
            remedy="Ask for fewer matches a person, or match within classes.",
        )
    distance, allowed = _distances(covariates, treated, caliper, classes)
    row, column = _assign(distance, allowed, copies)
    return _as_match(treated, distance, row, column, ratio=ratio, caliper=caliper)


def _distances(
    covariates: Floats,
    treated: Flags,
    caliper: float | None,
    classes: Sequence[str] | None,
) -> tuple[Floats, Flags]:
    """(n, N) Mahalanobis distances, and which pairs may be made."""
    own, other = covariates[treated], covariates[~treated]
    allowed = np.ones((own.shape[0], other.shape[0]), dtype=bool)
    sd = other.std(axis=0, ddof=1) if other.shape[0] > 1 else np.ones(other.shape[1])
    for j in range(covariates.shape[1] if caliper is not None else 0):
        gap = np.abs(own[:, None, j] - other[None, :, j])
        allowed &= gap <= float(caliper or 0) * sd[j] * (1 + 1e-12)
    if classes is not None:
        label = np.array(classes, dtype=object)
        allowed &= label[treated][:, None] == label[~treated][None, :]
    if covariates.shape[1] == 0:
        return np.zeros(allowed.shape), allowed
    root = np.linalg.pinv(_within(own, other), hermitian=True)
    values, vectors = np.linalg.eigh(root)
    white = vectors * np.sqrt(np.maximum(values, 0))
    a, b = own @ white, other @ white
    square = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(square, 0)), allowed


def _within(own: Floats, other: Floats) -> Floats:
    """Covariance inside arms; of everybody where arms are too small to have one."""
    centred = np.vstack((own - own.mean(axis=0), other - other.mean(axis=0)))
    df = centred.shape[0] - 2
    if df < centred.shape[1] + 1:
        both = np.vstack((own, other))
        centred, df = both - both.mean(axis=0), both.shape[0] - 1
    return np.asarray(centred.T @ centred / max(df, 1), dtype=np.float64)


def _assign(distance: Floats, allowed: Flags, copies: int) -> tuple[Counts, Counts]:
    """Pairs (treated, untreated); the first match of a treated person is worth most."""
    from scipy.optimize import linear_sum_assignment

    n, N = distance.shape
    top = float(distance.max(initial=0.0)) + 1.0
    missing = top * (n * copies + 1)  # dearer than any total of distances
    price = np.where(allowed, distance, missing)
    blocks = [np.where(allowed, distance, missing * (n * copies + 1))]
    blocks += [price] * (copies - 1)
    # A place for "no match", so that more are wanted than there are people.
    spare = np.concatenate(
        [np.full(n, missing * (n * copies + 1))] + [np.full(n, missing)] * (copies - 1)
    )
    short = max(0, n * copies - N)
    cost = np.vstack(blocks)
    if short:
        cost = np.hstack((cost, np.repeat(spare[:, None], short, axis=1)))
    row, column = linear_sum_assignment(cost)
    real = column < N
    row, column = row[real] % n, column[real]
    kept = allowed[row, column]
    return row[kept].astype(np.int64), column[kept].astype(np.int64)


def _as_match(
    treated: Flags,
    distance: Floats,
    row: Counts,
    column: Counts,
    *,
    ratio: int,
    caliper: float | None,
) -> Match:
    if row.size == 0:
        raise NotComputable(
            "no treated person has an untreated one within the caliper and of the same class",
            remedy="Bring untreated people like the treated, or say why a wider caliper will do.",
        )
    who, whom = np.flatnonzero(treated), np.flatnonzero(~treated)
    stratum = np.full(treated.size, -1, dtype=np.int64)
    apart = np.zeros(treated.size)
    for number, i in enumerate(np.unique(row)):
        stratum[who[i]] = number
        mine = column[row == i]
        stratum[whom[mine]] = number
        apart[whom[mine]] = distance[i, mine]
    alone = np.flatnonzero(treated & (stratum < 0))
    said = []
    if alone.size:
        said.append(
            f"{alone.size} of {counted(who.size, 'treated person')} have no match and are left "
            "out: the "
            "comparison is about the others"
        )
    sizes = np.bincount(stratum[stratum >= 0])
    if few := int((sizes - 1 < ratio).sum()):
        said.append(
            f"{counted(few, 'treated person', 'has')} fewer than the {ratio} matches wanted"
        )
    return Match(
        stratum=stratum,
        distance=apart,
        wanted=ratio,
        caliper=caliper,
        unmatched=alone.astype(np.int64),
        caveats=tuple(said),
    )
