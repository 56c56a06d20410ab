"""Several endpoints of two arms: how they are read, and the tables they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ultrarare.case.dataset import OutcomeEndpoint
from ultrarare.case.table import Column, Row, flag, not_negative, number, read_table
from ultrarare.case.yaml_model import read_model
from ultrarare.errors import InputError, InputErrors, Problem

if TYPE_CHECKING:
    from ultrarare.stats.endpoints.gatekeeping import Graph
    from ultrarare.stats.endpoints.outcomes import Outcomes, Rule


class GatekeepingRule(BaseModel):
    """Which endpoints may be claimed together.

    Attributes:
        procedure: `fixed-sequence` in the order of the endpoints, `holm`, `fallback` with
            `weights`, or `graph` with `weights` and `transition`.
        weights: share of the error rate for each endpoint, adding up to at most 1.
        transition: where each share goes once its endpoint is shown, a row for each endpoint.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    procedure: Literal["fixed-sequence", "holm", "fallback", "graph"] = "fixed-sequence"
    weights: tuple[float, ...] | None = None
    transition: tuple[tuple[float, ...], ...] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        weighted = self.procedure in ("fallback", "graph")
        if weighted != (self.weights is not None):
            raise ValueError(
                f"found procedure {self.procedure} {'without' if weighted else 'with'} weights; "
                "allowed are weights for fallback and graph, and only there"
            )
        if (self.procedure == "graph") != (self.transition is not None):
            raise ValueError(
                f"found procedure {self.procedure} "
                f"{'without' if self.procedure == 'graph' else 'with'} a transition; allowed is "
                "one for graph, and only there"
            )
        return self

    def graph(self, count: int) -> Graph:
        """The graph of so many endpoints.

        Raises:
            InputError: weights or transition of another number of endpoints, or above 1.
        """
        from ultrarare.stats.endpoints import gatekeeping as g

        if self.weights is not None and len(self.weights) != count:
            raise InputError(
                f"{len(self.weights)} weights for {count} endpoints; allowed is one each",
                where="gatekeeping.weights",
            )
        if self.procedure == "graph":
            return g.graph(self.weights or (), self.transition or ())
        if self.procedure == "fallback":
            return g.fallback(self.weights or ())
        return g.holm(count) if self.procedure == "holm" else g.fixed_sequence(count)


