"""Predicted edits, on the CPS1 case (facts: editing_facts.py) and on made sites."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.molecule.editing_facts import (
    CONTEXT,
    EDITOR,
    FIRST_CODON,
    FRAME,
    HEALTHY,
    PROTEIN,
    SITE,
    TARGET,
)
from ultrarare.errors import InputError
from ultrarare.molecule.editor import editor
from ultrarare.molecule.edits import Consequence, EditPrediction, classify, predict
from ultrarare.molecule.frame import Frame, frame_through
from ultrarare.molecule.protospacer import locate
from ultrarare.molecule.sequence import reverse_complement


def cps1(**changes: Any) -> EditPrediction:
    arguments: dict[str, Any] = {
        "target_offset": TARGET,
        "frame": FRAME,
        "intended_protein": PROTEIN,
        **changes,
    }
    return predict(SITE, CONTEXT, EDITOR, **arguments)


def test_the_frame_reads_the_printed_residues():
    at = 332 - FIRST_CODON

    assert PROTEIN[at : at + 6] == "ITAQNH"  # printed beside the corrected alleles of Fig. S8
    assert FRAME.protein(CONTEXT)[335 - FIRST_CODON] == "*"


def test_the_target_alone_restores_the_healthy_sequence():
    first = cps1().outcomes[0]

    assert first.positions == (8,)
    assert first.sequence == HEALTHY
    assert first.consequence is Consequence.RESTORES
    assert first.changes == ()


def test_every_combination_of_window_bystanders_restores_the_protein():
    prediction = cps1()

    assert prediction.inside_window
    assert [one.positions for one in prediction.outcomes] == [(8,), (3, 8), (8, 9), (3, 8, 9)]
    assert {one.consequence for one in prediction.outcomes} == {Consequence.RESTORES}


@pytest.mark.parametrize("position", [0, 3, 9, 12, 15])
def test_each_bystander_that_the_paper_reports_is_synonymous(position):
    (bystander,) = (b for b in cps1().bystanders if b.base.position == position)

    assert bystander.consequence is Consequence.SYNONYMOUS
    assert bystander.changes == ()


def test_adenines_near_the_pam_would_change_residues_but_lie_far_from_the_window():
    far = {b.base.position: b for b in cps1().bystanders if b.base.position > 15}

    assert {p: [str(c) for c in b.changes] for p, b in far.items()} == {
        16: ["Ile332Thr"],
        19: ["Phe331Ser"],
        20: ["Phe331Leu"],
    }
    assert not any(b.base.in_window for b in far.values())


def test_a_window_from_general_knowledge_is_a_caveat():
    assert any("general knowledge" in caveat for caveat in cps1().caveats)


def test_a_base_the_editor_does_not_convert_is_data_not_an_error():
    prediction = predict(
        SITE, HEALTHY, EDITOR, target_offset=TARGET, frame=FRAME, intended_protein=PROTEIN
    )

    assert (prediction.target_base, prediction.editable) == ("G", False)
    assert prediction.outcomes == ()
    assert prediction.caveats == ("NGC-ABE8e-V106W converts A, not G",)


def test_a_target_outside_the_window_is_said_and_still_computed():
    prediction = cps1(target_offset=SITE.offset(12))

    assert not prediction.inside_window
    assert prediction.outcomes[0].consequence is Consequence.STOP_REMAINS
    assert prediction.caveats[0] == "target position 12 lies outside window (3, 10)"


def test_without_a_frame_nothing_is_said_about_the_protein():
    prediction = cps1(frame=None, intended_protein=None)

    assert {one.consequence for one in prediction.outcomes} == {Consequence.OUTSIDE_FRAME}
    assert any("no reading frame" in caveat for caveat in prediction.caveats)


def test_the_number_of_combinations_is_two_to_the_bystanders_and_capped():
    spacer = "GC" + "A" * 8 + "GCGCGCGCGC"
    context = "GC" + spacer + "TGG"
    site = locate(spacer, context, pam="NGG")
    arguments: dict[str, Any] = {
        "target_offset": site.offset(5),
        "frame": None,
        "intended_protein": None,
    }

    prediction = predict(site, context, editor("ABE8e"), **arguments)

    assert len(prediction.bystanders_in_window) == 7
    assert len({one.sequence for one in prediction.outcomes}) == 2**7
    with pytest.raises(InputError, match=r"7 bystanders lie in the window.*2\^7"):
        predict(site, context, editor("ABE8e"), max_bystanders=6, **arguments)


def test_a_gene_and_a_guide_turned_around_give_the_same_proteins():
    turned = reverse_complement(CONTEXT)
    site = locate("TGATTCTAAGCAGTAATGAA", turned, pam="NGC")
    size = len(CONTEXT)
    frame = Frame(
        start=size - FRAME.end, end=size - FRAME.start, strand="-", first_codon=FIRST_CODON
    )

    prediction = predict(
        site, turned, EDITOR,
        target_offset=size - 1 - TARGET, frame=frame, intended_protein=PROTEIN,
    )  # fmt: skip

    assert site.strand == "+"
    assert [o.protein for o in prediction.outcomes] == [o.protein for o in cps1().outcomes]
    assert [b.changes for b in prediction.bystanders] == [b.changes for b in cps1().bystanders]


def test_a_cytosine_editor_can_introduce_a_stop():
    #                    CAG at positions 4 to 6: C4 to T makes TAG
    spacer = "GATCAGGATGATTACAGATT"
    context = "TTT" + spacer + "TGG"
    site = locate(spacer, context, pam="NGG")
    frame = Frame(start=3, end=24, first_codon=1)

    prediction = predict(
        site, context, editor("BE4max"), target_offset=site.offset(4), frame=frame,
        intended_protein=frame.protein(context),
    )  # fmt: skip

    assert prediction.outcomes[0].consequence is Consequence.INTRODUCES_STOP
    assert [str(change) for change in prediction.outcomes[0].changes] == ["Gln2Ter"]


@pytest.mark.parametrize(
    ("protein", "before", "kind"),
    [
        ("MQK", "M*K", Consequence.RESTORES),
        ("MQK", "MQK", Consequence.SYNONYMOUS),
        ("MHK", "M*K", Consequence.CHANGES_RESIDUE),
        ("M*K", "M*K", Consequence.STOP_REMAINS),
        ("MQ*", "M*K", Consequence.INTRODUCES_STOP),
    ],
)
def test_each_kind_of_consequence(protein, before, kind):
    assert classify(protein, before=before, intended="MQK") is kind


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"target_offset": 110}, "target_offset"),
        ({"intended_protein": None}, "frame"),
        ({"intended_protein": "MQ"}, "intended_protein"),
    ],
)
def test_arguments_that_do_not_fit_are_told(changes, where):
    with pytest.raises(InputError) as caught:
        cps1(**changes)

    assert caught.value.where == where


def test_a_nuclease_has_no_bases_to_convert():
    with pytest.raises(InputError, match="Cas9 is a nuclease, not a base editor"):
        predict(SITE, CONTEXT, editor("Cas9"), target_offset=TARGET, frame=None,
                intended_protein=None)  # fmt: skip


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("codon_start", [9, 10, 11, 12])
def test_a_frame_through_one_codon_labels_that_codon(strand, codon_start):
    frame = frame_through(codon_start, context_length=40, strand=strand, coding=(5, 31), codon=50)
    inside = codon_start if strand == "+" else codon_start - 1

    index = frame.codon_index(inside)
    assert index is not None
    assert frame.label(index) == 50
    assert frame.start - 5 < 3
    assert 31 - frame.end < 3


def test_a_frame_inside_a_span_keeps_its_labels_on_both_strands():
    for strand in ("+", "-"):
        frame = Frame(start=0, end=30, strand=strand, first_codon=100)
        inside = frame.within(4, 28)

        assert (inside.start, inside.end) == (6, 27)
        here, there = inside.codon_index(12), frame.codon_index(12)
        assert here is not None
        assert there is not None
        assert inside.label(here) == frame.label(there)
        assert frame.shifted(3).codon_index(15) == frame.codon_index(12)


def test_a_frame_that_does_not_fit_is_an_error():
    with pytest.raises(InputError, match="complete codons"):
        Frame(start=0, end=10)
    with pytest.raises(InputError, match="no complete codon lies between 4 and 8"):
        Frame(start=0, end=30).within(4, 8)
    with pytest.raises(InputError, match="not inside the coding span"):
        frame_through(2, context_length=40, coding=(5, 31))
    with pytest.raises(InputError, match="the frame ends at 30"):
        Frame(start=0, end=30).protein("ACGT")
