"""Treated and untreated people's episodes as one set of records at risk, with what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ultrarare.errors import InputError
from ultrarare.history.apart import require_apart
from ultrarare.history.records import EpisodeRecord
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.recurrent.compare import RecurrentComparison
    from ultrarare.stats.recurrent.mcf import MeanCumulativeFunction
    from ultrarare.stats.recurrent.record import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoGroups:
    """Both groups' people, in the order of the records at risk."""

    people: tuple[EpisodeRecord, ...]
    treated: tuple[bool, ...]
    records: Records
    notes: tuple[str, ...]

    def deaths(self, *, treated: bool) -> int:
        """How many of a group ended by a competing event, such as death."""
        return sum(
            "competing" in person.endings
            for person, own in zip(self.people, self.treated, strict=True)
            if own == treated
        )

    def followed_to(self, *, treated: bool) -> float:
        """The last time at which anybody of a group was under observation."""
        return max(
            stop
            for person, own in zip(self.people, self.treated, strict=True)
            if own == treated
            for _, stop in person.spans
        )


def two_groups(
    treated: Sequence[EpisodeRecord],
    untreated: Sequence[EpisodeRecord],
    *,
    kind: str | None = None,
) -> TwoGroups:
    """Put treated and untreated people together.

    Args:
        treated: people of one group.
        untreated: people of the other.
        kind: only episodes of this type; None for all.

    Raises:
        InputError: a person in both groups, or no episode of the wanted type.
    """
    from ultrarare.stats.recurrent.record import records

    require_apart((p.person for p in treated), (p.person for p in untreated), where="people")
    people = (*treated, *untreated)
    spans, events, notes = [], [], []
    at_start = at_once = 0
    for i, person in enumerate(people):
        spans += [(i, start, stop) for start, stop in person.spans]
        starts = _true_starts(person.spans)
        times = _wanted(person, kind)
        inside = [time for time in times if time not in starts]
        at_start += len(times) - len(inside)
        distinct = sorted(set(inside))
        at_once += len(inside) - len(distinct)
        events += [(i, time) for time in distinct]
    if kind is not None and not events:
        raise InputError(f"no event has the type {kind!r}", where="type")
    if at_start:
        notes.append(
            f"not counted, but taken as the reason for entry: {counted(at_start, 'event')} at the "
            "very start of somebody's observation"
        )
    if at_once:
        notes.append(
            f"counted as one with another event of the same person: {counted(at_once, 'event')} "
            "at the same time as it"
        )
    flags = (True,) * len(treated) + (False,) * len(untreated)
    made = records(
        [i for i, _, _ in spans],
        [start for _, start, _ in spans],
        [stop for _, _, stop in spans],
        [i for i, _ in events],
        [time for _, time in events],
        treated=flags,
    )
    groups = TwoGroups(people=people, treated=flags, records=made, notes=())
    return TwoGroups(
        people=people, treated=flags, records=made, notes=(*notes, *_death_notes(groups))
    )


def _true_starts(spans: Sequence[tuple[float, float]]) -> set[float]:
    """Starts of spans before which the person was not under observation."""
    stops = {stop for _, stop in spans}
    return {start for start, _ in spans if start not in stops}


def _wanted(person: EpisodeRecord, kind: str | None) -> list[float]:
    pairs = zip(person.times, person.types, strict=True)
    return [time for time, found in pairs if kind is None or found == kind]


def _death_notes(groups: TwoGroups) -> Sequence[str]:
    counts = [groups.deaths(treated=flag) for flag in (True, False)]
    if not any(counts):
        return ()
    return (
        f"{counts[0]} treated and {counted(counts[1], 'untreated person')} ended by a competing "
        "event such "
        "as death: rates and curves are those among people still alive, and a treatment that "
        "shortened life would lower a person's events too",
    )


def in_unit(person: EpisodeRecord, factor: float) -> EpisodeRecord:
    """The same person with every time multiplied by a factor."""
    if factor == 1:
        return person
    happenings = tuple(
        replace(
            each,
            time=each.time * factor,
            stop=None if each.stop is None else each.stop * factor,
            when=None,
        )
        for each in person.happenings
    )
    return replace(
        person,
        spans=tuple((start * factor, stop * factor) for start, stop in person.spans),
        times=tuple(time * factor for time in person.times),
        happenings=happenings,
    )


