"""Groups of people as summaries: a mean, a number of people with an event, or events over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ultrarare.case.table import MAX_DIGITS, Column, Row, number, read_table
from ultrarare.case.yaml_text import line_of, read_plain
from ultrarare.errors import InputError, InputErrors, Problem

if TYPE_CHECKING:
    from ultrarare.stats.borrowing.evidence import Evidence

EndpointKind = Literal["normal", "binary", "count"]
_YAML: Final = (".yaml", ".yml")
_FEW_DEGREES: Final = 20
_MUCH_WIDER: Final = 1.5


def _positive(text: str) -> float:
    value = number(text)
    if value <= 0:
        raise ValueError(f"found {text!r}; allowed is a number above 0")
    return value


def _people(text: str) -> float:
    value = number(text)
    if not 1 <= value < 10**MAX_DIGITS or value != int(value):
        raise ValueError(f"found {text!r}; allowed is a whole number of people, at least 1")
    return value


def _events(text: str) -> float:
    value = number(text)
    if not 0 <= value < 10**MAX_DIGITS or value != int(value):
        raise ValueError(
            f"found {text!r}; allowed is a whole number, at least 0, of at most {MAX_DIGITS} digits"
        )
    return value


_COLUMNS: Final[Mapping[EndpointKind, tuple[Column, ...]]] = {
    "normal": (
        Column("mean", number),
        Column("n", _people, required=False, may_be_empty=True),
        Column("sd", _positive, required=False, may_be_empty=True),
        Column("se", _positive, required=False, may_be_empty=True),
    ),
    "binary": (Column("n", _people), Column("events", _events)),
    "count": (Column("exposure", _positive), Column("events", _events)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """One group; what is None was not given."""

    group: str
    mean: float | None = None
    n: float | None = None
    sd: float | None = None
    se: float | None = None
    events: float | None = None
    exposure: float | None = None


def read_groups(path: Path, kind: EndpointKind, *, name: str) -> tuple[GroupSummary, ...]:
    """Read groups from CSV (`group` and the endpoint's columns) or from a YAML list of the same.

    Columns: `mean` with `n`, `sd` or `se`; `n,events`; or `exposure,events`.

    Raises:
        InputErrors: see `read_table`; also a group twice, or more events than people.
    """
    if path.suffix.lower() in _YAML:
        rows, where = _yaml_rows(path, kind, name)
    else:
        table = read_table(path, (Column("group", str), *_COLUMNS[kind]), name=name)
        rows, where = [_cells(row) for row in table], [f"{name}:{row.line}" for row in table]
    groups = tuple(GroupSummary(**row) for row in rows)
    if problems := [*_twice(groups, where), *_too_many(groups, where, kind)]:
        raise InputErrors(problems, where=name)
    return groups


def _cells(row: Row) -> dict[str, Any]:
    return dict(row.cells)


def _yaml_rows(path: Path, kind: EndpointKind, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    plain = read_plain(path, name)
    if plain.problems:
        raise InputErrors(plain.problems, where=name)
    if not isinstance(plain.value, list) or not plain.value:
        raise InputError("allowed is a list of groups", where=name)
    columns = {column.name: column for column in (Column("group", str), *_COLUMNS[kind])}
    problems: list[Problem] = []
    rows, where = [], []
    for i, item in enumerate(plain.value):
        place = f"{name}:{line_of(plain.lines, (i,))}"
        where.append(place)
        if not isinstance(item, Mapping):
            problems.append(Problem(place, "allowed is a mapping, one for each group"))
            continue
        rows.append(_yaml_group(item, columns, place, problems))
    if problems:
        raise InputErrors(problems, where=name)
    return rows, where


def _yaml_group(
    item: Mapping[str, Any], columns: Mapping[str, Column], place: str, problems: list[Problem]
) -> dict[str, Any]:
    """One group; what is wrong with it is added to the problems."""
    row: dict[str, Any] = {}
    for key, value in item.items():
        if key not in columns:
            problems.append(
                Problem(place, f"unknown field {key!r}", f"the fields are {', '.join(columns)}")
            )
            continue
        try:
            row[key] = None if value is None else columns[key].read(str(value))
        except ValueError as error:
            problems.append(Problem(place, f"{key}: {error}"))
    missing = [key for key, column in columns.items() if column.required and item.get(key) is None]
    problems += [Problem(place, f"has no {key}") for key in missing]
    return row


def _twice(groups: Sequence[GroupSummary], where: Sequence[str]) -> list[Problem]:
    names = [group.group for group in groups]
    return [
        Problem(place, f"group {name!r} stands {names.count(name)} times; allowed is once")
        for name, place in zip(names, where, strict=True)
        if names.count(name) > 1
    ]


def _too_many(
    groups: Sequence[GroupSummary], where: Sequence[str], kind: EndpointKind
) -> list[Problem]:
    if kind != "binary":
        return []
    return [
        Problem(place, f"{g.events:g} of {g.n:g} people had the event; allowed is at most all")
        for g, place in zip(groups, where, strict=True)
        if g.events is not None and g.n is not None and g.events > g.n
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """History, treated and current control on one footing."""

    history: Evidence
    treated: Evidence
    control: Evidence | None
    names: tuple[str, ...]  # of the history's groups
    people: int | None  # treated
    unit_sd: float | None
    caveats: tuple[str, ...]


def on_one_footing(
    kind: EndpointKind,
    history: Sequence[GroupSummary],
    treated: Sequence[GroupSummary],
    control: Sequence[GroupSummary] | None,
    *,
    sd: float | None = None,
) -> Groups:
    """The groups as evidence; for means with one sd of a person's value.

    Args:
        kind: of endpoint.
        history: earlier groups.
        treated: one group.
        control: one group of current untreated people, or None.
        sd: of one person's value; by default pooled over the history's own.

    Raises:
        InputError: more than one treated or control group, or a mean without a standard error.
    """
    for name, groups in (("treated", treated), ("control", control or treated)):
        if len(groups) != 1:
            raise InputError(f"has {len(groups)} groups, allowed is one", where=name)
    said: list[str] = []
    unit = sd
    if kind == "normal" and sd is None:
        unit = _pooled_sd(history, said)
    current = None if control is None else control[0]
    said += _wider(treated[0], current, unit)
    n = treated[0].n
    return Groups(
        history=_evidence(kind, history, unit, "history"),
        treated=_evidence(kind, treated, unit, "treated"),
        control=None if control is None else _evidence(kind, control, unit, "control"),
        names=tuple(group.group for group in history),
        people=None if n is None else int(n),
        unit_sd=unit if kind == "normal" else None,
        caveats=tuple(said),
    )


def _pooled_sd(history: Sequence[GroupSummary], said: list[str]) -> float | None:
    """Sd of one person's value over all groups that state one with more than one person."""
    own = [(g.n - 1, g.sd) for g in history if g.n is not None and g.sd is not None and g.n > 1]
    degrees = sum(df for df, _ in own)
    if degrees <= 0:
        return None
    if degrees < _FEW_DEGREES:
        said.append(
            f"the sd of one person's value is pooled from {degrees:g} degrees of freedom and taken "
            "as known: intervals are too narrow"
        )
    return float((sum(df * value**2 for df, value in own) / degrees) ** 0.5)


def _wider(treated: GroupSummary, control: GroupSummary | None, unit: float | None) -> list[str]:
    return [
        f"the {name} group's own sd is {group.sd:.3g}, the history's {unit:.3g}: its standard "
        "error is taken from the history and may be too small"
        for name, group in (("treated", treated), ("control", control))
        if group is not None
        and group.sd is not None
        and unit is not None
        and group.sd > _MUCH_WIDER * unit
    ]


def _evidence(
    kind: EndpointKind, groups: Sequence[GroupSummary], unit: float | None, where: str
) -> Evidence:
    from ultrarare.stats.borrowing.evidence import binary_evidence, count_evidence, normal_evidence

    if kind == "binary":
        return binary_evidence([_given(g.events) for g in groups], [_given(g.n) for g in groups])
    if kind == "count":
        return count_evidence(
            [_given(g.events) for g in groups], [_given(g.exposure) for g in groups]
        )
    errors = [_standard_error(group, unit, where) for group in groups]
    return normal_evidence([_given(g.mean) for g in groups], se=errors, sd=unit)


def _given(value: float | None) -> float:
    if value is None:
        raise InputError("a cell is empty that its endpoint needs", where="groups")
    return value


def _standard_error(group: GroupSummary, unit: float | None, where: str) -> float:
    """Its own; or from one person's sd; or, where nobody states that, from the group's sd."""
    if group.se is not None:
        return group.se
    sd = group.sd if unit is None else unit
    if sd is None or group.n is None:
        raise InputError(
            f"group {group.group!r} has no standard error",
            where=where,
            remedy="Give `se`, or `n` and an sd: a column, or --sd.",
        )
    return float(sd / group.n**0.5)
