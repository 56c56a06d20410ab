"""E-values: how strong an unmeasured confounder would have to be to explain an association."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import require_positive
from ultrarare.stats.sensitivity.conclusion import Contrast, SensitivityRow

Measure = Literal[
    "risk ratio", "rate ratio", "odds ratio", "hazard ratio", "mean difference",
    "standardised difference",
]  # fmt: skip
Outcome = Literal["rare", "common"]

MEASURES: Final[tuple[str, ...]] = get_args(Measure)
RATIOS: Final = frozenset({"risk ratio", "rate ratio", "odds ratio", "hazard ratio"})
_PER_SD: Final = 0.91
"""Log risk ratio per standard deviation of difference (Chinn 2000 with the square root of the
odds ratio; VanderWeele and Ding 2017)."""
_LARGEST_LOG: Final = 300.0
_NO_DIRECTION: Final = (
    "an E-value bounds an unmeasured confounder only; it says nothing of selection, measurement or "
    "chance, and not whether such a confounder exists"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """An estimated association, and what is needed to read it as a risk ratio.

    Attributes:
        measure: what was estimated.
        value: the estimate.
        lower: lower limit of its interval.
        upper: upper limit.
        level: coverage of the interval.
        outcome: for an odds or hazard ratio, whether the outcome is rare (about 15 % or less by
            the end of follow-up) or common.
        sd: for a mean difference, the outcome's standard deviation, in its unit.
    """

    measure: Measure
    value: float
    lower: float
    upper: float
    level: float = 0.95
    outcome: Outcome | None = None
    sd: float | None = None

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise InputError(
                f"found {self.measure!r}; allowed are {', '.join(MEASURES)}", where="measure"
            )
        contrast = Contrast(value=self.value, lower=self.lower, upper=self.upper)
        if self.is_ratio and contrast.lower <= 0:
            raise InputError(
                f"found {contrast.lower:g}; a ratio and its limits are above 0", where="lower"
            )
        if self.measure in {"odds ratio", "hazard ratio"} and self.outcome not in {
            "rare",
            "common",
        }:
            raise InputError(
                f"found {self.outcome!r}; a {self.measure} is read as a risk ratio in one of two "
                "ways, and allowed are 'rare' and 'common'",
                where="outcome",
            )
        if self.measure == "mean difference":
            if self.sd is None:
                raise InputError("a mean difference needs the outcome's sd", where="sd")
            require_positive(self.sd, "sd")

    @property
    def is_ratio(self) -> bool:
        """Whether no difference is 1."""
        return self.measure in RATIOS

    @property
    def null(self) -> float:
        """No difference."""
        return 1.0 if self.is_ratio else 0.0

    @property
    def contrast(self) -> Contrast:
        """The estimate as it was given."""
        return Contrast(value=self.value, lower=self.lower, upper=self.upper)

    def as_risk_ratio(self) -> tuple[Contrast, str | None]:
        """The association as a risk ratio, and what was assumed for that; None for nothing.

        Raises:
            NotComputable: a difference so large that its risk ratio is no number any more.

        Notes:
            VanderWeele and Ding 2017; VanderWeele 2017 for the odds ratio of a common outcome
            (its square root) and for the hazard ratio
            (1 − 0.5^√HR) / (1 − 0.5^√(1/HR)); exp(0.91 d) for a difference of d sds.
        """
        values = np.array([self.value, self.lower, self.upper])
        turned, assumed = _converted(values, self)
        if not (np.isfinite(turned).all() and (turned > 0).all()):
            raise NotComputable(
                f"the {self.measure} {self.value:.3g} is too large to be read as a risk ratio",
                remedy="Check the unit of the estimate and of its standard deviation.",
            )
        return Contrast(**dict(zip(("value", "lower", "upper"), turned.tolist(), strict=True))), (
            assumed
        )


def _converted(values: np.ndarray, of: Association) -> tuple[np.ndarray, str | None]:
    if of.measure == "odds ratio" and of.outcome == "common":
        return np.sqrt(values), "the odds ratio's square root stands for the risk ratio"
    if of.measure == "hazard ratio" and of.outcome == "common":
        root = np.sqrt(values)
        return (1 - 0.5**root) / (1 - 0.5 ** (1 / root)), (
            "the hazard ratio of a common outcome is turned into a risk ratio by approximation"
        )
    if of.measure in {"mean difference", "standardised difference"}:
        sds = values / (of.sd if of.measure == "mean difference" and of.sd is not None else 1.0)
        exponent = _PER_SD * sds
        if np.abs(exponent).max() > _LARGEST_LOG:
            return np.full(3, np.inf), None
        return np.exp(exponent), (
            f"a difference is turned into a risk ratio by exp({_PER_SD} × sds), an approximation"
        )
    if of.measure in {"odds ratio", "hazard ratio"}:
        return values, f"the {of.measure} of a rare outcome stands for the risk ratio"
    return values, None


def e_value_of(risk_ratio: float, *, true: float = 1.0) -> float:
    """Smallest risk ratio that both arrows of a confounder need to turn `risk_ratio` into `true`.

    Args:
        risk_ratio: observed, > 0.
        true: what would be true without the confounder, > 0.

    Notes:
        With r = max(RR/true, true/RR), r + √(r(r − 1)): VanderWeele and Ding 2017, formula 1.
    """
    require_positive(risk_ratio, "risk_ratio")
    require_positive(true, "true")
    ratio = max(risk_ratio / true, true / risk_ratio)
    return ratio + float(np.sqrt(ratio * (ratio - 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """The E-value of an estimate and of its limit nearer to no difference."""

    point: float
    limit: float  # 1 where the interval holds the value it is compared with
    risk_ratio: float
    lower: float
    upper: float
    true: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One sentence."""
        return (
            f"E-value {self.point:.3g} for the estimate and {self.limit:.3g} for the limit: an "
            "unmeasured confounder would need a risk ratio of that size with both treatment and "
            f"outcome to move them to {self.true:g}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "point": self.point,
            "limit": self.limit,
            "risk_ratio": self.risk_ratio,
            "lower": self.lower,
            "upper": self.upper,
            "true": self.true,
            "caveats": list(self.caveats),
        }


