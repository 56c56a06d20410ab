"""Rules for tabulations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from ultrarare.dossier.cdisc.conformance import Breach, Row, Rule, numbered, subjects
from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Study
from ultrarare.dossier.cdisc.timing import ordinal, study_day, why_not_iso

_CODE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,7}", re.ASCII)
_TEST: Final = 40
_WITH_UNITS: Final = ("LB", "VS", "GF")


def _domains(study: Study) -> Iterable[Dataset]:
    return (dataset for dataset in study.datasets if not dataset.name.startswith("SUPP"))


def _sequence(study: Study) -> Iterable[Breach]:
    for dataset in _domains(study):
        name = f"{dataset.name}SEQ"
        if name not in dataset.names or dataset.reference:
            continue
        seen: set[tuple[Cell, Cell]] = set()
        for where, row in numbered(dataset):
            number = row[name]
            if not isinstance(number, int) or number < 1:
                yield f"{dataset.name}.{name} {where}", f"is {number!r}, no whole number from 1"
            elif (row["USUBJID"], number) in seen:
                yield f"{dataset.name}.{name} {where}", f"is {number}, which the subject has twice"
            seen.add((row["USUBJID"], number))


def _dates(study: Study) -> Iterable[Breach]:
    for dataset in _domains(study):
        for name in dataset.names:
            if not name.endswith("DTC"):
                continue
            for where, row in numbered(dataset):
                value = row[name]
                if value is not None and (why := why_not_iso(str(value))) is not None:
                    yield f"{dataset.name}.{name} {where}", why


def _days(study: Study) -> Iterable[Breach]:
    people = subjects(study, "DM")
    for dataset in _domains(study):
        for name in dataset.names:
            if not name.endswith("DY") or dataset.name == "DM":
                continue
            for where, row in numbered(dataset):
                day = row[name]
                if day == 0:
                    yield f"{dataset.name}.{name} {where}", "is 0; there is no day 0"
                expected = _expected(row, f"{name[:-2]}DTC", people.get(row.get("USUBJID")))
                if expected is not None and day != expected:
                    yield (
                        f"{dataset.name}.{name} {where}",
                        f"is {day}, and its date is day {expected}",
                    )


def _expected(row: Row, date: str, person: Row | None) -> int | None:
    start = None if person is None else person.get("RFSTDTC")
    text = row.get(date)
    if start is None or text is None:
        return None
    if why_not_iso(str(start)) is not None or why_not_iso(str(text)) is not None:
        return None
    day, reference = ordinal(str(text)), ordinal(str(start))
    return None if day is None or reference is None else study_day(day, reference)


def _units(study: Study) -> Iterable[Breach]:
    for name in _WITH_UNITS:
        dataset = study.dataset(name)
        if dataset is None:
            continue
        for where, row in numbered(dataset):
            for result, unit in (("STRESN", "STRESU"), ("STRESN", "ORRESU")):
                missing = row.get(f"{name}{unit}") is None
                if row.get(f"{name}{result}") is not None and missing:
                    yield f"{name}.{name}{unit} {where}", "is empty beside a numeric result"


def _doses(study: Study) -> Iterable[Breach]:
    dataset = study.dataset("EX")
    if dataset is None:
        return
    people = subjects(study, "DM")
    for where, row in numbered(dataset):
        if row["EXDOSE"] is not None and row["EXDOSU"] is None:
            yield f"EX.EXDOSU {where}", "is empty beside a dose"
        if row["EXDOSE"] is None and row.get("EXDOSTXT") is None:
            yield f"EX.EXDOSE {where}", "is empty, and so is EXDOSTXT: the amount is not known"
        if row["EXSTDTC"] is None and row.get("EXSTDY") is None:
            yield f"EX.EXSTDTC {where}", "is empty, and so is EXSTDY: the day is not known"
        yield from _within(row, people.get(row["USUBJID"], {}), where)


def _within(row: Row, person: Row, where: str) -> Iterable[Breach]:
    day = _known(row["EXSTDTC"])
    begin, end = _known(person.get("RFXSTDTC")), _known(person.get("RFPENDTC"))
    if day is not None and begin is not None and day < begin:
        yield f"EX.EXSTDTC {where}", f"is {row['EXSTDTC']}, before DM.RFXSTDTC"
    if day is not None and end is not None and day > end:
        yield f"EX.EXSTDTC {where}", f"is {row['EXSTDTC']}, after DM.RFPENDTC"


def _known(text: Cell) -> int | None:
    return ordinal(str(text)) if text is not None and why_not_iso(str(text)) is None else None


def _ends(study: Study) -> Iterable[Breach]:
    for dataset in _domains(study):
        for name in dataset.names:
            if not name.endswith("STDTC") or f"{name[:-5]}ENDTC" not in dataset.names:
                continue
            for where, row in numbered(dataset):
                first, last = _known(row[name]), _known(row[f"{name[:-5]}ENDTC"])
                if first is not None and last is not None and last < first:
                    yield f"{dataset.name}.{name} {where}", "is later than the end"


def _limits(study: Study) -> Iterable[Breach]:
    for dataset in _domains(study):
        text, number = f"{dataset.name}STRESC", f"{dataset.name}STRESN"
        if text not in dataset.names or number not in dataset.names:
            continue
        for where, row in numbered(dataset):
            if str(row[text] or "").startswith(("<", ">")) and row[number] is not None:
                yield f"{dataset.name}.{number} {where}", f"is a number beside {row[text]!r}"


def _tests(study: Study) -> Iterable[Breach]:
    for dataset in _domains(study):
        code, name = f"{dataset.name}TESTCD", f"{dataset.name}TEST"
        if code not in dataset.names:
            continue
        named: dict[Cell, set[Cell]] = defaultdict(set)
        for row in dataset.records():
            named[row[code]].add(row[name])
        for value, names in named.items():
            if _CODE.fullmatch(str(value)) is None:
                yield f"{dataset.name}.{code}", f"has {value!r}, no code of 1 to 8 capitals, digits"
            if len(names) > 1:
                yield f"{dataset.name}.{code}", f"{value!r} stands for {len(names)} names"
            for long in names:
                if len(str(long)) > _TEST:
                    yield f"{dataset.name}.{name}", f"has {str(long)!r}, longer than {_TEST}"


def _known_subjects(study: Study) -> Iterable[Breach]:
    people = subjects(study, "DM")
    for dataset in study.datasets:
        for found in dict.fromkeys(dataset.column("USUBJID")):
            if found not in people:
                yield f"{dataset.name}.USUBJID", f"has {found!r}, whom DM does not have"


def _supplements(study: Study) -> Iterable[Breach]:
    for dataset in study.datasets:
        if not dataset.name.startswith("SUPP"):
            continue
        parent = study.dataset(dataset.domain)
        there = {of: _records(parent, str(of)) for of in dict.fromkeys(dataset.column("IDVAR"))}
        for where, row in numbered(dataset):
            if (row["USUBJID"], row["IDVARVAL"]) not in there[row["IDVAR"]]:
                yield f"{dataset.name} {where}", "points to a record that is not there"


def _records(dataset: Dataset | None, identifier: str) -> frozenset[tuple[Cell, str | None]]:
    """Subjects with what their records are told apart by, as text; None for a subject's one."""
    return frozenset(
        (row["USUBJID"], str(row[identifier]) if identifier in row else None)
        for row in (() if dataset is None else dataset.records())
    )


