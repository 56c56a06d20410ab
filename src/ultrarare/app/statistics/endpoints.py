"""Several endpoints of a few treated people and of untreated ones, from plain tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.effect.endpoints_compare import ComparedEndpoints
    from ultrarare.effect.endpoints_goals import GoalsFound
    from ultrarare.effect.endpoints_table import EndpointsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsReport:
    """The comparison, and goals where they were given."""

    found: ComparedEndpoints
    goals: GoalsFound | None

    def summary(self) -> str:
        """The comparison, then goals."""
        text = self.found.summary()
        if self.goals is None:
            return text
        return "\n".join((text, self.goals.summary(), *(f"- {c}" for c in self.goals.caveats)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        names = [] if self.goals is None else [p.person for p in self.goals.people]
        return {
            **self.found.to_json(),
            "goals": None if self.goals is None else self.goals.to_json(names),
        }


def compare_endpoint_tables(
    *,
    treated: Path,
    control: Path,
    spec: Path,
    goals: Path | None = None,
    trial: Path | None = None,
    test: Literal["obrien", "wei-lachin", "win"] = "obrien",
    level: float = 0.95,
    seed: int = 1,
) -> EndpointsReport:
    """Read the tables and compare.

    Args:
        treated: one row a person, columns as the specification names them.
        control: the same of untreated people.
        spec: YAML with `endpoints` in order of priority and `gatekeeping`.
        goals: `person,goal[,weight][,baseline],level` of treated people.
        trial: YAML, the target trial by domain.
        test: the primary one.
        level: coverage of intervals.
        seed: of choices that are drawn.

    Raises:
        InputErrors: a table or the specification is wrong.
        InputError: goals of somebody who is not among the treated.
        NotComputable: nothing to compare.
    """
    from ultrarare.effect.endpoints_compare import EndpointsOptions, compare_endpoints
    from ultrarare.effect.endpoints_goals import read_goals, score_goals
    from ultrarare.effect.endpoints_table import read_endpoint_tables, read_endpoints_spec
    from ultrarare.effect.target_trial import read_trial

    asked = read_endpoints_spec(spec, name=spec.name)
    table = read_endpoint_tables(
        treated,
        control,
        asked.endpoints,
        treated_name=treated.name,
        control_name=control.name,
    )
    options = EndpointsOptions(test=test, level=level, gatekeeping=asked.gatekeeping, seed=seed)
    found = compare_endpoints(
        table, options, {} if trial is None else read_trial(trial, name=trial.name)
    )
    scored = None
    if goals is not None:
        people = read_goals(goals, name=goals.name)
        _require_treated([p.person for p in people], table, goals.name)
        scored = score_goals(people, rho=0.3, seed=seed)
    return EndpointsReport(found=found, goals=scored)


def _require_treated(people: list[str], table: EndpointsTable, name: str) -> None:
    own = {p for p, treated in zip(table.people, table.treated, strict=True) if treated}
    if strangers := [p for p in people if p not in own]:
        raise InputError(
            f"{', '.join(strangers[:5])} have goals and are not among the treated; allowed are "
            "goals of treated people",
            where=name,
        )
