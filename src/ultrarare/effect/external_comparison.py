"""From two arms to a comparison with its target trial and the words it may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ultrarare.effect.external_control_table import Arms
from ultrarare.effect.target_trial import TargetTrial, Trial, tabulate
from ultrarare.effect.wording import Shown, allowed, conclusion

if TYPE_CHECKING:
    from ultrarare.stats.external.comparison import ExternalControl
    from ultrarare.stats.external.design import Design

Improves = Literal["lower", "higher"]
MethodName = Literal["matched", "rank", "odds", "overlap", "entropy", "aipw"]

_FAR = 0.5
"""A standardised difference above this after adjustment speaks against comparability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the comparison is made; fixed before outcomes are read.

    Attributes:
        improves: which values are better; None reads higher ones as better and says so.
        method: the primary one; None takes matched sets, or all subsets where matched sets are so
            few that they cannot reach the level. That is decided without outcomes.
        ratio: see `plan_comparison`, as are caliper and draws.
        level: see `compare`, as are horizon, bootstraps and seed.
    """

    improves: Improves | None = None
    method: MethodName | None = None
    ratio: int | None = None
    caliper: float | None = 1.0
    level: float = 0.95
    horizon: float | None = None
    draws: int = 99_999
    bootstraps: int = 1000
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The comparison, the trial it stands in for, and what may be said."""

    arms: Arms
    options: Options
    result: ExternalControl
    trial: TargetTrial

    @property
    def shown(self) -> Shown:
        """What the primary comparison shows."""
        return self.result.shown

    @property
    def sentence(self) -> str:
        """What may be said, as a clause."""
        said = conclusion(self.shown, self.trial.comparability)
        return allowed(said, self.trial.comparability)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Everything a reader must know, once."""
        said = [*self.arms.left_out, *self.result.caveats]
        if self.arms.alignment is None:
            said.append("index dates were not given, so immortal time before them was not checked")
        if self.options.method is None:
            said.append(
                f"no primary method was named; {self.result.primary.label} was taken, by counts "
                "alone"
            )
        if self.options.improves is None:
            said.append("no direction was given, so higher values are read as better")
        return tuple(dict.fromkeys(said))

    def to_json(self) -> dict[str, Any]:
        """Everything, plain; null where something is undefined."""
        result, design = self.result, self.result.design
        primary = result.primary
        return {
            "estimate": {
                "method": primary.method,
                "estimand": primary.estimand,
                "value": primary.estimate,
                "lower": primary.lower,
                "upper": primary.upper,
                "level": result.level,
            },
            "p_value": primary.p_value,
            "p_benefit": primary.p_benefit(result.improves),
            "floor": primary.floor,
            "shown": self.shown,
            "conclusion": self.sentence,
            "comparability": self.trial.comparability,
            "methods": result.to_rows(),
            "attainable": {k: _attainable(v) for k, v in design.attainable.items()},
            "balance": [asdict(row) for row in design.balance],
            "matched_sets": matched_sets(self),
            "support": support_rows(self),
            "missing": result.missing.to_json(),
            "randomisation": result.randomisation,
            "scatter": None if result.scatter is None else result.scatter.to_json(result.level),
            "alignment": alignment_json(self.arms),
            "target_trial": self.trial.to_json(),
            "treated": design.n_treated,
            "controls": design.n_untreated,
            "improves": result.improves,
            "seed": self.options.seed,
            "caveats": list(self.caveats),
        }

    def summary(self) -> str:
        """For a terminal."""
        lines = [
            self.result.summary(),
            self.trial.summary(),
            self.sentence,
            *(c for c in self.caveats if c not in self.result.caveats),
        ]
        return "\n".join(lines)


def plan_arms(arms: Arms, options: Options) -> Design:
    """The design, without outcomes: sets, weights, balance and the attainable p."""
    import numpy as np

    from ultrarare.stats.external.design import plan_comparison

    width = len(arms.columns.covariates)
    x = np.array([p.covariates for p in arms.people], dtype=np.float64)
    return plan_comparison(
        [p.treated for p in arms.people],
        x.reshape(len(arms.people), width),
        arms.columns.covariates,
        classes=None if arms.columns.exact is None else [str(p.exact) for p in arms.people],
        ratio=options.ratio,
        caliper=options.caliper,
        draws=options.draws,
    )


def compare_arms(arms: Arms, options: Options, trial: Trial) -> Compared:
    """Plan, then read outcomes, then judge comparability.

    Raises:
        InputError, NotComputable: as `plan_comparison` and `compare`.
    """
    import numpy as np

    from ultrarare.stats.external.comparison import compare

    design = plan_arms(arms, options)
    values = [np.nan if p.outcome is None else p.outcome for p in arms.people]
    event = None
    if arms.columns.event is not None:
        event = [bool(p.event) for p in arms.people]
    method = options.method or _default_method(design, options.level)
    result = compare(
        design,
        values,
        improves=options.improves or "higher",
        event=event,
        horizon=options.horizon,
        method=method,
        level=options.level,
        bootstraps=options.bootstraps,
        seed=options.seed,
    )
    return Compared(
        arms=arms,
        options=options,
        result=result,
        trial=tabulate(trial, against=_against(design, method), doubts=_doubts(design, result)),
    )


def _default_method(design: Design, level: float) -> MethodName:
    """Matched sets where these can reach the level, by counts alone; else all subsets."""
    matched, rank = design.attainable.get("matched"), design.attainable.get("rank")
    if matched is None:
        return "rank"
    reaches = matched.can_reach(1 - level)
    return "matched" if reaches or rank is None or not rank.can_reach(1 - level) else "rank"


def _against(design: Design, method: str) -> list[str]:
    from ultrarare.stats.external.balance import worst

    adjustment = {"rank": "none", "aipw": "odds"}.get(method, method)
    gap = worst(design.balance, adjustment)
    if gap <= _FAR:
        return []
    return [f"covariates differ by up to {gap:.2f} standard deviations after adjustment ({method})"]


def _doubts(design: Design, result: ExternalControl) -> list[str]:
    said = []
    if result.scatter_in_doubt:
        said.append("the treated scatter more, and a test that allows for it does not agree")
    if design.support.outside.any():
        said.append("some treated people have no untreated people around them")
    if not design.names and design.classes is None:
        said.append("no covariate was given, so nothing shows that the arms are alike")
    return said


def _attainable(reach: Any) -> dict[str, Any]:
    return {
        "floor": reach.floor,
        "floor_two_sided": reach.floor_two_sided,
        "assignments": reach.assignments if reach.assignments < 2**53 else None,
        "exact": reach.exact,
    }


def matched_sets(compared: Compared) -> list[dict[str, Any]]:
    """Each treated person with the untreated people matched to them."""
    found, people = compared.result.design.match, compared.arms.people
    if found is None:
        return []
    return [
        {
            "treated": [p.person for p, s in pairs if s == number and p.treated],
            "untreated": [p.person for p, s in pairs if s == number and not p.treated],
        }
        for pairs in [list(zip(people, found.stratum.tolist(), strict=True))]
        for number in range(int(found.stratum.max()) + 1)
    ]


def support_rows(compared: Compared) -> list[dict[str, Any]]:
    """Treated people outside the untreated ones, and why."""
    own = [p.person for p in compared.arms.people if p.treated]
    reasons = compared.result.design.support.reasons
    return [
        {"person": person, "outside": why} for person, why in zip(own, reasons, strict=True) if why
    ]


def alignment_json(arms: Arms) -> dict[str, Any] | None:
    """Waits from eligibility to index, or None where they are not known."""
    found = arms.alignment
    if found is None:
        return None
    return {
        "treated_wait": list(found.treated_wait),
        "untreated_wait": list(found.untreated_wait),
        "immortal_time": found.immortal,
        "landmark": found.landmark,
        "left_out": int((~found.kept).sum()),
    }