def _baseline(study: Study) -> Iterable[Breach]:
    for dataset in _domains(study):
        flag = f"{dataset.name}LOBXFL"
        if flag not in dataset.names:
            continue
        seen: set[tuple[Cell, ...]] = set()
        for where, row in numbered(dataset):
            if row[flag] != "Y":
                continue
            key = (row["USUBJID"], row[f"{dataset.name}TESTCD"], row.get(f"{dataset.name}ORRESU"))
            if key in seen:
                yield f"{dataset.name}.{flag} {where}", "is the second of its subject and test"
            seen.add(key)


def _elements(study: Study) -> Iterable[Breach]:
    known = study.dataset("TE")
    codes = set() if known is None else set(known.column("ETCD"))
    for name in ("TA", "SE"):
        dataset = study.dataset(name)
        for code in () if dataset is None else dict.fromkeys(dataset.column("ETCD")):
            if code not in codes:
                yield f"{name}.ETCD", f"has {code!r}, which TE does not have"


SDTM: Final = (
    Rule(id="UR-SD-01", asks="--SEQ counts within a subject, each once", breaches=_sequence),
    Rule(id="UR-SD-02", asks="dates are ISO 8601, whole or in part", breaches=_dates),
    Rule(id="UR-SD-03", asks="study days agree with dates, without a day 0", breaches=_days),
    Rule(id="UR-SD-04", asks="a numeric result has a unit", breaches=_units),
    Rule(id="UR-SD-05", asks="doses have amount, unit and a day within the study", breaches=_doses),
    Rule(id="UR-SD-06", asks="nothing ends before it starts", breaches=_ends),
    Rule(id="UR-SD-07", asks="a value beyond a limit is no number", breaches=_limits),
    Rule(id="UR-SD-08", asks="a test code names one test, and both fit", breaches=_tests),
    Rule(id="UR-SD-09", asks="every subject is in DM", breaches=_known_subjects),
    Rule(id="UR-SD-10", asks="qualifiers belong to a record", breaches=_supplements),
    Rule(id="UR-SD-11", asks="one last value before exposure for a test", breaches=_baseline),
    Rule(id="UR-SD-12", asks="elements are defined", breaches=_elements),
)
