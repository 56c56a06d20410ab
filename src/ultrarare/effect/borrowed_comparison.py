"""Few treated people against a control that borrows from the history, all priors side by side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from ultrarare.effect.borrowing_groups import EndpointKind, Groups
from ultrarare.effect.target_trial import TargetTrial, Trial, tabulate
from ultrarare.effect.wording import Shown, allowed, conclusion
from ultrarare.errors import InputError, NotComputable

if TYPE_CHECKING:
    from ultrarare.stats.borrowing.comparison import Borrowing
    from ultrarare.stats.borrowing.operating import OperatingCharacteristics
    from ultrarare.stats.borrowing.prior import BorrowingPrior
    from ultrarare.stats.borrowing.size import PriorSize

BorrowMethod = Literal["robust-map", "map", "commensurate", "power", "normalised-power"]
METHODS: Final[dict[str, str]] = {
    "robust-map": "robust meta-analytic",
    "map": "meta-analytic",
    "commensurate": "commensurate",
    "power": "power prior, fixed",
    "normalised-power": "power prior, learnt",
    "pooled": "history pooled in full",
    "none": "nothing borrowed",
}
_UNIT: Final[dict[EndpointKind, float]] = {"normal": 1.0, "binary": 2.0, "count": 1.0}
"""Sd of one person on the scale of θ, about: log odds near one half, log rate near one event."""
_INITIAL: Final[dict[EndpointKind, float]] = {"normal": 5.0, "binary": 2.0, "count": 4.0}
"""Sd of the initial prior of the mean, in units of the above."""
_CONFLICT: Final = 0.05
_NOBODY: Final = (
    "without a current control and with nothing borrowed there is nobody to compare with"
)
_DRIFTS: Final = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowOptions:
    """How much is borrowed; fixed before outcomes are read.

    Attributes:
        improves: which values, or more or fewer events, are better.
        method: the primary prior; all are shown.
        weight: prior probability that the history does not apply (robust-map only).
        tau_scale: scale of the half-normal prior of the spread between groups; by default half of
            one person's sd on the scale of θ (1 for log odds, 0.5 for log rates).
        power: a₀ of the fixed power prior.
        level: coverage; a difference is shown where the interval excludes 0.
        effect: true effect in θ at which power is reported; None for no power.
    """

    improves: Literal["lower", "higher"]
    method: BorrowMethod = "robust-map"
    weight: float = 0.2
    tau_scale: float | None = None
    power: float = 0.5
    level: float = 0.95
    effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResult:
    """One prior's answer, or why there is none."""

    method: str
    result: Borrowing | None
    refused: str | None
    primary: bool

    def to_json(self) -> dict[str, Any]:
        """One row."""
        r = self.result
        return {
            "method": self.method,
            "label": METHODS[self.method],
            "estimate": None if r is None else r.effect,
            "lower": None if r is None else r.lower,
            "upper": None if r is None else r.upper,
            "p_benefit": None if r is None else r.p_benefit,
            "prior_ess": None if r is None else r.size.elir,
            "conflict_p": None if r is None else r.conflict_p,
            "refused": self.refused,
            "primary": self.primary,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """The primary comparison, the other priors beside it, and what may be said."""

    kind: EndpointKind
    groups: Groups
    options: BorrowOptions
    prior: BorrowingPrior
    result: Borrowing
    operating: OperatingCharacteristics
    methods: tuple[MethodResult, ...]
    trial: TargetTrial

    @property
    def shown(self) -> Shown:
        """What the planned interval shows."""
        r = self.result
        if r.lower <= 0 <= r.upper:
            return "not shown"
        return "better" if r.concludes else "worse"

    @property
    def sentence(self) -> str:
        """What may be said, as a clause."""
        return allowed(conclusion(self.shown, self.trial.comparability), self.trial.comparability)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Everything a reader must know, once."""
        answers = {
            (m.result.lower > 0) - (m.result.upper < 0)
            for m in self.methods
            if m.result is not None and m.method not in {"pooled", "none"}
        }
        said = [*self.groups.caveats, *self.result.caveats, self._errors()]
        if len(answers) > 1:
            said.append("the priors do not agree on whether there is a difference")
        return tuple(dict.fromkeys(said))

    def _errors(self) -> str:
        """How often one concludes falsely; that it is never means nothing where one never can."""
        if self.result.reach.impossible and self.groups.control is None:
            return (
                "no outcome of so few treated people concludes benefit, so benefit is never "
                "concluded falsely either: that is a lack of power and not safety"
            )
        return self.operating.summary()

    def _power(self) -> tuple[str, ...]:
        """Power at the effect asked for, without and with drift of the control."""
        if self.options.effect is None:
            return ()
        from ultrarare.stats.borrowing.evidence import EFFECTS

        found = {row["drift"]: row["power"] for row in self.operating.to_rows()}
        shift = self.operating.effect if self.options.improves == "higher" else (
            -self.operating.effect
        )  # fmt: skip
        return (
            f"power at a true {EFFECTS[self.kind]} of {shift:g}: {found[0.0]:.3f} where the "
            f"control has not drifted, {min(found.values()):.3f} to {max(found.values()):.3f} over "
            f"drifts of {min(found):+.3g} to {max(found):+.3g}",
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, plain; null where something is undefined."""
        from ultrarare.stats.borrowing.evidence import EFFECTS, SCALES

        r = self.result
        return {
            "endpoint": self.kind,
            "scale": EFFECTS[self.kind],
            "prior_scale": SCALES[self.kind],
            "direction": self.options.improves,
            "method": self.options.method,
            "estimate": {"value": r.effect, "lower": r.lower, "upper": r.upper, "level": r.level},
            "p_benefit": r.p_benefit,
            "reach": {"p_benefit": r.reach.p_benefit, "threshold": r.reach.threshold},
            "shown": self.shown,
            "conclusion": self.sentence,
            "comparability": self.trial.comparability,
            "weight": {"prior": r.prior_weight, "posterior": r.posterior_weight},
            "prior": self._prior(),
            "prior_ess": _size(r.size),
            "informative_ess": _size(r.informative_size),
            "borrowed_from": {"groups": list(self.groups.names), "size": r.borrowed},
            "conflict_p": r.conflict_p,
            "tipping_weight": r.curve.tipping_weight,
            "tipping": r.curve.summary(),
            "curve": r.to_rows(),
            "methods": [m.to_json() for m in self.methods],
            "treated": asdict(r.treated),
            "control": asdict(r.control),
            "operating": self._operating(),
            "target_trial": self.trial.to_json(),
            "caveats": list(self.caveats),
        }

    def _prior(self) -> dict[str, Any]:
        from ultrarare.stats.borrowing.prior import moments, quantiles

        mean, sd = moments(self.prior.theta, self.prior.density)
        low, high = quantiles(self.prior.theta, self.prior.density, (0.025, 0.975))
        return {
            "mean": mean,
            "sd": sd,
            "lower": low,
            "upper": high,
            "hyperparameter": self.result.hyperparameter,
            "hyperparameter_mean": self.result.hyperparameter_mean,
            "quadrature_error": self.prior.quadrature_error,
            "density": self.prior.to_rows(),
        }

    def _operating(self) -> dict[str, Any]:
        worst, at = self.operating.worst
        rows = self.operating.to_rows()
        if self.options.effect is None:
            rows = [{**row, "power": None} for row in rows]
        return {
            "false_benefit_averaged": self.operating.averaged,
            "false_benefit_worst": worst,
            "worst_drift": at,
            "effect": self.options.effect,
            "rows": rows,
        }

    def summary(self) -> str:
        """For a terminal."""
        others = [
            f"  {METHODS[m.method]}: "
            + (
                f"{m.result.effect:.4g} ({m.result.lower:.4g} to {m.result.upper:.4g})"
                if m.result is not None
                else f"refused, {m.refused}"
            )
            for m in self.methods
        ]
        mine = (c for c in self.caveats if c not in self.result.caveats)
        return "\n".join(
            (
                self.result.summary(),
                f"by prior ({100 * self.options.level:g}% intervals)",
                *others,
                *self._power(),
                self.trial.summary(),
                self.sentence,
                *mine,
            )
        )


def _size(size: PriorSize) -> dict[str, Any]:
    return {"elir": size.elir, "moment": size.moment, "morita": size.morita, "unit": size.unit}


def compare_by_borrowing(
    kind: EndpointKind, groups: Groups, options: BorrowOptions, trial: Trial
) -> Borrowed:
    """The comparison under every prior.

    Raises:
        InputError: an option is out of its range, or the spread's scale is not known.
        NotComputable: the primary prior cannot be tabulated.
    """
    from ultrarare.stats.borrowing.operating import operating_characteristics
    from ultrarare.stats.borrowing.prior import moments

    if groups.control is None and options.method == "robust-map" and options.weight == 1:
        raise NotComputable(_NOBODY, where="weight", remedy="Give a current control, or borrow.")
    prior = make_prior(options.method, groups, options)
    result = _against(prior, groups, options)
    spread = moments(prior.theta, prior.robust(0).density)[1]
    operating = operating_characteristics(
        prior,
        treated_size=float(groups.treated.size[0]),
        control_size=None if groups.control is None else float(groups.control.size[0]),
        direction=options.improves,
        drift=[spread * d for d in _DRIFTS],
        effect=options.effect or 0.0,
        level=options.level,
    )
    against = []
    if result.conflict_p is not None and result.conflict_p < _CONFLICT:
        against.append(f"prior and current control disagree (Box p {result.conflict_p:.2g})")
    return Borrowed(
        kind=kind,
        groups=groups,
        options=options,
        prior=prior,
        result=result,
        operating=operating,
        methods=tuple(_method(name, result, groups, options) for name in METHODS),
        trial=tabulate(trial, against=against),
    )


def _against(prior: BorrowingPrior, groups: Groups, options: BorrowOptions) -> Borrowing:
    from ultrarare.stats.borrowing.comparison import borrow

    return borrow(
        prior,
        groups.treated,
        control=groups.control,
        direction=options.improves,
        level=options.level,
    )


def _method(name: str, primary: Borrowing, groups: Groups, options: BorrowOptions) -> MethodResult:
    if name == options.method:
        return MethodResult(method=name, result=primary, refused=None, primary=True)
    if name == "none" and groups.control is None:
        return MethodResult(method=name, result=None, refused=_NOBODY, primary=False)
    try:
        found = _against(make_prior(name, groups, options), groups, options)
    except NotComputable as error:
        return MethodResult(method=name, result=None, refused=error.problem, primary=False)
    return MethodResult(method=name, result=found, refused=None, primary=False)


def make_prior(name: str, groups: Groups, options: BorrowOptions) -> BorrowingPrior:
    """The prior of a method, with the scales that follow from the kind of endpoint.

    Raises:
        InputError: means without a person's sd and without `tau_scale`.
        NotComputable: it cannot be tabulated.
    """
    from ultrarare.stats.borrowing.commensurate import commensurate_prior
    from ultrarare.stats.borrowing.meta_analytic import meta_analytic_prior
    from ultrarare.stats.borrowing.power import power_prior

    scale, centre, mean_sd, finest = _scales(groups, options)
    start: dict[str, Any] = {"mean_centre": centre, "mean_sd": mean_sd, "finest": finest}
    if name == "commensurate":
        return commensurate_prior(groups.history, tau_scale=scale, **start)
    if name in {"power", "pooled"}:
        power = 1.0 if name == "pooled" else options.power
        return power_prior(groups.history, power=power, **start)
    if name == "normalised-power":
        return power_prior(groups.history, power_beta=(1.0, 1.0), **start)
    weight = {"robust-map": options.weight, "map": 0.0, "none": 1.0}[name]
    return meta_analytic_prior(groups.history, tau_scale=scale, vague_weight=weight, **start)


def _scales(groups: Groups, options: BorrowOptions) -> tuple[float, float, float, float]:
    """Scale of τ, centre and sd of the initial prior of the mean, and the finest sd it meets."""
    history = groups.history
    centre, sd = history.approximation()
    unit = _UNIT[history.kind]
    if history.kind == "normal":
        if groups.unit_sd is None and options.tau_scale is None:
            raise InputError(
                "the sd of one person's value is not known, so no scale of the spread between "
                "groups follows",
                where="tau_scale",
                remedy="Give --tau-scale, or --sd, or a column sd with n.",
            )
        unit = 2 * (options.tau_scale or 0.0) if groups.unit_sd is None else groups.unit_sd
    around = float(centre @ sd**-2 / (sd**-2).sum())
    seen = [g for g in (groups.treated, groups.control) if g is not None]
    finest = min(float(g.approximation()[1][0]) for g in seen)
    scale = unit / 2 if options.tau_scale is None else options.tau_scale
    return scale, around, _INITIAL[history.kind] * unit, finest
