"""Goals of treated people: T scores, their change, and what may be said of several people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import GoalTable
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.table import Column, number, read_table
from ultrarare.errors import InputErrors, NotComputable, Problem

if TYPE_CHECKING:
    from ultrarare.stats.endpoints.goals import GoalScore, SignFlip


def _level(text: str) -> float:
    """A level of attainment."""
    value = number(text)
    if not -2 <= value <= 2:
        raise ValueError(f"found {text!r}; allowed is a level between -2 and 2")
    return value


def _weight(text: str) -> float:
    """The weight of a goal."""
    value = number(text)
    if value <= 0:
        raise ValueError(f"found {text!r}; allowed is a weight above 0")
    return value


_COLUMNS = (
    Column("person", str),
    Column("goal", str),
    Column("weight", _weight, required=False, may_be_empty=True),
    Column("baseline", _level, required=False, may_be_empty=True),
    Column("level", _level, may_be_empty=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonGoals:
    """One person's goals; a level that is not known is None."""

    person: str
    goals: tuple[str, ...]
    weight: tuple[float, ...]
    baseline: tuple[float | None, ...]
    level: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalPerson:
    """One person's scores."""

    person: str
    attained: GoalScore
    baseline: GoalScore | None  # None where no goal's baseline is known

    @property
    def change(self) -> tuple[float, float] | None:
        """Attained minus baseline, lowest and highest; None without a baseline."""
        if self.baseline is None:
            return None
        return (
            self.attained.lower - self.baseline.upper,
            self.attained.upper - self.baseline.lower,
        )

    def to_json(self, name: str) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "person": name,
            "attained": self.attained.to_json(),
            "baseline": None if self.baseline is None else self.baseline.to_json(),
            "change": None if self.change is None else list(self.change),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalsFound:
    """Several people's scores, with the test of their change."""

    people: tuple[GoalPerson, ...]
    test: SignFlip | None
    caveats: tuple[str, ...]

    @property
    def mean(self) -> tuple[float, float]:
        """Mean T, lowest and highest."""
        n = len(self.people)
        return (
            sum(p.attained.lower for p in self.people) / n,
            sum(p.attained.upper for p in self.people) / n,
        )

    def summary(self) -> str:
        """The mean, then the test."""
        low, high = self.mean
        line = f"goal attainment of {len(self.people)}: mean T {low:.1f}"
        line += f" to {high:.1f}" if high > low else ""
        return line if self.test is None else f"{line}; {self.test.summary()}"

    def to_json(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "people": [p.to_json(name) for p, name in zip(self.people, names, strict=True)],
            "mean": list(self.mean),
            "change_test": None if self.test is None else self.test.to_json(),
            "caveats": list(self.caveats),
        }


def read_goals(path: Path, *, name: str) -> tuple[PersonGoals, ...]:
    """Read `person,goal[,weight][,baseline],level`; a weight not given is 1.

    Raises:
        InputErrors: see `read_table`; also a goal that a person has twice.
    """
    rows = read_table(path, _COLUMNS, name=name)
    seen: dict[tuple[str, str], int] = {}
    problems = []
    for row in rows:
        key = (row["person"], row["goal"])
        if key in seen:
            text = f"goal {key[1]!r} of {key[0]!r} stands on line {seen[key]} too"
            problems.append(Problem(f"{name}:{row.line}", text))
        seen.setdefault(key, row.line)
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(
        PersonGoals(
            person=person,
            goals=tuple(row["goal"] for row in own),
            weight=tuple(row.get("weight") or 1.0 for row in own),
            baseline=tuple(row.get("baseline") for row in own),
            level=tuple(row["level"] for row in own),
        )
        for person in dict.fromkeys(row["person"] for row in rows)
        for own in [[row for row in rows if row["person"] == person]]
    )


def score_goals(people: Sequence[PersonGoals], *, rho: float, seed: int) -> GoalsFound:
    """T scores, and a sign-flip test of their change where baselines are known.

    Raises:
        NotComputable: nobody has a goal whose level is known.
    """
    import numpy as np

    from ultrarare.stats.endpoints.goals import goal_attainment, sign_flip

    if all(level is None for p in people for level in p.level):
        raise NotComputable(
            "no goal has a level", remedy="Rate the goals from −2 to +2, 0 as expected."
        )
    scored = tuple(
        GoalPerson(
            person=p.person,
            attained=goal_attainment(p.weight, p.level, rho=rho),
            baseline=goal_attainment(p.weight, p.baseline, rho=rho)
            if any(x is not None for x in p.baseline)
            else None,
        )
        for p in people
    )
    changes = [p.change for p in scored if p.change is not None]
    said = _caveats(scored)
    test = None
    if changes:
        try:
            low, high = zip(*changes, strict=True)
            test = sign_flip(low, high, rng=np.random.default_rng(seed))
            said += test.caveats
        except NotComputable as error:
            said += (str(error),)
    return GoalsFound(people=scored, test=test, caveats=tuple(dict.fromkeys(said)))