def e_value(association: Association, *, true: float = 1.0) -> EValue:
    """The E-value of an association, for the estimate and for the limit.

    Args:
        association: the estimate.
        true: the risk ratio that would be left; 1 for no association.

    Raises:
        InputError: `true` is not above 0.
        NotComputable: see `Association.as_risk_ratio`.

    Notes:
        For the limit nearer to `true`, and 1 where the interval holds `true`. Checked against
        published values in tests/reference/test_sensitivity.py, and against a search for the
        weakest confounder in tests/oracles/test_sensitivity_oracle.py.
    """
    require_positive(true, "true")
    ratio, assumed = association.as_risk_ratio()
    nearer = ratio.nearer(true)
    return EValue(
        point=e_value_of(ratio.value, true=true),
        limit=e_value_of(nearer, true=true),
        risk_ratio=ratio.value,
        lower=ratio.lower,
        upper=ratio.upper,
        true=true,
        caveats=(*(() if assumed is None else (assumed,)), _NO_DIRECTION),
    )


def e_value_row(
    association: Association, *, observed: float | None = None, observed_what: str | None = None
) -> SensitivityRow:
    """The E-value of the limit as a row; the observed thing is a measured covariate's risk ratio.

    Args:
        association: the estimate.
        observed: the larger of a measured covariate's two risk ratios, ≥ 1, below or above.
        observed_what: which covariate.

    Notes:
        `flips_at` compares on the logarithmic scale: 2 means the covariate's strength squared.
    """
    found = e_value(association)
    scale = None
    if observed is not None:
        require_positive(observed, "observed")
        scale = max(observed, 1 / observed)
    concluded = found.limit > 1
    reading = (
        f"A confounder with risk ratios of {found.limit:.3g} for both treatment and outcome, "
        "beyond what was measured, could move the interval to no difference; a weaker one could "
        "not."
        if concluded
        else "The interval already holds no difference; there is no conclusion to turn."
    )
    if concluded and scale is not None:
        word = "weaker" if scale < found.limit else "not weaker"
        reading += f" The measured {observed_what or 'covariate'} ({scale:.3g}) is {word}."
    return SensitivityRow(
        analysis="e-value",
        changed="an unmeasured confounder of treatment and outcome",
        tipping=found.limit if concluded else None,
        unit="risk ratio with treatment and with outcome",
        observed=scale,
        observed_what=observed_what,
        flips_at=None
        if scale is None or scale <= 1 or not concluded
        else float(np.log(found.limit) / np.log(scale)),
        reading=reading,
        caveats=found.caveats,
    )
