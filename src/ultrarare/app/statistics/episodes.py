"""Episodes of one patient against untreated people, from tables of events and of follow-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.case.table import Column, not_negative, number, read_table, repeated_rows
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.history.records import EpisodeRecord
    from ultrarare.stats.remission import EntryRule
    from ultrarare.stats.remission_comparison import EpisodeComparison
    from ultrarare.stats.remission_layers import LayerName, Untreated
    from ultrarare.stats.states_records import Observed

_PATIENT = (
    Column("time", not_negative),
    Column("person", str, required=False),
    Column("type", str, required=False, may_be_empty=True),
    Column("severity", str, required=False, may_be_empty=True),
)
_CHECKED = 0.05
"""At or below this p a check of constant rates is told."""
_SPANS = (
    Column("start", not_negative),
    Column("stop", not_negative),
    Column("person", str, required=False),
    Column("group", str, required=False, may_be_empty=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodesReport:
    """The comparison, the floors that were known before it, and a check of constant rates."""

    untreated: Untreated
    comparison: EpisodeComparison
    clustering_p: float | None
    seed: int
    reading: tuple[str, ...]

    @property
    def caveats(self) -> tuple[str, ...]:
        """Every caveat, each once."""
        return tuple(dict.fromkeys((*self.reading, *self.comparison.caveats)))

    def summary(self) -> str:
        """Floors first: they stood before the patient's later course was read."""
        floors = "; ".join(
            f"{layer.name} {layer.floor:.3g}"
            for layer in self.comparison.layers
            if layer.floor is not None
        )
        lines = [f"smallest one-sided p value that could be reached: {floors}"]
        lines += self.comparison.summary().split("\n")[: 1 + len(self.comparison.layers)]
        gap = self.comparison.longest_gap
        lines.append(
            f"first event {self.comparison.remission:g} after dosing"
            if self.comparison.remission_ended
            else f"no event in {self.comparison.remission:g} after dosing"
        )
        lines.append(
            f"longest gap {gap.gap:.4g}; {gap.as_long} of {counted(gap.n, 'untreated person')} "
            "had one as long"
        )
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        found, gap = self.comparison, self.comparison.longest_gap
        return {
            "rate_ratio": {
                "value": found.rate_ratio,
                "lower": found.rate_ratio_lower,
                "upper": found.rate_ratio_upper,
                "level": found.level,
                "from": found.rate_ratio_from,
            },
            "layers": {layer.name: layer.to_json() for layer in found.layers},
            "p_value": found.p_value,
            "p_value_from": found.p_value_from,
            "p_remission": found.p_remission,
            "planned": found.planned,
            "before": {"events": found.y0, "time": found.t1},
            "after": {"events": found.y1, "time": found.t2},
            "remission": {
                "from_dosing": found.remission,
                "since_last_event": found.since_last_event,
                "ended_by_event": found.remission_ended,
            },
            "naive": {"rate_ratio": found.naive_rate_ratio, "p_value": found.naive_p},
            "longest_gap": {
                "patient": gap.gap,
                "people": gap.n,
                "as_long": gap.as_long,
                "p_value": gap.p_value,
                "longest_untreated": gap.longest_untreated,
            },
            "states": _states(self.untreated),
            "aic_difference": found.aic_difference,
            "clustering_p": self.clustering_p,
            "seed": self.seed,
            "caveats": list(self.caveats),
        }


def _states(untreated: Untreated) -> dict[str, Any] | None:
    process = untreated.process
    if isinstance(process, str):
        return None
    return {"identified": process.identified, "rows": process.to_rows()}


