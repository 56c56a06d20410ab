"""ADaM from SDTM: ADSL, the values with baseline and change, and time to the first episode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ultrarare.dossier.cdisc.assemble import Record
from ultrarare.dossier.cdisc.dataset import Cell, Study
from ultrarare.dossier.cdisc.measurements import DOMAINS
from ultrarare.dossier.cdisc.timing import sas_date

Row = Mapping[str, Cell]
_STATISTIC: Final = {"MEDIAN": "M", "FIRST QUARTILE": "L", "THIRD QUARTILE": "H"}


def analysis_records(sdtm: Study) -> Mapping[str, Sequence[Record]]:
    """Analysis datasets of a study's tabulations.

    Baseline is the last value on or before the day of the first dose, whatever it is: where it lies
    beyond an assay limit there is no BASE and no CHG, and no earlier value takes its place.
    """
    subjects = {row["USUBJID"]: _subject(row, sdtm) for row in _rows(sdtm, "DM")}
    records: dict[str, Sequence[Record]] = {"ADSL": [Record(values=s) for s in subjects.values()]}
    for domain in DOMAINS:
        records[f"AD{domain}"] = [Record(values=row) for row in _values(sdtm, domain, subjects)]
    records["ADTTE"] = [Record(values=row) for row in _first_episodes(sdtm, subjects)]
    return records


def _rows(study: Study, name: str) -> Iterable[Row]:
    dataset = study.dataset(name)
    return () if dataset is None else dataset.records()


def qualifiers(study: Study, domain: str) -> Mapping[tuple[Cell, Cell], Row]:
    """Supplemental qualifiers by subject and sequence number, as text."""
    found: dict[tuple[Cell, Cell], dict[str, Cell]] = {}
    for row in _rows(study, f"SUPP{domain}"):
        key = (row["USUBJID"], row["IDVARVAL"])
        found.setdefault(key, {})[str(row["QNAM"])] = row["QVAL"]
    return found


def _date(text: Cell) -> int | None:
    return sas_date(text) if isinstance(text, str) else None


def _float(text: Cell) -> float | None:
    return None if text is None else float(text)


def _subject(row: Row, study: Study) -> Row:
    more = qualifiers(study, "DM").get((row["USUBJID"], None), {})
    copied = ("USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARM")
    treated = any(dose["USUBJID"] == row["USUBJID"] for dose in _rows(study, "EX"))
    return {
        **{name: row.get(name) for name in copied},
        "TRT01P": row["ARM"],
        "TRT01A": row["ACTARM"],
        "TRTSDT": _date(row["RFXSTDTC"]),
        "TRTEDT": _date(row["RFXENDTC"]),
        "SAFFL": "Y" if treated else "N",
        "EOSDT": _date(row["RFPENDTC"]),
        "DATAORIG": more.get("DATAORIG"),
        "AENTRY": _float(more.get("AGEENTRY")),
        "AEXIT": _float(more.get("AGEEXIT")),
        "AAGEU": more.get("AGEUNIT"),
    }


def _values(study: Study, domain: str, subjects: Mapping[Cell, Row]) -> list[dict[str, Cell]]:
    more = qualifiers(study, domain)
    by_parameter: dict[tuple[Cell, str], list[dict[str, Cell]]] = {}
    codes = _parameter_codes(_rows(study, domain), domain)
    for row in _rows(study, domain):
        own = more.get((row["USUBJID"], str(row[f"{domain}SEQ"])), {})
        made = _value(row, own, domain, codes, subjects[row["USUBJID"]])
        by_parameter.setdefault((row["USUBJID"], str(made["PARAMCD"])), []).append(made)
    return [row for rows in by_parameter.values() for row in _with_change(rows)]


def _parameter(row: Row, domain: str) -> tuple[Cell, Cell, Cell]:
    return row[f"{domain}TESTCD"], row.get(f"{domain}STRESU"), row.get(f"{domain}COLSRT")


def _parameter_codes(rows: Iterable[Row], domain: str) -> Mapping[tuple[Cell, Cell, Cell], str]:
    """A code for each test, unit and kind of summary: two units are two parameters."""
    found: dict[tuple[Cell, Cell, Cell], str] = {}
    for row in rows:
        key = _parameter(row, domain)
        if key in found:
            continue
        tail = _STATISTIC.get(str(key[2]), "")
        code = f"{str(key[0])[: 8 - len(tail)]}{tail}"
        number = 1
        chosen = code
        while chosen in found.values():
            number += 1
            chosen = f"{code[: 8 - len(str(number)) - len(tail)]}{number}{tail}"
        found[key] = chosen
    return found


def _value(
    row: Row,
    more: Row,
    domain: str,
    codes: Mapping[tuple[Cell, Cell, Cell], str],
    subject: Row,
) -> dict[str, Cell]:
    test, unit, summary = (row.get(f"{domain}{name}") for name in ("TEST", "STRESU", "COLSRT"))
    number = row.get(f"{domain}STRESN")
    shown = f"{test} ({unit})" if unit is not None else f"{test}"
    last = row.get(f"{domain}LOBXFL") == "Y"
    return {
        "USUBJID": row["USUBJID"],
        "TRTP": subject["TRT01P"],
        "TRTA": subject["TRT01A"],
        "PARAM": shown if summary is None else f"{shown}, {str(summary).lower()} of the period",
        "PARAMCD": codes[_parameter(row, domain)],
        "AVAL": number,
        "AVALC": row[f"{domain}STRESC"] if number is None else None,
        "ADT": _date(row.get(f"{domain}DTC")),
        "ADY": row.get(f"{domain}DY"),
        "AVISIT": row.get(f"{domain}EVINTX") or row.get("VISIT"),
        "ABLFL": "Y" if last or (summary is not None and more.get("BASEPER") == "Y") else None,
        "AAGE": _float(more.get("AGEOBS")),
        "AAGEU": more.get("AGEUNIT"),
        "summary": summary is not None,  # taken out again: the periods of a summary have no day
        "SRCDOM": domain,
        "SRCSEQ": row[f"{domain}SEQ"],
    }


def _with_change(rows: list[dict[str, Cell]]) -> Iterable[dict[str, Cell]]:
    """Baseline on every row; the change on rows after it, as the numbers are in the order given."""
    base = next((row["AVAL"] for row in rows if row["ABLFL"] == "Y"), None)
    seen = False
    for row in rows:
        value = row["AVAL"]
        row["BASE"] = base
        placed = row["ADY"] is not None or bool(row.get("summary"))
        row["CHG"] = None
        if isinstance(base, float) and isinstance(value, float) and seen and placed:
            row["CHG"] = value - base
        seen = seen or row["ABLFL"] == "Y"
        yield row


def _first_episodes(study: Study, subjects: Mapping[Cell, Row]) -> Iterable[Row]:
    """From the first dose to the first episode after its day, or to the end of observation.

    An episode that is not dated exactly could be the first, and observation that began after the
    first dose, or whose ends are not dated exactly, could have missed it: then there is no row.
    """
    episodes, spans = qualifiers(study, "CE"), qualifiers(study, "DS")
    rows = list(_rows(study, "CE"))
    named = {
        (str(row["DSDECOD"]), spans[row["USUBJID"], str(row["DSSEQ"])].get("DATASET")): row
        for row in _rows(study, "DS")
        if str(row["DSDECOD"]).startswith("OBSERVATION ")
    }
    ended = [(name, row) for (word, name), row in named.items() if word == "OBSERVATION ENDED"]
    for number, (name, end) in enumerate(ended, start=1):
        own = [
            row
            for row in rows
            if row["USUBJID"] == end["USUBJID"]
            and row.get("CECAT") == "EPISODE"
            and episodes.get((row["USUBJID"], str(row["CESEQ"])), {}).get("DATASET") == name
        ]
        days = [row.get("CESTDY") for row in own]
        first_day, last = named["OBSERVATION STARTED", name]["DSSTDY"], end["DSSTDY"]
        seen = isinstance(first_day, int) and isinstance(last, int) and first_day <= 1 <= last
        if not seen or any(day is None for day in days):
            continue
        after = [row for row in own if isinstance(d := row["CESTDY"], int) and d > 1]
        first = min(after, key=lambda row: int(row["CESTDY"] or 0)) if after else None
        yield _time(end, first, subjects[end["USUBJID"]], number, str(end["DSTERM"]))


def _time(end: Row, first: Row | None, subject: Row, number: int, observed: str) -> Row:
    what = observed.removeprefix("observation for ").removesuffix(" ended")
    domain, row = ("DS", end) if first is None else ("CE", first)
    day, date = row[f"{domain}STDY"], _date(row.get(f"{domain}STDTC"))
    return {
        "USUBJID": end["USUBJID"],
        "TRTP": subject["TRT01P"],
        "TRTA": subject["TRT01A"],
        "PARAM": f"Time from first dose to first of: {what} (days)",
        "PARAMCD": f"TTE{number}",
        "AVAL": float(day or 0),
        "STARTDT": subject["TRTSDT"],
        "ADT": date,
        "ADY": day,
        "CNSR": 1 if first is None else 0,
        "EVNTDESC": "observation ended without an episode" if first is None else str(row["CETERM"]),
        "SRCDOM": domain,
        "SRCVAR": f"{domain}STDTC" if date is not None else f"{domain}STDY",
        "SRCSEQ": row[f"{domain}SEQ"],
    }
