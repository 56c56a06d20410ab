"""Which routes are open to a case: yes, no or undecided, each condition with its own answer.

Each route is answered from the findings alone, never from another route's answer. *Yes* says that
the conditions which can be checked hold, and nothing on what an agency will decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ultrarare.case.case import Modality
from ultrarare.case.finding import Finding
from ultrarare.guidance.answer import Answer
from ultrarare.guidance.assessment import (
    ConditionAnswer,
    EndpointStatus,
    RouteAnswer,
    RouteWord,
    State,
    Verdict,
)
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.route import Condition, Route, row_of
from ultrarare.guidance.wording import sentence

_STATES = {
    Verdict.SUPPORTED: "met",
    Verdict.CONTRADICTED: "not met",
    Verdict.NOT_APPLICABLE: "does not apply",
}
CARRIES = {
    "validated": "an established biomarker: can carry a traditional approval",
    "reasonably likely": (
        "can carry an accelerated approval, with a study that verifies benefit afterwards"
    ),
    "exploratory": "supports, and carries no approval by itself",
    "engagement-only": "shows that the target was edited or drugged, and no improvement",
}
"""What an endpoint that is a surrogate of that status can carry, if the evidence is adequate."""


def answer_routes(
    routes: Iterable[Route], findings: Iterable[Finding], *, modality: Modality
) -> tuple[RouteAnswer, ...]:
    """Each route's answer.

    Args:
        routes: in the order they are shown.
        findings: of the case, in any order.
        modality: the kind of therapy.
    """
    facts = Facts.of(findings, modality)
    return tuple(_answer(route, facts) for route in routes)


def _answer(route: Route, facts: Facts) -> RouteAnswer:
    conditions = tuple(_condition(one, facts) for one in route.conditions)
    word = _word(conditions)
    return RouteAnswer(
        id=route.id,
        group=route.group,
        title=route.title,
        profile=route.profile,
        about=" ".join(route.about.split()),
        answer=word,
        reason=_reason(word, conditions),
        conditions=conditions,
    )


def _word(conditions: Sequence[ConditionAnswer]) -> RouteWord:
    states = {one.state for one in conditions}
    if "not met" in states:
        return "no"
    if "met" in states and states <= {"met", "does not apply"}:
        return "yes"
    return "undecided"


def _reason(word: RouteWord, conditions: Sequence[ConditionAnswer]) -> str:
    def named(state: State) -> str:
        return ", ".join(one.id for one in conditions if one.state == state)

    if word == "no":
        failing = next(one for one in conditions if one.state == "not met")
        return f"Not met: {named('not met')}. {failing.reason}"
    if word == "yes":
        return "Each condition that can be checked is met."
    open_ = [one for one in conditions if one.state == "not known"]
    if not open_:
        return "No condition applies to this case."
    return f"Not known: {named('not known')}. {open_[0].reason}"


def _condition(condition: Condition, facts: Facts) -> ConditionAnswer:
    named = row_of(condition)
    if named is None:
        predicate, name = condition.predicate, str(condition.id)
        assert predicate is not None  # noqa: S101 -- a condition without row has one (Condition)
        answer = predicate.answer(facts)
        asks, paraphrase = str(condition.asks), ""
        source, tag = str(condition.source), str(condition.tag)
    else:
        pack, row = named
        name, asks, paraphrase = row.id, row.question, row.paraphrase
        source, tag = pack.cite(row), row.tag
        answer = row.predicate.answer(facts)
        if row.modality and facts.modality not in row.modality:
            asked = " or ".join(one.value for one in row.modality)
            answer = Answer(
                ask="modality",
                verdict=Verdict.NOT_APPLICABLE,
                reason=f"this is asked of {asked}, and the therapy is {facts.modality.value}",
                speaks=False,
            )
    state: State = _STATES.get(answer.verdict, "not known")  # type: ignore[assignment]
    return ConditionAnswer(
        id=name,
        row=condition.row,
        asks=asks,
        paraphrase=paraphrase,
        state=state,
        verdict=answer.verdict,
        reason=sentence(answer.reason),
        findings=tuple(answer.roles),
        source=source,
        tag=tag,
        ours=tag.startswith("inferred"),
    )


def endpoint_statuses(findings: Iterable[Finding]) -> tuple[EndpointStatus, ...]:
    """What each endpoint of the plan is as a surrogate, and what it can carry."""
    found = []
    for finding in sorted(findings, key=lambda one: one.id):
        if finding.kind != "plan.endpoint":
            continue
        kind = str(finding.attributes.get("endpoint_class") or "not known")
        status = finding.attributes.get("surrogate_status")
        if status in {None, "unknown"}:
            carries = "not known, since its status as a surrogate is not stated"
        elif status == "not a surrogate":
            carries = (
                "no surrogate and no outcome: what it can carry is open"
                if kind == "biomarker"
                else "an outcome: can carry a traditional approval"
            )
        else:
            carries = CARRIES[str(status)]
        found.append(
            EndpointStatus(
                finding=finding.id,
                measure=finding.measure or finding.id.rsplit("/", 1)[-1],
                endpoint_class=kind,
                status="not known" if status is None else str(status),
                carries=carries,
            )
        )
    return tuple(found)
