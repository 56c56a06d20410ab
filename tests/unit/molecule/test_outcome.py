"""Counts under each definition, on small alleles whose answers can be read off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.molecule.editing_facts import (
    CONTEXT,
    FRAME,
    HEALTHY,
    PROTEIN,
    QUESTION,
    SITE,
    TARGET,
)
from ultrarare.errors import InputErrors, NotComputable
from ultrarare.molecule.align import Allele, Change
from ultrarare.molecule.editor import editor
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.outcome import Count, quantify
from ultrarare.molecule.protospacer import Site
from ultrarare.molecule.question import Question
from ultrarare.molecule.sequence import reverse_complement

EDIT = (Change(TARGET, "T", "C"),)
A3 = Change(SITE.offset(3), "T", "C")
A16 = Change(SITE.offset(16), "T", "C")


def counts(
    alleles: Mapping[Allele, int], question: Question = QUESTION, **options: Any
) -> dict[str, Count]:
    return {c.name: c for c in quantify(alleles, question, **options).counts()}


def yes(allele: Allele) -> set[str]:
    """Names of the definitions that one allele fits."""
    found = counts({allele: 1}).items()
    return {name for name, one in found if one.counted and not name.startswith("position")}


@pytest.mark.parametrize(
    ("allele", "fits"),
    [
        ((), set()),
        (EDIT, {"any_edit", "target_base", "intended_protein", "intended_only", "any_change"}),
        (
            tuple(sorted((*EDIT, A3))),
            {"any_edit", "target_base", "intended_protein", "any_change"},
        ),
        ((A3,), {"any_edit", "any_change"}),
        (tuple(sorted((*EDIT, A16))), {"any_edit", "target_base", "any_change"}),
        ((A16,), {"any_change"}),
        (
            (*EDIT, Change(75, "C", "")),
            {"any_edit", "target_base", "indels", "any_change"},
        ),
        ((Change(TARGET, "T", ""),), {"indels", "any_change"}),
        ((Change(TARGET, "T", "A"),), {"any_change", "stop_removed_wrong_residue"}),
    ],
)
def test_an_allele_fits_the_definitions_that_its_bases_say(allele, fits):
    assert yes(allele) == fits


def test_a_silent_change_restores_the_protein_but_is_not_intended_only():
    third = (Change(TARGET, "T", "C"), Change(TARGET + 2, "G", "A"))  # TAG to CAA, glutamine

    assert "intended_protein" in yes(third)
    assert "intended_only" not in yes(third)


def test_another_base_at_the_target_is_no_conversion():
    assert "target_base" not in yes((Change(TARGET, "T", "G"),))


@pytest.mark.parametrize(
    ("unknown", "undetermined"),
    [
        (TARGET, {"any_edit", "target_base", "intended_protein", "intended_only", "any_change",
                  "stop_removed_wrong_residue", "position 8"}),
        (TARGET + 1, {"intended_protein", "intended_only", "any_change",
                      "stop_removed_wrong_residue"}),
        (36, {"intended_only", "any_change"}),
    ],
)  # fmt: skip
def test_an_unknown_base_is_undetermined_where_it_matters(unknown, undetermined):
    found = counts({(Change(unknown, CONTEXT[unknown], "N"),): 3})

    assert {name for name, one in found.items() if one.undetermined == 3} == undetermined


def test_undetermined_reads_leave_the_denominator_and_widen_the_bounds():
    found = counts({(): 6, EDIT: 3, (Change(TARGET, "T", "N"),): 1})["target_base"]

    assert (found.counted, found.undetermined, found.denominator, found.total) == (3, 1, 9, 10)
    assert (found.share, found.lower, found.upper) == (3 / 9, 0.3, 0.4)


def test_a_share_of_no_judged_read_is_none():
    found = counts({(Change(TARGET, "T", "N"),): 2})["target_base"]

    assert found.share is None
    assert (found.lower, found.upper) == (0.0, 1.0)


def test_no_reads_is_not_computable():
    with pytest.raises(NotComputable, match="there are no reads to count"):
        quantify({}, QUESTION)


def test_a_table_with_nothing_shown_still_has_bounds():
    found = counts({}, not_shown=10)["any_edit"]

    assert (found.counted, found.lower, found.upper) == (0, 0.0, 1.0)


def test_each_count_says_what_it_counts():
    words = {row["name"]: row["definition"] for row in quantify({(): 1}, QUESTION).to_rows()}

    assert words["any_edit"] == (
        "A>G on the strand of the guide at one or more protospacer positions 1 to 10, "
        "of all reads but those with an unknown base where it matters"
    )
    assert "codons 326 to 337 translate to the intended residues" in words["intended_protein"]
    assert "the stop in place of Gln335" in words["stop_removed_wrong_residue"]
    assert words["indels"] == "bases lost or gained between offsets 36 and 76, of all reads"


def test_the_summary_names_each_number_and_none_is_called_efficiency():
    text = quantify({(): 1, EDIT: 1}, QUESTION).summary()

    assert "target_base: 1 of 2 (50.0 %)" in text
    assert "efficiency" not in text


def test_without_a_frame_there_is_no_protein_to_count():
    found = quantify({EDIT: 1}, replace(QUESTION, frame=None, intended_protein=None))

    assert found.intended_protein is None
    assert found.stop_removed_wrong_residue is None
    assert found.target_base.counted == 1


def test_without_a_stop_there_is_none_to_remove():
    missense = replace(QUESTION, intended_protein=FRAME.protein(CONTEXT))

    assert quantify({(): 1}, missense).stop_removed_wrong_residue is None


def test_a_site_turned_around_gives_the_same_counts():
    size = len(CONTEXT)
    turned = replace(
        QUESTION,
        reference=reverse_complement(CONTEXT),
        start=size - 76,
        end=size - 36,
        site=Site(guide=SITE.guide, strand="+", start=size - 73, end=size - 53, pam="AGC",
                  pam_start=size - 53, pam_end=size - 50),
        target_offset=size - 1 - TARGET,
        frame=Frame(start=size - FRAME.end, end=size - FRAME.start, strand="-", first_codon=317),
    )  # fmt: skip

    def flipped(allele: Allele) -> Allele:
        return tuple(
            Change(size - c.end, reverse_complement(c.ref), reverse_complement(c.alt))
            for c in reversed(allele)
        )

    alleles = {(): 5, EDIT: 3, tuple(sorted((*EDIT, A3))): 2, (Change(TARGET, "T", "A"),): 1}
    here = quantify(alleles, QUESTION)
    there = quantify({flipped(a): n for a, n in alleles.items()}, turned)

    assert [c.counted for c in here.counts()] == [c.counted for c in there.counts()]
    assert here.wrong_residues == there.wrong_residues == {"K": 1}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"editor": editor("Cas9")}, "editor"),
        ({"start": 76}, "span"),
        ({"end": 60}, "target_offset"),
        ({"target_offset": TARGET + 1}, "target_offset"),
        ({"reference": HEALTHY}, "target_offset"),
        ({"any_edit_window": (1, 40)}, "any_edit_window"),
        ({"frame": None}, "frame"),
        ({"intended_protein": "MQ"}, "intended_protein"),
    ],
)
def test_a_question_that_does_not_fit_its_site_is_refused(changes, where):
    with pytest.raises(InputErrors) as caught:
        replace(QUESTION, **changes)

    assert where in [problem.where for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"frame": None, "intended_protein": None},
            "the target lies in no complete codon of the declared coding segments",
        ),
        (
            {"frame": FRAME.within(11, 64), "intended_protein": PROTEIN[: (64 - 11) // 3]},
            "the target lies in no complete codon of the declared coding segments",
        ),
        (
            {"end": TARGET + 2, "any_edit_window": (7, 10)},
            "the compared span does not hold the whole codon of the target",
        ),
        (
            {"intended_protein": FRAME.protein(CONTEXT)},
            "the unedited allele already codes for the intended residues over codons 326 to 337",
        ),
    ],
)
def test_codons_beside_the_target_are_no_intended_protein(changes, why):
    found = quantify({(): 9, EDIT: 1}, replace(QUESTION, **changes))

    assert found.intended_protein is None
    assert found.stop_removed_wrong_residue is None
    assert found.caveats == (f"The intended protein is not counted: {why}.",)
    assert (found.target_base.counted, found.any_edit.counted) == (1, 1)


def test_a_span_that_begins_with_the_codon_of_the_target_holds_it():
    found = quantify({(): 9, EDIT: 1}, replace(QUESTION, start=TARGET, any_edit_window=(1, 8)))

    assert found.intended_protein is not None
    assert (found.intended_protein.counted, found.intended_protein.total) == (1, 10)
    assert "codons 335 to 337 translate" in found.intended_protein.definition
    assert found.caveats == ()


def test_a_span_without_a_complete_codon_does_not_stop_the_count():
    narrow = replace(QUESTION, frame=FRAME.within(11, 20), intended_protein="GQN")

    assert quantify({(): 1}, narrow).intended_protein is None
