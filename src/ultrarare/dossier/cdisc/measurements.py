"""Values of the course: LB, VS, QS and FT."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from ultrarare.case.amount import Amount
from ultrarare.case.moment import Moment
from ultrarare.case.plan import Endpoint
from ultrarare.case.timeline import EventKind
from ultrarare.dossier.cdisc.assemble import Record
from ultrarare.dossier.cdisc.dataset import Cell
from ultrarare.dossier.cdisc.source import Course, Subject, Visits
from ultrarare.dossier.cdisc.terms import test_codes, unit, vital_sign
from ultrarare.dossier.cdisc.timing import Stamp

Domain = Literal["LB", "VS", "QS", "FT"]
DOMAINS: Final[tuple[Domain, ...]] = ("LB", "VS", "QS", "FT")
QUARTILES: Final = ("MEDIAN", "FIRST QUARTILE", "THIRD QUARTILE")
_CLASSES: Final[Mapping[str, Domain]] = {
    "biomarker": "LB", "performance": "FT", "reported": "QS", "clinical outcome": "QS",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """One value of one measure, before it has a code; `at` orders values in time."""

    measure: str
    ucum: str | None
    written: str
    amount: Amount | None
    at: float = 0.0
    moment: Moment | None = None
    stamp: Stamp = field(default_factory=Stamp)
    summary: str | None = None
    period: str | None = None
    limits: tuple[float | None, float | None] = (None, None)
    floor: float | None = None
    last_before: bool = False
    more: Mapping[str, Cell] | None = None


def domain_of(measure: str, ucum: str | None, endpoints: Sequence[Endpoint] = ()) -> Domain:
    """Where a measure belongs: a vital sign by its name, else by its endpoint's class or its unit.

    A unit in braces, or none, makes a score; every other unit makes a laboratory value.
    """
    if vital_sign(measure, ucum) is not None:
        return "VS"
    for endpoint in endpoints:
        if endpoint.measure == measure:
            return _CLASSES[endpoint.endpoint_class]
    return "QS" if ucum is None or ucum == "1" or ucum.startswith("{") else "LB"


def number_text(value: float) -> str:
    """The shortest text that is read back as the same number."""
    return repr(float(value)).removesuffix(".0")


def standard(amount: Amount | None, written: str) -> tuple[str, float | None]:
    """A value in standard form, and its number; a limit or a range has none."""
    exact = None if amount is None else amount.exact
    if exact is not None:
        return number_text(exact), exact
    text = "".join(written.split()) if amount is not None else written
    for sign, plain in {"≤": "<=", "≥": ">=", "–": "-", "to": "-", "..": "-"}.items():
        text = text.replace(sign, plain) if amount is not None else text
    return text, None


def measurement_records(
    course: Course, subject: Subject, days: Visits
) -> Mapping[str, Sequence[Record]]:
    """Series, summaries and single measurements of the timeline, by domain."""
    results: dict[Domain, list[_Result]] = {domain: [] for domain in DOMAINS}
    for result in (*_series(course), *_single(course), *_summaries(course)):
        results[domain_of(result.measure, result.ucum, course.endpoints)].append(result)
    return {
        domain: _records(domain, found, course, subject, days) for domain, found in results.items()
    }


def _series(course: Course) -> Iterable[_Result]:
    for series, values in course.series:
        for value in values:
            yield _Result(
                measure=series.measure,
                ucum=series.unit,
                written=value.amount.text,
                amount=value.amount,
                at=value.when.first,
                moment=value.when,
                stamp=course.calendar.stamp(value.when),
                floor=series.assay_floor,
                more={"DATASET": series.id},
            )


def _single(course: Course) -> Iterable[_Result]:
    for event in course.timeline:
        if event.kind is EventKind.MEASUREMENT and event.value is not None:
            yield _Result(
                measure=event.event,
                ucum=event.unit,
                written=event.value,
                amount=_amount(event.value),
                at=event.when.first,
                moment=event.when,
                stamp=course.calendar.stamp(event.when),
                more={"EVENTTXT": event.event, "NOTE": event.note, "SRCGRADE": event.grade},
            )


def _amount(text: str) -> Amount | None:
    try:
        return Amount.parse(text)
    except ValueError:
        return None


def _summaries(course: Course) -> Iterable[_Result]:
    for dataset, periods in course.summaries:
        for period, summary in periods:
            numbers = (summary.median, summary.q1, summary.q3)
            for name, value in zip(QUARTILES, numbers, strict=True):
                yield _Result(
                    measure=dataset.measure,
                    ucum=dataset.unit,
                    written=number_text(value),
                    amount=Amount.parse(value),
                    summary=name,
                    period=period,
                    limits=(dataset.reference_low, dataset.reference_high),
                    more={
                        "DATASET": dataset.id,
                        "PERIODN": summary.n,
                        "BASEPER": "Y" if period == dataset.baseline else None,
                    },
                )


def _records(
    domain: Domain, results: Sequence[_Result], course: Course, subject: Subject, days: Visits
) -> list[Record]:
    names = {(r.measure, r.ucum): vital_sign(r.measure, r.ucum) for r in results}
    made = test_codes(r.measure for r in results if names[r.measure, r.ucum] is None)
    coded = [
        (names[r.measure, r.ucum] or (made[r.measure], r.measure), r)
        for r in sorted(results, key=lambda r: r.at)
    ]
    return [
        _record(domain, code, name, result, subject, _visit(result, days, course))
        for (code, name), result in _flagged(coded)
    ]


def _flagged(
    coded: Sequence[tuple[tuple[str, str], _Result]],
) -> Iterable[tuple[tuple[str, str], _Result]]:
    """The last value of each test on or before the day of the first dose is marked."""
    last = {
        (code, result.ucum): index
        for index, ((code, _), result) in enumerate(coded)
        if result.stamp.after is False and result.summary is None
    }
    chosen = set(last.values())
    for index, (named, result) in enumerate(coded):
        yield named, replace(result, last_before=index in chosen)


def _visit(result: _Result, days: Visits, course: Course) -> int | None:
    moment = result.moment
    if moment is None or moment.is_vague or moment.clock is not course.case.clock:
        return None
    return days.get(math.floor(moment.first), (None, ""))[0]


def _record(
    domain: Domain, code: str, name: str, result: _Result, subject: Subject, visit: int | None
) -> Record:
    text, value = standard(result.amount, result.written)
    low, high = result.limits
    own: dict[str, Cell] = {
        "TESTCD": code,
        "TEST": name,
        "ORRES": result.written,
        "ORRESU": unit(result.ucum),
        "COLSRT": result.summary,
        "STRESC": text,
        "STRESN": value,
        "STRESU": unit(result.ucum),
        "LOBXFL": "Y" if result.last_before else None,
        "DTC": result.stamp.dtc,
        "DY": result.stamp.day,
        "EVINTX": result.period,
    }
    if domain == "LB":
        own |= {
            "ORNRLO": None if low is None else number_text(low),
            "ORNRHI": None if high is None else number_text(high),
            "STNRLO": low,
            "STNRHI": high,
            "NRIND": _indicator(value, low, high) if result.summary in (None, "MEDIAN") else None,
            "LLOD": None if result.floor is None else number_text(result.floor),
        }
    if domain in ("QS", "FT"):
        own["CAT"] = name.upper()
    return Record(
        values={
            "USUBJID": subject.unique,
            **{f"{domain}{key}": cell for key, cell in own.items()},
            "VISITNUM": visit,
            "VISIT": None if visit is None else f"VISIT {visit}",
            "EPOCH": result.stamp.epoch,
        },
        more={"TIMETEXT": result.stamp.text, **(result.more or {})},
    )


def _indicator(value: float | None, low: float | None, high: float | None) -> str | None:
    if value is None or low is None or high is None:
        return None
    return "LOW" if value < low else "HIGH" if value > high else "NORMAL"
