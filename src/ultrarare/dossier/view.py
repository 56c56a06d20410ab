"""What a dossier shows, as values: page and paper are rendered from these and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from ultrarare.draw import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A word that leads to another place of the dossier."""

    text: str
    anchor: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An estimate as printed: never without its interval, its n and its planned word."""

    value: str
    interval: str
    level: str
    unit: str
    n: str
    planned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `numeric` says which columns are aligned to the right."""

    caption: str
    head: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure, numbered, with the finding it shows and its planned word (empty for neither).

    `origins` says that the data behind it are made or simulated.
    """

    number: int
    figure: Figure
    finding: Link | None
    planned: str
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """Something that must be seen first, such as that the data are made."""

    word: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Who and what."""

    title: str
    banners: tuple[Banner, ...]
    facts: tuple[tuple[str, str], ...]
    case_id: str
    short_digest: str
    digest: str
    date: str
    notice: str
    documents: tuple[str, ...]
    software: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One element on the first screen."""

    order: int
    anchor: str
    heading: str
    verdict: str
    reason: str
    number: Number | None
    what: str
    origin: str
    finding: Link | None
    badges: tuple[str, ...]
    strict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """One guidance document and both its readings."""

    id: str
    title: str
    status: str
    date: str
    version: str
    digest: str
    strict_about: str
    written_about: str
    strict_open: tuple[str, ...]
    written_open: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementReading:
    """What one document says of one element, read strictly and as written."""

    document: str
    verdict: str
    reason: str
    strict_verdict: str
    strict_reason: str
    detail: str
    deciding: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One element over all documents and readings."""

    heading: str
    anchor: str
    readings: tuple[ElementReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapPart:
    """What one document says of a gap."""

    requirement: Link
    reason: str
    remedy: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapView:
    """Something open, and what would close it, by every document that asks for it."""

    element: str
    verdict: str
    due: str
    parts: tuple[GapPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One predicate of the explanation, with the answers it was made from."""

    ask: str
    verdict: str
    reason: str
    findings: tuple[Link, ...]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementView:
    """A human decision; it stands beside the verdict."""

    verdict: str
    by: str
    on: str
    reason: str
    interests: str
    standing: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceView:
    """Advice of an agency on the row; it overrides what the document asks in general."""

    text: str
    effect: str
    source: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementView:
    """One requirement with its verdict and everything under it."""

    id: str
    anchor: str
    document: str
    question: str
    tag: str
    ours: bool
    declared_only: bool
    verdict: str
    strict: str
    reason: str
    detail: str
    due: str
    fail_closed: bool
    source: str
    dispute: str
    remedy: str
    findings: tuple[Link, ...]
    judgements: tuple[JudgementView, ...]
    explanation: Node
    advice: AdviceView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationView:
    """Where a value stands."""

    source: Link
    locator: str
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """How a finding came about."""

    analysis: str
    version: str
    parameters: str
    seed: str
    digest: str
    inputs: tuple[tuple[str, str, str], ...]
    citations: tuple[CitationView, ...]
    declared: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding with its number, its caveats and its provenance."""

    id: str
    anchor: str
    kind: str
    origin: str
    statement: str
    direction: str
    number: Number | None
    planned: str
    caveats: tuple[str, ...]
    badges: tuple[str, ...]
    would_need: str
    attributes: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    provenance: Origins
    used_by: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """An element, or a group of what stands outside the five."""

    anchor: str
    heading: str
    order: int
    readings: tuple[ElementReading, ...]
    badges: tuple[str, ...]
    pictures: tuple[Picture, ...]
    findings: tuple[FindingView, ...]
    elsewhere: tuple[Link, ...]
    requirements: tuple[RequirementView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """An endpoint of the plan."""

    id: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The plan and its lock."""

    lock: str
    endpoints: tuple[EndpointView, ...]
    analyses: Table
    success: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodView:
    """One method."""

    name: str
    anchor: str
    summary: str
    page: str
    error_rate: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source."""

    id: str
    anchor: str
    citation: str
    doi: str
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One verdict that turns on which document is asked."""

    what: str
    sort: str
    a: str
    b: str
    question: str
    link: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningView:
    """Two documents, what turns on them, and what only one of them asks and is open."""

    a: str
    b: str
    turns: tuple[TurnView, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionView:
    """One condition of a route with its own answer."""

    name: str
    asks: str
    says: str
    state: str
    reason: str
    source: str
    tag: str
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """A way that may be open to the case."""

    title: str
    about: str
    answer: str
    reason: str
    conditions: tuple[ConditionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteGroup:
    """Ways to one thing; none is a condition of another."""

    heading: str
    routes: tuple[RouteView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that a dossier shows."""

    head: Head
    cards: tuple[Card, ...]
    documents: tuple[DocumentView, ...]
    comparison: tuple[Comparison, ...]
    gaps: tuple[GapView, ...]
    turning: tuple[TurningView, ...]
    routes: tuple[RouteGroup, ...]
    endpoints: Table
    timeline: Picture | None
    events: Table
    sections: tuple[Section, ...]
    others: tuple[Section, ...]
    plan: PlanView
    methods: tuple[MethodView, ...]
    absent: tuple[str, ...]
    failures: tuple[tuple[str, str], ...]
    datasets: Table
    sources: tuple[SourceView, ...]
    manifest: tuple[tuple[str, str], ...]

    @property
    def anchors(self) -> frozenset[str]:
        """Every place that a link may lead to."""
        parts = (*self.sections, *self.others)
        return frozenset(
            [p.anchor for p in parts]
            + [f.anchor for p in parts for f in p.findings]
            + [r.anchor for p in parts for r in p.requirements]
            + [m.anchor for m in self.methods]
            + [s.anchor for s in self.sources]
        )
