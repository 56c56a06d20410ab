"""The subject and the design around it: DM, SE, SV and the trial's TS, TA, TE."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from ultrarare.case.case import Modality
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.timeline import EventKind
from ultrarare.dossier.cdisc.assemble import Record
from ultrarare.dossier.cdisc.dataset import Cell
from ultrarare.dossier.cdisc.source import Course, Subject, Visits
from ultrarare.dossier.cdisc.specification import SDTM, SDTMIG

ARM: Final = "TRT"
UNTREATED: Final = ("UNTRT", "Untreated course", 1, "BASELINE")
TREATED: Final = ("TRT", "From the first dose on", 2, "TREATMENT")

PARAMETERS: Final[Mapping[str, str]] = {
    "TITLE": "Trial Title",
    "STYPE": "Study Type",
    "TRT": "Investigational Therapy or Treatment",
    "INDIC": "Trial Disease/Condition Indication",
    "INTTYPE": "Intervention Type",
    "INTMODEL": "Intervention Model",
    "NARMS": "Planned Number of Arms",
    "ACTSUB": "Actual Number of Subjects",
    "SEXPOP": "Sex of Participants",
    "SSTDTC": "Study Start Date",
    "SENDTC": "Study End Date",
    "SPONSOR": "Clinical Study Sponsor",
    "REGID": "Registry Identifier",
    "SDTIGVER": "SDTM IG Version",
    "SDTMVER": "SDTM Version",
}
"""Trial summary parameters that are written, with their names."""

_INTERVENTION: Final = {
    Modality.GENOME_EDITING: "GENETIC",
    Modality.ASO: "DRUG",
    Modality.SIRNA: "DRUG",
}
_SEX: Final = {"female": "F", "male": "M", "other": "U", "unknown": "U"}


def subject_records(
    course: Course, subject: Subject, days: Visits
) -> Mapping[str, Sequence[Record]]:
    """DM, SE and SV of the patient."""
    return {
        "DM": [_demographics(course, subject)],
        "SE": _elements(course, subject),
        "SV": _visits(course, subject, days),
    }


def _demographics(course: Course, subject: Subject) -> Record:
    case, doses = course.case, course.doses
    # A last dose that is not dated exactly hides the end: the dose before it must not stand for it.
    first, last = (_dtc(doses[0].when), _dtc(doses[-1].when)) if doses else (None, None)
    treated = bool(doses)
    age, age_unit = _age(course)
    end = course.follow_up
    other = case.patient.sex == "other"
    return Record(
        values={
            "USUBJID": subject.unique,
            "SUBJID": subject.id,
            "RFSTDTC": first,
            "RFENDTC": last,
            "RFXSTDTC": first,
            "RFXENDTC": last,
            "RFPENDTC": None if end is None else _dtc(end.when),
            "BRTHDTC": None if case.patient.born is None else _dtc(case.patient.born),
            "AGE": age,
            "AGEU": age_unit,
            "SEX": _SEX[case.patient.sex],
            "ARMCD": ARM,
            "ARM": case.product.name,
            "ACTARMCD": ARM if treated else None,
            "ACTARM": case.product.name if treated else None,
            "ARMNRS": None if treated else "ASSIGNED, NOT TREATED",
        },
        more={
            "DATAORIG": case.data,
            "SEXTEXT": "other" if other else None,
            "BIRTHTXT": _birth(course),
        },
    )


def _birth(course: Course) -> str | None:
    said = [
        "; ".join(part for part in (event.event, event.value, event.unit, event.note) if part)
        for event in course.timeline
        if event.kind is EventKind.BIRTH
    ]
    return "; ".join(said) or None


def _dtc(moment: Moment) -> str | None:
    known = moment.clock is Clock.ISO_DATE and not moment.is_vague
    return moment.text if known else None


def _age(course: Course) -> tuple[int | None, str | None]:
    """Age on the day of the first dose, in whole units: the usual way an age is stated."""
    born, dose = course.case.patient.born, course.calendar.first_dose
    if dose is None or dose.is_vague:
        return None, None
    if dose.clock is Clock.DAY_OF_LIFE:
        return math.floor(dose.first), "DAYS"
    if born is None or born.is_vague or born.first > dose.first:
        return None, None
    birth, day = (date.fromordinal(int(m.first)) for m in (born, dose))
    years = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    return (years, "YEARS") if years >= 2 else ((day - birth).days, "DAYS")


def _elements(course: Course, subject: Subject) -> list[Record]:
    calendar, born, doses = course.calendar, course.case.patient.born, course.doses
    birth = calendar.stamp(born)
    first = calendar.stamp(calendar.first_dose)
    last = calendar.stamp(None if course.follow_up is None else course.follow_up.when)
    begun = [(UNTREATED, birth, first)] + ([(TREATED, first, last)] if doses else [])
    return [
        Record(
            values={
                "USUBJID": subject.unique,
                "ETCD": element[0],
                "ELEMENT": element[1],
                "TAETORD": element[2],
                "EPOCH": element[3],
                "SESTDTC": start.dtc,
                "SEENDTC": end.dtc,
                "SESTDY": start.day,
                "SEENDY": end.day,
            },
            more={"TIMETEXT": start.text},
        )
        for element, start, end in begun
    ]


def _visits(course: Course, subject: Subject, days: Visits) -> list[Record]:
    records = []
    for day, (number, said) in days.items():
        stamp = course.calendar.stamp(_moment(day, course.case.clock))
        records.append(
            Record(
                values={
                    "USUBJID": subject.unique,
                    "VISITNUM": number,
                    "VISIT": f"VISIT {number}",
                    "SVSTDTC": stamp.dtc,
                    "SVENDTC": stamp.dtc,
                    "SVSTDY": stamp.day,
                    "SVENDY": stamp.day,
                    "SVUPDES": said,
                },
                more={"TIMETEXT": stamp.text},
            )
        )
    return records


def _moment(day: int, clock: Clock) -> Moment:
    iso = clock is Clock.ISO_DATE
    return Moment.parse(date.fromordinal(day).isoformat() if iso else day)


def trial_records(course: Course) -> Mapping[str, Sequence[Record]]:
    """TS, TA and TE: what the case knows of its design; the rest is said to be unknown."""
    case = course.case
    made = "" if case.data == "patient" else f" ({case.data} data)"
    known: dict[str, str | None] = {
        "TITLE": f"{case.title}{made}",
        "STYPE": "INTERVENTIONAL",
        "TRT": case.product.name,
        "INDIC": case.disease.name,
        "INTTYPE": _INTERVENTION.get(case.product.modality),
        "INTMODEL": "SINGLE GROUP",
        "NARMS": "1",
        "ACTSUB": "1",
        "SEXPOP": {"female": "F", "male": "M"}.get(case.patient.sex),
        "SSTDTC": None,
        "SENDTC": None,
        "SPONSOR": None,
        "REGID": None,
        "SDTIGVER": SDTMIG,
        "SDTMVER": SDTM,
    }
    return {"TS": summary_records(known), **_design(case.product.name)}


def summary_records(known: Mapping[str, str | None]) -> list[Record]:
    """TS of parameters by code; what is not known is UNK."""
    return [
        Record(
            values={
                "TSSEQ": 1,
                "TSPARMCD": code,
                "TSPARM": PARAMETERS[code],
                "TSVAL": value,
                "TSVALNF": "UNK" if value is None else None,
            }
        )
        for code, value in known.items()
    ]


def _design(product: str) -> Mapping[str, Sequence[Record]]:
    rules = {
        UNTREATED: ("Birth", "First dose"),
        TREATED: ("First dose", "End of follow-up"),
    }
    arms: list[Record] = []
    elements: list[Record] = []
    for (code, name, order, epoch), (start, end) in rules.items():
        shared: dict[str, Cell] = {"ETCD": code, "ELEMENT": name}
        arms.append(
            Record(
                values={
                    **shared, "ARMCD": ARM, "ARM": product, "TAETORD": order, "EPOCH": epoch,
                }
            )
        )  # fmt: skip
        elements.append(Record(values={**shared, "TESTRL": start, "TEENRL": end}))
    return {"TA": arms, "TE": elements}
