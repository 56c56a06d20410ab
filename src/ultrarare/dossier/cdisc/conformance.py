"""Rules that a reviewer's tools will apply: a small set, in our words and with ids of our own.

They restate requirements that SDTMIG 3.4, ADaMIG 1.3 and the study data technical conformance
guide publish; they are no replacement for a validator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Study
from ultrarare.dossier.cdisc.specification import specifications

Row = Mapping[str, Cell]
Breach = tuple[str, str]
"""Where (dataset, variable, row from 1) and what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: its id, what it asks, and who breaches it."""

    id: str
    asks: str
    breaches: Callable[[Study], Iterable[Breach]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A rule on one study; no breaches means that none were found, and no more."""

    rule: str
    asks: str
    study: str
    family: str
    breaches: tuple[Breach, ...]


def numbered(dataset: Dataset) -> Iterable[tuple[str, Row]]:
    """Rows with where they are."""
    for number, row in enumerate(dataset.records(), start=1):
        yield f"row {number}", row


def subjects(study: Study, name: str) -> Mapping[Cell, Row]:
    """Rows of a dataset with one row a subject."""
    dataset = study.dataset(name)
    return {} if dataset is None else {row["USUBJID"]: row for row in dataset.records()}


def _required_empty(study: Study) -> Iterable[Breach]:
    for dataset in study.datasets:
        for variable in dataset.variables:
            if variable.core != "Req":
                continue
            empty = sum(cell is None for cell in dataset.column(variable.name))
            if empty:
                rows = len(dataset.rows)
                yield (
                    f"{dataset.name}.{variable.name}",
                    f"is required and empty in {empty} of {rows} rows ({variable.told})",
                )


def _required_there(study: Study) -> Iterable[Breach]:
    for dataset in study.datasets:
        name = "SUPPQUAL" if dataset.name.startswith("SUPP") else dataset.name
        spec = specifications().get(name)
        if spec is None:
            yield dataset.name, "is no dataset of the specification"
            continue
        for variable in spec.variables:
            if variable.core == "Req" and variable.name not in dataset.names:
                yield f"{dataset.name}.{variable.name}", "is required and not there"


def _keys_unique(study: Study) -> Iterable[Breach]:
    for dataset in study.datasets:
        seen: dict[tuple[Cell, ...], str] = {}
        for where, row in numbered(dataset):
            key = tuple(row[name] for name in dataset.keys)
            if key in seen:
                yield f"{dataset.name} {where}", f"has the key of {seen[key]}"
            seen.setdefault(key, where)


def _coded(study: Study) -> Iterable[Breach]:
    for dataset in study.datasets:
        for variable in dataset.variables:
            if variable.codelist is None or variable.codelist.code is None:
                continue
            closed = variable.codelist.id in _CLOSED
            for term in variable.codelist.terms:
                if term.extended and closed:
                    yield (
                        f"{dataset.name}.{variable.name}",
                        f"has {term.value!r}, which its closed list does not know",
                    )


_CLOSED: Final = frozenset({"CL.NY", "CL.SEX", "CL.AESEV", "CL.AGEU"})

COMMON: Final = (
    Rule(id="UR-01", asks="required variables are there", breaches=_required_there),
    Rule(id="UR-02", asks="required variables are filled", breaches=_required_empty),
    Rule(id="UR-03", asks="the natural key is unique", breaches=_keys_unique),
    Rule(id="UR-04", asks="closed lists hold their own terms only", breaches=_coded),
)
