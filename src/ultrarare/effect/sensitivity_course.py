"""Own control recomputed under other assumptions: what is changed, and what it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from ultrarare.case.dataset import CohortVisits
from ultrarare.case.finding import Tier
from ultrarare.case.unit import spoken
from ultrarare.effect.patient_course import PatientCourse
from ultrarare.errors import NotComputable
from ultrarare.history.population import fit_visits
from ultrarare.history.records import Visit

if TYPE_CHECKING:
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.sensitivity.conclusion import Contrast, Recompute, SensitivityRow
    from ultrarare.stats.sensitivity.observed import ObservedScale
    from ultrarare.stats.sensitivity.shift import ShiftCurve
    from ultrarare.stats.sensitivity.untreated_shift import Changed
    from ultrarare.stats.untreated_course import CourseModel

ANALYSES: Final = {
    "slope": "untreated slope",
    "level": "untreated level",
    "clock": "clock",
    "assessment": "assessment",
}
CHANGED: Final = {
    "slope": "the mean untreated change",
    "level": "the mean untreated level",
    "clock": "the patient's age against the untreated people's clock",
    "assessment": "the reading of values after dosing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One cohort of untreated people."""

    cohort: CohortVisits
    visits: tuple[Visit, ...]
    model: PopulationModel | None  # None where it cannot be fitted alone
    reason: str = ""

    @property
    def label(self) -> str:
        """Its id and how close it is."""
        return f"{self.cohort.id} ({self.cohort.tier.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The patient, the untreated as planned, and whoever else is untreated."""

    course: PatientCourse
    model: PopulationModel
    sources: tuple[Source, ...]  # the planned cohort first; none where a publication serves
    slopes: bool
    fitted_as: CourseModel
    time_unit: str
    level: float

    @property
    def visits(self) -> tuple[list[float], list[float], list[float], list[float]]:
        """Times and values before dosing, then after it."""
        c = self.course
        return (
            [m.age for m in c.before],
            list(c.before_value),
            [m.age for m in c.after],
            list(c.after_value),
        )

    @property
    def unit(self) -> str:
        """Of the values, in words."""
        return spoken(self.course.endpoint.unit)

    @property
    def middle(self) -> float:
        """Mean time before dosing."""
        before = self.visits[0]
        return sum(before) / len(before)

    def unit_of(self, changed: Changed) -> str:
        """Of a shift, in words."""
        if changed == "slope":
            return f"{self.unit} {spoken(f'1/{self.time_unit}')}"
        return spoken(self.time_unit) if changed == "clock" else self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """The contrast under one change; None where it cannot be computed."""

    label: str
    contrast: Contrast | None
    note: str = ""
    primary: bool = False

    def to_row(self) -> dict[str, Any]:
        """Plain JSON in the shape of a figure of estimates."""
        found = self.contrast
        return {
            "label": self.label,
            "value": None if found is None else found.value,
            "lower": None if found is None else found.lower,
            "upper": None if found is None else found.upper,
            "note": self.note,
            "primary": self.primary,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One assumption: its row, its curve if it has one, and estimates under it."""

    row: SensitivityRow
    curve: ShiftCurve | None = None
    scale: ObservedScale | None = None
    seen: tuple[float, float] | None = None  # range of shifts that was observed
    estimates: tuple[Estimated, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def recomputed(situation: Situation, changed: Changed) -> Recompute:
    """The contrast as a function of a shift."""
    from ultrarare.stats.sensitivity.untreated_shift import contrast_under

    return contrast_under(
        situation.model, *situation.visits, changed=changed, level=situation.level
    )


def shift_told(situation: Situation, changed: Changed, given: ObservedScale | None) -> Told:
    """The tipping shift of one assumption.

    Args:
        situation: the comparison.
        changed: what is shifted.
        given: how much it is seen to differ; from the cohorts or the fit where None.
    """
    from ultrarare.stats.sensitivity.shift import shift_curve, shift_row

    recompute = recomputed(situation, changed)
    scale, seen = (given, None) if given is not None else _seen(situation, changed)
    curve = shift_curve(
        recompute,
        direction=situation.course.endpoint.improves,
        scale=_step(situation, changed, recompute(0.0)),
        shown_to=None if scale is None else scale.sd or scale.upper,
        farthest=_clock_room(situation) if changed == "clock" else None,
    )
    row = shift_row(
        curve,
        analysis=ANALYSES[changed],
        changed=CHANGED[changed],
        unit=situation.unit_of(changed),
        scale=scale,
    )
    return Told(
        row=row,
        curve=curve,
        scale=scale,
        seen=seen,
        estimates=tuple(_at_the_scale(situation, changed, recompute, scale)),
    )


def _seen(
    situation: Situation, changed: Changed
) -> tuple[ObservedScale | None, tuple[float, float] | None]:
    """How much cohorts differ, and the range of shifts from the planned one to the others."""
    from ultrarare.stats.sensitivity.observed import between_populations, given_scale
    from ultrarare.stats.sensitivity.untreated_shift import mean_course

    if changed == "assessment":
        sd = situation.model.residual_sd
        what = "one person's untreated visits around their own course"
        scale = replace(given_scale(sd, what), caveats=())
        return scale, (-sd, sd)
    models = [s.model for s in situation.sources if s.model is not None]
    if changed == "clock" or len(models) < 2:
        return None, None
    which = 0 if changed == "level" else 1
    found = [mean_course(model, situation.middle)[which] for model in models]
    words = "mean levels at the patient's age" if changed == "level" else "mean slopes"
    scale = between_populations(
        [value for value, _ in found],
        [se for _, se in found],
        what=f"{words} of {len(models)} cohorts",
    )
    own = mean_course(situation.model, situation.middle)[which][0]
    values = [value - own for value, _ in found]
    return scale, (min(values), max(values))


def _step(situation: Situation, changed: Changed, planned: Contrast) -> float:
    """A shift worth trying: what would move the whole contrast if nothing held against it."""
    size = max(abs(planned.lower), abs(planned.upper))
    t0, _, t1, _ = situation.visits
    apart = sum(t1) / len(t1) - sum(t0) / len(t0)
    if changed == "slope":
        return size / apart
    return min(apart, _clock_room(situation)) if changed == "clock" else size


def _clock_room(situation: Situation) -> float:
    """No clock is moved by more than the untreated people were followed."""
    t0, _, t1, _ = situation.visits
    low, high = situation.model.time_range or (min(t0), max(t1))
    return high - low


def _at_the_scale(
    situation: Situation, changed: Changed, recompute: Recompute, scale: ObservedScale | None
) -> Iterable[Estimated]:
    size = None if scale is None else scale.sd or scale.upper
    if not size:
        return
    for sign in (1, -1):
        yield Estimated(
            label=f"{ANALYSES[changed]} {sign * size:+.3g} {situation.unit_of(changed)}",
            contrast=recompute(sign * size),
            note="one observed sd off",
        )


def sources_told(situation: Situation) -> Told | None:
    """The contrast from other cohorts; None where there are fewer than two."""
    from ultrarare.stats.sensitivity.leave_out import leave_out
    from ultrarare.stats.sensitivity.untreated_shift import contrast_under

    tiers = list(Tier)
    ordered = sorted(situation.sources, key=lambda s: tiers.index(s.cohort.tier))
    if len(ordered) < 2:
        return None
    by_label = {source.label: source for source in ordered}

    def from_some(used: tuple[str, ...]) -> Contrast:
        model = _pooled([by_label[label] for label in used], situation)
        return contrast_under(
            model, *situation.visits, changed="assessment", level=situation.level
        )(0.0)

    found = leave_out(
        tuple(by_label),
        from_some,
        direction=situation.course.endpoint.improves,
        ordered=True,
    )
    estimates = tuple(
        Estimated(
            label="all cohorts together" if row.how == "all" else row.label,
            contrast=row.contrast,
            note=row.reason,
        )
        for row in found.rows
    )
    return Told(row=found.to_row("cohort"), estimates=estimates, more={"sources": found.to_rows()})


def _pooled(sources: Sequence[Source], situation: Situation) -> PopulationModel:
    """One model of several cohorts' people; names of people are told apart by cohort."""
    if len(sources) == 1 and sources[0].model is not None:
        return sources[0].model
    if len(sources) == 1:
        raise NotComputable(sources[0].reason)
    visits = [
        replace(visit, person=f"{source.cohort.id}/{visit.person}")
        for source in sources
        for visit in source.visits
    ]
    return fit_visits(visits, slopes=situation.slopes, model=situation.fitted_as)


def missing_told(
    situation: Situation, missed: Sequence[float], bounds: tuple[float, float], about: Sequence[str]
) -> Told:
    """Missed visits at their extremes.

    Args:
        situation: the comparison.
        missed: ages at the planned visits without a value.
        bounds: lowest and highest value of a visit.
        about: where the bounds come from, as caveats.
    """
    from ultrarare.stats.sensitivity.missing import missing_visits

    t0, y0, t1, y1 = situation.visits
    found = missing_visits(
        situation.model,
        (t0, y0),
        (t1, y1),
        missed,
        direction=situation.course.endpoint.improves,
        low=bounds[0],
        high=bounds[1],
        level=situation.level,
    )
    row = found.to_row(situation.unit)
    return Told(
        row=replace(row, caveats=(*row.caveats, *about)),
        estimates=(
            Estimated(label="missed visits at their worst", contrast=found.worst),
            Estimated(label="missed visits at their best", contrast=found.best),
        ),
        more={"missing": found.to_json()},
    )


def value_bounds(
    situation: Situation, low: float | None, high: float | None
) -> tuple[tuple[float, float], tuple[str, ...]]:
    """The values a visit can have: as planned, of the scale, or else those that were seen."""
    cohort = situation.sources[0].cohort if situation.sources else None
    floor = low if low is not None or cohort is None else cohort.floor
    ceiling = high if high is not None or cohort is None else cohort.ceiling
    if floor is not None and ceiling is not None:
        return (floor, ceiling), ()
    ends = [end for s in situation.sources for v in s.visits for end in v.bounds if isfinite(end)]
    seen = [*ends, *situation.visits[1], *situation.visits[3]]
    found = (min(seen) if floor is None else floor, max(seen) if ceiling is None else ceiling)
    return found, (
        "no floor or no ceiling of the measure is declared, so the lowest or highest value seen "
        "stands for it",
    )


def missed_visits(
    taken: Sequence[float], planned: Sequence[float], tolerance: float
) -> tuple[float, ...]:
    """Planned days after dosing without a measurement near them, each measurement used once.

    Args:
        taken: days at which something was measured.
        planned: days at which it was planned.
        tolerance: how far apart the two may be.
    """
    left = sorted(taken)
    out = []
    for day in sorted(planned):
        near = [t for t in left if abs(t - day) <= tolerance]
        if near:
            left.remove(min(near, key=lambda t: abs(t - day)))
        else:
            out.append(day)
    return tuple(out)
