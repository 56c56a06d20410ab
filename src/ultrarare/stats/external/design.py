"""What is fixed before any outcome is read: sets, weights, balance, support, the attainable p."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Flags, Floats, flag_vector, freeze
from ultrarare.stats.external.balance import (
    TOLERATED,
    BalanceRow,
    Support,
    balance_rows,
    support,
    worst,
)
from ultrarare.stats.external.bootstrap import METHODS
from ultrarare.stats.external.matching import Match, match, planned_ratio
from ultrarare.stats.external.randomisation import Attainable, attainable
from ultrarare.stats.external.weights import Weights, weigh
from ultrarare.words import counted

PEOPLE_PER_COVARIATE: Final = 5
"""People of both arms that a covariate takes in any method."""
ARM_PER_COVARIATE: Final = 3
"""People of the smaller arm that a covariate of a score takes."""
UNTREATED_PER_SQUARE: Final = 40
"""Untreated people that the square of a covariate takes, in tests over all subsets."""
UNTREATED_PER_MEAN: Final = 10
"""Untreated people that each mean made equal by entropy balancing takes, beyond the first."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Design:
    """A comparison without its outcomes."""

    treated: Flags  # (m,)
    covariates: Floats  # (m, p) that vary
    names: tuple[str, ...]  # (p,)
    classes: tuple[str, ...] | None  # (m,) must agree exactly
    match: Match | None  # None without covariates and classes
    unmatched_why: str  # why there is no match
    weights: Mapping[str, Weights]  # methods that can be had
    refused: Mapping[str, str]  # method to why it is refused
    support: Support
    balance: tuple[BalanceRow, ...]
    attainable: Mapping[str, Attainable]  # `matched`, `rank`
    draws: int
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def adjustment(self) -> Floats:
        """(m, p or 2p) what tests over all subsets take out: covariates, and squares where many.

        Squares are taken out too where there are 40 untreated people for each covariate: over all
        subsets a bend of the outcome would pass for an effect where the arms differ.
        """
        if self.covariates.shape[1] * UNTREATED_PER_SQUARE > self.n_untreated:
            return self.covariates
        centred = self.covariates - self.covariates[~self.treated].mean(axis=0)
        return np.column_stack((self.covariates, centred**2))

    @property
    def n_treated(self) -> int:
        """Treated people."""
        return int(self.treated.sum())

    @property
    def n_untreated(self) -> int:
        """Untreated people."""
        return int((~self.treated).sum())

    def summary(self) -> str:
        """What is known before outcomes are read."""
        lines = [f"{name}: {reach.summary()}" for name, reach in self.attainable.items()]
        lines += [f"{name} is refused: {why}" for name, why in self.refused.items()]
        return "\n".join((*lines, *self.caveats))


def plan_comparison(
    treated: ArrayLike,
    covariates: Floats,
    names: Sequence[str],
    *,
    classes: Sequence[str] | None = None,
    ratio: int | None = None,
    caliper: float | None = 1.0,
    draws: int = 99_999,
) -> Design:
    """Match, weigh and check without outcomes.

    Args:
        treated: (m,) flags.
        covariates: (m, p) finite values known at time zero; p may be 0.
        names: (p,) of the covariates.
        classes: (m,) labels, such as the variant class, that must agree exactly.
        ratio: untreated people wanted for each treated; None takes `planned_ratio`.
        caliper: largest difference on each covariate in standard deviations; None for none.
        draws: assignments drawn where there are too many to go through.

    Raises:
        InputError: shapes that do not fit, or values that are not finite.
        NotComputable: an empty arm, more covariates than people carry, or no treated person who
            has untreated people around them.

    Notes:
        A covariate takes five people of both arms, or nothing is computed. Scores (odds, overlap,
        AIPW) take three people of the smaller arm a covariate; entropy balancing ten untreated
        people a covariate beyond the first.
    """
    a, x = flag_vector(treated, "treated"), np.asarray(covariates, dtype=np.float64)
    _require(a, x, names, classes)
    varies = np.ptp(x, axis=0) > 0 if x.shape[1] else np.zeros(0, np.bool_)
    said = [f"{n} is constant and is left out" for n, v in zip(names, varies, strict=True) if not v]
    x, kept = x[:, varies], tuple(n for n, v in zip(names, varies, strict=True) if v)
    if x.shape[1] * PEOPLE_PER_COVARIATE > a.size:
        raise NotComputable(
            f"{counted(x.shape[1], 'covariate')} and {counted(a.size, 'person')}; each covariate "
            "takes "
            f"{PEOPLE_PER_COVARIATE}",
            remedy=f"Choose at most {a.size // PEOPLE_PER_COVARIATE}, before outcomes are seen.",
        )
    around = support(x, a, kept, classes=classes, margin=0.0 if caliper is None else caliper)
    _require_overlap(around)
    found, why = _matched(a, x, classes, ratio, caliper)
    weights, refused = _weights(a, x)
    rows = balance_rows(x, a, kept, _given(found, weights, a))
    return Design(
        treated=a,
        covariates=x,
        names=kept,
        classes=None if classes is None else tuple(classes),
        match=found,
        unmatched_why=why,
        weights=weights,
        refused=refused,
        support=around,
        balance=rows,
        attainable=_reach(a, found, classes, draws),
        draws=draws,
        caveats=(*said, *_caveats(a, x, found, around, rows)),
    )


