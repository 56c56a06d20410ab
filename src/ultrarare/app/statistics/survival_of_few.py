"""One or a few treated people against untreated survival, from plain tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.effect.treated_people import Treated
    from ultrarare.stats.survival_of_few import SurvivalOfFew
    from ultrarare.stats.untreated_hazard import UntreatedHazard


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalOfFewReport:
    """The comparison and what it rests on."""

    found: SurvivalOfFew
    names: tuple[str, ...]
    hazard: UntreatedHazard
    given: float | None
    seed: int
    reading: tuple[str, ...]

    @property
    def caveats(self) -> tuple[str, ...]:
        """Every caveat, each once."""
        return tuple(dict.fromkeys((*self.reading, *self.found.caveats)))

    def summary(self) -> str:
        """The floor first, then the test, each person, and every caveat."""
        lines = self.found.summary().split("\n")[:2]
        for name, row in zip(self.names, self.found.to_rows(), strict=True):
            lines.append(
                f"{name}: untreated people event-free at {row['from']:g} reach {row['to']:g} with "
                f"probability {row['exceedance']:.3g} ({row['lower']:.3g} to {row['upper']:.3g})"
            )
        lines.append(
            "were the untreated curve known, the one-sided p of fewer events would be "
            f"{self.found.plug_in_p:.3g}"
        )
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        from ultrarare.effect.treated_people import comparison_rows

        return {
            **comparison_rows(self.found, self.names),
            "level": self.found.level,
            "given": self.given,
            "untreated": {
                "kind": "published curve" if self.hazard.published else "people",
                "people": self.hazard.people,
                "events": float(self.hazard.events.sum()),
                "start": self.hazard.start,
                "follow_up": self.hazard.follow_up,
            },
            "seed": self.seed,
            "caveats": list(self.caveats),
        }


def compare_survival_tables(
    *,
    treated: Path,
    history: Path | None = None,
    curve: Path | None = None,
    curve_people: float | None = None,
    group: str | None = None,
    given_age: float | None = None,
    alternative: Literal["two-sided", "better"] = "two-sided",
    level: float = 0.95,
    seed: int = 1,
) -> SurvivalOfFewReport:
    """Read the tables and compare.

    Args:
        treated: `person,entry,exit,event[,until]`, `entry` the age at dosing.
        history: untreated people, `person,entry,exit,event[,group]` …
        curve: … or a digitised curve, `time,survival[,lower,upper,at_risk]` …
        curve_people: … and how many people it was drawn from.
        group: of the untreated, where several stand in their table.
        given_age: compare from this age on.
        alternative: `better` for fewer events only.
        level: coverage of intervals.
        seed: used for more than ten treated people.

    Raises:
        InputErrors: a table is wrong.
        InputError: options that do not fit; a person on both sides.
        NotComputable: nothing to compare; see `survival_of_few`.
    """
    from ultrarare.effect.treated_people import compare, given_at, read_treated

    people = read_treated(treated, name=treated.name)
    hazard, notes = _hazard(people, history, curve, curve_people, group, level)
    kept, said = given_at(people, given_age)
    found = compare(kept, hazard, alternative=alternative, level=level, seed=seed)
    return SurvivalOfFewReport(
        found=found,
        names=tuple(person.person for person in kept),
        hazard=hazard,
        given=given_age,
        seed=seed,
        reading=(*said, *notes),
    )


def _hazard(
    treated: tuple[Treated, ...],
    history: Path | None,
    curve: Path | None,
    curve_people: float | None,
    group: str | None,
    level: float,
) -> tuple[UntreatedHazard, tuple[str, ...]]:
    from ultrarare.effect.treated_people import (
        hazard_of,
        pooled,
        read_published_curve,
    )
    from ultrarare.history.apart import require_apart
    from ultrarare.history.cohort import read_people

    if (history is None) == (curve is None):
        raise InputError(
            "the untreated are given once",
            where="history",
            remedy="Give --history PEOPLE.csv, or --curve CURVE.csv with --curve-people N.",
        )
    if curve is not None:
        if curve_people is None:
            raise InputError(
                "how many people the curve was drawn from is not given", where="curve-people"
            )
        return read_published_curve(curve, people=curve_people, name=curve.name, level=level), ()
    assert history is not None  # noqa: S101 – one of the two was given
    untreated = read_people(history, name=history.name)
    groups = sorted({person.group for person in untreated if person.group is not None})
    if group is not None and group not in groups:
        raise InputError(f"found {group!r}; its groups are: {', '.join(groups)}", where="group")
    chosen = [person for person in untreated if group is None or person.group == group]
    require_apart(
        (each.person for each in treated), (person.person for person in chosen), where=history.name
    )
    return hazard_of(chosen), pooled(chosen)
