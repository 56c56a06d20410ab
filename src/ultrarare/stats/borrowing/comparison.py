"""Few treated people against a control that is known from the history, or partly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, freeze, require_level
from ultrarare.stats.borrowing.conflict import conflict_p
from ultrarare.stats.borrowing.densities import difference, probability_above, treated_density
from ultrarare.stats.borrowing.evidence import EFFECTS, Evidence, Kind
from ultrarare.stats.borrowing.prior import (
    BorrowingPrior,
    ControlPosterior,
    moments,
    posterior,
    quantiles,
)
from ultrarare.stats.borrowing.reach import Reach, reach_of
from ultrarare.stats.borrowing.size import PriorSize, prior_size
from ultrarare.stats.borrowing.weights import WeightCurve, weight_curve
from ultrarare.stats.regression import Direction

_CONFLICT: Final = 0.05
_NATURAL: Final[dict[Kind, str]] = {
    "normal": "means",
    "binary": "risks",
    "count": "rates",
}
_SHOWN: Final = {"tau": "the spread τ", "a0": "its power a₀"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Mean and interval of one group on its natural scale."""

    mean: float
    lower: float
    upper: float

    def summary(self) -> str:
        """`0.3 (0.1 to 0.6)`."""
        return f"{self.mean:.3g} ({self.lower:.3g} to {self.upper:.3g})"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Borrowing:
    """Treated minus control in θ, what the prior brought to it, and what would undo it."""

    kind: Kind
    method: str
    direction: Direction
    level: float
    effect: float  # posterior mean of θ_treated − θ_control
    lower: float
    upper: float
    p_benefit: float  # posterior probability that treated people do better
    treated: Group
    control: Group
    prior_weight: float  # of the vague part
    posterior_weight: float
    hyperparameter: str
    hyperparameter_mean: float  # posterior, of the informative part
    size: PriorSize  # of the whole prior
    informative_size: PriorSize
    borrowed: float  # people (exposure) in the history
    treated_size: float
    conflict_p: float | None  # None without a current control
    curve: WeightCurve
    reach: Reach  # the most that the treated people's number allows
    quadrature_error: float
    prior_theta: Floats  # (n,) for a picture
    prior_density: Floats
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def concludes(self) -> bool:
        """Whether the interval lies on the side of benefit."""
        return self.lower > 0 if self.direction == "higher" else self.upper < 0

    def summary(self) -> str:
        """A few lines: what can be reached, the difference, the groups, the prior, caveats."""
        reach = self.reach.summary()
        lines = [
            *((reach,) if reach else ()),
            f"{EFFECTS[self.kind]} {self.effect:.4g} ({100 * self.level:g}% interval "
            f"{self.lower:.4g} to {self.upper:.4g}){self.ratio()}",
            f"probability of benefit {self.p_benefit:.4g}; it concludes from "
            f"{self.curve.threshold:g} on",
            f"{_NATURAL[self.kind]}: treated {self.treated.summary()}, control "
            f"{self.control.summary()}",
            f"the control's prior is {self.method}, {self.size.summary()}",
            f"weight of the vague part, that the history does not apply: {self.prior_weight:g} "
            f"before and {self.posterior_weight:.3g} after the data",
            self.curve.summary(),
        ]
        return "\n".join((*lines, *(f"- {caveat}" for caveat in self.caveats)))

    def ratio(self) -> str:
        """`, odds ratio 0.2 (0.1 to 0.5)`: the difference off the log scale; empty for means."""
        if self.kind == "normal":
            return ""
        ratio, low, high = (float(np.exp(x)) for x in (self.effect, self.lower, self.upper))
        name = EFFECTS[self.kind].removeprefix("log ")
        return f", {name} {ratio:.3g} ({low:.3g} to {high:.3g})"

    def to_rows(self) -> list[dict[str, Any]]:
        """Estimate, interval and probability at each weight of the vague part."""
        return self.curve.to_rows()


