"""The declared reference as the engines want it: transcript, frame, and what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import example
from tests.unit.molecule.variant_facts import START, kabe, small
from ultrarare.analysis.declaration import Inputs, Parameters
from ultrarare.case.dataset import ReferenceSequence
from ultrarare.errors import InputError, NotComputable
from ultrarare.molecule.case_reference import find_reference, frame_over, load_reference


@pytest.fixture
def declared():
    (found,) = (d for d in example("kabe").case.datasets if isinstance(d, ReferenceSequence))
    return found


def inputs(*datasets: ReferenceSequence) -> Inputs:
    folder = example("kabe")
    return Inputs(
        root=folder.root,
        case=folder.case,
        datasets={"reference": datasets},
        timeline=(),
        first_dose=None,
        endpoint=None,
        parameters=Parameters(),
    )


def test_a_reference_is_found_by_its_id(declared):
    assert find_reference(inputs(declared), "context", of="variant a") is declared


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (None, "variant a names no reference sequence"),
        ("gone", "the reference sequence 'gone' of variant a is not there"),
    ],
)
def test_a_reference_that_is_not_there_is_not_computable(declared, wanted, words):
    with pytest.raises(NotComputable) as caught:
        find_reference(inputs(declared), wanted, of="variant a")
    assert caught.value.problem == words
    assert caught.value.remedy


def test_the_named_transcript_is_taken_and_else_the_first(declared):
    (first,) = declared.transcripts
    second = first.model_copy(update={"accession": "NM_000002.1"})
    both = declared.model_copy(update={"transcripts": (first, second)})
    for accession, taken in (
        ("NM_000002.1", "NM_000002.1"),
        ("NM_001875.5", "NM_001875.5"),
        (None, None),
    ):
        reference = load_reference(inputs(both), both, accession=accession)
        assert reference.transcript is not None
        assert reference.transcript.accession == (taken or "NM_001875.5")
    bare = declared.model_copy(update={"transcripts": ()})
    assert load_reference(inputs(bare), bare).transcript is None


def test_a_placement_that_does_not_fit_names_dataset_and_file(declared):
    wrong: dict[str, Any] = {"start": 5}
    moved = declared.model_copy(update=wrong)
    with pytest.raises(InputError) as caught:
        load_reference(inputs(moved), moved)
    where = "dataset context (data/reference/cps1-context.fa): reference.transcript.segments[0]"
    assert caught.value.where == where


def test_the_frame_holds_the_codons_of_the_segment_over_the_base():
    reference = kabe()
    frame = frame_over(reference, 210591885 - START)
    assert frame is not None
    assert frame.protein(reference.bases) == "ITAQNH"
    assert frame.first_codon == 332


def test_there_is_no_frame_outside_the_coding_segments():
    assert frame_over(kabe(), 3) is None


@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_frame_begins_at_a_whole_codon_on_either_strand(strand):
    reference = small(strand=strand)
    offset = 12 if strand == "+" else 37
    frame = frame_over(reference, offset)
    # c.-2 to c.8 hold the start codon before c.1; the declared segment begins in the 5' UTR.
    assert frame is None or len(frame.protein(reference.bases)) >= 1
