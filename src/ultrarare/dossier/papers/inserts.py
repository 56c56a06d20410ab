"""What templates may insert: parts of a document that are computed from the case, by name.

A sentence about a document of the agency is made by `asked` only: it links to the row and prints
its tag. Nothing here says more than the dossier does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ultrarare.case.finding import Direction, Finding, Planned
from ultrarare.dossier import place
from ultrarare.dossier.figures import figures_of
from ultrarare.dossier.findings import number
from ultrarare.dossier.papers.block import (
    Block,
    Grid,
    Heading,
    Picture,
    Run,
    Slot,
    Words,
    plain,
    text_digest,
)
from ultrarare.dossier.papers.lay import LAY
from ultrarare.dossier.source import DossierInput
from ultrarare.dossier.words import plain as digits
from ultrarare.dossier.words import planned_word, tagged, words
from ultrarare.draw import Figure, Renderer
from ultrarare.guidance.agenda import Agenda
from ultrarare.guidance.assessment import (
    Assessment,
    Element,
    Gap,
    GuidanceAssessment,
    RequirementVerdict,
    Verdict,
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Material:
    """What documents are made from; it reads no file and no clock.

    Attributes:
        source: what the dossier is made from.
        agenda: questions for the meeting.
        timeline: the timeline's figure; None where the case records no event.
        course: the figure of the critical path; None where no work was given.
        renderer: turns a figure's specification into SVG.
    """

    source: DossierInput
    agenda: Agenda
    timeline: Figure | None
    course: Figure | None
    renderer: Renderer

    @property
    def assessment(self) -> Assessment:
        """The verdicts."""
        return self.source.assessment


Insert = Callable[[Material], Iterable[Block]]


def asked(document: str, row: RequirementVerdict, *, text: str | None = None) -> tuple[Run, ...]:
    """What a row asks, with a link to it and its tag."""
    return (
        Run(text=f"{text or row.question} "),
        Run(
            text=f"{document} {row.id}", small=True,
            link=place.requirement(document, row.id),
        ),
        Run(text=f" {tagged(row.tag)}" + (" [our deduction]" if row.ours else ""), small=True),
    )  # fmt: skip


def _facts(m: Material) -> Iterator[Block]:
    case = m.assessment.case
    rows = (
        ("Patient", case.pseudonym),
        ("Disease", case.disease),
        ("Gene and variant", f"{case.gene} {case.variant}"),
        ("Product", case.product),
        ("Untreated course", case.course),
        ("Phase", words(case.phase)),
        ("Data", case.data),
        ("Plan", m.source.lock_reason or case.plan),
        ("Digest of the case", case.digest),
    )
    yield Grid(
        key="facts",
        head=("", ""),
        rows=tuple(((Run(text=name, bold=True),), plain(value)) for name, value in rows),
    )


def _documents(m: Material) -> Iterator[Block]:
    for one in m.assessment.guidance:
        yield Words(
            key=f"documents.{text_digest(one.id)}",
            runs=plain(f"{one.title}, {one.date}: {one.status}, as {one.id} version {one.version}"),
            item=True,
        )


def _elements(m: Material) -> Iterator[Block]:
    for element in Element:
        key = f"element.{element.value}"
        yield Heading(key=key, text=element.heading, level=2)
        for document in m.assessment.guidance:
            yield from _element(document, element, key)
        yield from _findings(f"{key}.t", _under(m.assessment, element))


def _element(document: GuidanceAssessment, element: Element, key: str) -> Iterator[Block]:
    rows = {row.id: row for row in document.requirements}
    for reading in (one for one in document.elements if one.id is element):
        runs: list[Run] = [
            Run(text=f"{reading.verdict.value}. ", bold=True),
            Run(text=f"{_sentence(reading.reason)} Asked: "),
        ]
        for row_id in reading.deciding:
            runs += [*asked(document.id, rows[row_id]), Run(text=" ")]
        yield Words(key=f"{key}.{text_digest(document.id)}", runs=tuple(runs[:-1]))


def _under(assessment: Assessment, element: Element) -> list[Finding]:
    ids = dict.fromkeys(
        key
        for document in assessment.guidance
        for one in document.elements
        if one.id is element
        for key in one.findings
    )
    return [assessment.finding(key) for key in ids]


def _findings(key: str, findings: Sequence[Finding]) -> Iterator[Block]:
    if not findings:
        yield Words(key=key, runs=plain("No finding stands here."))
        return
    yield Grid(
        key=key,
        head=("finding", "estimate", "origin"),
        rows=tuple(
            (
                (
                    Run(text=f"{f.statement} "),
                    Run(text="finding", small=True, link=place.finding(f.id)),
                ),
                plain(_estimate(f)),
                plain(_origin(f)),
            )
            for f in findings
        ),
    )


def _estimate(finding: Finding) -> str:
    shown = number(finding)
    if shown is None:
        return "–"
    value = f"{shown.value} {shown.unit}".strip()
    limits = f" ({shown.interval}; {shown.level})" if shown.interval else ""
    return f"{value}{limits} {shown.n}".strip() or "–"


def _origin(finding: Finding) -> str:
    parts = [finding.origin.value, finding.direction.value]
    if finding.planned is not Planned.NOT_APPLICABLE:
        parts.append(planned_word(finding.planned))
    if finding.ladder is not None:
        parts.append(f"ladder {finding.ladder.value}: {finding.ladder.meaning}")
    if finding.tier is not None:
        parts.append(f"tier: {finding.tier.value}")
    return ", ".join(parts)


def _gaps(m: Material) -> Iterator[Block]:
    rows = _rows(m.assessment)
    seen: set[tuple[str, str]] = set()
    shown: list[tuple[tuple[Run, ...], ...]] = []
    for gap in m.assessment.gaps:
        if (gap.requirement, gap.remedy) not in seen:
            seen.add((gap.requirement, gap.remedy))
            row = rows[gap.guidance, gap.requirement]
            shown.append((plain(gap.verdict.value), asked(gap.guidance, row), plain(gap.remedy)))
    if not shown:
        yield Words(key="gaps", runs=plain("Nothing that is due is open."))
        return
    yield Grid(key="gaps", head=("verdict", "asked", "what would close it"), rows=tuple(shown))


def _rows(assessment: Assessment) -> Mapping[tuple[str, str], RequirementVerdict]:
    return {
        (document.id, row.id): row
        for document in assessment.guidance
        for row in document.requirements
    }


def _questions(m: Material) -> Iterator[Block]:
    rows = _rows(m.assessment)
    for place_in_line, one in enumerate(m.agenda.questions, start=1):
        key = f"question.{one.requirement}"
        row = rows[one.guidance, one.requirement]
        yield Heading(key=key, text=f"Question {place_in_line}: {row.question}", level=2)
        yield Words(key=f"{key}.q", runs=(Run(text=one.question, bold=True),))
        yield Words(key=f"{key}.asked", runs=asked(one.guidance, row, text="Asked by"))
        yield Words(
            key=f"{key}.position",
            runs=(Run(text="Our position. ", bold=True), *plain(one.position)),
        )
        yield Slot(key=f"{key}.more", prompt="Add what the reviewers need beside this, or nothing.")
    if m.agenda.left_out:
        text = f"Open too, and left out for want of room: {', '.join(m.agenda.left_out)}."
        yield Words(key="question.left", runs=plain(text))
    if not m.agenda.questions:
        yield Words(key="question.none", runs=plain("No open row falls to this meeting."))


def _endpoints(m: Material) -> Iterator[Block]:
    endpoints = m.source.plan.endpoints
    if not endpoints:
        yield Words(key="endpoints", runs=plain("The plan names no endpoint yet."))
        return
    yield Grid(
        key="endpoints",
        head=("endpoint", "measure", "class", "surrogate status", "difference that matters"),
        rows=tuple(
            (
                plain(one.id),
                plain(f"{one.measure}, {one.unit}; {one.improves} is better"),
                plain(one.endpoint_class),
                plain(one.surrogate_status),
                plain(
                    "not stated"
                    if one.relevant_difference is None
                    else f"{digits(one.relevant_difference)} {one.unit}"
                    f" ({one.relevant_difference_reason or 'reason not stated'})"
                ),
            )
            for one in endpoints
        ),
    )


def _estimands(m: Material) -> Iterator[Block]:
    for one in m.source.plan.endpoints:
        key = f"estimand.{text_digest(one.id)}"
        yield Heading(key=key, text=f"Estimand of {one.id}", level=2)
        if one.estimand is None:
            yield Words(key=f"{key}.none", runs=plain("No estimand is stated yet."))
            continue
        events = "; ".join(
            f"{e.event}: {e.strategy}" for e in one.estimand.intercurrent_events
        ) or "none named"  # fmt: skip
        rows = (
            ("Population", one.estimand.population),
            ("Treatment", one.estimand.treatment),
            ("Variable", one.estimand.variable),
            ("Intercurrent events", events),
            ("Summary", one.estimand.summary),
        )
        yield Grid(
            key=f"{key}.t",
            head=("attribute", "as planned"),
            rows=tuple((plain(name), plain(value)) for name, value in rows),
        )


def _analyses(m: Material) -> Iterator[Block]:
    planned = m.source.plan.analyses
    if not planned:
        yield Words(key="analyses", runs=plain("The plan names no analysis yet."))
        return
    yield Grid(
        key="analyses",
        head=("analysis", "method", "endpoint"),
        rows=tuple(
            (plain(one.id), plain(one.analysis), plain(one.endpoint or "–")) for one in planned
        ),
    )


def _success(m: Material) -> Iterator[Block]:
    criteria = m.source.plan.success
    if not criteria:
        yield Words(key="success", runs=plain("The plan names no success criterion yet."))
        return
    for index, one in enumerate(criteria):
        limits = [
            f"at most {digits(one.at_most)}" if one.at_most is not None else "",
            f"at least {digits(one.at_least)}" if one.at_least is not None else "",
        ]
        text = f"{one.analysis}, {one.field} of {one.finding}: {' and '.join(filter(None, limits))}"
        yield Words(key=f"success.{index}", runs=plain(text), item=True)


def _lock(m: Material) -> Iterator[Block]:
    yield Words(key="lock", runs=plain(_sentence(m.source.lock_reason or "The plan is not locked")))


def _timeline(m: Material) -> Iterator[Block]:
    if m.timeline is None:
        yield Words(key="timeline", runs=plain("The case records no events."))
        return
    yield _picture("timeline", m.timeline)


def _path(m: Material) -> Iterator[Block]:
    if m.course is None:
        text = "No work file was given, so there is no critical path."
        yield Words(key="path", runs=plain(text))
        return
    yield _picture("path", m.course)


def _picture(key: str, figure: Figure) -> Picture:
    return Picture(
        key=key, svg=figure.svg, alt=figure.description, caption=f"{figure.title}. {figure.caption}"
    )


def _of_kinds(key: str, *prefixes: str, figures: bool = False) -> Insert:
    def insert(m: Material) -> Iterator[Block]:
        found = [f for f in m.assessment.findings if f.kind.startswith(prefixes)]
        yield from _findings(key, found)
        if not figures:
            return
        for finding in found:
            for k, figure in enumerate(figures_of(finding, dates=False, renderer=m.renderer)):
                yield _picture(f"{key}.f{text_digest(finding.id)}{k}", figure)

    return insert


def _uncertainty(m: Material) -> Iterator[Block]:
    """What weakens the comparisons: post hoc, caveats, sensitivity; and what is not computable."""
    shown = [f for f in m.assessment.findings if f.kind.startswith("course.")]
    said = list(
        dict.fromkeys(
            caveat for f in shown if f.direction is Direction.SUPPORTS for caveat in f.caveats
        )
    )
    late = [f for f in shown if f.planned is Planned.POST_HOC and f.direction is Direction.SUPPORTS]
    if late:
        text = f"{len(late)} supporting results are post hoc: not planned before the first dose."
        yield Words(key="uncertain.late", runs=plain(text), item=True)
    for k, caveat in enumerate(said):
        yield Words(key=f"uncertain.c{k}", runs=plain(_sentence(caveat)), item=True)
    barred = [f for f in shown if f.direction is Direction.NOT_COMPUTABLE]
    for f in barred:
        need = f" It would need: {_sentence(f.would_need)}" if f.would_need else ""
        yield Words(
            key=f"uncertain.{text_digest(f.id)}",
            runs=(
                Run(text=f"{_sentence(f.statement)}{need} "),
                Run(text="finding", small=True, link=place.finding(f.id)),
            ),
            item=True,
        )
    if not (late or said or barred):
        yield Words(key="uncertain", runs=plain("No finding on the course supports anything yet."))


def _disputes(m: Material) -> Iterator[Block]:
    found: dict[str, tuple[str, RequirementVerdict]] = {}
    for document in m.assessment.guidance:
        for row in document.requirements:
            if row.dispute is not None and row.verdict is not Verdict.NOT_APPLICABLE:
                found.setdefault(row.dispute, (document.id, row))
    for dispute, (document_id, row) in found.items():
        yield Words(
            key=f"dispute.{text_digest(dispute)}",
            runs=asked(document_id, row, text=_sentence(dispute)),
            item=True,
        )
    if not found:
        yield Words(key="dispute", runs=plain("No row of these documents has an open dispute."))


def _sources(m: Material) -> Iterator[Block]:
    for one in m.source.sources:
        doi = f" doi:{one.doi}" if one.doi else ""
        yield Words(
            key=f"source.{text_digest(one.id)}", runs=plain(f"{one.citation}{doi}"), item=True
        )
    if not m.source.sources:
        yield Words(key="source", runs=plain("The case cites no source."))


_CONSENT: Sequence[tuple[str, str]] = (
    ("uncertain_benefit", "Benefit is uncertain, and this is research"),
    ("irreversible", "An edit cannot be taken back"),
    ("follow_up", "Long-term follow-up and what it holds"),
    ("data_sharing", "What data are shared, with whom"),
)


def _consent(m: Material) -> Iterator[Block]:
    """Elements of consent that rows of the documents ask for, and what the case states of each."""
    stated = [f for f in m.assessment.findings if f.kind == "clinical.consent"]
    rows: list[tuple[tuple[Run, ...], ...]] = []
    for name, text in _CONSENT:
        values = [f.attributes.get(name) for f in stated]
        state = (
            "stated" if True in values else "not in the form" if False in values else "not known"
        )
        rows.append((plain(text), plain(state)))
    yield Grid(key="consent", head=("element", "in the form, as the case states"), rows=tuple(rows))
    for document in m.assessment.guidance:
        for row in document.requirements:
            if "clinical.consent" in row.reads or "consent." in " ".join(row.reads):
                yield Words(
                    key=f"consent.{text_digest(document.id + row.id)}",
                    runs=(Run(text=f"{row.verdict.value}. ", bold=True), *asked(document.id, row)),
                    item=True,
                )


def _lay(m: Material) -> Iterator[Block]:
    """One plain sentence for each element, by its verdict in the first document."""
    for document in m.assessment.guidance[:1]:
        for one in document.elements:
            yield Words(key=f"lay.{one.id.value}", runs=plain(LAY[one.id][one.verdict]), item=True)


def _lay_open(m: Material) -> Iterator[Block]:
    count = len({gap.requirement for gap in m.assessment.gaps})
    if count:
        text = f"The team keeps a list of what is still open. It holds {count} points today."
    else:
        text = "The team keeps a list of what is still open. It is empty today."
    yield Words(key="lay.open", runs=plain(text))


def _by_phase(m: Material) -> Iterator[Block]:
    """How many rows are open, by phase; never as a share of all."""
    counted: dict[str, list[Gap]] = {}
    for gap in m.assessment.gaps:
        counted.setdefault(gap.due, []).append(gap)
    for due, some in counted.items():
        names = ", ".join(dict.fromkeys(gap.requirement for gap in some))
        yield Words(
            key=f"due.{due}", runs=plain(f"Due from {words(due)} and open: {names}."), item=True
        )
    if not counted:
        yield Words(key="due", runs=plain("Nothing that is due is open."))


INSERTS: Mapping[str, Insert] = {
    "facts": _facts,
    "documents": _documents,
    "elements": _elements,
    "gaps": _gaps,
    "open-by-phase": _by_phase,
    "questions": _questions,
    "endpoints": _endpoints,
    "estimands": _estimands,
    "analyses": _analyses,
    "success-criteria": _success,
    "lock": _lock,
    "timeline": _timeline,
    "critical-path": _path,
    "abnormality": _of_kinds("abnormality", "variant."),
    "therapy": _of_kinds("therapy", "therapy."),
    "natural-history": _of_kinds("history", "history.", figures=True),
    "engagement": _of_kinds("engagement", "engagement.", figures=True),
    "improvement": _of_kinds("improvement", "course.", figures=True),
    "safety": _of_kinds("safety", "safety.", "offtarget."),
    "quality": _of_kinds("quality", "quality."),
    "follow-up": _of_kinds("follow-up", "followup."),
    "uncertainty": _uncertainty,
    "disputes": _disputes,
    "sources": _sources,
    "consent": _consent,
    "lay-elements": _lay,
    "lay-open": _lay_open,
}
"""Every name that a template may insert."""


def fields_of(m: Material) -> dict[str, str]:
    """Every field that a template's sentences may name, with its value."""
    case = m.assessment.case
    return {
        "title": case.title,
        "patient": case.pseudonym,
        "disease": case.disease,
        "gene": case.gene,
        "variant": case.variant,
        "product": case.product,
        "course": case.course,
        "phase": words(case.phase),
        "meeting": m.agenda.meeting.value,
        "questions": str(len(m.agenda.questions)),
        "digest": case.digest.removeprefix("sha256:")[:12],
        "date": m.source.assessed_on.isoformat(),
        "software": m.assessment.software,
    }


FIELDS = (
    "title", "patient", "disease", "gene", "variant", "product", "course", "phase", "meeting",
    "questions", "digest", "date", "software",
)  # fmt: skip
"""The names of `fields_of`, to check a template without a case."""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
