"""From the details of findings to figures (docs/reference/finding-details.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ultrarare import draw
from ultrarare.case.finding import Finding
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.plan import Lock
from ultrarare.case.timeline import Event, EventKind
from ultrarare.dossier import comparisons, courses, occurrences
from ultrarare.dossier.details import day, level, marks, points, spans
from ultrarare.dossier.words import unit_word
from ultrarare.draw import Figure, Renderer

LANES: Mapping[EventKind, str] = {
    EventKind.BIRTH: "disease",
    EventKind.SYMPTOM: "disease",
    EventKind.DIAGNOSIS: "disease",
    EventKind.DESIGN: "prepa- ration",
    EventKind.REGULATORY: "prepa- ration",
    EventKind.DOSE: "dose",
    EventKind.INTERCURRENT: "inter- current",
    EventKind.MEASUREMENT: "measure- ment",
    EventKind.FOLLOW_UP: "follow- up",
}

_Drawn = Callable[[Finding, bool, Renderer], Figure | None]
_DrawnMany = Callable[[Finding, bool, Renderer], Iterable[Figure]]


def figures_of(finding: Finding, *, dates: bool, renderer: Renderer) -> tuple[Figure, ...]:
    """The figures of a finding; none where its kind has none or its details hold no data for it.

    Args:
        finding: what is shown.
        dates: whether the case's clock is the calendar.
        renderer: turns a specification into SVG.
    """
    one = _KINDS.get(finding.kind)
    first = None if one is None else one(finding, dates, renderer)
    more = _MORE.get(finding.kind)
    rest = () if more is None else tuple(more(finding, dates, renderer))
    return rest if first is None else (first, *rest)


def _alleles(finding: Finding, _dates: bool, renderer: Renderer) -> Figure | None:  # noqa: FBT001
    data = finding.details.get("alleles")
    if not data or not data["rows"]:
        return None
    unseen = data.get("not_shown") or {}
    return draw.allele_alignment(
        reference=data["reference"],
        first_position=data["first_position"],
        guide=tuple(data["guide"]),
        pam=tuple(data["pam"]),
        window=tuple(data["window"]),
        target=data["target"],
        alleles=[
            draw.Allele(
                sequence=row["sequence"],
                reads=row["reads"],
                share=row["share"],
                outcome=row.get("outcome") or "",
                protein=row.get("protein") or "",
                insertions=tuple(
                    (one["after"], one["bases"]) for one in row.get("insertions") or ()
                ),
            )
            for row in data["rows"]
        ],
        total=data["total"],
        unseen=(unseen.get("alleles") or 0, unseen.get("reads") or 0),
        renderer=renderer,
    )


def _course(finding: Finding, dates: bool, renderer: Renderer) -> Figure | None:  # noqa: FBT001
    data = finding.details
    before, after = points(data.get("pre", ())), points(data.get("post", ()))
    if not before and not after:
        return None
    left_out = data.get("excluded", ())
    return draw.course(
        measure=str(data.get("measure") or finding.measure or "value"),
        unit=unit_word(str(data.get("unit", "1"))),
        before=before,
        after=after,
        prediction=[
            draw.Prediction(
                time=day(row["time"]), mean=row["mean"], lower=row["lower"], upper=row["upper"]
            )
            for row in data.get("prediction", ())
        ],
        doses=marks(data.get("doses", ())),
        intercurrent=spans(data.get("intercurrent", ())),
        excluded=points(left_out),
        left_out=len(left_out),
        level=level(finding),
        dates=dates,
        renderer=renderer,
    )


def _summary(finding: Finding, _dates: bool, renderer: Renderer) -> Figure | None:  # noqa: FBT001
    data = finding.details
    if not data.get("periods"):
        return None
    return draw.course_summary(
        measure=str(data.get("measure") or finding.measure or "value"),
        unit=unit_word(str(data.get("unit", "1"))),
        periods=[
            draw.Period(
                name=str(row["period"]),
                median=row["median"],
                q1=row["q1"],
                q3=row["q3"],
                n=row.get("n"),
                text=str(row["text"]),
            )
            for row in data["periods"]
        ],
        reference_low=data.get("reference_low"),
        reference_high=data.get("reference_high"),
        renderer=renderer,
    )


def _survival(finding: Finding, _dates: bool, renderer: Renderer) -> Figure | None:  # noqa: FBT001
    data = finding.details
    curve = data.get("curve")
    if not curve or not curve["time"]:
        return None
    patient = data.get("patient")
    people = finding.attributes.get("people", finding.n)
    events = finding.attributes.get("events")
    return draw.survival(
        time=curve["time"],
        share=curve["survival"],
        lower=curve["lower"],
        upper=curve["upper"],
        start=float(curve["start"]),
        entries=data.get("entries", ()),
        exits=data.get("exits", ()),
        censored_at=data.get("censored_at", ()),
        unit=unit_word(str(data.get("unit", "d"))),
        group=str(data.get("group") or "untreated people"),
        people=None if people is None else int(people),
        events=None if events is None else int(events),
        patient=draw.Mark(time=patient["time"], label=str(patient["label"])) if patient else None,
        level=level(finding),
        renderer=renderer,
    )


def _literature(finding: Finding, _dates: bool, renderer: Renderer) -> Figure | None:  # noqa: FBT001
    data = finding.details
    rows = [row for row in data.get("values", ()) if row.get("value") is not None]
    if not rows:
        return None
    unit = str(data.get("unit", "1"))
    numbers = [
        row[k] for row in rows for k in ("value", "lower", "upper") if row.get(k) is not None
    ]
    percent = unit == "1" and all(0 <= v <= 1 for v in numbers)
    agree = finding.attributes.get("agree")
    return draw.literature(
        quantity=finding.measure or "value",
        unit="%" if percent else unit_word(unit),
        values=[
            draw.CitedValue(
                label=str(row["label"]),
                value=row["value"],
                lower=row.get("lower"),
                upper=row.get("upper"),
                population=row.get("population"),
                era=row.get("era"),
                citation=row.get("citation"),
                grade=row.get("grade"),
            )
            for row in rows
        ],
        agree=agree if isinstance(agree, bool) else None,
        percent=percent,
        renderer=renderer,
    )


def _episodes(finding: Finding, dates: bool, renderer: Renderer) -> Figure | None:  # noqa: FBT001
    data = finding.details
    if "observed" not in data:
        return None
    events, doses = marks(data.get("events", ())), marks(data.get("doses", ()))
    predicted = data.get("predicted")
    first = min((d.time for d in doses), default=None)
    after = None if first is None else sum(e.time > first for e in events)
    return draw.episodes(
        episode=finding.measure or "",
        observed=(day(data["observed"][0]), day(data["observed"][1])),
        events=events,
        doses=doses,
        predicted=(predicted["mean"], predicted["lower"], predicted["upper"])
        if predicted
        else None,
        after=after,
        dates=dates,
        renderer=renderer,
    )


_KINDS: Mapping[str, _Drawn] = {
    "engagement.any-edit": _alleles,
    "course.own-control": _course,
    "course.summary": _summary,
    "course.episodes": _episodes,
    "history.survival": _survival,
    "history.conflict": _literature,
}

_MORE: Mapping[str, _DrawnMany] = {
    "course.episodes": comparisons.episode_layers,
    "course.external-control": comparisons.external_control,
    "course.regression-to-mean": courses.regression,
    "course.single-case": courses.single_case,
    "course.borrowing": courses.borrowing,
    "course.recurrent": occurrences.recurrent,
    "course.sensitivity": comparisons.sensitivity,
    "disease.rct-infeasible": comparisons.trial_power,
    "course.surrogate": courses.surrogate,
    "course.survival": comparisons.survival_of_few,
    "history.cumulative-incidence": occurrences.incidence,
    "history.trajectory": courses.trajectory,
}


def timeline_figure(
    events: Sequence[Event], lock: Lock | None, *, renderer: Renderer
) -> Figure | None:
    """The timeline of the case with its lock; None where nothing is recorded."""
    if not events:
        return None
    dates = events[0].when.clock is Clock.ISO_DATE
    found = [_happening(event) for event in events]
    if (locked := _locked(lock, dates=dates)) is not None:
        found.append(locked)
    clock = "date" if dates else "day of life"
    return draw.timeline(
        sorted(found, key=lambda h: h.first), clock=clock, dates=dates, renderer=renderer
    )


def event_words(event: Event) -> str:
    """What happened, with its amount."""
    if event.value is None:
        return event.event
    unit = "" if event.unit is None else unit_word(event.unit)
    return f"{event.event}, {event.value} {unit}".rstrip()


def moment_words(when: Moment) -> str:
    """A moment as printed: ≈ for about, a dash for a span."""
    text = when.text.replace("~", "≈")
    return text.replace("-", "–") if when.clock is Clock.DAY_OF_LIFE else text


def _happening(event: Event) -> draw.Happening:
    return draw.Happening(
        lane=LANES[event.kind],
        first=event.when.first,
        last=event.when.last,
        when=moment_words(event.when),
        label=event_words(event),
        approximate=event.when.approximate,
        open_ended=event.when.last is None,
        strong=event.kind is EventKind.DOSE,
    )


def _locked(lock: Lock | None, *, dates: bool) -> draw.Happening | None:
    """The lock on the case's clock; None where it does not say when on that clock."""
    if lock is None:
        return None
    if dates:
        when = day(lock.locked_at[:10])
        text = lock.locked_at[:10]
    elif lock.day_of_life is not None:
        when, text = lock.day_of_life.first, lock.day_of_life.text
    else:
        return None
    return draw.Happening(
        lane="prepa- ration",
        first=when,
        last=when,
        when=text,
        label=f"plan locked by {lock.locked_by}",
    )
