"""Survival of untreated people from a plain table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.errors import NotComputable
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.history.records import Person
    from ultrarare.history.survival_models import CoxOfPeople
    from ultrarare.stats.arrays import Floats
    from ultrarare.stats.competing import CumulativeIncidence
    from ultrarare.stats.log_rank import LogRank
    from ultrarare.stats.parametric_survival import ParametricSurvival
    from ultrarare.stats.survival import SurvivalCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCurve:
    """One group's curve and what it answers beside."""

    group: str | None
    people: int
    curve: SurvivalCurve
    exact_lower: Floats
    exact_upper: Floats
    reported_median: float
    restricted_mean: dict[str, Any] | None
    incidence: CumulativeIncidence | None
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """The curve in a line, with both medians under their own names."""
        name = "all people" if self.group is None else self.group
        lines = [f"{name}: {self.curve.summary()}"]
        if isfinite(self.reported_median):
            lines.append(
                f"  median time of those seen to have the event: {self.reported_median:g} "
                "(leaves out all others; it is not median survival)"
            )
        if (mean := self.restricted_mean) is not None:
            lines.append(
                f"  restricted mean: from {mean['from']:g} to {mean['to']:g}, {mean['value']:.4g} "
                f"event-free on average ({100 * self.curve.level:g}% interval {mean['lower']:.4g} "
                f"to {mean['upper']:.4g})"
            )
        if self.incidence is not None:
            lines += [f"  {line}" for line in self.incidence.summary().split("\n")]
        return "\n".join((*lines, *(f"  {text}" for text in self.caveats)))

    def to_json(self) -> dict[str, Any]:
        """One entry of `curves`."""
        curve = self.curve
        low, high = curve.median_interval()
        return {
            "group": self.group,
            "n": curve.n,
            "events": int(curve.events.sum()),
            "median": _or_none(curve.median()),
            "median_lower": _or_none(low),
            "median_upper": _or_none(high),
            "median_of_reported_events": _or_none(self.reported_median),
            "level": curve.level,
            "start": curve.start,
            "follow_up": curve.follow_up,
            "time": curve.time.tolist(),
            "at_risk": curve.at_risk.tolist(),
            "events_at": curve.events.tolist(),
            "survival": curve.survival.tolist(),
            "std_error": [_or_none(x) for x in curve.std_error.tolist()],
            "lower": [_or_none(x) for x in curve.lower.tolist()],
            "upper": [_or_none(x) for x in curve.upper.tolist()],
            "exact_lower": self.exact_lower.tolist(),
            "exact_upper": self.exact_upper.tolist(),
            "restricted_mean": self.restricted_mean,
            "cumulative_incidence": None if self.incidence is None else _causes(self.incidence),
            "caveats": [*curve.caveats, *self.caveats],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalReport:
    """Curves by group, the test between them, and what regressions say."""

    curves: tuple[GroupCurve, ...]
    given: float | None
    log_rank: LogRank | None
    cox: CoxOfPeople | None
    families: tuple[ParametricSurvival, ...]
    lack_of_fit: dict[str, float | None]
    refused: dict[str, str]
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """Each curve, then tests and models or why there is none, then every other caveat."""
        lines = [curve.summary() for curve in self.curves]
        if self.given is not None:
            lines.insert(0, f"given event-free at {self.given:g}")
        if self.log_rank is not None:
            lines.append(self.log_rank.summary())
        if self.cox is not None:
            lines.append(f"Cox regression: {self.cox.model.summary()}")
        lines += [fit.summary() for fit in self.families]
        lines += [f"{name}: refused, {why}" for name, why in self.refused.items()]
        shown = "\n".join(lines)
        told = _refusals(self.refused)
        rest = (text for text in self.caveats if text not in shown and text not in told)
        return "\n".join((shown, *(f"- {text}" for text in rest)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "curves": [curve.to_json() for curve in self.curves],
            "given": self.given,
            "log_rank": _log_rank(self.log_rank),
            "cox": _cox(self.cox),
            "parametric": [self._family(fit) for fit in self.families] or None,
            "refused": self.refused,
            "caveats": list(self.caveats),
        }

    def _family(self, fit: ParametricSurvival) -> dict[str, Any]:
        return {
            "family": fit.family,
            "parameters": fit.to_rows(),
            "log_likelihood": fit.log_likelihood,
            "aic": fit.aic,
            "farthest_from_curve": fit.farthest,
            "farthest_at": fit.farthest_at,
            "event_times_outside_exact_limits": fit.outside,
            "lack_of_fit_p": self.lack_of_fit.get(fit.family),
            "caveats": list(fit.caveats),
        }


def survival_of_table(
    people: Path,
    *,
    given_age: float | None = None,
    horizon: float | None = None,
    competing: bool = False,
    cox: Sequence[str] = (),
    firth: bool = False,
    parametric: bool = False,
    level: float = 0.95,
) -> SurvivalReport:
    """Read people and estimate their survival.

    Args:
        people: CSV or Parquet, `person,entry,exit,event[,group,cause,ending,…]`.
        given_age: curves of those event-free at this age, from it on.
        horizon: end of a restricted mean.
        competing: cumulative incidence of each cause.
        cox: columns to regress the hazard on.
        firth: penalise that regression.
        parametric: fit five families to all people together.
        level: coverage of intervals.

    Raises:
        InputErrors: the table is wrong.
        InputError: an option that does not fit the table.
        NotComputable: nobody at the age.

    Notes:
        What the data do not carry beside the curves (a test, a regression, a family) is left out
        with the reason in its own line, and in JSON under `refused` and among the caveats.
    """
    from ultrarare.history.cohort import read_people
    from ultrarare.history.survival_models import by_group, cox_of, from_age, log_rank_of

    everybody = read_people(people, name=people.name)
    groups, found = by_group(everybody), from_age(everybody, given_age)
    curves = tuple(
        _curve(name, own, given_age, horizon, level, competing=competing) for name, own in groups
    )
    caveats: list[str] = []
    refused: dict[str, str] = {}
    if len(groups) > 1 and (rest := [p for p in everybody if p.group is None]):
        caveats.append(f"{counted(len(rest), 'person')} without a group stand in no curve")
    test = None
    if len({p.group for p in found} - {None}) > 1:
        try:
            test = log_rank_of(found)
        except NotComputable as reason:
            refused["log-rank test"] = _told(reason)
    regression = None
    if cox:
        try:
            regression = cox_of(found, list(cox), firth=firth, level=level)
            caveats += [*regression.notes, *regression.model.caveats]
        except NotComputable as reason:
            refused["Cox regression"] = _told(reason)
    families, p = _families(found, level, refused) if parametric else ((), {})
    return SurvivalReport(
        curves=curves,
        given=given_age,
        log_rank=test,
        cox=regression,
        families=families,
        lack_of_fit=p,
        refused=refused,
        caveats=tuple(dict.fromkeys((*caveats, *_refusals(refused)))),
    )


def _refusals(refused: dict[str, str]) -> list[str]:
    """Each as a caveat."""
    return [f"{name}: {why}" for name, why in refused.items()]


def _told(reason: NotComputable) -> str:
    """What was refused and the way out, in one line; the curves stand all the same."""
    way = reason.remedy.rstrip(".")
    return f"{reason.problem}; {way[0].lower()}{way[1:]}" if way else reason.problem


def _curve(
    group: str | None,
    people: Sequence[Person],
    given: float | None,
    horizon: float | None,
    level: float,
    *,
    competing: bool,
) -> GroupCurve:
    from ultrarare.history.survival_models import curve_of, from_age, incidence_of
    from ultrarare.stats.survival_extras import exact_limits, median_reported, restricted_mean
    from ultrarare.stats.untreated_hazard import hazard_of_people

    curve = curve_of(people, given=given, level=level)
    stop, seen = [p.exit for p in people], [p.event for p in people]
    hazard = hazard_of_people(stop, seen, entry=[p.entry for p in people])
    lower, upper = exact_limits(hazard, curve.time, start=curve.start, level=level)
    said: list[str] = []
    mean: dict[str, Any] | None = None
    if horizon is not None:
        try:
            found = restricted_mean(curve, horizon)
            mean = {
                "value": found.value, "std_error": found.std_error, "lower": found.lower,
                "upper": found.upper, "from": found.start, "to": found.horizon,
            }  # fmt: skip
        except NotComputable as reason:
            said.append(f"restricted mean: {_told(reason)}")
    if any(p.cause is not None or p.ending == "competing" for p in people) and not competing:
        said.append("competing ends are taken as censored: the curve is of a world without them")
    return GroupCurve(
        group=group,
        people=len(people),
        curve=curve,
        exact_lower=lower,
        exact_upper=upper,
        reported_median=median_reported(stop, seen),
        restricted_mean=mean,
        incidence=incidence_of(from_age(people, given), level=level) if competing else None,
        caveats=tuple(said),
    )


def _families(
    people: Sequence[Person], level: float, refused: dict[str, str]
) -> tuple[tuple[ParametricSurvival, ...], dict[str, float | None]]:
    """Families that have a maximum, nearest first by AIC, and the p of each in the widest."""
    from ultrarare.stats.parametric_survival import FAMILIES, fit_parametric, lack_of_fit

    stop, seen = [p.exit for p in people], [p.event for p in people]
    fits = []
    for family in FAMILIES:
        try:
            fits.append(
                fit_parametric(stop, seen, family, entry=[p.entry for p in people], level=level)
            )
        except NotComputable as reason:
            refused[family] = _told(reason)
    wide = next((fit for fit in fits if fit.family == "generalised gamma"), None)
    p: dict[str, float | None] = {
        fit.family: None if wide is None else lack_of_fit(fit, wide) for fit in fits
    }
    return tuple(sorted(fits, key=lambda fit: fit.aic)), p


def _log_rank(test: LogRank | None) -> dict[str, Any] | None:
    if test is None:
        return None
    return {
        "groups": list(test.groups),
        "observed": test.observed.tolist(),
        "expected": test.expected.tolist(),
        "statistic": test.statistic,
        "degrees": test.degrees,
        "p_value": test.p_value,
        "caveats": list(test.caveats),
    }


def _cox(found: CoxOfPeople | None) -> dict[str, Any] | None:
    if found is None:
        return None
    model = found.model
    return {
        "references": found.references,
        "coefficients": model.to_rows(),
        "n": model.n,
        "events": model.events,
        "ties": model.ties,
        "penalised": model.penalised,
        "log_likelihood": model.log_likelihood,
        "likelihood_ratio": model.likelihood_ratio,
        "score_p": model.score_p,
        "caveats": [*found.notes, *model.caveats],
    }


def _causes(found: CumulativeIncidence) -> list[dict[str, Any]]:
    return [
        {
            "cause": cause,
            "events": int(found.events[:, j].sum()),
            "time": found.time.tolist(),
            "incidence": found.incidence[:, j].tolist(),
            "std_error": found.std_error[:, j].tolist(),
            "lower": [_or_none(x) for x in found.lower[:, j].tolist()],
            "upper": [_or_none(x) for x in found.upper[:, j].tolist()],
        }
        for j, cause in enumerate(found.causes)
    ]


def _or_none(value: float) -> float | None:
    return float(value) if isfinite(value) else None
