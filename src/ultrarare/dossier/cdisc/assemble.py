"""From records by name to datasets: numbered, sorted, long text split, lengths and lists set."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Family, Study, Type, Variable
from ultrarare.dossier.cdisc.specification import (
    DatasetSpecification,
    VariableSpecification,
    specifications,
    supplement,
)
from ultrarare.dossier.cdisc.terms import codelist
from ultrarare.dossier.cdisc.text import LIMIT, plain, split
from ultrarare.dossier.cdisc.timing import is_whole

QUALIFIERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "DATAORIG": ("Origin of the Data", "Assigned", "data of the case: patient, published or made"),
    "SEXTEXT": ("Sex as Written", "Collected", "patient.sex, where it is `other`"),
    "TIMETEXT": ("Time as Written", "Collected",
                 "a time that is approximate, a span, or on a clock whose first dose is not known"),
    "BIRTHTXT": ("Birth as Written", "Collected", "event and note of a birth in the timeline"),
    "EVENTTXT": ("Event as Written", "Collected", "event of the timeline"),
    "EVVALUE": ("Value of the Event", "Collected", "value of an event of the timeline"),
    "EVUNIT": ("Unit of the Value of the Event", "Collected", "unit of an event of the timeline"),
    "NOTE": ("Note", "Collected", "note of the timeline"),
    "SRCGRADE": ("Grade of the Source, A or B", "Collected", "grade of the timeline"),
    "SEVTEXT": ("Severity as Written", "Collected", "severity of an episode or statement"),
    "PERIODN": ("Number of Measurements in the Period", "Collected", "n of a summary"),
    "BASEPER": ("Declared Baseline Period", "Collected", "baseline of course-summary"),
    "LADDER": ("How Close the Sample Is to the Patient", "Collected", "sample.ladder"),
    "SAMPLE": ("Description of the Sample", "Collected", "sample.description"),
    "LOWER": ("Lower Confidence Limit", "Derived", "estimate.lower of the finding"),
    "UPPER": ("Upper Confidence Limit", "Derived", "estimate.upper of the finding"),
    "LEVEL": ("Level of the Interval", "Derived", "estimate.level of the finding"),
    "DEPTH": ("Reads Counted", "Derived", "n of the finding"),
    "POSITION": ("Protospacer Position", "Derived", "attribute position of the finding"),
    "ROLE": ("Role of the Variant", "Collected", "role of the variant"),
    "VRSID": ("GA4GH VRS Identifier", "Derived", "vrs_id of the finding variant.identity"),
    "DATASET": ("Dataset of the Case", "Assigned", "id of the dataset"),
    "AGEOBS": ("Age at the Observation", "Collected", "in a cohort: time"),
    "AGEENTRY": ("Age at Entry into Observation", "Collected", "in a cohort: entry or start"),
    "AGEEXIT": ("Age at End of Observation", "Collected", "in a cohort: exit or stop"),
    "AGEUNIT": ("Unit of Ages", "Collected", "in a cohort: time_unit"),
    "TIER": ("Closeness of Genotype", "Collected", "in a cohort: tier"),
    "COHORT": ("Population of the Cohort", "Collected", "in a cohort: population"),
}  # fmt: skip
"""Supplemental qualifiers: label, origin, and the field of the case."""

_DECODED: Final = {
    "TSPARMCD": "TSPARM", "ETCD": "ELEMENT", "GFTESTCD": "GFTEST", "LBTESTCD": "LBTEST",
    "VSTESTCD": "VSTEST", "QSTESTCD": "QSTEST", "FTTESTCD": "FTTEST", "PARAMCD": "PARAM",
}  # fmt: skip
_IDENTIFIED: Final = {"SV": "VISITNUM"}
"""Domains without a sequence number, and what their records are told apart by."""
_NUMBERED_TEXT: Final = {"CO": "COVAL", "TS": "TSVAL"}
"""Domains that have variables of their own for text beyond 200 bytes, and no supplement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row before it is numbered; `more` are its supplemental qualifiers."""

    values: Mapping[str, Cell]
    more: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A study, and the signs that were written in another way, with how often."""

    study: Study
    replaced: Mapping[str, int]