MOST_LANES = 40


def lane_rows(groups: TwoGroups) -> tuple[list[dict[str, Any]], int]:
    """People for an event chart, numbered, and how many untreated ones are left out.

    Treated people come first, each group by the length of its follow-up. Where there are more
    than can be shown, untreated people are taken at even steps of that order.
    """
    counted: dict[int, list[float]] = {i: [] for i in range(len(groups.people))}
    people, times = groups.records.event_person.tolist(), groups.records.event_time.tolist()
    for i, time in zip(people, times, strict=True):
        counted[i].append(time)
    rows: list[dict[str, Any]] = []
    left_out = 0
    for flag in (True, False):
        own = [i for i, treated in enumerate(groups.treated) if treated == flag]
        own.sort(key=lambda i: (-groups.people[i].person_time, i))
        room = MOST_LANES if flag else max(MOST_LANES - len(rows), 0)
        kept = [own[k * len(own) // room] for k in range(room)] if len(own) > room else own
        left_out += len(own) - len(kept)
        kind = "treated" if flag else "untreated"
        rows += [
            {
                "label": f"{kind} {number}",
                "kind": kind,
                "spans": [list(span) for span in groups.people[i].spans],
                "events": counted[i],
                "ended": max(stop for _, stop in groups.people[i].spans)
                if "competing" in groups.people[i].endings
                else None,
            }
            for number, i in enumerate(kept, start=1)
        ]
    return rows, left_out


def model_rows(comparison: RecurrentComparison) -> dict[str, dict[str, Any]]:
    """Every model's numbers by its name; null where undefined, with the reason."""
    from math import exp

    out: dict[str, dict[str, Any]] = {}
    for name, model in comparison.models.items():
        row: dict[str, Any] = {
            key: getattr(model, key)
            for key in ("log_rate_ratio", "se", "lower", "upper", "p_value", "level", "reason")
        }
        row["rate_ratio"] = {
            key: None if (log := getattr(model, field)) is None else exp(log)
            for key, field in (
                ("value", "log_rate_ratio"),
                ("lower", "lower"),
                ("upper", "upper"),
            )
        }
        for key in _EXTRA:
            if hasattr(model, key):
                row[key] = getattr(model, key)
        row.setdefault("robust_se", None)
        if name == "gamma-frailty":
            row["robust_se_reason"] = "what people share is in the model, so no sandwich is used"
        row["caveats"] = list(model.caveats)
        out[name] = row
    return out


_EXTRA = (
    "robust_se",
    "jackknife_se",
    "df",
    "p_robust",
    "p_model",
    "p_conditional",
    "se_full",
    "variance",
    "p_variance",
    "shape",
    "shape_se",
    "log_likelihood",
)


def curve_row(curve: MeanCumulativeFunction, *, group: str) -> dict[str, Any]:
    """A mean cumulative function as plain numbers."""
    return {
        "group": group,
        "n": curve.n,
        "events": curve.events,
        "level": curve.level,
        "time": curve.time.tolist(),
        "at_risk": curve.at_risk.tolist(),
        "mean": curve.mean.tolist(),
        "std_error": curve.std_error.tolist(),
        "lower": curve.lower.tolist(),
        "upper": curve.upper.tolist(),
        "band_lower": None if curve.band_lower is None else curve.band_lower.tolist(),
        "band_upper": None if curve.band_upper is None else curve.band_upper.tolist(),
        "caveats": list(curve.caveats),
    }


def permutation_row(comparison: RecurrentComparison) -> dict[str, Any]:
    """The permutation test as plain numbers."""
    found = comparison.relabelling
    return {
        "p_value": found.p_two_sided,
        "p_fewer": found.p_less,
        "p_more": found.p_greater,
        "floor": found.floor,
        "floor_one_sided": found.floor_one_sided,
        "exact": found.exact,
        "relabellings": found.relabellings,
        "events_minus_expected": found.excess,
    }
