"""Effects on marker and outcome from a table: a row a variant, or a row a person."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ultrarare.case.table import Column, Row, not_negative, number, read_table
from ultrarare.errors import InputErrors, NotComputable, Problem

if TYPE_CHECKING:
    from ultrarare.stats.surrogacy.pairs import Pairs
    from ultrarare.stats.surrogacy.trial import Direction, Surrogacy

Level = Literal["trial", "individual"]

_PAIRS = (
    Column("variant", str),
    Column("marker", number),
    Column("marker_se", not_negative),
    Column("outcome", number),
    Column("outcome_se", not_negative),
    Column("correlation", number, required=False, may_be_empty=True),
    Column("marker_time", number, required=False, may_be_empty=True),
    Column("outcome_time", number, required=False, may_be_empty=True),
)
_PEOPLE = (
    Column("person", str),
    Column("variant", str),
    Column("marker", number),
    Column("outcome", number),
    Column("marker_lod", number, required=False, may_be_empty=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerTable:
    """What was read, and what had to be assumed."""

    level: Level
    variants: tuple[str, ...]
    pairs: Pairs
    unknown: tuple[int, ...]  # places of the variants whose errors' correlation is not told
    before: bool | None  # whether the marker was measured before the outcome in every variant
    notes: tuple[str, ...]


def read_markers(path: Path, *, name: str) -> MarkerTable:
    """Read `variant,marker,marker_se,outcome,outcome_se` or `person,variant,marker,outcome`.

    Args:
        path: the table.
        name: of it, for errors.

    Raises:
        InputErrors: a wrong cell, or a variant or person that stands twice.
        NotComputable: too few variants.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        header = [cell.strip() for cell in next(csv.reader(handle), [])]
    if "person" in header:
        return _people(read_table(path, _PEOPLE, name=name), name)
    return _variants(read_table(path, _PAIRS, name=name), name)


def _variants(rows: tuple[Row, ...], name: str) -> MarkerTable:
    from ultrarare.stats.surrogacy.pairs import pairs_of

    problems = _twice(rows, "variant", name)
    problems += [
        Problem(f"{name}:{row.line} outcome_se", "is 0", "give the standard error, above 0")
        for row in rows
        if row["outcome_se"] == 0
    ]
    problems += [
        Problem(
            f"{name}:{row.line} correlation",
            f"found {row['correlation']:g}; allowed is −0.99 to 0.99, or an empty cell",
        )
        for row in rows
        if row.get("correlation") is not None and abs(row["correlation"]) > 0.99
    ]
    if problems:
        raise InputErrors(problems, where=name)
    told = [row.get("correlation") for row in rows]
    before, notes = _order(rows)
    pairs = pairs_of(
        [row["marker"] for row in rows],
        [row["marker_se"] for row in rows],
        [row["outcome"] for row in rows],
        [row["outcome_se"] for row in rows],
        [0.0 if value is None else value for value in told],
    )
    return MarkerTable(
        level="trial",
        variants=tuple(row["variant"] for row in rows),
        pairs=pairs,
        unknown=tuple(place for place, value in enumerate(told) if value is None),
        before=before,
        notes=notes,
    )


def _order(rows: tuple[Row, ...]) -> tuple[bool | None, tuple[str, ...]]:
    """Whether the marker was measured before the outcome."""
    times = [(row.get("marker_time"), row.get("outcome_time")) for row in rows]
    known = [(a, b) for a, b in times if a is not None and b is not None]
    if late := sum(a >= b for a, b in known):
        said = f"in {late} of {len(rows)} variants the marker was not measured before the outcome"
        return False, (f"{said}: this is not support",)
    if len(known) < len(rows):
        said = "whether the marker was measured before the outcome is not told for every variant"
        return None, (f"{said}: this is not support",)
    return True, ()


def _people(rows: tuple[Row, ...], name: str) -> MarkerTable:
    from ultrarare.stats.surrogacy.people import pairs_of_people

    if problems := _twice(rows, "person", name):
        raise InputErrors(problems, where=name)
    below = [row for row in rows if _below(row)]
    if below:
        raise NotComputable(
            f"{len(below)} of {len(rows)} people have a marker at or below its limit of detection",
            where=name,
            remedy="Give effects of each variant with standard errors that allow for the limit.",
        )
    names = sorted({row["variant"] for row in rows})
    pairs = pairs_of_people(
        [names.index(row["variant"]) for row in rows],
        [row["marker"] for row in rows],
        [row["outcome"] for row in rows],
    )
    return MarkerTable(
        level="individual",
        variants=tuple(names),
        pairs=pairs,
        unknown=(),
        before=None,
        notes=(
            "people's values, not effects of a therapy: that marker and outcome go together does "
            "not say that moving the marker moves the outcome, so this is not support",
            "scatter between people of one variant is taken as known once it is pooled",
        ),
    )


def _below(row: Row) -> bool:
    limit = row.get("marker_lod")
    return limit is not None and row["marker"] <= limit


def _twice(rows: tuple[Row, ...], column: str, name: str) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        key = row[column]
        if key in first:
            text = f"{column} {key!r} stands in line {first[key]} already"
            problems.append(Problem(f"{name}:{row.line}", text, f"give one row a {column}"))
        first.setdefault(key, row.line)
    return problems


def judged(
    table: MarkerTable,
    *,
    direction: Direction,
    achieved: float | None,
    achieved_se: float,
    level: float,
) -> Surrogacy:
    """The judgement of `stats.surrogacy` on a table."""
    from ultrarare.stats.surrogacy.trial import judge_surrogacy

    return judge_surrogacy(
        table.pairs,
        direction=direction,
        achieved=achieved,
        achieved_se=achieved_se,
        level=level,
        unknown=table.unknown,
    )


def to_json(table: MarkerTable, found: Surrogacy) -> dict[str, Any]:
    """Plain JSON; null where something is undefined."""
    triple = ("value", "lower", "upper")
    x, y = found.pairs.x, found.pairs.y
    return {
        "level": table.level,
        "variants": found.pairs.size,
        "verdict": found.verdict,
        "reason": found.reason,
        "slope": dict(zip(triple, found.slope, strict=True)),
        "r2_trial": dict(zip(triple, found.r2, strict=True)),
        "heterogeneity_p": found.heterogeneity_p,
        "threshold_effect": found.threshold_effect,
        "achieved": found.achieved,
        "prediction": None
        if found.prediction is None
        else dict(zip(triple, found.prediction, strict=True)),
        "benefit_probability": found.benefit_probability,
        "coverage": found.level,
        "direction": found.direction,
        "leave_one_out": [
            {**row, "variant": table.variants[row["variant"]]} for row in found.to_rows()
        ],
        "points": [
            {
                "variant": name,
                "marker": float(a),
                "marker_se": float(b),
                "outcome": float(c),
                "outcome_se": float(d),
            }
            for name, a, b, c, d in zip(
                table.variants, x, found.pairs.x_se, y, found.pairs.y_se, strict=True
            )
        ],
        "line": [
            {"marker": float(a), "value": float(b), "lower": float(c), "upper": float(d)}
            for a, b, c, d in found.line.T
        ],
        "caveats": [*table.notes, *found.caveats],
    }
