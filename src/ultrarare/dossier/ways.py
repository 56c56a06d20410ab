"""The routes of a case as the page and the paper show them."""

from __future__ import annotations

from ultrarare.dossier.view import ConditionView, RouteGroup, RouteView, Table
from ultrarare.dossier.words import tagged
from ultrarare.guidance.assessment import Assessment, ConditionAnswer
from ultrarare.guidance.route import route_book


def routes(assessment: Assessment) -> tuple[RouteGroup, ...]:
    """The routes by what they are a way to, in the order of the book."""
    found = []
    for group, heading in route_book().groups.items():
        own = tuple(
            RouteView(
                title=one.title,
                about=one.about,
                answer=one.answer,
                reason=one.reason,
                conditions=tuple(map(_condition, one.conditions)),
            )
            for one in assessment.routes
            if one.group == group
        )
        if own:
            found.append(RouteGroup(heading=heading, routes=own))
    return tuple(found)


def endpoints(assessment: Assessment) -> Table:
    """Each endpoint of the plan, what it is declared to be, and what it can carry."""
    return Table(
        caption="What each endpoint of the plan can carry, if the evidence is adequate; its "
        "status as a surrogate is what the plan declares",
        head=("endpoint", "class", "status as a surrogate", "can carry"),
        numeric=(False, False, False, False),
        rows=tuple(
            (e.measure, e.endpoint_class, e.status, e.carries) for e in assessment.endpoints
        ),
    )


def _condition(one: ConditionAnswer) -> ConditionView:
    return ConditionView(
        name=one.id,
        asks=one.asks,
        says=one.paraphrase,
        state=one.state,
        reason=one.reason,
        source=one.source,
        tag=tagged(one.tag),
        ours=one.ours,
    )