def assemble(
    records: Mapping[str, Sequence[Record]],
    *,
    family: Family,
    study: str,
    title: str,
    description: str,
) -> Assembled:
    """The datasets of one study.

    Args:
        records: by dataset; STUDYID and DOMAIN are filled in here.
        family: which of the specified datasets are looked at.
        study: study id.
        title: of the study.
        description: of the study, for the metadata.
    """
    seen: Counter[str] = Counter()
    datasets: list[Dataset] = []
    supplements: list[Dataset] = []
    for spec in specifications().values():
        rows = records.get(spec.name, ())
        if spec.family != family or not rows:
            continue
        written = [_plain(record, seen) for record in rows]
        dataset, more = _dataset(spec, written, study)
        datasets.append(dataset)
        if more:
            supplements.append(_built(supplement(spec), more))
    whole = _with_codelists((*datasets, *supplements))
    made = Study(id=study, title=title, description=description, family=family, datasets=whole)
    return Assembled(study=made, replaced=dict(sorted(seen.items())))


def _plain(record: Record, seen: Counter[str]) -> Record:
    def written(values: Mapping[str, Cell]) -> dict[str, Cell]:
        return {k: plain(v, seen) if isinstance(v, str) else v for k, v in values.items()}

    return Record(values=written(record.values), more=written(record.more))


def _order(value: Cell) -> tuple[int, float, str]:
    """Missing first, numbers by size, text by its characters."""
    if value is None:
        return (0, 0.0, "")
    return (1, 0.0, value) if isinstance(value, str) else (1, float(value), "")


def _dataset(
    spec: DatasetSpecification, records: Sequence[Record], study: str
) -> tuple[Dataset, list[dict[str, Cell]]]:
    sequence = f"{spec.name}SEQ" if spec.numbered else None
    identifier = sequence or _IDENTIFIED.get(spec.name)
    keys = [key for key in spec.keys if key != sequence]
    ordered = sorted(records, key=lambda record: [_order(record.values.get(k)) for k in keys])
    counts: dict[Cell, int] = defaultdict(int)
    rows: list[dict[str, Cell]] = []
    more: list[dict[str, Cell]] = []
    for record in ordered:
        row = {"STUDYID": study, "DOMAIN": spec.name, **record.values}
        if sequence is not None:
            counts[row["USUBJID"]] += 1
            row[sequence] = counts[row["USUBJID"]]
        pieces = dict(_cut(spec, row))
        more += _qualifiers(spec, row, record, pieces, identifier)
        rows.append(row)
    return _built(spec, rows), more


def _cut(
    spec: DatasetSpecification, row: dict[str, Cell]
) -> Iterable[tuple[VariableSpecification, tuple[str, ...]]]:
    """Shortens the row's texts to their first piece; gives the further pieces by variable."""
    for variable in spec.variables:
        value = row.get(variable.name)
        if isinstance(value, str) and len(value) > LIMIT:
            first, *rest = split(value)
            row[variable.name] = first
            if _NUMBERED_TEXT.get(spec.name) == variable.name:
                row |= {f"{variable.name}{i}": text for i, text in enumerate(rest, start=1)}
            else:
                yield variable, tuple(rest)


def _qualifiers(
    spec: DatasetSpecification,
    row: Mapping[str, Cell],
    record: Record,
    pieces: Mapping[VariableSpecification, tuple[str, ...]],
    identifier: str | None,
) -> Iterable[dict[str, Cell]]:
    if spec.family != "SDTM":
        return

    def qualifier(name: str, label: str, value: str, origin: str) -> dict[str, Cell]:
        return {
            "STUDYID": row["STUDYID"],
            "RDOMAIN": spec.name,
            "USUBJID": row.get("USUBJID"),
            "IDVAR": identifier,
            "IDVARVAL": None if identifier is None else str(row[identifier]),
            "QNAM": name,
            "QLABEL": label,
            "QVAL": value,
            "QORIG": origin,
            "QEVAL": None,
        }

    for variable, texts in pieces.items():
        for number, text in enumerate(texts, start=1):
            tail = str(number)
            name = f"{variable.name[: 8 - len(tail)]}{tail}"
            label = f"{variable.name}, piece {number + 1}"
            yield qualifier(name, label, text, variable.origin)
    for name, value in record.more.items():
        if value is None:
            continue
        label, origin, _ = QUALIFIERS[name]
        text = value if isinstance(value, str) else repr(value).removesuffix(".0")
        first, *rest = split(text)
        yield qualifier(name, label, first, origin)
        for number, piece in enumerate(rest, start=1):
            tail = str(number)
            yield qualifier(f"{name[: 8 - len(tail)]}{tail}", f"{name}, piece {number + 1}", piece,
                            origin)  # fmt: skip


