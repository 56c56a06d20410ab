"""The case model: what may be stated, by whom, and what may be named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.factories import small_case
from ultrarare.case.case import Phase
from ultrarare.case.dataset import AlleleTable, EditingReads

STATED = {
    "id": "s",
    "kind": "disease.severity",
    "origin": "declared",
    "statement": "s",
    "by": "made reviewer",
    "on": "2024-01-15",
}
READS = {
    "id": "reads",
    "kind": "editing-reads",
    "origin": "made",
    "r1": "a.fastq.gz",
    "reference": "context",
    "sample": {"description": "d", "ladder": "A"},
    "any_edit_window": [1, 10],
}
CONTEXT = {
    "id": "context",
    "kind": "reference-sequence",
    "origin": "made",
    "file": "a.fa",
    "accession": "NC_1.1",
    "start": 0,
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "disease.colour"}, "'disease.colour' is not in the vocabulary; near: disease."),
        ({"kind": "nonsense"}, "'nonsense' is not in the vocabulary"),
        (
            {"kind": "course.own-control"},
            "course.own-control is given by an analysis only; a statement cannot stand in for it",
        ),
        ({"attributes": {"colour": "red"}}, "no attribute 'colour'; allowed are: none"),
        (
            {"kind": "disease.few-patients", "attributes": {"people": 3}},
            "no attribute 'people'; allowed are: patients",
        ),
        (
            {"kind": "disease.few-patients", "attributes": {"patients": "thirty"}},
            "attribute patients of disease.few-patients: found 'thirty'; allowed is a number",
        ),
        (
            {"kind": "disease.few-patients", "attributes": {"patients": True}},
            "found True; allowed is a number",
        ),
        (
            {"kind": "case.rdep-request", "attributes": {"before_pivotal": "yes"}},
            "found 'yes'; allowed is a flag",
        ),
        ({"origin": "cited"}, "a cited statement names at least one source under `cites`"),
        ({"by": None}, "a declared statement says who under `by` and when under `on`"),
        ({"on": None}, "a declared statement says who under `by` and when under `on`"),
        ({"origin": "computed"}, "cited"),
        ({"estimate": {"value": 1, "lower": 2, "upper": 1}}, "allowed is lower ≤ upper"),
        ({"estimate": {"value": "inf"}}, "finite"),
        ({"estimate": {"value": 1, "level": 95}}, "less than 1"),
        ({"n": 0}, "greater than or equal to 1"),
        ({"when": "-3"}, "a negative age"),
    ],
)
def test_a_statement_that_cannot_stand_is_refused(changes, words):
    with pytest.raises(ValidationError) as caught:
        small_case(statements=[{**STATED, **changes}])
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": "disease.few-patients", "attributes": {"patients": 30}},
        {"kind": "disease.few-patients", "attributes": {"patients": None}},
        {"kind": "engagement.target-base", "ladder": "B", "estimate": {"value": 0.3}},
        {"origin": "cited", "by": None, "on": None, "cites": [{"source": "a"}]},
    ],
)
def test_a_statement_that_says_who_and_what_is_taken(changes):
    assert small_case(statements=[{**STATED, **changes}]).statements[0].id == "s"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        (
            {"statements": [{**STATED, "origin": "cited", "cites": [{"source": "gone"}]}]},
            [(("statements", 0, "cites", 0), "names source 'gone'; the case lists: none")],
        ),
        (
            {
                "sources": [{"id": "paper", "citation": "c", "grade": "A"}],
                "product": {"name": "p", "modality": "other", "sources": ["paper", "gone"]},
            },
            [(("product", "sources"), "names source 'gone'; the case lists: paper")],
        ),
        (
            {"datasets": [CONTEXT, {**READS, "reference": "contxt", "sources": ["gone"]}]},
            [
                (("datasets", 1, "sources"), "names source 'gone'; the case lists: none"),
                (
                    ("datasets", 1, "reference"),
                    "names reference 'contxt'; the case's reference-sequences: context",
                ),
            ],
        ),
        (
            {
                "product": {"name": "p", "modality": "other", "reference": "reads"},
                "datasets": [CONTEXT, READS],
            },
            [
                (
                    ("product", "reference"),
                    "names reference 'reads'; the case's reference-sequences: context",
                )
            ],
        ),
        (
            {"datasets": [CONTEXT, CONTEXT]},
            [
                (("datasets", 0, "id"), "id 'context' stands 2 times"),
                (("datasets", 1, "id"), "id 'context' stands 2 times"),
            ],
        ),
        (
            {"statements": [STATED, {**STATED, "id": "t"}, STATED]},
            [
                (("statements", 0, "id"), "id 's' stands 2 times"),
                (("statements", 2, "id"), "id 's' stands 2 times"),
            ],
        ),
        (
            {
                "variants": [
                    {
                        "id": "v",
                        "role": "targeted",
                        "hgvs": "x",
                        "sources": ["gone"],
                        "reference": "gone",
                        "acmg": [
                            {
                                "code": "PM2",
                                "strength": "supporting",
                                "reason": "r",
                                "by": "b",
                                "sources": ["lost"],
                            }
                        ],
                    }
                ]
            },
            [
                (("variants", 0, "sources"), "names source 'gone'; the case lists: none"),
                (
                    ("variants", 0, "acmg", 0, "sources"),
                    "names source 'lost'; the case lists: none",
                ),
                (
                    ("variants", 0, "reference"),
                    "names reference 'gone'; the case's reference-sequences: none",
                ),
            ],
        ),
    ],
)
def test_what_is_named_and_not_there_is_told_with_its_place(changes, places):
    assert list(small_case(**changes).dangling()) == places


def test_a_case_without_loose_ends_has_none():
    assert list(small_case(datasets=[CONTEXT, READS]).dangling()) == []


@pytest.mark.parametrize(
    "file", ["../a.csv", "/etc/a.csv", "~/a.csv", "a/../../b.csv", "C:\\a.csv", "..\\a.csv", ""]
)
def test_a_file_outside_the_folder_is_refused(file):
    with pytest.raises(ValidationError, match="a path inside the case folder"):
        EditingReads.model_validate({**READS, "r1": file})


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="the smaller position first"):
        EditingReads.model_validate({**READS, "any_edit_window": [10, 1]})
    with pytest.raises(ValidationError, match="the smaller position first"):
        AlleleTable.model_validate(
            {
                **{key: value for key, value in READS.items() if key != "r1"},
                "kind": "allele-table",
                "file": "a.csv",
                "any_edit_window": [3, 2],
            }
        )


def test_the_files_of_a_dataset_come_with_their_roles():
    reads = EditingReads.model_validate({**READS, "r2": "b.fastq.gz"})
    assert dict(reads.paths) == {"r1": "a.fastq.gz", "r2": "b.fastq.gz"}


@pytest.mark.parametrize("curie", ["OMIM", "OMIM:", ":237300", "OMIM: 237300"])
def test_a_disease_without_an_id_of_a_register_is_refused(curie):
    with pytest.raises(ValidationError, match="allowed is a CURIE"):
        small_case(
            disease={
                "name": "d",
                "id": curie,
                "gene": "G",
                "course": "static",
                "course_reason": "r",
            }
        )


def test_phases_are_in_the_order_of_the_way():
    order = [phase.order for phase in Phase]
    assert order == sorted(order)
    assert Phase.CMC.order == Phase.NONCLINICAL.order < Phase.FIRST_IN_HUMAN.order
