"""The first screen: head, five cards, both readings of every document, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from ultrarare.case.finding import Finding, Tier
from ultrarare.dossier import place
from ultrarare.dossier.findings import number, rung
from ultrarare.dossier.source import DossierInput
from ultrarare.dossier.view import (
    Banner,
    Card,
    Comparison,
    DocumentView,
    ElementReading,
    GapPart,
    GapView,
    Head,
    Link,
    Number,
    TurningView,
    TurnView,
)
from ultrarare.dossier.words import planned_word, short, tagged, value_word, words
from ultrarare.guidance.assessment import (
    Assessment,
    Element,
    ElementVerdict,
    Gap,
    GuidanceAssessment,
)

_BANNERS: Mapping[str, Banner] = {
    "made": Banner(
        word="made data",
        text="This case was made up to show the method. It describes no person.",
    ),
    "published": Banner(
        word="published case",
        text="Values are taken from published work; what was not printed is missing here.",
    ),
}


def head(source: DossierInput) -> Head:
    """Who and what, and what must be known before anything is read."""
    case = source.assessment.case
    day = source.assessed_on
    facts = (
        ("patient", case.pseudonym),
        ("disease", case.disease),
        ("gene and variant", f"{case.gene} {case.variant}"),
        ("product", case.product),
        ("untreated course", case.course),
        ("phase", words(case.phase)),
        ("assessed on", f"{day.day} {day:%B %Y}"),
        ("data digest", short(case.digest)),
        ("plan", source.lock_reason or case.plan),
    )
    return Head(
        title=case.title,
        banners=_banners(source),
        facts=facts,
        case_id=case.id,
        short_digest=short(case.digest),
        digest=case.digest,
        date=day.isoformat(),
        notice=source.assessment.notice,
        documents=tuple(
            f"{document.title}, {document.date}: {document.status}"
            for document in source.assessment.guidance
        ),
        software=source.assessment.software,
    )


def _banners(source: DossierInput) -> tuple[Banner, ...]:
    data = source.assessment.case.data
    found = [_BANNERS[data]] if data in _BANNERS else []
    for origin in ("simulated", "made"):
        ids = [dataset.id for dataset in source.datasets if dataset.origin == origin]
        if ids and origin != data:
            text = f"Datasets that are {origin}: {', '.join(ids)}."
            found.append(Banner(word=f"{origin} data inside", text=text))
    return tuple(found)


def documents(assessment: Assessment) -> tuple[DocumentView, ...]:
    """Every document with what its two readings ask and leave open."""

    def headings(elements: tuple[Element, ...]) -> tuple[str, ...]:
        return tuple(element.heading for element in elements)

    return tuple(
        DocumentView(
            id=document.id,
            title=document.title,
            status=document.status,
            date=document.date,
            version=document.version,
            digest=document.sha256,
            strict_about=document.readings.strict.about,
            written_about=document.readings.as_written.about,
            strict_open=headings(document.readings.strict.open_elements),
            written_open=headings(document.readings.as_written.open_elements),
        )
        for document in assessment.guidance
    )


def readings(assessment: Assessment, element: Element) -> tuple[ElementReading, ...]:
    """What each document says of one element, in both readings."""
    found = []
    for document in assessment.guidance:
        written = _of(document.readings.as_written.elements, element)
        strict = _of(document.readings.strict.elements, element)
        if written is None or strict is None:
            continue
        found.append(
            ElementReading(
                document=document.id,
                verdict=written.verdict.value,
                reason=written.reason,
                strict_verdict=strict.verdict.value,
                strict_reason=strict.reason,
                detail="" if written.detail == written.reason else written.detail,
                deciding=tuple(
                    Link(text=rid, anchor=place.requirement(document.id, rid))
                    for rid in written.deciding
                ),
            )
        )
    return tuple(found)


def comparison(assessment: Assessment) -> tuple[Comparison, ...]:
    """The five elements over all documents."""
    return tuple(
        Comparison(
            heading=element.heading,
            anchor=place.element(element.value),
            readings=readings(assessment, element),
        )
        for element in Element
    )


def cards(assessment: Assessment) -> tuple[Card, ...]:
    """Five cards by the first document, in the framework's order."""
    if not assessment.guidance:
        return ()
    first = assessment.guidance[0]
    by_id = {finding.id: finding for finding in assessment.findings}
    found = []
    for order, element in enumerate(Element, 1):
        written = _of(first.elements, element)
        if written is not None:
            found.append(_card(order, written, first, by_id))
    return tuple(found)