def _require(a: Flags, x: Floats, names: Sequence[str], classes: Sequence[str] | None) -> None:
    if x.ndim != 2 or x.shape != (a.size, len(names)):
        raise InputError(
            f"covariates have shape {x.shape}; allowed is ({a.size}, {len(names)})",
            where="covariates",
        )
    if not np.isfinite(x).all():
        raise InputError("a covariate is not finite", where="covariates")
    if classes is not None and len(classes) != a.size:
        raise InputError(f"{len(classes)} classes of {a.size} people", where="classes")
    if not a.any() or a.all():
        raise NotComputable(
            f"{int(a.sum())} treated and {counted(int((~a).sum()), 'untreated person')}",
            remedy="Bring at least one person of each arm.",
        )


def _require_overlap(around: Support) -> None:
    if not around.outside.all():
        return
    shown = "; ".join(f"treated {i + 1}: {why}" for i, why in enumerate(around.reasons[:5]) if why)
    raise NotComputable(
        f"no treated person has untreated people around them ({shown})",
        remedy="Bring untreated people like the treated; weights cannot make up for none.",
    )


def _matched(
    a: Flags,
    x: Floats,
    classes: Sequence[str] | None,
    ratio: int | None,
    caliper: float | None,
) -> tuple[Match | None, str]:
    if x.shape[1] == 0 and classes is None:
        return None, "there is nothing to match on"
    wanted = planned_ratio(int(a.sum()), int((~a).sum())) if ratio is None else ratio
    try:
        return match(x, a, ratio=wanted, caliper=caliper, classes=classes), ""
    except NotComputable as error:
        return None, error.problem


def _weights(a: Flags, x: Floats) -> tuple[dict[str, Weights], dict[str, str]]:
    p, small, N = x.shape[1], int(min(a.sum(), (~a).sum())), int((~a).sum())
    found: dict[str, Weights] = {}
    refused: dict[str, str] = {}
    for method in METHODS:
        if p == 0:
            refused[method] = "there are no covariates"
        elif method == "entropy" and p > max(1, N // UNTREATED_PER_MEAN):
            refused[method] = f"{p} means and {N} untreated people"
        elif method != "entropy" and small < ARM_PER_COVARIATE * p:
            refused[method] = (
                f"{counted(p, 'covariate')} and {counted(small, 'person')} in the smaller arm; "
                "each takes "
                f"{ARM_PER_COVARIATE}"
            )
        else:
            try:
                if method != "aipw":
                    found[method] = weigh(method, x, a)
            except NotComputable as error:
                refused[method] = error.problem
    return found, refused


def _given(
    found: Match | None, weights: Mapping[str, Weights], a: Flags
) -> dict[str, tuple[Floats, Floats]]:
    out = {} if found is None else {"matched": found.weights(a)}
    return {**out, **{name: (w.treated, w.untreated) for name, w in weights.items()}}


def _reach(
    a: Flags, found: Match | None, classes: Sequence[str] | None, draws: int
) -> dict[str, Attainable]:
    out = {}
    if found is not None:
        out["matched"] = attainable(found.set_sizes(), draws=draws)
    label = np.zeros(a.size, dtype=object) if classes is None else np.array(classes, object)
    pairs = [(int((label == c).sum()), int(a[label == c].sum())) for c in sorted(set(label))]
    both = [(size, n) for size, n in pairs if 0 < n < size]
    if both:
        out["rank"] = attainable([s for s, _ in both], [n for _, n in both], draws=draws)
    return out


def _caveats(
    a: Flags, x: Floats, found: Match | None, around: Support, rows: tuple[BalanceRow, ...]
) -> tuple[str, ...]:
    said = []
    if x.shape[1] == 0:
        said.append("nothing is adjusted for: differences between the arms are in the estimate")
    if around.outside.any():
        who = "; ".join(why for why in around.reasons if why)
        apart = int(around.outside.sum())
        said.append(
            f"{apart} of {counted(around.outside.size, 'treated person')} "
            f"{'lies' if apart == 1 else 'lie'} outside the untreated ones ({who})"
        )
    if found is not None:
        said += found.caveats
        if (gap := worst(rows, "matched")) > TOLERATED:
            said.append(
                f"matched people still differ by up to {gap:.2f} standard deviations; what is left "
                "is taken out by regression only"
            )
    if int((~a).sum()) < 8:
        said.append(
            f"{counted(int((~a).sum()), 'untreated person')}: one of them can move the result"
        )
    return tuple(said)