def _caveats(people: Sequence[GoalPerson]) -> tuple[str, ...]:
    said = [caveat for p in people for caveat in p.attained.caveats]
    if unknown := sum(p.attained.unknown for p in people):
        said.append(f"goals whose level is not known: {unknown}; scores are given as bounds")
    if without := sum(p.baseline is None for p in people):
        said.append(
            f"{without} of {len(people)} people have no baseline: T of 50 says that goals were met "
            "as expected, not that anything changed"
        )
    if len(people) > without:
        said.append(
            "goals are mostly set at a bad moment, and move up from there without a treatment"
        )
    return tuple(said)


class GoalParameters(Parameters):
    """How goals are scored.

    Attributes:
        rho: correlation between a person's goals.
        alpha: error rate of the two-sided test of change.
    """

    rho: float = Field(default=0.3, ge=0, le=1)
    alpha: float = Field(default=0.05, gt=0, le=0.05)


def goal_finding(inputs: Inputs, goals: GoalTable, *, rho: float, alpha: float) -> Finding:
    """The goals of a case as a finding."""
    people = read_goals(inputs.path(goals.file), name=goals.file)
    found = score_goals(people, rho=rho, seed=1 if inputs.seed is None else inputs.seed)
    names = [f"person {i}" for i in range(1, len(people) + 1)]
    low, high = found.mean
    test = found.test
    return computed(
        name="goals",
        kind="course.goal-attainment",
        statement=f"{found.summary().splitlines()[0]} ({goals.population}; 50: as expected). "
        f"{_words(goals)}",
        direction=_direction(goals, found, alpha),
        estimate=Estimate(value=low if low == high else None, lower=None, upper=None, unit="1"),
        n=len(people),
        n_unit="people",
        caveats=[*found.caveats, *_how(goals)],
        attributes={
            "score": low if low == high else None,
            "people": len(people),
            "goals": sum(len(p.goals) for p in people),
            "p_value": None if test is None else test.p_value_upper,
            "p_benefit": None if test is None else test.p_benefit_upper,
            "floor": None if test is None else test.floor,
        },
        measure="goal attainment",
        details=found.to_json(names),
    )


def _words(goals: GoalTable) -> str:
    when = {
        "before treatment": "Goals were agreed before treatment",
        "after treatment": "Goals were agreed after treatment began",
        "unknown": "When goals were agreed is not told",
    }[goals.agreed]
    how = {
        "blinded": "rated blinded to treatment",
        "open": "rated by people who knew of the treatment",
        "unknown": "who rated them is not told",
    }[goals.rated]
    return f"{when}; {how}."


def _how(goals: GoalTable) -> list[str]:
    if goals.agreed == "before treatment" and goals.rated == "blinded":
        return []
    return [
        "goals tell of treatment only if they were agreed before it and rated by people who did "
        "not know of it"
    ]


def _direction(goals: GoalTable, found: GoalsFound, alpha: float) -> Direction:
    """Never support: a bad moment at baseline alone gives such a change (simulated 0.38)."""
    test = found.test
    if test is None or len(found.people) == 1:
        return Direction.DESCRIBES
    worse = test.mean_upper < 0 and test.p_value_upper <= alpha and not _how(goals)
    return Direction.CONTRADICTS if worse else Direction.INCONCLUSIVE


def _compute(inputs: Inputs) -> Iterable[Finding]:
    p: GoalParameters = inputs.parameters
    yield goal_finding(inputs, inputs.one("goals"), rho=p.rho, alpha=p.alpha)


GOAL_ATTAINMENT = Analysis(
    name="effect.goal-attainment",
    summary="Each person's own goals as one T score, bounded where a level is unknown; the change "
    "of several people by exact flips of sign.",
    method="goal-attainment",
    needs=(Need(role="goals", kinds=("goals",)),),
    gives=("course.goal-attainment",),
    parameters=GoalParameters,
    compute=_compute,
    references=("Kiresuk and Sherman 1968",),
)