def compare_episode_tables(
    *,
    history: Path,
    history_follow_up: Path,
    patient: Path,
    dosed_at: float,
    observed: str | None = None,
    patient_follow_up: Path | None = None,
    entry_at_least: int | None = None,
    entry_window: float | None = None,
    planned_layer: LayerName | None = None,
    states: int = 2,
    heterogeneity: bool = False,
    level: float = 0.95,
    alpha: float = 0.05,
    group: str | None = None,
    event_type: str | None = None,
    seed: int = 1,
) -> EpisodesReport:
    """Read the tables and compare.

    Args:
        history: events of untreated people, `person,time[,type]`.
        history_follow_up: when they were observed, `person,start,stop[,group]`.
        patient: the patient's events, `time` and perhaps `person` and `type`.
        dosed_at: when the first dose was given, in the same unit.
        observed: `START,STOP` of the patient's observation.
        patient_follow_up: `start,stop`, where the patient's observation has gaps.
        entry_at_least: episodes that entry needed …
        entry_window: … in the time before it.
        planned_layer: the layer whose p value was planned.
        states: of the state layer.
        heterogeneity: whether rates differ by a constant factor in the state layer.
        level: coverage of intervals.
        alpha: one-sided level that caveats are written for.
        group: the untreated group, where the follow-up has several.
        event_type: count only events of this type.
        seed: of the simulated check of clustering.

    Raises:
        InputErrors: a table is wrong.
        InputError: options that do not fit, or dosing outside the observed time.
        NotComputable: too few untreated people or no episode among them.
    """
    import numpy as np

    from ultrarare.history.apart import require_apart
    from ultrarare.history.episodes import observed_record
    from ultrarare.stats.remission_comparison import compare_episodes
    from ultrarare.stats.remission_layers import describe_untreated

    rule = _rule(entry_at_least, entry_window)
    records = _history(history, history_follow_up, group, event_type)
    own, name = _patient(patient, observed, patient_follow_up, event_type)
    require_apart([name], (record.person for record in records), where=history_follow_up.name)
    if not own.spans[0, 0] < dosed_at < own.spans[-1, 1]:
        raise InputError(
            f"found {dosed_at:g}; allowed is a time within the patient's observation, "
            f"{own.spans[0, 0]:g} to {own.spans[-1, 1]:g}",
            where="dosed-at",
        )
    before, after = own.until(dosed_at), own.after(dosed_at)
    untreated = describe_untreated(
        [observed_record(record, event_type) for record in records],
        follow_up=after.time,
        rule=rule,
        states=states,
        heterogeneity=heterogeneity,
    )
    found = compare_episodes(
        untreated,
        before,
        after,
        dosed_at=dosed_at,
        planned_layer=planned_layer,
        level=level,
        alpha=alpha,
    )
    p = _clustering(untreated.records, np.random.default_rng(seed))
    return EpisodesReport(
        untreated=untreated,
        comparison=found,
        clustering_p=p,
        seed=seed,
        reading=(*_reading(p, own), *_ages(records, own, p)),
    )


def _ages(
    records: Sequence[EpisodeRecord], own: Observed, clustering_p: float | None
) -> Iterator[str]:
    """Ages at which nobody untreated was seen, and rates that change with age."""
    from ultrarare.effect.rate_doubts import other_ages, trend_with_age

    spans = [record.spans for record in records]
    first, last = float(own.spans[0, 0]), float(own.spans[-1, 1])
    elsewhere = other_ages((first, last), spans, whose="untreated people")
    if elsewhere is not None:
        yield f"{elsewhere}: if both tables run on one clock, nothing is known at these ages"
    clustered = clustering_p is not None and clustering_p < _CHECKED
    times = [record.times for record in records]
    trend = trend_with_age(times, spans, level=_CHECKED, clustered=clustered)
    if trend is not None:
        yield f"{trend}: a patient followed to a later age then has other episodes untreated"


def _rule(at_least: int | None, window: float | None) -> EntryRule | None:
    from ultrarare.stats.remission import EntryRule

    if (at_least is None) != (window is None):
        raise InputError(
            "an entry rule is a number of episodes and the time in which they came",
            where="entry-at-least",
            remedy="Give both --entry-at-least and --entry-window, or neither.",
        )
    if at_least is None or window is None:
        return None
    return EntryRule(at_least=at_least, window=window)


