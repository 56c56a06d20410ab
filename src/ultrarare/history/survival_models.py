"""People's follow-up as survival curves by group, causes of their ends, and regressions on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ultrarare.errors import InputError, NotComputable
from ultrarare.history.records import Person

if TYPE_CHECKING:
    from ultrarare.case.amount import Amount
    from ultrarare.stats.arrays import Floats
    from ultrarare.stats.competing import CumulativeIncidence
    from ultrarare.stats.cox import CoxModel
    from ultrarare.stats.log_rank import LogRank
    from ultrarare.stats.survival import SurvivalCurve

LABELS: Final = ("group", "tier", "sex", "era", "region", "care")
AGES: Final = ("onset", "diagnosis")
UNTOLD: Final = "cause not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxOfPeople:
    """A Cox model, the level that each label is compared with, and who was left out."""

    model: CoxModel
    references: dict[str, str]
    notes: tuple[str, ...]


def by_group(people: Sequence[Person]) -> list[tuple[str | None, list[Person]]]:
    """People of each group in ascending order; all together where no group is told."""
    names = sorted({person.group for person in people if person.group is not None})
    if not names:
        return [(None, list(people))]
    return [(name, [p for p in people if p.group == name]) for name in names]


def from_age(people: Sequence[Person], given: float | None) -> list[Person]:
    """Those under observation after `given`, as if they had entered then or later."""
    if given is None:
        return list(people)
    return [replace(p, entry=max(p.entry, given)) for p in people if p.exit > given]


def curve_of(
    people: Sequence[Person], *, given: float | None = None, level: float = 0.95
) -> SurvivalCurve:
    """Product limit with delayed entry, from `given` on where it is asked for."""
    from ultrarare.stats.survival import kaplan_meier
    from ultrarare.stats.survival_extras import conditional_kaplan_meier

    stop, seen = [p.exit for p in people], [p.event for p in people]
    entry = [p.entry for p in people]
    if given is None:
        return kaplan_meier(stop, seen, entry=entry, level=level)
    return conditional_kaplan_meier(stop, seen, entry=entry, given=given, level=level)


def log_rank_of(people: Sequence[Person]) -> LogRank:
    """The log-rank test between the groups of those whose group is told."""
    from ultrarare.stats.log_rank import log_rank

    known = [person for person in people if person.group is not None]
    return log_rank(
        [p.exit for p in known],
        [p.event for p in known],
        [str(p.group) for p in known],
        entry=[p.entry for p in known],
    )


def end_of(person: Person) -> str | None:
    """The cause of an end: of the event, or of a competing end; None for censored.

    Without the event, a cause or the ending `competing` makes a competing end.
    """
    if person.event:
        return person.cause or UNTOLD
    if person.ending == "competing":
        return person.cause or "competing end"
    if person.ending is None:
        return person.cause
    return None


def incidence_of(people: Sequence[Person], *, level: float = 0.95) -> CumulativeIncidence:
    """Cumulative incidence of each cause.

    Raises:
        InputError: no cause is told.
        NotComputable: no end was seen.
    """
    from ultrarare.stats.competing import cumulative_incidence

    if not any(p.cause is not None or p.ending == "competing" for p in people):
        raise InputError(
            "no person has a cause or a competing end",
            where="people",
            remedy="Add a column `cause`, or `ending` with `competing`.",
        )
    ends = [end_of(person) for person in people]
    return cumulative_incidence(
        [p.exit for p in people],
        [end is not None for end in ends],
        [end or "" for end in ends],
        entry=[p.entry for p in people],
        level=level,
    )


def cox_of(
    people: Sequence[Person], columns: Sequence[str], *, firth: bool = False, level: float = 0.95
) -> CoxOfPeople:
    """Regress the hazard on columns of people.

    Args:
        people: of one cohort.
        columns: of `LABELS`, each level against the commonest, or of `AGES`, by unit of time.
        firth: penalise; finite where a level has no event.
        level: coverage of intervals.

    Raises:
        InputError: another column.
        NotComputable: nobody has all columns, one level only, or separation without the penalty.
    """
    import numpy as np

    from ultrarare.stats.cox import fit_cox

    for column in columns:
        if column not in (*LABELS, *AGES):
            allowed = ", ".join((*LABELS, *AGES))
            raise InputError(f"found {column!r}; allowed: {allowed}", where="cox")
    known = [p for p in people if all(_known(p, column) for column in columns)]
    if not known:
        raise NotComputable(
            f"nobody has {' and '.join(columns)}", remedy="Fill these columns of the people."
        )
    names: list[str] = []
    values: list[Floats] = []
    references: dict[str, str] = {}
    for column in columns:
        if column in AGES:
            names.append(column)
            values.append(np.array([_age(getattr(p, column)) for p in known], dtype=np.float64))
            continue
        first, rest = _levels(known, column)
        references[column] = first
        names += [f"{column}={each}" for each in rest]
        values += [
            np.array([getattr(p, column) == each for p in known], dtype=np.float64) for each in rest
        ]
    model = fit_cox(
        [p.exit for p in known], [p.event for p in known], np.column_stack(values),
        entry=[p.entry for p in known], firth=firth, level=level, names=names,
    )  # fmt: skip
    left = len(people) - len(known)
    lost = f"{left} of {len(people)} people without {' or '.join(columns)} are left out"
    return CoxOfPeople(model=model, references=references, notes=(lost,) if left else ())


def _levels(people: Sequence[Person], column: str) -> tuple[str, list[str]]:
    """The commonest level, and the others in ascending order."""
    found = [str(getattr(person, column)) for person in people]
    levels = sorted(set(found), key=lambda each: (-found.count(each), each))
    if len(levels) < 2:
        raise NotComputable(
            f"all people have {column} {levels[0]!r}",
            remedy="Leave the column out, or bring people among whom it varies.",
        )
    return levels[0], sorted(levels[1:])


def _known(person: Person, column: str) -> bool:
    value = getattr(person, column)
    return value is not None and (column in LABELS or _age(value) is not None)


def _age(value: Amount) -> float | None:
    """The age, the middle of a range, or None where one side is open."""
    if value.low is None or value.high is None:
        return None
    return (float(value.low) + float(value.high)) / 2
