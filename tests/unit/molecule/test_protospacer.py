"""Finding a guide beside its PAM."""

from __future__ import annotations

import pytest

from tests.unit.molecule.editing_facts import CONTEXT, GUIDE, HEALTHY, SITE, TARGET
from ultrarare.errors import InputError, InputErrors
from ultrarare.molecule.protospacer import locate
from ultrarare.molecule.sequence import reverse_complement

SPACER = "GATTACAGATTACCGTCTCA"


def test_the_cps1_guide_lies_on_the_minus_strand_with_its_target_at_position_8():
    assert (SITE.strand, SITE.start, SITE.end) == ("-", 53, 73)
    assert (SITE.pam, SITE.pam_start, SITE.pam_end) == ("AGC", 50, 53)
    assert SITE.position(TARGET) == 8
    assert SITE.base(CONTEXT, 8) == "A"


def test_the_reported_bystanders_of_cps1_are_adenines():
    assert [SITE.base(CONTEXT, position) for position in (0, 3, 9, 12, 15)] == ["A"] * 5


@pytest.mark.parametrize("position", range(-5, 30))
def test_position_and_offset_are_inverse_on_both_strands(position):
    plus = locate(SPACER, "TTTTT" + SPACER + "TGG" + "A" * 12, pam="NGG")

    assert plus.position(plus.offset(position)) == position
    assert SITE.position(SITE.offset(position)) == position


def test_positions_spell_the_guide_on_both_strands():
    context = "TTTTT" + SPACER + "TGGAA"
    for bases, strand in ((context, "+"), (reverse_complement(context), "-")):
        site = locate(SPACER, bases, pam="NGG")

        assert site.strand == strand
        assert "".join(site.base(bases, p) for p in range(1, 21)) == SPACER
        assert bases[site.pam_start : site.pam_end] in ("TGG", "CCA")


def test_the_cut_lies_three_bases_from_the_pam_on_both_strands():
    context = "TTTTT" + SPACER + "TGGAA"
    plus = locate(SPACER, context, pam="NGG")
    minus = locate(SPACER, reverse_complement(context), pam="NGG")

    assert plus.boundary_after(17) == plus.pam_start - 3
    assert minus.boundary_after(17) == minus.pam_end + 3


def test_a_pam_on_the_5_prime_side_precedes_the_protospacer():
    context = "CC" + "TTTA" + SPACER + "CC"

    site = locate(SPACER, context, pam="TTTV", pam_side="5'")

    assert (site.pam, site.pam_start, site.pam_end) == ("TTTA", 2, 6)


def test_rna_letters_are_read():
    assert locate(GUIDE.replace("T", "U"), CONTEXT, pam="NGC") == SITE


def test_the_other_allele_is_told_by_the_nearest_place():
    with pytest.raises(InputError) as caught:
        locate(GUIDE, HEALTHY, pam="NGC")

    assert str(caught.value) == (
        "guide: TGATTCTAAGCAGTAATGAA occurs on neither strand of a context of 110 bases; one "
        "occurrence is needed\n  Nearest: context[53:73] strand -, 1 mismatch at protospacer "
        "position 8. Supply the allele that the guide is meant for."
    )


def test_a_guide_far_from_anything_is_not_given_a_nearest_place():
    with pytest.raises(InputError, match="Check the strand"):
        locate("GGGGGGGGGGCCCCCCCCCC", HEALTHY, pam="NGC")


def test_a_guide_without_its_pam_names_the_bases_that_stand_there():
    with pytest.raises(InputErrors) as caught:
        locate(GUIDE, CONTEXT, pam="NGG")

    (problem,) = caught.value.problems
    assert caught.value.where == "guide beside its PAM"
    assert str(problem) == "context[53:73] strand -: PAM 'AGC' does not fit NGG"


def test_a_pam_cut_off_by_the_context_does_not_fit():
    with pytest.raises(InputErrors, match="PAM 'TG' does not fit NGG"):
        locate(SPACER, "AAA" + SPACER + "TG", pam="NGG")


def test_a_guide_found_twice_lists_both_places():
    context = "AA" + SPACER + "TGG" + "CCC" + reverse_complement("TT" + SPACER + "AGG")

    with pytest.raises(InputErrors) as caught:
        locate(SPACER, context, pam="NGG")

    assert caught.value.where == "guide found more than once"
    assert [p.where for p in caught.value.problems] == [
        "context[2:22] strand +",
        "context[31:51] strand -",
    ]


def test_a_second_place_without_a_pam_does_not_disturb():
    context = "AA" + SPACER + "TGG" + "CCC" + SPACER + "TTT"

    assert locate(SPACER, context, pam="NGG").start == 2


def test_a_shifted_site_spells_the_same_guide():
    moved = SITE.shifted(7)

    assert moved.position(TARGET + 7) == 8
    assert moved.base("C" * 7 + CONTEXT, 8) == "A"


def test_a_position_outside_the_context_is_an_error():
    with pytest.raises(InputError, match="lies outside a context of 110 bases"):
        SITE.base(CONTEXT, -60)