class EndpointsSpec(BaseModel):
    """Endpoints in order of priority, and how several claims are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoints: tuple[OutcomeEndpoint, ...] = Field(min_length=1)
    gatekeeping: GatekeepingRule = GatekeepingRule()


def read_endpoints_spec(path: Path, *, name: str) -> EndpointsSpec:
    """Read a specification from YAML or JSON.

    Raises:
        InputErrors: no YAML, or fields that are wrong, each with its line.
    """
    return read_model(path, EndpointsSpec, name=name, whole="specification")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsTable:
    """Both arms, the treated first; a value is a change where the endpoint has a baseline."""

    endpoints: tuple[OutcomeEndpoint, ...]
    people: tuple[str, ...]
    treated: tuple[bool, ...]
    values: tuple[tuple[float | None, ...], ...]  # people by endpoints
    events: tuple[tuple[bool | None, ...], ...]

    def rules(self) -> list[Rule]:
        """How each endpoint is read."""
        from ultrarare.stats.endpoints.outcomes import Rule

        return [
            Rule(
                name=e.label,
                improves=e.improves,
                margin=e.relevant_difference or 0.0,
                weight=e.weight,
                timed=e.event is not None,
            )
            for e in self.endpoints
        ]

    def outcomes(self) -> Outcomes:
        """As arrays.

        Raises:
            InputError, NotComputable: see `make_outcomes`.
        """
        import numpy as np

        from ultrarare.stats.endpoints.outcomes import make_outcomes

        return make_outcomes(
            np.array(self.values, dtype=np.float64),
            self.treated,
            self.rules(),
            event=np.array(self.events, dtype=np.float64),
        )


def read_endpoint_tables(
    treated: Path,
    control: Path,
    endpoints: Sequence[OutcomeEndpoint],
    *,
    treated_name: str,
    control_name: str,
) -> EndpointsTable:
    """Read both arms, one row a person, and check them together.

    Raises:
        InputErrors: see `read_table`; also a person twice or in both arms, a time without its
            event flag, an endpoint named twice, a column with two roles.
    """
    columns = _columns(endpoints)
    rows: list[tuple[Row, ...]] = []
    problems: list[Problem] = []
    for path, name in ((treated, treated_name), (control, control_name)):
        try:
            rows.append(read_table(path, columns, name=name, extra=True))
        except InputErrors as error:
            problems += error.problems
    if not problems:
        problems = _problems(rows, (treated_name, control_name), endpoints)
    if problems:
        raise InputErrors.of_files(problems)
    both = [*rows[0], *rows[1]]
    return EndpointsTable(
        endpoints=tuple(endpoints),
        people=tuple(row["person"] for row in both),
        treated=tuple(i < len(rows[0]) for i in range(len(both))),
        values=tuple(tuple(_value(row, e) for e in endpoints) for row in both),
        events=tuple(
            tuple(None if e.event is None else row[e.event] for e in endpoints) for row in both
        ),
    )


def read_endpoint_table(path: Path, endpoints: Sequence[OutcomeEndpoint], *, name: str) -> None:
    """Check one arm alone, where the other is not there yet.

    Raises:
        InputErrors: as `read_endpoint_tables`, but for what concerns both arms.
    """
    rows = read_table(path, _columns(endpoints), name=name, extra=True)
    if problems := _problems_of(rows, name, endpoints):
        raise InputErrors(problems, where=name)


def _columns(endpoints: Sequence[OutcomeEndpoint]) -> list[Column]:
    labels = Counter(e.label for e in endpoints)
    if twice := [label for label, n in labels.items() if n > 1]:
        raise InputError(f"endpoint {', '.join(twice)} is named twice", where="endpoints")
    found = {"person": Column("person", str)}
    for e in endpoints:
        read = not_negative if e.event is not None else number
        wanted = [Column(e.column, read, may_be_empty=True)]
        if e.baseline is not None:
            wanted.append(Column(e.baseline, number, may_be_empty=True))
        if e.event is not None:
            wanted.append(Column(e.event, flag, may_be_empty=True))
        for column in wanted:
            if found.setdefault(column.name, column).read is not column.read:
                raise InputError(
                    f"column {column.name!r} is given two roles; allowed is one for each",
                    where="endpoints",
                )
    return list(found.values())


def _value(row: Row, e: OutcomeEndpoint) -> float | None:
    value = row[e.column]
    if e.baseline is None or value is None:
        return None if value is None else float(value)
    return None if row[e.baseline] is None else float(value) - float(row[e.baseline])


def _problems_of(
    rows: Sequence[Row], name: str, endpoints: Sequence[OutcomeEndpoint]
) -> list[Problem]:
    """What is wrong with one arm."""
    seen = Counter(row["person"] for row in rows)
    twice = [
        Problem(
            f"{name}:{row.line}",
            f"person {row['person']!r} stands {seen[row['person']]} times; allowed is once",
        )
        for row in rows
        if seen[row["person"]] > 1
    ]
    half = [
        Problem(f"{name}:{row.line}", f"has a {e.column} and no {e.event}, or no time")
        for row in rows
        for e in endpoints
        if e.event is not None and (row[e.column] is None) != (row[e.event] is None)
    ]
    return [*twice, *half]


def _problems(
    rows: Sequence[Sequence[Row]], names: Sequence[str], endpoints: Sequence[OutcomeEndpoint]
) -> list[Problem]:
    problems = [
        problem
        for own, name in zip(rows, names, strict=True)
        for problem in _problems_of(own, name, endpoints)
    ]
    lines = {row["person"]: row.line for row in rows[0]}
    problems += [
        Problem(
            f"{names[1]}:{row.line}",
            f"person {row['person']!r} is in both arms ({names[0]}:{lines[row['person']]})",
            "a person is compared with others here; own control compares with their own past",
        )
        for row in rows[1]
        if row["person"] in lines
    ]
    return problems
