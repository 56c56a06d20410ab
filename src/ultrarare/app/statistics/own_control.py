"""One patient's visits against the course predicted from their own past and from the untreated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from ultrarare.effect.corners import Corner, Reading, at_the_corners
from ultrarare.effect.untreated_rank import Beside, rank_beside
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.apart import require_apart, require_one_scale
from ultrarare.history.course_visits import course_columns, read_course
from ultrarare.history.records import Visit
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.course_fit import CourseFit, ModelName
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.own_control import OwnControl
    from ultrarare.stats.regression_to_mean.verdict import RegressionJudgement

Direction = Literal["lower", "higher"]

_FAN: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one patient is compared.

    Attributes:
        dosed_at: visits at this time or before are untreated.
        until: later visits are left out.
        direction: which values are better.
        model: of the untreated course, as in `fit_course`.
        measure: which one, where the tables hold several.
        margin: smallest benefit that matters.
        entry_threshold: dosing required the mean of the visits before it to be beyond this.
        level: coverage of the intervals.
        seed: of the check for heavy tails and of the routes about regression to the mean.
    """

    dosed_at: float
    until: float | None = None
    direction: Direction = "higher"
    model: ModelName = "auto"
    measure: str | None = None
    margin: float | None = None
    entry_threshold: float | None = None
    level: float = 0.95
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnControlReport:
    """The comparison, what stands beside it, and what was said about reading the tables."""

    options: Options
    fit: CourseFit
    least: Corner
    rank: Beside
    routes: RegressionJudgement | None
    fan: list[dict[str, float]]
    reading: tuple[str, ...]

    @property
    def result(self) -> OwnControl:
        """The end that favours benefit least."""
        return self.rank.standing(self.least.result)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Everything a reader must know, each once."""
        doubt = self.rank.doubt(self.options.level)
        said = (
            *self.result.caveats,
            *self.rank.caveats,
            *(() if doubt is None else (f"this is not support for improvement: {doubt}",)),
            *self.reading,
        )
        return tuple(dict.fromkeys(said))

    def summary(self) -> str:
        """What can be reached, the numbers, then every caveat."""
        result = replace(self.result, caveats=())
        rank = self.rank.conformal
        lines = [
            self.rank.windows.summary(),
            f"model {self.fit.name}: {self.fit.model.method}",
            result.summary(),
            *result.margin_summary(),
            *(() if rank is None else (replace(rank, caveats=()).summary(),)),
        ]
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; null where undefined."""
        found = self.result
        return {
            "contrast": {
                "value": found.contrast,
                "lower": found.lower,
                "upper": found.upper,
                "level": found.level,
            },
            "p_value": found.p_two_sided,
            "p_benefit": found.p_one_sided,
            "conformal": self.rank.to_json(),
            "regression_to_the_mean": self._regression(),
            "direction": found.direction,
            "margin": found.margin,
            "exceeds_margin": found.p_exceeds_margin,
            "observed": found.post_mean,
            "expected": found.expected_untreated,
            "sources": {
                "residual": found.sd_residual,
                "random": found.sd_random,
                "fixed": found.sd_fixed,
                "variance": found.sd_variance,
            },
            "grid_change": found.grid_change,
            "naive": _naive(found),
            "model": self.fit.name,
            "method": found.model,
            "serial_correlation": _linear(self.fit).correlation or None,
            "people": found.n_people,
            "people_repeated": found.n_repeated,
            "visits_before": found.n_pre,
            "visits_after": found.n_post,
            "heavy_tails": None if self.rank.tails is None else _tails(self.rank.tails),
            "lack_of_fit": None if self.rank.lack is None else _lack(self.rank.lack),
            "fan": self.fan,
            "simulated": asdict(found.size),
            "seed": self.options.seed,
            "caveats": list(self.caveats),
        }

    def _regression(self) -> dict[str, Any]:
        found = self.result
        return {
            "verdict": found.regression_verdict,
            "reason": found.reason,
            "expected_change": found.expected_change_untreated,
            "regression": found.regression_to_the_mean,
            "trend": found.trend,
            "reliability": found.reliability,
            "tipping_reliability": found.tipping_reliability,
            "tipping_autocorrelation": found.tipping_autocorrelation,
            "from_entry_rule_alone": found.davis_regression,
            "by_routes": None if self.routes is None else self.routes.to_json(),
        }


