"""Each rule finds what it is for, and each breach of the format is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.dossier.cdisc_course import DOSED, case, event, mapped, sdtm, series
from tests.unit.dossier.test_cdisc_mapping import episodes
from ultrarare.dossier.cdisc.checks import check
from ultrarare.dossier.cdisc.dataset import Dataset, Study
from ultrarare.dossier.cdisc.limits import limit_problems

TIMELINE = (
    *DOSED,
    event("2024-07-01", "dose", "dose 2", value="0.5", unit="mg/kg"),
    event("2024-07-10", "intercurrent", "fever", note="mild"),
    event("2025-06-01", "follow-up", "last visit"),
)
MADE = case(
    statements=[
        {"id": "a", "kind": "safety.event", "origin": "declared", "by": "b", "on": "2024-07-01",
         "statement": "fever", "when": "2024-06-10"}
    ]
)  # fmt: skip


def whole() -> tuple[Study, Study]:
    """A course that has no breach but those of fields that a case does not have."""
    found = mapped(
        series("marker", "umol/L", ("2024-05-01", "<9"), ("2024-06-02", "10"), ("2024-07-01", "5")),
        timeline=TIMELINE, made=MADE,
        **episodes("2024-07-01", observed=("2024-01-01", "2025-06-02")),
    )  # fmt: skip
    return found.studies[0], found.studies[1]


def open_rules(study: Study) -> set[str]:
    """Ids of rules with a breach, those left out that every case breaches."""
    return {result.rule for result in check(study) if result.breaches} - {"UR-02"}


def changed(study: Study, name: str, column: str, value: Any, row: int = 0) -> Study:
    """The study with one cell changed."""

    def cell(dataset: Dataset) -> Dataset:
        if dataset.name != name:
            return dataset
        at = dataset.names.index(column)
        found = [list(cells) for cells in dataset.rows]
        found[row][at] = value
        return replace(dataset, rows=tuple(tuple(cells) for cells in found))

    return replace(study, datasets=tuple(cell(dataset) for dataset in study.datasets))


def without(study: Study, name: str, column: str) -> Study:
    """The study without one variable."""

    def cut(dataset: Dataset) -> Dataset:
        if dataset.name != name:
            return dataset
        at = dataset.names.index(column)
        return replace(
            dataset,
            variables=tuple(v for v in dataset.variables if v.name != column),
            rows=tuple(row[:at] + row[at + 1 :] for row in dataset.rows),
        )

    return replace(study, datasets=tuple(cut(dataset) for dataset in study.datasets))


def test_a_whole_course_has_no_breach_but_of_fields_that_a_case_does_not_have():
    first, second = whole()
    assert open_rules(first) == set()
    assert open_rules(second) == set()
    (empty,) = [result for result in check(first) if result.rule == "UR-02"]
    assert {where for where, _ in empty.breaches} == {"DM.SITEID", "DM.COUNTRY", "AE.AEDECOD"}


@pytest.mark.parametrize(
    ("name", "column", "value", "row", "rule"),
    [
        ("LB", "LBSEQ", 2, 0, "UR-SD-01"),
        ("LB", "LBSEQ", 0, 0, "UR-SD-01"),
        ("LB", "LBDTC", "2024-5-1", 0, "UR-SD-02"),
        ("LB", "LBDTC", "2024-13-01", 0, "UR-SD-02"),
        ("LB", "LBDY", 0, 1, "UR-SD-03"),
        ("LB", "LBDY", 5, 1, "UR-SD-03"),
        ("LB", "LBSTRESU", None, 1, "UR-SD-04"),
        ("LB", "LBORRESU", None, 1, "UR-SD-04"),
        ("EX", "EXDOSU", None, 0, "UR-SD-05"),
        ("EX", "EXDOSE", None, 0, "UR-SD-05"),
        ("EX", "EXSTDTC", "2024-05-01", 0, "UR-SD-05"),
        ("EX", "EXSTDTC", "2026-05-01", 0, "UR-SD-05"),
        ("EX", "EXENDTC", "2024-05-01", 0, "UR-SD-06"),
        ("DM", "RFENDTC", "2020-01-01", 0, "UR-SD-06"),
        ("LB", "LBSTRESN", 9.0, 0, "UR-SD-07"),
        ("LB", "LBTESTCD", "1ABC", 0, "UR-SD-08"),
        ("LB", "LBTEST", "another", 0, "UR-SD-08"),
        ("LB", "USUBJID", "ST-1-OTHER", 0, "UR-SD-09"),
        ("SUPPCE", "IDVARVAL", "99", 0, "UR-SD-10"),
        ("LB", "LBLOBXFL", "Y", 0, "UR-SD-11"),
        ("TA", "ETCD", "OTHER", 0, "UR-SD-12"),
        ("SE", "SESEQ", 2, 0, "UR-SD-01"),
        ("SE", "TAETORD", 2, 0, "UR-03"),
    ],
)
def test_a_rule_finds_what_it_is_for(name, column, value, row, rule):
    first, _ = whole()
    assert rule in open_rules(changed(first, name, column, value, row))


@pytest.mark.parametrize(
    ("name", "column", "value", "row", "rule"),
    [
        ("ADLB", "USUBJID", "ST-1-OTHER", 0, "UR-AD-01"),
        ("ADLB", "PARAM", "another", 0, "UR-AD-02"),
        ("ADLB", "PARAMCD", "OTHER", 0, "UR-AD-02"),
        ("ADLB", "BASE", 11.0, 0, "UR-AD-03"),
        ("ADLB", "ABLFL", "Y", 0, "UR-AD-03"),
        ("ADLB", "CHG", 1.0, 2, "UR-AD-04"),
        ("ADTTE", "CNSR", -1, 0, "UR-AD-05"),
        ("ADTTE", "AVAL", -1.0, 0, "UR-AD-05"),
    ],
)
def test_a_rule_of_analysis_finds_what_it_is_for(name, column, value, row, rule):
    _, second = whole()
    assert rule in open_rules(changed(second, name, column, value, row))


def test_a_required_variable_that_is_not_there_is_found():
    first, _ = whole()
    assert "UR-01" in open_rules(without(first, "AE", "AETERM"))


def test_a_value_that_a_closed_list_does_not_know_is_found():
    first, _ = whole()
    (dm,) = [dataset for dataset in first.datasets if dataset.name == "DM"]
    (sex,) = [variable for variable in dm.variables if variable.name == "SEX"]
    assert sex.codelist is not None
    term = replace(sex.codelist.terms[0], value="FEMALE", extended=True)
    odd = replace(sex, codelist=replace(sex.codelist, terms=(term,)))
    variables = tuple(odd if v.name == "SEX" else v for v in dm.variables)
    datasets = tuple(
        replace(d, variables=variables) if d.name == "DM" else d for d in first.datasets
    )
    assert "UR-04" in open_rules(replace(first, datasets=datasets))


def test_every_breach_of_the_format_is_told_at_once():
    (dm,) = [dataset for dataset in whole()[0].datasets if dataset.name == "DM"]
    first = dm.variables[0]
    variables = (
        replace(first, name="toolongname"),
        replace(first, label="x" * 41),
        replace(first, name="A", length=300),
        replace(first, name="A", length=3),
        replace(first, name="B", type="float", length=8),
        replace(first, name="C", type="integer", length=8),
        replace(first, name="D", length=20),
    )
    row = ("café", "ok", "y" * 201, "long", float("inf"), 1.5, "tail ")
    odd = replace(dm, name="2DM", variables=variables, rows=(row, (None,) * 7))
    said = "\n".join(map(str, limit_problems([odd])))
    for words in (
        "found the dataset name '2DM'",
        "found the variable name 'toolongname'",
        "of 41 characters",
        "found 'é' in 'café'",
        "has 201 characters; allowed are 200",
        "has 4 characters; allowed are 3",
        "found inf",
        "found 1.5; allowed is a whole number",
        "with a blank at the end",
        "stands 2 times",
        "2DM.A row 1",
    ):
        assert words in said, words


def test_a_row_that_is_blank_throughout_is_told():
    (te,) = [dataset for dataset in whole()[0].datasets if dataset.name == "TE"]
    blank = replace(te, rows=(*te.rows, (None,) * len(te.variables)))
    assert "row 3: is blank throughout" in "\n".join(map(str, limit_problems([blank])))


def test_no_study_of_a_course_is_beyond_the_format():
    for study in whole():
        assert limit_problems(study.datasets) == ()
    assert sdtm(mapped()).id == "ST-1"
