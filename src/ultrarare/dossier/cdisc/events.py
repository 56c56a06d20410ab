"""What was given and what happened: EX, PR, AE, CE, DS, MH and CO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ultrarare.case.amount import Amount
from ultrarare.case.case import Statement
from ultrarare.case.finding import Direction
from ultrarare.case.timeline import Event, EventKind
from ultrarare.dossier.cdisc.assemble import Record
from ultrarare.dossier.cdisc.dataset import Cell
from ultrarare.dossier.cdisc.source import Course, LeftOut, Subject
from ultrarare.dossier.cdisc.terms import unit
from ultrarare.dossier.cdisc.timing import Stamp, why_not_iso

COMMENTED: Final = frozenset(
    "safety.event safety.serious-events course.reported course.data-quality".split()
)
"""Kinds of statement on course and safety: an event goes to AE, everything else to CO."""
_SEVERITIES: Final = frozenset({"MILD", "MODERATE", "SEVERE"})
_NOT_OF_THE_SUBJECT: Final = (EventKind.DESIGN, EventKind.REGULATORY)


def event_records(
    course: Course, subject: Subject
) -> tuple[Mapping[str, Sequence[Record]], list[LeftOut]]:
    """Interventions, events and comments, and what of timeline and statements is left out."""
    records = {
        "EX": [_dose(course, subject, event) for event in course.doses],
        "PR": [
            _procedure(course, subject, event)
            for event in course.timeline
            if event.kind is EventKind.MEASUREMENT and event.value is None
        ],
        "CE": [*_happened(course, subject), *_episodes(course, subject)],
        "DS": _observed(course, subject),
        "MH": _history(course, subject),
        "AE": [_adverse(course, subject, s) for s in course.case.statements if is_event(s)],
        "CO": [
            _comment(subject, statement)
            for statement in course.case.statements
            if statement.kind in COMMENTED and not is_event(statement)
        ]
        + _remarks(course, subject),
    }
    left = [
        LeftOut(f"timeline: {event.event}", f"{event.kind}: not an observation of the subject")
        for event in course.timeline
        if event.kind in _NOT_OF_THE_SUBJECT
    ]
    left += [
        LeftOut(f"timeline: {event.event}", f"{event.when}: a visit needs one day")
        for event in course.timeline
        if event.kind is EventKind.FOLLOW_UP and event.when.is_vague
    ]
    return records, left


def is_event(statement: Statement) -> bool:
    """Whether a statement says that an adverse event happened."""
    serious = statement.kind == "safety.serious-events"
    happened = statement.direction is Direction.CONTRADICTS
    return statement.kind == "safety.event" or (serious and happened)


def _timed(domain: str, stamp: Stamp) -> dict[str, Cell]:
    return {
        f"{domain}STDTC": stamp.dtc,
        f"{domain}STDY": stamp.day,
        "EPOCH": stamp.epoch,
    }


def _notes(event: Event) -> dict[str, Cell]:
    return {"NOTE": event.note, "SRCGRADE": event.grade}


def _all(event: Event) -> dict[str, Cell]:
    return {"EVVALUE": event.value, "EVUNIT": event.unit, **_notes(event)}


def _number(text: str | None) -> float | None:
    """The one number that a text is; None for a limit, a range, or words."""
    try:
        return None if text is None else Amount.parse(text).exact
    except ValueError:
        return None


def _dose(course: Course, subject: Subject, event: Event) -> Record:
    stamp = course.calendar.stamp(event.when)
    amount = _number(event.value)
    values: dict[str, Cell] = {
        "USUBJID": subject.unique,
        "EXTRT": course.case.product.name,
        "EXDOSE": amount,
        "EXDOSTXT": event.value if amount is None else None,
        "EXDOSU": unit(event.unit),
        "EXENDTC": stamp.dtc,
        "EXENDY": stamp.day,
        **_timed("EX", stamp),
        "EPOCH": "TREATMENT",
    }
    return Record(
        values=values,
        more={"EVENTTXT": event.event, "TIMETEXT": stamp.text, **_notes(event)},
    )


def _procedure(course: Course, subject: Subject, event: Event) -> Record:
    stamp = course.calendar.stamp(event.when)
    return Record(
        values={"USUBJID": subject.unique, "PRTRT": event.event, **_timed("PR", stamp)},
        more={"TIMETEXT": stamp.text, **_notes(event)},
    )


def _happened(course: Course, subject: Subject) -> list[Record]:
    kinds = {EventKind.SYMPTOM: "SYMPTOM", EventKind.INTERCURRENT: "INTERCURRENT EVENT"}
    found = []
    for event in course.timeline:
        if event.kind in kinds:
            stamp = course.calendar.stamp(event.when)
            found.append(
                Record(
                    values={
                        "USUBJID": subject.unique,
                        "CETERM": event.event,
                        "CECAT": kinds[event.kind],
                        **_timed("CE", stamp),
                    },
                    more={"TIMETEXT": stamp.text, **_all(event)},
                )
            )
    return found


def _episodes(course: Course, subject: Subject) -> list[Record]:
    found = []
    for dataset, episodes in course.episodes:
        for episode in episodes:
            stamp = course.calendar.stamp(episode.when)
            found.append(
                Record(
                    values={
                        "USUBJID": subject.unique,
                        "CETERM": dataset.episode,
                        "CECAT": "EPISODE",
                        **_timed("CE", stamp),
                    },
                    more={
                        "TIMETEXT": stamp.text,
                        "SEVTEXT": episode.severity,
                        "DATASET": dataset.id,
                    },
                )
            )
    return found


def _observed(course: Course, subject: Subject) -> list[Record]:
    found = []
    for dataset, _ in course.episodes:
        ends = zip(("STARTED", "ENDED"), course.observed[dataset.id], strict=True)
        for word, moment in ends:
            stamp = course.calendar.stamp(moment)
            found.append(
                Record(
                    values={
                        "USUBJID": subject.unique,
                        "DSTERM": f"observation for {dataset.episode} {word.lower()}",
                        "DSDECOD": f"OBSERVATION {word}",
                        "DSCAT": "OTHER EVENT",
                        **_timed("DS", stamp),
                    },
                    more={"TIMETEXT": stamp.text, "DATASET": dataset.id},
                )
            )
    return found


def _history(course: Course, subject: Subject) -> list[Record]:
    case = course.case
    stamps: list[tuple[str, Stamp, dict[str, Cell]]] = [
        (case.disease.name, course.calendar.stamp(case.patient.diagnosed), {})
    ]
    stamps += [
        (event.event, course.calendar.stamp(event.when), _all(event))
        for event in course.timeline
        if event.kind is EventKind.DIAGNOSIS
    ]
    return [
        Record(
            values={
                "USUBJID": subject.unique,
                "MHTERM": term,
                "MHEVDTYP": "DIAGNOSIS",
                "MHSTDTC": stamp.dtc,
                "MHSTDY": stamp.day,
            },
            more={"TIMETEXT": stamp.text, **notes},
        )
        for term, stamp, notes in stamps
    ]


def _adverse(course: Course, subject: Subject, statement: Statement) -> Record:
    stamp = course.calendar.stamp(statement.when)
    said = statement.attributes
    severity = str(said.get("severity") or "").upper()
    serious = said.get("serious")
    if statement.kind == "safety.serious-events":
        serious = True
    return Record(
        values={
            "USUBJID": subject.unique,
            "AESPID": statement.id,
            "AETERM": statement.statement,
            "AESEV": severity if severity in _SEVERITIES else None,
            "AESER": {True: "Y", False: "N"}.get(serious) if isinstance(serious, bool) else None,
            "AEREL": _words(said.get("related")),
            "AEOUT": _words(said.get("outcome")),
            **_timed("AE", stamp),
        },
        more={
            "TIMETEXT": stamp.text,
            "SEVTEXT": None if severity in _SEVERITIES else _words(said.get("severity")),
        },
    )


def _words(value: object) -> str | None:
    if value is None:
        return None
    return {True: "Y", False: "N"}[value] if isinstance(value, bool) else str(value)


def _comment(subject: Subject, statement: Statement) -> Record:
    when = () if statement.when is None else (f"When: {statement.when}.",)
    date = statement.on if statement.on and why_not_iso(statement.on) is None else None
    return Record(
        values={
            "USUBJID": subject.unique,
            "COREF": f"{statement.kind}: {statement.id}",
            "COVAL": " ".join((statement.statement, *statement.caveats, *when)),
            "CODTC": date,
        }
    )


def _remarks(course: Course, subject: Subject) -> list[Record]:
    """What a dataset of the course says of itself."""
    parts = (course.series, course.summaries, course.episodes)
    return [
        Record(
            values={
                "USUBJID": subject.unique,
                "COREF": f"dataset: {dataset.id}",
                "COVAL": dataset.note,
            }
        )
        for part in parts
        for dataset, _ in part
        if dataset.note is not None
    ]