def compare_tables(history: Path, patient: Path, options: Options) -> OwnControlReport:
    """Compare one patient's visits after dosing with the course predicted without treatment.

    Args:
        history: untreated people, `person,time,value`; values may be `<9`.
        patient: one person's visits before and after dosing, on the same clock.
        options: how.

    Raises:
        InputErrors: a table is wrong.
        InputError: several people or measures, a patient who is among the untreated, or another
            measure or unit than theirs.
        NotComputable: no visit before or after dosing, or too few people or visits for the model.
    """
    from ultrarare.stats.arrays import require_level

    require_level(options.level)
    own = _patient(patient, options)
    untreated = read_course(history, name=history.name, measure=options.measure)
    require_apart([own[0].person], (visit.person for visit in untreated), where=history.name)
    require_one_scale(own, untreated, names=(patient.name, history.name))
    before, after = _split(own, options)
    fit = _fitted(course_columns(untreated), options)
    least, most = at_the_corners(
        _readings(before), _readings(after), partial(_own_control, fit, before, after, options)
    )
    return OwnControlReport(
        options=options,
        fit=fit,
        least=least,
        rank=_rank(fit, untreated, (before, after), least, options),
        routes=_routes(untreated, (before, after), least, options),
        fan=_fan(fit, before, least, float(after[-1].time), options.level),
        reading=_reading(own, before, after, least, most),
    )


def _patient(path: Path, options: Options) -> tuple[Visit, ...]:
    own = read_course(path, name=path.name, measure=options.measure)
    if (people := len({visit.person for visit in own})) != 1:
        raise InputError(f"found {people} people; allowed is one", where=path.name)
    return tuple(sorted(own, key=lambda visit: visit.time))


def _split(own: Sequence[Visit], options: Options) -> tuple[tuple[Visit, ...], tuple[Visit, ...]]:
    end = np.inf if options.until is None else options.until
    before = tuple(visit for visit in own if visit.time <= options.dosed_at)
    after = tuple(visit for visit in own if options.dosed_at < visit.time <= end)
    for side, visits, remedy in (
        ("before", before, "Without a baseline no own control is possible; see external-control."),
        ("after", after, "Follow the patient, or give later visits."),
    ):
        if not visits:
            raise NotComputable(
                f"the patient has no visit {side} dosing at {options.dosed_at:g}", remedy=remedy
            )
    return before, after


def _fitted(columns: Any, options: Options) -> CourseFit:
    from ultrarare.stats.course_fit import fit_course

    rng = np.random.default_rng(options.seed)
    fit = fit_course(*columns, model=options.model, rng=rng)
    if fit.linear is None:
        raise NotComputable(
            f"a {fit.name} course is not compared with a window of visits",
            remedy="Choose --model auto, intercept, slope, serial or change-point; `history "
            "predict --model sigmoid` gives single predictions.",
        )
    return fit


def _linear(fit: CourseFit) -> PopulationModel:
    assert fit.linear is not None  # noqa: S101 -- _fitted refuses others
    return fit.linear


def _own_control(
    fit: CourseFit,
    before: Sequence[Visit],
    after: Sequence[Visit],
    options: Options,
    before_values: Sequence[float],
    after_values: Sequence[float],
) -> OwnControl:
    from ultrarare.stats.own_control import own_control

    return own_control(
        _linear(fit),
        [visit.time for visit in before],
        list(before_values),
        [visit.time for visit in after],
        list(after_values),
        direction=options.direction,
        level=options.level,
        margin=options.margin,
        entry_threshold=options.entry_threshold,
    )


