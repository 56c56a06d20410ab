"""Whether a marker changed by more than noise, person by person, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.app.rung import Rung
from ultrarare.errors import NotComputable

if TYPE_CHECKING:
    from ultrarare.molecule.drugging.tables import MarkerRow
    from ultrarare.stats.drugging.change_value import ChangeValue, SeenVariation, Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """One person's values after dosing, each against those before."""

    person: str
    changes: tuple[tuple[float, ChangeValue], ...]
    seen: SeenVariation | None
    not_assessed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BiomarkerReport:
    """Every person."""

    people: tuple[PersonChange, ...]
    dosed_at: float
    cv_analytical: float
    cv_within: float
    rung: Rung
    caveats: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is not assessed."""
        return {
            "dosed_at": self.dosed_at,
            "cv_analytical": self.cv_analytical,
            "cv_within": self.cv_within,
            "people": [
                {
                    "person": one.person, "not_assessed": one.not_assessed,
                    "baseline": one.changes[0][1].baseline if one.changes else None,
                    "baseline_values": one.changes[0][1].values if one.changes else None,
                    "reference_change": None if not one.changes else {
                        "rise": one.changes[0][1].rise, "fall": one.changes[0][1].fall,
                        "symmetrical": one.changes[0][1].symmetrical,
                        "level": one.changes[0][1].level, "sides": one.changes[0][1].sides,
                    },
                    "seen_variation": None if one.seen is None else {
                        "cv": one.seen.cv, "lower": one.seen.lower, "upper": one.seen.upper,
                        "values": one.seen.values, "p_stated": one.seen.p_stated,
                    },
                    "changes": [
                        {"time": time, "value": each.after, "below_limit": each.bounded,
                         "change": each.change, "p_value": each.p_value, "exceeds": each.exceeds}
                        for time, each in one.changes
                    ],
                }
                for one in self.people
            ],
            **self.rung.to_json(),
            "caveats": list(self.caveats),
        }  # fmt: skip

    def summary(self) -> str:
        """Each person's last value first, then what exceeds noise."""
        lines = [self.rung.said()]
        for number, one in enumerate(self.people, 1):
            who = "the person" if len(self.people) == 1 else f"person {number}"
            if one.not_assessed is not None:
                lines.append(f"{who}: not assessed: {one.not_assessed}")
                continue
            limit = one.changes[0][1]
            lines.append(
                f"{who}: mean before {limit.baseline:.4g} of {limit.values}; noise reaches from "
                f"{100 * limit.fall:+.3g} % to {100 * limit.rise:+.3g} %"
            )
            for time, each in one.changes:
                least = "at least " if each.bounded else ""
                lines.append(
                    f"  at {time:g}: {'<' if each.bounded else ''}{each.after:.4g}, {least}"
                    f"{100 * each.change:+.3g} %: "
                    f"{'exceeds noise' if each.exceeds else 'within noise'} (p {each.p_value:.2g})"
                )
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))


def marker_changes(
    table: Path,
    *,
    dosed_at: float,
    cv_analytical: float,
    cv_within: float,
    sides: Sides,
    rung: Rung,
    level: float = 0.95,
) -> BiomarkerReport:
    """Read the table and judge each value after dosing.

    Args:
        table: `person,time,value`; `<5` for below a limit of detection.
        dosed_at: values at or before this time are before dosing.
        cv_analytical: of the assay, as a share.
        cv_within: of a person from day to day, as a share.
        sides: which changes are looked for.
        rung: whose tissue.
        level: of the limits.

    Raises:
        InputErrors: the table is wrong.
        NotComputable: nobody has a value before and one after dosing.
    """
    from ultrarare.molecule.drugging.tables import read_marker

    rows = read_marker(table)
    names = dict.fromkeys(row.person for row in rows)
    people = tuple(
        _person(name, [row for row in rows if row.person == name], dosed_at, cv_analytical,
                cv_within, sides, level)
        for name in names
    )  # fmt: skip
    if all(one.not_assessed is not None for one in people):
        raise NotComputable(
            f"nobody can be assessed: {people[0].not_assessed}",
            remedy="State --dosed-at in the units of the table's time.",
        )
    caveats = [
        "each value stands by itself: of many, some exceed noise by chance",
        "a change beyond noise is not yet an effect of treatment: see effect own-control",
    ]
    if any(one.seen is not None and one.seen.p_stated < 0.05 for one in people):
        caveats.insert(
            0,
            "values before dosing scatter more than the stated CVs allow: noise reaches further "
            "than said here",
        )
    return BiomarkerReport(
        people=people, dosed_at=dosed_at, cv_analytical=cv_analytical, cv_within=cv_within,
        rung=rung, caveats=tuple(caveats),
    )  # fmt: skip


def _person(
    name: str, rows: Sequence[MarkerRow], dosed_at: float, cv_analytical: float, cv_within: float,
    sides: Sides, level: float,
) -> PersonChange:  # fmt: skip
    import numpy as np

    from ultrarare.stats.drugging.change_value import change_value, seen_variation

    before = [row for row in rows if row.time <= dosed_at]
    after = [row for row in rows if row.time > dosed_at]
    why = None
    if not before:
        why = "no value before dosing"
    elif not after:
        why = "no value after dosing"
    elif any(row.below for row in before):
        why = (
            "a value before dosing lies below the limit of detection, so that its mean is not known"
        )
    if why is not None:
        return PersonChange(person=name, changes=(), seen=None, not_assessed=why)
    values = np.array([row.value for row in before])
    changes = tuple(
        (
            row.time,
            change_value(
                values, row.value, cv_analytical=cv_analytical, cv_within=cv_within,
                bounded=row.below, sides=sides, level=level,
            ),
        )
        for row in after
    )  # fmt: skip
    try:
        seen = seen_variation(values, cv_analytical, cv_within, level)
    except NotComputable:
        seen = None
    return PersonChange(person=name, changes=changes, seen=seen, not_assessed=None)
