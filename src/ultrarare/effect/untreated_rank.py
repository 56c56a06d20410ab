"""Beside the model: the patient's rank among untreated people, and signs that the model misfits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ultrarare.errors import NotComputable
from ultrarare.stats.regression import Direction

if TYPE_CHECKING:
    from ultrarare.history.course_visits import Columns
    from ultrarare.stats.conformal import Conformal, Fit, Windows
    from ultrarare.stats.heavy_tails import HeavyTails
    from ultrarare.stats.lack_of_fit import LackOfFit
    from ultrarare.stats.own_control import OwnControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a model's p value, so that nobody has to believe the model alone."""

    windows: Windows
    conformal: Conformal | None
    refused: str | None  # why there is no rank
    tails: HeavyTails | None
    lack: LackOfFit | None = None

    @property
    def caveats(self) -> tuple[str, ...]:
        """Heavy tails, a mean that bends otherwise, and a rank that could not be computed."""
        checks = (each.caveats for each in (self.tails, self.lack) if each is not None)
        said = tuple(text for caveats in checks for text in caveats)
        if self.refused is None:
            return said
        return (*said, f"no rank among untreated people beside the model: {self.refused}")

    @property
    def misfit(self) -> str | None:
        """In which way untreated people are not what the model takes them for."""
        signs = []
        if self.tails is not None and self.tails.heavy:
            signs.append("untreated people's visits have heavy tails")
        if self.lack is not None and self.lack.bends:
            signs.append("the mean of untreated people bends where the model does not")
        return " and ".join(signs) or None

    def doubt(self, level: float) -> str | None:
        """Why a model's support does not stand: it misfits, and the rank does not confirm it.

        Where the floor of the rank lies above the level, its floor is asked for.
        """
        misfit = self.misfit
        if misfit is None:
            return None
        if self.conformal is None:
            return f"{misfit}, and there is no rank to go by"
        if not self.conformal.same_age:
            return f"{misfit}, and the rank is among people of other ages"
        if self.conformal.p <= max((1 - level) / 2, self.conformal.floor) + 1e-12:
            return None
        p = f"one-sided p {self.conformal.p:.2g}"
        return f"{misfit}, and the rank among them ({p}) does not confirm it"

    def standing(self, result: OwnControl) -> OwnControl:
        """The result, with the exclusion of regression to the mean withdrawn where in doubt."""
        doubt = self.doubt(result.level)
        if doubt is None or result.regression_verdict != "excluded":
            return result
        return replace(result, regression_verdict="cannot be judged", reason=doubt)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; p null where there is no rank."""
        found = self.conformal
        return {
            "p": None if found is None else found.p,
            "floor": self.windows.floor,
            "p_two_sided": None if found is None else found.p_two_sided,
            "people": int(self.windows.person.size),
            "people_without_windows": self.windows.without,
            "score": None if found is None else found.score,
            "baseline_rank": None if found is None else found.baseline_rank,
            "attainable": self.windows.summary(),
            "caveats": [self.refused or ""] if found is None else list(found.caveats),
        }


def rank_beside(
    columns: Columns,
    before: tuple[Sequence[float], Sequence[float]],
    after: tuple[Sequence[float], Sequence[float]],
    *,
    dosed_at: float,
    direction: Direction,
    fit: Fit,
    tails: HeavyTails | None,
    lack: LackOfFit | None = None,
) -> Beside:
    """Rank the patient among untreated people; the floor is known before a value is read.

    Args:
        columns: visits of untreated people: whose, when, lowest and highest value.
        before: times and values of the patient before dosing.
        after: times and values after it.
        dosed_at: when the patient was dosed.
        direction: which values are better.
        fit: fits the untreated course to visits.
        tails: of the untreated people's visits.
        lack: of the fit of their mean.
    """
    from ultrarare.stats.conformal import comparable_windows, conformal_test

    who, when, low, high = columns
    windows = comparable_windows(
        who, when, pre_time=before[0], post_time=after[0], dosed_at=dosed_at
    )
    bounded = sum(a != b for a, b in zip(low, high, strict=True))
    if bounded:
        why = f"{bounded} values of untreated people are known as bounds only"
        return Beside(windows=windows, conformal=None, refused=why, tails=tails, lack=lack)
    try:
        found = conformal_test(
            windows, who, when, low,
            pre_time=before[0], pre_value=before[1], post_time=after[0], post_value=after[1],
            direction=direction, fit=fit,
        )  # fmt: skip
    except NotComputable as error:
        return Beside(
            windows=windows, conformal=None, refused=error.problem, tails=tails, lack=lack
        )
    return Beside(windows=windows, conformal=found, refused=None, tails=tails, lack=lack)


def misfit_of(
    model: Any, columns: Columns, seed: int
) -> tuple[HeavyTails | None, LackOfFit | None]:
    """Whether untreated visits have heavy tails, and whether their mean bends beyond the model.

    Args:
        model: the `PopulationModel` fitted to them.
        columns: whose, when, lowest and highest value.
        seed: of the normal samples that tails are compared with.

    Returns:
        Each None where values are bounds, or too few.
    """
    import numpy as np

    from ultrarare.stats.heavy_tails import heavy_tailed, standardised_residuals
    from ultrarare.stats.lack_of_fit import lack_of_fit

    who, when, low, high = columns
    if low != high:
        return None, None
    tails = lack = None
    with suppress(NotComputable):
        residuals = standardised_residuals(model, who, when, low)
        tails = heavy_tailed(residuals, np.random.default_rng(seed))
    with suppress(NotComputable):
        lack = lack_of_fit(model, who, when, low)
    return tails, lack
