"""From people of several variants to one pair a variant."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import count_vector, finite_vector, same_length
from ultrarare.stats.surrogacy.pairs import Pairs, pairs_of, require_variants

_FEWEST_DF: Final = 3


def pairs_of_people(variant: ArrayLike, marker: ArrayLike, outcome: ArrayLike) -> Pairs:
    """Means of each variant's people, with errors from the scatter within variants.

    Args:
        variant: (n,) whole numbers ≥ 0 that tell whose variant it is.
        marker: (n,) marker of each person.
        outcome: (n,) outcome of each person.

    Raises:
        InputError: unequal lengths or a value that is not finite.
        NotComputable: fewer than four variants, or too few variants with several people to tell
            scatter between people from that between variants.

    Notes:
        Covariance within variants is pooled, so that errors of marker and outcome of one variant's
        mean are correlated as people are. The relation between variants is then not the one within
        them, which the marker's own error attenuates.
    """
    who = count_vector(variant, "variant")
    x, y = finite_vector(marker, "marker"), finite_vector(outcome, "outcome")
    same_length(variant=who, marker=x, outcome=y)
    _, place, count = np.unique(who, return_inverse=True, return_counts=True)
    require_variants(count.size)
    df = int(who.size - count.size)
    if df < _FEWEST_DF:
        raise NotComputable(
            f"{who.size} people of {count.size} variants: scatter between people of one variant "
            "cannot be told from that between variants",
            where="variant",
            remedy="Bring several people of a variant, or effects with their standard errors.",
        )
    means = np.array([np.bincount(place, v) / count for v in (x, y)])
    rest = np.array([x, y]) - means[:, place]
    within = rest @ rest.T / df
    if not within[1, 1] > 0:
        raise NotComputable(
            "people of one variant do not differ in the outcome at all",
            where="outcome",
            remedy="Check the export: a constant column is mostly a filled-in one.",
        )
    correlation = 0.0
    if within[0, 0] > 0:
        correlation = float(
            np.clip(within[0, 1] / np.sqrt(within[0, 0] * within[1, 1]), -0.99, 0.99)
        )
    return pairs_of(
        means[0],
        np.sqrt(within[0, 0] / count),
        means[1],
        np.sqrt(within[1, 1] / count),
        np.full(count.size, correlation),
    )
