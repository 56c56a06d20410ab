"""Recurrent events of two groups, from tables of events and of follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.errors import InputError
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.effect.recurrent_records import TwoGroups
    from ultrarare.history.records import EpisodeRecord
    from ultrarare.stats.recurrent.compare import RecurrentComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentReport:
    """Six models, the permutation test and both curves."""

    treated: str
    control: str
    groups: TwoGroups
    comparison: RecurrentComparison
    floor: float  # smallest one-sided p of the design, known before the events
    seed: int

    @property
    def caveats(self) -> tuple[str, ...]:
        """Of the comparison as a whole, each once; each model has its own beside it."""
        return tuple(dict.fromkeys((*self.groups.notes, *self.comparison.caveats)))

    def summary(self) -> str:
        """The floor first, then the models, then every caveat."""
        c = self.comparison
        own = [caveat for model in c.models.values() for caveat in model.caveats]
        lines = [
            f"smallest one-sided p value of {c.treated.n} treated and "
            f"{counted(c.untreated.n, 'untreated person')}: {self.floor:.3g}",
            f"{self.treated}: {c.treated.summary()}",
            f"{self.control}: {c.untreated.summary()}",
            *(model.summary() for model in c.models.values()),
            f"permutation: {c.relabelling.summary()}",
        ]
        notes = dict.fromkeys((*self.caveats, *own))
        return "\n".join((*lines, *(f"- {text}" for text in notes)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        from ultrarare.effect.recurrent_records import curve_row, model_rows, permutation_row

        c, poisson = self.comparison, self.comparison.poisson
        curves = ((c.treated, self.treated, 1), (c.untreated, self.control, 0))
        return {
            "groups": [
                {
                    "group": name,
                    "treated": bool(index),
                    "people": curve.n,
                    "events": poisson.events[index],
                    "person_time": poisson.person_time[index],
                    "deaths": self.groups.deaths(treated=bool(index)),
                }
                for curve, name, index in curves
            ],
            "design_floor": self.floor,
            "models": model_rows(c),
            "permutation": permutation_row(c),
            "mean_cumulative_function": [curve_row(curve, group=name) for curve, name, _ in curves],
            "seed": self.seed,
            "caveats": list(self.caveats),
        }


def compare_recurrent_tables(
    events: Path,
    follow_up: Path,
    *,
    treated: str,
    control: str | None = None,
    event_type: str | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> RecurrentReport:
    """Read both tables and compare two groups of people.

    Args:
        events: CSV `person,time[,type]`.
        follow_up: CSV `person,start,stop,group[,ending]`; several spans a person may stand.
        treated: the treated group.
        control: the untreated group; None if there is one other.
        event_type: count events of this type only.
        level: coverage of intervals.
        seed: of random relabellings and of the bands.

    Raises:
        InputErrors: a table is wrong.
        InputError: a group that does not stand in the follow-up, or more than two of them.
        NotComputable: too few people.
    """
    from ultrarare.effect.recurrent_records import two_groups
    from ultrarare.history.cohort import read_episodes
    from ultrarare.stats.recurrent.compare import compare_recurrent
    from ultrarare.stats.relabel import design_floor

    people = read_episodes(
        events, follow_up, events_name=events.name, follow_up_name=follow_up.name
    )
    other = _control(people, treated, control, follow_up.name)
    own = [person for person in people if person.group == treated]
    rest = [person for person in people if person.group == other]
    groups = two_groups(own, rest, kind=event_type)
    return RecurrentReport(
        treated=treated,
        control=other,
        groups=groups,
        comparison=compare_recurrent(groups.records, level=level, seed=seed),
        floor=design_floor(len(own), len(rest)),
        seed=seed,
    )


def _control(people: Sequence[EpisodeRecord], treated: str, control: str | None, name: str) -> str:
    """The name of the untreated group."""
    found = sorted({person.group for person in people if person.group is not None})
    if not found:
        raise InputError("has no column 'group'", where=name, remedy="Say who was treated.")
    for wanted in (treated, *(() if control is None else (control,))):
        if wanted not in found:
            raise InputError(
                f"no person is in group {wanted!r}; found: {', '.join(found)}", where=name
            )
    rest = [group for group in found if group != treated]
    if control is not None:
        return control
    if len(rest) != 1:
        raise InputError(
            f"beside {treated!r} there are {len(rest)} groups: {', '.join(rest) or 'none'}; "
            "needed is one",
            where=name,
            remedy="Name the untreated one with --control.",
        )
    return rest[0]