def borrow(
    prior: BorrowingPrior,
    treated: Evidence,
    *,
    control: Evidence | None = None,
    direction: Direction,
    level: float = 0.95,
) -> Borrowing:
    """Compare treated people with a control that borrows from the history.

    Args:
        prior: of the control's θ.
        treated: one group of treated people.
        control: one group of current untreated people, if there is one.
        direction: which values (event: more or fewer) are better.
        level: coverage of the intervals.

    Raises:
        InputError: another kind of endpoint, more groups than one, or a bad level.
        NotComputable: see `posterior`.

    Notes:
        The treated θ has a flat prior for a mean, Jeffreys's for a proportion or a rate, and so is
        not drawn towards the control. The effect is the exact convolution of the two tabulated
        densities. The control's prior is all there is on its side without a current control: the
        effect then rests on the history being exchangeable with these people.
    """
    require_level(level)
    if direction not in {"lower", "higher"}:
        raise InputError(
            f"{direction!r} is no direction; allowed are 'lower' and 'higher'", where="direction"
        )
    _require_one(prior, treated, "treated")
    if control is not None:
        _require_one(prior, control, "control")
    after = posterior(prior, control)
    theta, density = treated_density(treated, prior.step)
    sign = 1.0 if direction == "higher" else -1.0
    curve = weight_curve(prior, after, theta, density, control, sign=sign, level=level)
    at, effect = difference(prior.theta, after.density, theta, density)
    lower, upper = quantiles(at, effect, ((1 - level) / 2, (1 + level) / 2))
    conflict = None if control is None else conflict_p(prior.robust(0), control)
    size, informative = prior_size(prior), prior_size(prior.robust(0))
    return Borrowing(
        kind=prior.kind,
        method=prior.method,
        direction=direction,
        level=level,
        effect=moments(at, effect)[0],
        lower=lower,
        upper=upper,
        p_benefit=probability_above(at, effect, sign),
        treated=_group(treated, theta, density, level),
        control=_group(treated, prior.theta, after.density, level),
        prior_weight=prior.vague_weight,
        posterior_weight=after.vague_weight,
        hyperparameter=prior.hyperparameter,
        hyperparameter_mean=float(after.layer_weight @ prior.layer_value),
        size=size,
        informative_size=informative,
        borrowed=prior.borrowed,
        treated_size=_size(treated),
        conflict_p=conflict,
        curve=curve,
        reach=reach_of(after, prior.theta, treated, sign=sign, level=level),
        quadrature_error=prior.quadrature_error,
        prior_theta=prior.theta,
        prior_density=prior.density,
        caveats=(*prior.caveats, *size.caveats, *_caveats(prior, conflict, after, size, treated)),
    )


def _require_one(prior: BorrowingPrior, group: Evidence, where: str) -> None:
    if group.kind != prior.kind:
        raise InputError(f"is {group.kind}, the history is {prior.kind}", where=where)
    if group.n != 1:
        raise InputError(f"has {group.n} groups, allowed is one", where=where)


def _size(group: Evidence) -> float:
    if group.kind == "normal" and group.unit_sd is None:
        return 0.0
    return group.information


def _group(kind_of: Evidence, theta: Floats, density: Floats, level: float) -> Group:
    low, high = quantiles(theta, density, ((1 - level) / 2, (1 + level) / 2))
    mean = float(kind_of.natural(theta) @ density / density.sum())
    ends = kind_of.natural(np.array([low, high])).tolist()
    return Group(mean=mean, lower=ends[0], upper=ends[1])


def _caveats(
    prior: BorrowingPrior,
    conflict: float | None,
    after: ControlPosterior,
    size: PriorSize,
    treated: Evidence,
) -> tuple[str, ...]:
    said = []
    if conflict is None:
        said.append(
            "no current control: nothing in the data can show whether these people are like the "
            "history, so the control is the prior and the effect rests on their being exchangeable"
        )
    elif conflict < _CONFLICT:
        said.append(
            f"prior and current control disagree (Box p {conflict:.2g}): the history may not apply"
        )
    if prior.vague_weight == 0:
        way = "does not give way to the data"
        if prior.layer_value.size > 1:
            way = f"gives way to the data only through {_SHOWN[prior.hyperparameter]}"
        said.append(f"no weight on the vague part: the prior {way}")
    elif after.vague_weight > 0.5:
        said.append(
            f"the data move the vague part to weight {after.vague_weight:.2f}: "
            "little is borrowed in the end"
        )
    people = _size(treated)
    if size.elir is not None and people > 0 and size.elir > people:
        said.append(
            f"the prior is worth {size.elir:.3g} {size.unit}, more than the "
            f"{people:.3g} treated: most of the comparison is the history"
        )
    return tuple(said)
