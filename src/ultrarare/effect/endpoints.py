"""A few treated people against untreated ones in several endpoints, as an analysis of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import OutcomeTable
from ultrarare.case.finding import Estimate, Finding
from ultrarare.effect.endpoints_compare import (
    ComparedEndpoints,
    EndpointsOptions,
    TestName,
    compare_endpoints,
)
from ultrarare.effect.endpoints_goals import goal_finding
from ultrarare.effect.endpoints_table import GatekeepingRule, read_endpoint_tables
from ultrarare.effect.trial_of_plan import TrialParameters, of_arm, trial_finding
from ultrarare.effect.wording import direction
from ultrarare.errors import InputError
from ultrarare.words import counted


class EndpointsParameters(TrialParameters):
    """How the comparison is made.

    Attributes:
        test: the primary one: `obrien`, `wei-lachin` or `win`; all are shown.
        level: coverage of intervals; the primary p is held against 1 − level, two-sided.
        gatekeeping: which endpoints may be claimed together, in the order of the tables.
        rho: correlation between a person's goals, where a goals table is given.
    """

    test: TestName = "obrien"
    level: float = Field(default=0.95, ge=0.95, lt=1)
    gatekeeping: GatekeepingRule = GatekeepingRule()
    rho: float = Field(default=0.3, ge=0, le=1)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    p: EndpointsParameters = inputs.parameters
    own: OutcomeTable = inputs.one("treated")
    other: OutcomeTable = inputs.one("control")
    if own.endpoints != other.endpoints:
        raise InputError(
            f"{own.id} and {other.id} declare different endpoints; allowed is one list for both",
            where=f"dataset {other.id}",
        )
    table = read_endpoint_tables(
        inputs.path(own.file),
        inputs.path(other.file),
        own.endpoints,
        treated_name=own.file,
        control_name=other.file,
    )
    options = EndpointsOptions(
        test=p.test,
        level=p.level,
        gatekeeping=p.gatekeeping,
        seed=1 if inputs.seed is None else inputs.seed,
    )
    found = compare_endpoints(table, options, p.trial)
    yield _comparison(found, own, other)
    yield trial_finding(found.trial)
    if inputs.datasets.get("goals"):
        yield goal_finding(inputs, inputs.one("goals"), rho=p.rho, alpha=1 - p.level)


_TESTS = {
    "obrien": "mean rank over endpoints (O'Brien)",
    "wei-lachin": "average over endpoints of pairs (Wei and Lachin)",
    "win": "pairs in order of priority",
}


def _comparison(found: ComparedEndpoints, own: OutcomeTable, other: OutcomeTable) -> Finding:
    primary, win, words = found.primary, found.win, found.sentence
    n, m = found.outcomes.counts
    names = ", ".join(rule.name for rule in found.outcomes.rules)
    return computed(
        name="endpoints",
        kind="course.endpoints",
        statement=f"{n} treated and {counted(m, 'untreated person')} ({own.population}; "
        f"{other.population}) "
        f"in {names}: {_TESTS[found.options.test]}, two-sided p {primary.p_value:.3g} (smallest "
        f"attainable {primary.floor:.3g}). Of {win.pairs} pairs the treated won "
        f"{int(win.wins.sum())} and lost {int(win.losses.sum())}. {words[:1].upper()}{words[1:]}.",
        direction=direction(found.shown, found.trial.comparability),
        estimate=Estimate(
            value=win.net_benefit, lower=win.lower, upper=win.upper, level=win.level, unit="1"
        ),
        n=n + m,
        n_unit="people",
        caveats=[*found.caveats, *_context(own, other)],
        attributes={
            "p_value": primary.p_value,
            "p_benefit": primary.p_benefit,
            "floor": primary.floor,
            "win_ratio": win.win_ratio,
            "net_benefit": win.net_benefit,
            "treated": n,
            "controls": m,
            "comparability": found.trial.comparability,
        },
        tier=other.tier,
        measure="several endpoints",
        details=_details(found),
    )


def _context(own: OutcomeTable, other: OutcomeTable) -> list[str]:
    said = []
    if own.tier != other.tier:
        said.append(f"the treated are {own.tier}, the controls {other.tier}")
    if own.era != other.era:
        said.append(
            f"the treated were seen in {own.era or 'an era not told'}, the controls in "
            f"{other.era or 'an era not told'}"
        )
    return said


def _details(found: ComparedEndpoints) -> dict[str, Any]:
    """For tables and figures; people are numbered."""
    rows = found.to_json()
    responder = rows["responder"]
    if responder is not None:
        for arm in ("treated", "control"):
            for place, row in enumerate(responder[arm], start=1):
                row["person"] = f"{arm} {place}"
    return {
        key: rows[key]
        for key in (
            "primary", "tests", "win", "responder", "gatekeeping", "gatekeeping_rule", "endpoints",
            "treated", "controls", "level", "seed",
        )
    }  # fmt: skip


ENDPOINTS = Analysis(
    name="effect.endpoints",
    summary="A few treated people against untreated ones in several endpoints at once: exact "
    "global tests, prioritised pairs, responders, and which endpoints may be claimed.",
    method="global-tests",
    needs=(
        Need(role="treated", kinds=("outcome-table",), fits=of_arm("treated")),
        Need(role="control", kinds=("outcome-table",), fits=of_arm("control")),
        Need(role="goals", kinds=("goals",), required=False),
    ),
    gives=("course.endpoints", "course.target-trial", "course.goal-attainment"),
    parameters=EndpointsParameters,
    compute=_compute,
    references=(
        "O'Brien 1984",
        "Wei and Lachin 1984",
        "Finkelstein and Schoenfeld 1999",
        "Pocock et al. 2012",
        "Bretz et al. 2009",
    ),
)