def _card(
    order: int,
    verdict: ElementVerdict,
    document: GuidanceAssessment,
    findings: Mapping[str, Finding],
) -> Card:
    strict = _of(document.readings.strict.elements, verdict.id)
    telling = _telling(verdict, findings)
    return Card(
        order=order,
        anchor=place.element(verdict.id.value),
        heading=verdict.id.heading,
        verdict=verdict.verdict.value,
        reason=verdict.reason,
        number=None if telling is None else _headline(telling),
        what="" if telling is None else telling.statement,
        origin="" if telling is None else telling.origin.value,
        finding=None
        if telling is None
        else Link(text=telling.id, anchor=place.finding(telling.id)),
        badges=element_badges(verdict),
        strict=strict.verdict.value
        if strict is not None and strict.verdict is not verdict.verdict
        else "",
    )


def element_badges(verdict: ElementVerdict) -> tuple[str, ...]:
    """The closest rung or tier that an element reached."""
    found = []
    if verdict.ladder is not None:
        found.append(rung(verdict.ladder))
    if verdict.tier is not None:
        found.append(f"tier: {verdict.tier}")
    return tuple(found)


def _telling(verdict: ElementVerdict, findings: Mapping[str, Finding]) -> Finding | None:
    """The finding whose number matters most: of the closest tier, with an interval of known level.

    Within that the verdict's own order stands; without any estimate, a classification.
    """
    listed = [findings[i] for i in verdict.findings if i in findings]
    estimated = [f for f in listed if f.estimate is not None and f.estimate.value is not None]
    estimated.sort(key=lambda f: (f.direction == "describes", *_nearness(f)))
    pointed = [f for f in listed if _points(f) is not None]
    return next(iter([*estimated, *pointed]), None)


def _nearness(finding: Finding) -> tuple[int, bool]:
    tiers = list(Tier)
    tier = len(tiers) if finding.tier is None else tiers.index(finding.tier)
    return tier, finding.estimate is None or finding.estimate.level is None


def _points(finding: Finding) -> str | None:
    """The points of a classification, which has no estimate."""
    points = finding.attributes.get("points")
    if finding.kind != "variant.classification" or points is None:
        return None
    return value_word(points)


def _headline(finding: Finding) -> Number | None:
    points = _points(finding)
    if points is None:
        return number(finding)
    word = planned_word(finding.planned)
    return Number(value=points, interval="", level="", unit="ACMG/AMP points", n="", planned=word)


def gaps(assessment: Assessment) -> tuple[GapView, ...]:
    """Everything open, the most blocking first; one entry where documents ask for the same."""
    merged: dict[tuple[str, ...], list[Gap]] = {}
    short_reasons = {
        (document.id, row.id): row.brief
        for document in assessment.guidance
        for row in document.requirements
    }
    for gap in assessment.gaps:
        same = (gap.element.value, gap.requirement) if gap.element else (gap.guidance,)
        key = (*same, gap.requirement, gap.verdict.value, gap.due)
        merged.setdefault(key, []).append(gap)
    return tuple(
        GapView(
            element="" if group[0].element is None else group[0].element.heading,
            verdict=group[0].verdict.value,
            due=words(group[0].due),
            parts=tuple(_gap_part(gap, short_reasons) for gap in group),
        )
        for group in merged.values()
    )


def _gap_part(gap: Gap, short_reasons: Mapping[tuple[str, str], str]) -> GapPart:
    return GapPart(
        requirement=Link(
            text=f"{gap.guidance} {gap.requirement}",
            anchor=place.requirement(gap.guidance, gap.requirement),
        ),
        reason=short_reasons.get((gap.guidance, gap.requirement), gap.reason),
        remedy=gap.remedy,
        tag=tagged(gap.tag),
    )


def turning(assessment: Assessment) -> tuple[TurningView, ...]:
    """What turns on which document is asked; rows that one of them does not have by id only."""
    return tuple(
        TurningView(
            a=pair.a,
            b=pair.b,
            turns=tuple(
                TurnView(
                    what=words(turn.what),
                    sort=turn.sort,
                    a=turn.a.value,
                    b=turn.b.value,
                    question=turn.question,
                    link=None
                    if turn.sort != "requirement"
                    else Link(text=turn.what, anchor=place.requirement(pair.b, turn.what)),
                )
                for turn in pair.turns
                if turn.a is not None and turn.b is not None
            ),
            only_a=tuple(turn.what for turn in pair.turns if turn.b is None),
            only_b=tuple(turn.what for turn in pair.turns if turn.a is None),
        )
        for pair in assessment.turning
    )


def _of(elements: tuple[ElementVerdict, ...], element: Element) -> ElementVerdict | None:
    return next((item for item in elements if item.id is element), None)