def _built(spec: DatasetSpecification, rows: Sequence[Mapping[str, Cell]]) -> Dataset:
    specs = [*spec.variables, *_further(spec, rows)]
    shown = [
        variable
        for variable in specs
        if variable.core in ("Req", "Exp")
        or any(row.get(variable.name) is not None for row in rows)
    ]
    variables = tuple(
        _variable(variable, [row.get(variable.name) for row in rows], spec) for variable in shown
    )
    ordered = sorted(rows, key=lambda row: [_order(row.get(key)) for key in spec.keys])
    return Dataset(
        name=spec.name,
        label=spec.label,
        family=spec.family,
        observations=spec.observations,
        structure=spec.structure,
        variables=variables,
        rows=tuple(tuple(row.get(variable.name) for variable in variables) for row in ordered),
        reference=spec.reference,
        standard=spec.standard,
    )


def _further(
    spec: DatasetSpecification, rows: Sequence[Mapping[str, Cell]]
) -> list[VariableSpecification]:
    """COVAL1 and so on, as many as a row has."""
    base = _NUMBERED_TEXT.get(spec.name)
    if base is None:
        return []
    of = next(variable for variable in spec.variables if variable.name == base)
    most = max((sum(key.startswith(base) and key[len(base) :].isdigit() for key in row)
                for row in rows), default=0)  # fmt: skip
    return [
        replace(of, name=f"{base}{n}", label=f"{of.label} {n}", core="Perm", codelist=None)
        for n in range(1, most + 1)
    ]


def _variable(
    spec: VariableSpecification, cells: Sequence[Cell], dataset: DatasetSpecification
) -> Variable:
    present = [cell for cell in cells if cell is not None]
    texts = [cell for cell in present if isinstance(cell, str)]
    kind: Type = spec.type
    if kind == "date" and not all(is_whole(text) for text in texts):
        kind = "partialDate"
    number = spec.type in ("integer", "float")
    width = max((len(text) for text in texts), default=10 if spec.type == "date" else 1)
    return Variable(
        name=spec.name,
        label=spec.label,
        type=kind,
        length=8 if number else width,
        core=spec.core,
        origin=spec.origin,
        told=spec.told,
        key=dataset.keys.index(spec.name) + 1 if spec.name in dataset.keys else None,
        display=spec.display,
        digits=_digits(present) if spec.type == "float" else None,
    )


def _digits(cells: Sequence[Cell]) -> int:
    """Most digits after the point in the shortest text that is read back as the same number."""
    found = 0
    for cell in cells:
        mantissa, _, power = repr(float(cell or 0)).removesuffix(".0").partition("e")
        found = max(found, len(mantissa.partition(".")[2]) - int(power or 0))
    return found


def _with_codelists(datasets: Sequence[Dataset]) -> tuple[Dataset, ...]:
    names = {
        (spec.name, variable.name): variable.codelist
        for spec in specifications().values()
        for variable in spec.variables
        if variable.codelist is not None
    }
    labels = {dataset.name: dataset.label for dataset in datasets}
    values: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
    for dataset in datasets:
        for record in dataset.records():
            for variable in dataset.variables:
                name = names.get((_specified(dataset), variable.name))
                value = record[variable.name]
                if name is None or value is None:
                    continue
                decode = record.get(_DECODED.get(name, ""))
                decode = labels.get(str(value)) if name == "DOMAIN" else decode
                values[_key(name, dataset)][str(value)] = None if decode is None else str(decode)
    lists = {
        key: codelist(key[0], ".".join(part for part in key if part), found)
        for key, found in values.items()
    }
    return tuple(
        replace(
            dataset,
            variables=tuple(
                replace(
                    variable,
                    codelist=None
                    if (name := names.get((_specified(dataset), variable.name))) is None
                    else lists.get(_key(name, dataset)),
                )
                for variable in dataset.variables
            ),
        )
        for dataset in datasets
    )


def _specified(dataset: Dataset) -> str:
    return "SUPPQUAL" if dataset.name.startswith("SUPP") else dataset.name


def _key(name: str, dataset: Dataset) -> tuple[str, str]:
    """Parameters are of one dataset; every other list is of the study."""
    return (name, dataset.name if name in ("PARAM", "PARAMCD") else "")