def _readings(visits: Sequence[Visit]) -> list[Reading]:
    """Ends of each value; below an assay's limit it lies between zero and the limit."""
    out = []
    for visit in visits:
        low, high = visit.bounds
        least = 0.0 if low == -np.inf and high >= 0 else low
        out.append(
            Reading(
                time=visit.time,
                low=least if np.isfinite(least) else None,
                high=high if np.isfinite(high) else None,
                name=f"{visit.amount or visit.value} at {visit.time:g}",
            )
        )
    return out


def _rank(
    fit: CourseFit,
    untreated: Sequence[Visit],
    visits: tuple[Sequence[Visit], Sequence[Visit]],
    least: Corner,
    options: Options,
) -> Beside:
    from ultrarare.stats.course_fit import fit_course

    def refit(who: Any, when: Any, what: Any) -> PopulationModel:
        rng = np.random.default_rng(options.seed)
        return _linear(fit_course(who, when, what, what, model=options.model, rng=rng, grid=False))

    before, after = visits
    return rank_beside(
        course_columns(untreated),
        ([visit.time for visit in before], least.before),
        ([visit.time for visit in after], least.after),
        dosed_at=options.dosed_at,
        direction=options.direction,
        fit=refit,
        tails=fit.tails,
        lack=fit.lack,
    )


def _routes(
    untreated: Sequence[Visit],
    visits: tuple[Sequence[Visit], Sequence[Visit]],
    least: Corner,
    options: Options,
) -> RegressionJudgement | None:
    """Every route about regression to the mean, where the entry rule is known."""
    if options.entry_threshold is None or any(visit.censored for visit in untreated):
        return None
    from ultrarare.stats.regression_to_mean.entry import EntryRule, entrant
    from ultrarare.stats.regression_to_mean.untreated import untreated_from_visits
    from ultrarare.stats.regression_to_mean.verdict import judge_regression

    before, after = visits
    who, when, low, _ = course_columns(untreated)
    rule = EntryRule(
        threshold=options.entry_threshold, direction=options.direction, visits=len(before)
    )
    try:
        person = entrant(
            rule,
            [visit.time for visit in before],
            least.before,
            [visit.time for visit in after],
            least.after,
        )
        return judge_regression(
            rule,
            [person],
            untreated_from_visits(who, when, low),
            rng=np.random.default_rng(options.seed),
            alpha=(1 - options.level) / 2,
        )
    except NotComputable:
        return None


def _fan(
    fit: CourseFit, before: Sequence[Visit], least: Corner, end: float, level: float
) -> list[dict[str, float]]:
    """Where single untreated visits are expected, from the last one before dosing to the end."""
    from ultrarare.stats.untreated import predict_untreated

    times = np.linspace(before[-1].time, end, _FAN)
    return predict_untreated(
        _linear(fit), [visit.time for visit in before], list(least.before), times, level=level
    ).to_rows()


def _reading(
    own: Sequence[Visit],
    before: Sequence[Visit],
    after: Sequence[Visit],
    least: Corner,
    most: Corner,
) -> tuple[str, ...]:
    said = []
    bounded = sum(visit.censored for visit in (*before, *after))
    if bounded:
        said.append(
            f"{bounded} of the patient's values are known as bounds only; the result stands with "
            f"each at the end that favours benefit least, and at the other ends the contrast would "
            f"be {most.result.contrast:.4g} instead of {least.result.contrast:.4g}"
        )
    left_out = len(own) - len(before) - len(after)
    if left_out:
        said.append(f"{counted(left_out, 'visit')} after the end of the window are left out")
    return tuple(said)


def _naive(found: OwnControl) -> dict[str, float | None]:
    naive = found.naive
    return {
        "difference": found.naive_difference,
        "lower": None if naive is None else naive.lower,
        "upper": None if naive is None else naive.upper,
        "p_value": None if naive is None else naive.p,
    }


def _tails(tails: Any) -> dict[str, Any]:
    return {"p": tails.p, "kurtosis": tails.kurtosis, "heavy": tails.heavy}


def _lack(lack: Any) -> dict[str, Any]:
    return {"p": lack.p, "statistic": lack.statistic, "bends": lack.bends}
