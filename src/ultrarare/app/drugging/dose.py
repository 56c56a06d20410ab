"""Dose and response, and how long it lasts, from tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.app.rung import Rung

if TYPE_CHECKING:
    from ultrarare.stats.drugging.decay import Decay
    from ultrarare.stats.drugging.dose_response import Dose, DoseResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseReport:
    """A fitted dose–response curve."""

    found: DoseResponse
    rung: Rung

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where the data do not bound a dose."""
        one = self.found
        return {
            "ec50": _dose_json(one.ec50), "ec90": _dose_json(one.ec90), "start": one.start,
            "end": one.end, "slope": one.slope, "residual": one.residual, "doses": one.doses,
            "points": one.points, "level": one.level, **self.rung.to_json(),
            "caveats": list(one.caveats),
        }  # fmt: skip

    def summary(self) -> str:
        """The half-effect dose first."""
        one = self.found
        return "\n".join(
            (
                f"EC50 {_dose(one.ec50)}; EC90 {_dose(one.ec90)}",
                f"from {one.start:.4g} without drug to {one.end:.4g}, Hill slope {one.slope:.3g}, "
                f"{one.points} values at {one.doses} doses",
                self.rung.said(),
                *(f"- {text}" for text in one.caveats),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayReport:
    """A fitted decline."""

    found: Decay
    rung: Rung

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where a limit is missing."""
        one = self.found
        return {
            "half_life": {"value": one.half_life, "lower": one.lower, "upper": one.upper},
            "start": one.start, "residual": one.residual, "points": one.points,
            "level": one.level, "bends_p": one.bends, **self.rung.to_json(),
            "caveats": self._caveats(),
        }  # fmt: skip

    def _caveats(self) -> list[str]:
        said = ["one exponential is taken for granted"]
        if self.found.bends is not None and self.found.bends < 0.05:
            said.append("the decline bends: one half-life does not describe it")
        if self.found.upper is None:
            said.append("that nothing declines at all is not excluded: no upper limit")
        return said

    def summary(self) -> str:
        """The half-life first."""
        one = self.found
        upper = "no upper limit" if one.upper is None else f"{one.upper:.3g}"
        return "\n".join(
            (
                f"half-life {one.half_life:.3g} ({one.lower:.3g} to {upper}), {one.points} values",
                self.rung.said(),
                *(f"- {text}" for text in self._caveats()),
            )
        )


def dose_response(table: Path, *, rung: Rung, level: float = 0.95) -> DoseReport:
    """Read `dose,response` and fit the curve.

    Raises:
        InputErrors: the table is wrong, or has too few doses.
        NotComputable: the doses do not bound half of an effect.
    """
    from ultrarare.molecule.drugging.tables import read_pairs
    from ultrarare.stats.drugging.dose_response import fit_dose_response

    return DoseReport(
        found=fit_dose_response(*read_pairs(table, ("dose", "response")), level), rung=rung
    )


def decay(table: Path, *, rung: Rung, level: float = 0.95) -> DecayReport:
    """Read `time,value` and fit the decline.

    Raises:
        InputErrors: the table is wrong, or has too few times.
        NotComputable: nothing declines.
    """
    from ultrarare.molecule.drugging.tables import read_pairs
    from ultrarare.stats.drugging.decay import fit_decay

    return DecayReport(found=fit_decay(*read_pairs(table, ("time", "value")), level), rung=rung)


def _dose_json(dose: Dose) -> dict[str, float | None]:
    return {"value": dose.value, "lower": dose.lower, "upper": dose.upper}


def _dose(dose: Dose) -> str:
    low, high = ("?" if x is None else f"{x:.3g}" for x in (dose.lower, dose.upper))
    return f"{dose.value:.3g} ({low} to {high})"