def _history(
    events: Path, follow_up: Path, group: str | None, event_type: str | None
) -> list[EpisodeRecord]:
    from ultrarare.history.cohort import read_episodes

    found = read_episodes(events, follow_up, events_name=events.name, follow_up_name=follow_up.name)
    groups = sorted({record.group for record in found if record.group is not None})
    if group is not None and group not in groups:
        raise InputError(f"found {group!r}; its groups are: {', '.join(groups)}", where="group")
    types = {each.type for record in found for each in record.happenings}
    if event_type is not None and event_type not in types:
        known = ", ".join(sorted(each for each in types if each is not None))
        raise InputError(f"found {event_type!r}; its types are: {known}", where="type")
    return [record for record in found if group is None or record.group == group]


def _patient(
    path: Path, bounds: str | None, follow_up: Path | None, event_type: str | None
) -> tuple[Observed, str | None]:
    from ultrarare.stats.states_records import observed

    if (bounds is None) == (follow_up is None):
        raise InputError(
            "the patient's time under observation is given once",
            where="observed",
            remedy="Give --observed START,STOP, or --patient-follow-up where there are gaps.",
        )
    spans, people = (_bounds(bounds), set()) if follow_up is None else _spans(follow_up)
    rows = read_table(path, _PATIENT, name=path.name, rows_needed=False)
    people |= {str(row["person"]) for row in rows if row.get("person") is not None}
    if len(people) > 1:
        raise InputError(f"found {len(people)} people; allowed is one", where=path.name)
    kept = [row for row in rows if event_type is None or row.get("type") == event_type]
    problems = [
        Problem(
            f"{path.name}:{row.line}",
            f"the episode at {row['time']:g} lies outside the patient's time under observation",
            "correct the observed time, or take the episode out",
        )
        for row in kept
        if not any(start <= row["time"] <= stop for start, stop in spans)
    ]
    way = "give two events of one day times of their own"
    problems += repeated_rows(rows, path.name, way=way)
    if problems:
        raise InputErrors(problems, where=path.name)
    name = people.pop() if people else None
    return observed(spans, [row["time"] for row in kept], where="patient"), name


def _bounds(text: str | None) -> list[tuple[float, float]]:
    parts = [] if text is None else text.split(",")
    try:
        start, stop = (number(part.strip()) for part in parts)
    except ValueError:
        raise InputError(
            f"found {text!r}; allowed is START,STOP such as 4.5,9", where="observed"
        ) from None
    if stop <= start:
        raise InputError(f"found {text!r}; allowed is a start before its stop", where="observed")
    return [(start, stop)]


def _spans(path: Path) -> tuple[list[tuple[float, float]], set[str]]:
    """Spans, and who is named beside them."""
    rows = read_table(path, _SPANS, name=path.name)
    people = {str(row["person"]) for row in rows if row.get("person") is not None}
    if len(people) > 1:
        raise InputError("found several people; allowed is one", where=path.name)
    return [(row["start"], row["stop"]) for row in rows], people


def _clustering(records: Sequence[Observed], rng: Any) -> float | None:
    """P of untreated people's episodes being so uneven at constant rates; None without repeats."""
    from ultrarare.stats.episode_checks import clustering

    width = sum(record.time for record in records) / sum(record.events for record in records)
    times = [record.times for record in records if record.times is not None]
    spans = [[(a, b) for a, b in record.spans.tolist()] for record in records]
    try:
        return clustering(times, spans, bin_width=2 * width, rng=rng).p_value
    except NotComputable:
        return None


def _reading(p: float | None, own: Observed) -> list[str]:
    out = []
    if p is not None and p < 0.05:
        out.append(
            f"untreated people's episodes come in clusters (p = {p:.2g}): a quiet time after an "
            "active one is then to be expected without treatment"
        )
    if own.spans.shape[0] > 1:
        out.append(
            "the patient's observation has gaps: the state may have changed unseen, and episodes "
            "in them are not counted"
        )
    return out
