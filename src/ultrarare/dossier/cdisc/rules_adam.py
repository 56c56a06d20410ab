"""Rules for analysis datasets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from ultrarare.dossier.cdisc.conformance import Breach, Rule, numbered, subjects
from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Study

_CODE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,7}", re.ASCII)


def _parameters(study: Study) -> Iterable[Dataset]:
    return (dataset for dataset in study.datasets if "PARAMCD" in dataset.names)


def _subject_level(study: Study) -> Iterable[Breach]:
    dataset = study.dataset("ADSL")
    people = subjects(study, "ADSL")
    if dataset is None or len(people) != len(dataset.rows):
        yield "ADSL", "has not one row for each subject"
    for other in _parameters(study):
        for found in dict.fromkeys(other.column("USUBJID")):
            if found not in people:
                yield f"{other.name}.USUBJID", f"has {found!r}, whom ADSL does not have"


def _named(study: Study) -> Iterable[Breach]:
    for dataset in _parameters(study):
        names: dict[Cell, set[Cell]] = defaultdict(set)
        codes: dict[Cell, set[Cell]] = defaultdict(set)
        for row in dataset.records():
            names[row["PARAMCD"]].add(row["PARAM"])
            codes[row["PARAM"]].add(row["PARAMCD"])
        for code, found in names.items():
            if _CODE.fullmatch(str(code)) is None:
                yield f"{dataset.name}.PARAMCD", f"has {code!r}, no code of 1 to 8 capitals, digits"
            if len(found) > 1:
                yield f"{dataset.name}.PARAMCD", f"{code!r} stands for {len(found)} parameters"
        for name, found in codes.items():
            if len(found) > 1:
                yield f"{dataset.name}.PARAM", f"{name!r} has {len(found)} codes"


def _baseline(study: Study) -> Iterable[Breach]:
    for dataset in _parameters(study):
        if "BASE" not in dataset.names and "ABLFL" not in dataset.names:
            continue
        base: dict[tuple[Cell, Cell], Cell] = {}
        for where, row in numbered(dataset):
            if row.get("ABLFL") == "Y":
                key = (row["USUBJID"], row["PARAMCD"])
                if key in base:
                    yield f"{dataset.name}.ABLFL {where}", "is the second of its parameter"
                base[key] = row.get("AVAL")
        for where, row in numbered(dataset):
            known = base.get((row["USUBJID"], row["PARAMCD"]))
            if row.get("BASE") != known:
                yield (
                    f"{dataset.name}.BASE {where}",
                    f"is {row.get('BASE')!r}, baseline is {known!r}",
                )


def _change(study: Study) -> Iterable[Breach]:
    for dataset in _parameters(study):
        for where, row in numbered(dataset):
            change = row.get("CHG")
            if change is None:
                continue
            value, base = row.get("AVAL"), row.get("BASE")
            known = isinstance(value, int | float) and isinstance(base, int | float)
            if not known or change != value - base:  # type: ignore[operator]  # known says so
                yield f"{dataset.name}.CHG {where}", f"is {change!r}, not AVAL less BASE"


def _censored(study: Study) -> Iterable[Breach]:
    dataset = study.dataset("ADTTE")
    for where, row in () if dataset is None else numbered(dataset):
        if not isinstance(row["CNSR"], int) or row["CNSR"] < 0:
            yield f"ADTTE.CNSR {where}", f"is {row['CNSR']!r}; allowed is 0 or a whole number"
        if not isinstance(row["AVAL"], int | float) or row["AVAL"] < 0:
            yield f"ADTTE.AVAL {where}", f"is {row['AVAL']!r}; allowed is a time from 0"


ADAM: Final = (
    Rule(id="UR-AD-01", asks="ADSL has every subject once", breaches=_subject_level),
    Rule(id="UR-AD-02", asks="a parameter has one code, and that code one", breaches=_named),
    Rule(id="UR-AD-03", asks="BASE is the value of the one baseline record", breaches=_baseline),
    Rule(id="UR-AD-04", asks="CHG is AVAL less BASE", breaches=_change),
    Rule(id="UR-AD-05", asks="times and censoring are what they can be", breaches=_censored),
)
