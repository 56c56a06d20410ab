"""The elements one by one, and the groups of what stands outside the five."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ultrarare.case.finding import Finding, Planned
from ultrarare.case.judgement import Advice
from ultrarare.case.moment import Clock
from ultrarare.dossier import place
from ultrarare.dossier.figures import figures_of
from ultrarare.dossier.findings import finding_view, unreal, users
from ultrarare.dossier.overview import element_badges, readings
from ultrarare.dossier.view import (
    AdviceView,
    JudgementView,
    Link,
    Node,
    Picture,
    RequirementView,
    Section,
)
from ultrarare.dossier.words import brief, planned_word, tagged, words
from ultrarare.draw import Renderer
from ultrarare.guidance.assessment import (
    Assessment,
    Element,
    GuidanceAssessment,
    RequirementVerdict,
    Verdict,
)

_HOME: Mapping[str, Element] = {
    "variant": Element.ABNORMALITY,
    "therapy": Element.THERAPY,
    "history": Element.NATURAL_HISTORY,
    "engagement": Element.ENGAGEMENT,
    "course": Element.IMPROVEMENT,
}

_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("setting", "The case and its setting", ("case", "disease", "plan")),
    ("safety", "Safety", ("offtarget", "safety")),
    ("quality", "Quality and nonclinical work", ("quality", "nonclinical")),
    ("follow-up", "Follow-up and sharing", ("followup", "sharing")),
)


class _Numbered:
    """Figures in the order they are met; the timeline is number 1 where there is one."""

    def __init__(self, start: int, origins: Mapping[str, str]) -> None:
        self.next = start
        self.origins = origins

    def pictures(
        self, findings: Iterable[Finding], *, dates: bool, renderer: Renderer
    ) -> tuple[Picture, ...]:
        found = []
        for finding in findings:
            for figure in figures_of(finding, dates=dates, renderer=renderer):
                link = Link(text=finding.id, anchor=place.finding(finding.id))
                known = finding.planned is not Planned.NOT_APPLICABLE
                word = planned_word(finding.planned) if known else ""
                found.append(
                    Picture(
                        number=self.next,
                        figure=figure,
                        finding=link,
                        planned=word,
                        origins=unreal(finding, self.origins),
                    )
                )
                self.next += 1
        return tuple(found)


def sections(
    assessment: Assessment,
    *,
    sources: Mapping[str, str],
    origins: Mapping[str, str],
    first_figure: int,
    renderer: Renderer,
) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """The five elements, and what stands outside them.

    Args:
        assessment: what is shown.
        sources: id to citation.
        origins: dataset id to origin.
        first_figure: the number of the first figure.
        renderer: turns a specification into SVG.
    """
    numbered = _Numbered(first_figure, origins)
    dates = assessment.case.clock == Clock.ISO_DATE
    used = users(assessment)

    def section(anchor: str, heading: str, findings: Sequence[Finding], **more: Any) -> Section:
        return Section(
            anchor=anchor,
            heading=heading,
            pictures=numbered.pictures(findings, dates=dates, renderer=renderer),
            findings=tuple(
                finding_view(f, used.get(f.id, ()), sources=sources, origins=origins)
                for f in findings
            ),
            **more,
        )

    elements = [
        section(
            place.element(element.value),
            element.heading,
            [f for f in assessment.findings if _home(f) is element],
            order=order,
            readings=readings(assessment, element),
            badges=_badges(assessment, element),
            elsewhere=_elsewhere(assessment, element),
            requirements=_requirements(assessment, element),
        )
        for order, element in enumerate(Element, 1)
    ]
    bare: dict[str, Any] = {"order": 0, "readings": (), "badges": (), "elsewhere": ()}
    others = [
        section(f"g-{key}", heading, group, requirements=(), **bare)
        for key, heading, group in _groups(assessment)
        if group
    ]
    if beyond := _requirements(assessment, None):
        heading = "Requirements beyond the five elements"
        others.append(section("g-requirements", heading, (), requirements=beyond, **bare))
    return tuple(elements), tuple(others)


def _home(finding: Finding) -> Element | None:
    return _HOME.get(finding.kind.partition(".")[0])


def _groups(assessment: Assessment) -> list[tuple[str, str, list[Finding]]]:
    known = {prefix for _, _, prefixes in _GROUPS for prefix in prefixes} | set(_HOME)
    found = [
        (key, heading, [f for f in assessment.findings if f.kind.partition(".")[0] in prefixes])
        for key, heading, prefixes in _GROUPS
    ]
    rest = [f for f in assessment.findings if f.kind.partition(".")[0] not in known]
    return [*found, ("further", "Further findings", rest)]


def _badges(assessment: Assessment, element: Element) -> tuple[str, ...]:
    for document in assessment.guidance[:1]:
        for verdict in document.elements:
            if verdict.id is element:
                return element_badges(verdict)
    return ()


def _elsewhere(assessment: Assessment, element: Element) -> tuple[Link, ...]:
    """Findings that bear on this element and are shown under another heading."""
    by_id = {finding.id: finding for finding in assessment.findings}
    bearing = [
        finding_id
        for document in assessment.guidance
        for row in document.requirements
        if row.element is element
        for finding_id in row.findings
    ]
    return tuple(
        Link(text=brief(by_id[i].statement), anchor=place.finding(i))
        for i in dict.fromkeys(bearing)
        if i in by_id and _home(by_id[i]) is not element
    )


def _requirements(assessment: Assessment, element: Element | None) -> tuple[RequirementView, ...]:
    statements = {finding.id: finding.statement for finding in assessment.findings}
    return tuple(
        _requirement(row, document, statements)
        for document in assessment.guidance
        for row in document.requirements
        if row.element is element
    )


def _requirement(
    row: RequirementVerdict, document: GuidanceAssessment, statements: Mapping[str, str]
) -> RequirementView:
    strict = {r.id: r.verdict for r in document.readings.strict.requirements}.get(row.id)
    return RequirementView(
        id=row.id,
        anchor=place.requirement(document.id, row.id),
        document=document.id,
        question=row.question,
        tag=tagged(row.tag),
        ours=row.ours,
        declared_only=row.declared_only,
        verdict=row.verdict.value,
        strict=strict.value if strict is not None and strict is not row.verdict else "",
        reason=row.brief,
        detail="" if row.reason == row.brief else row.reason,
        due=words(row.due),
        fail_closed=row.fail_closed,
        source=row.source,
        dispute=row.dispute or "",
        remedy=row.remedy,
        findings=tuple(
            Link(
                text=brief(statements.get(i, i)), anchor=place.finding(i), note=row.roles.get(i, "")
            )
            for i in row.findings
        ),
        judgements=tuple(
            JudgementView(
                verdict=j.verdict,
                by=j.by,
                on=j.on,
                reason=j.reason,
                interests=j.interests,
                standing=j.standing,
                why=j.why,
            )
            for j in row.judgements
        ),
        advice=None if row.advice is None else _advice(row.advice, row.generic),
        explanation=node(row.explanation),
    )


def _advice(advice: Advice, generic: Verdict | None) -> AdviceView:
    """Who advised what, what it does to the row, and the verdict without it."""
    done = {
        "confirms": "confirms the row",
        "waives": "waives the row for this case",
        "replaces": f"asks this case instead: {advice.asks}",
    }[advice.effect]
    return AdviceView(
        text=(
            f"{advice.agency}, {advice.on} ({advice.meeting}), {done.rstrip('.')}. {advice.advice}"
        ),
        effect=advice.effect,
        source=f"{advice.source}; entered by {advice.recorded_by}",
        without="" if generic is None else generic.value,
    )


def node(tree: Mapping[str, Any]) -> Node:
    """The tree of predicates; a reason stands at the leaf it came from, not again above it."""
    parts = tuple(node(part) for part in tree.get("parts", ()))
    return Node(
        ask=words(str(tree.get("ask", ""))),
        verdict=str(tree.get("verdict", "")),
        reason="" if parts else str(tree.get("reason", "")),
        findings=tuple(
            Link(text=finding_id, anchor=place.finding(finding_id), note=role)
            for finding_id, role in ({} if parts else tree.get("findings", {})).items()
        ),
        parts=parts,
    )
