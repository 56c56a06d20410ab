"""Nucleotide strings."""

from __future__ import annotations

import pytest

from ultrarare.errors import InputError
from ultrarare.molecule.sequence import (
    GENETIC_CODE,
    IUPAC,
    find_all,
    matches,
    read_bases,
    reverse_complement,
    translate,
)


def test_white_space_case_and_uracil_do_not_matter():
    assert read_bases(" ugAu\nuc ", where="guide") == "TGATTC"


def test_a_letter_that_is_no_base_is_named_with_its_place():
    with pytest.raises(InputError) as caught:
        read_bases("ACXT", where="guide")

    assert str(caught.value) == "guide: base 'X' at position 3 is not one of ACGT"


def test_no_bases_is_an_error():
    with pytest.raises(InputError, match="holds no bases"):
        read_bases("  \n", where="guide")


def test_each_iupac_letter_and_its_complement_stand_for_complementary_bases():
    pair = {"A": "T", "C": "G", "G": "C", "T": "A"}
    for code, bases in IUPAC.items():
        assert IUPAC[reverse_complement(code)] == {pair[base] for base in bases}


def test_pattern_matches_by_iupac_and_length():
    assert matches("NGC", "AGC")
    assert not matches("NGC", "AGG")
    assert not matches("NGC", "AGCC")
    assert not matches("N", "N")


def test_find_all_gives_overlapping_places():
    assert list(find_all("ANA", "AAATA")) == [0, 2]


def test_the_genetic_code_has_three_stops_and_all_residues():
    assert {codon for codon, residue in GENETIC_CODE.items() if residue == "*"} == {
        "TAA",
        "TAG",
        "TGA",
    }
    assert set(GENETIC_CODE.values()) == set("ACDEFGHIKLMNPQRSTVWY*")


def test_translation_goes_past_a_stop_and_leaves_an_incomplete_codon_out():
    assert translate("ATGTAGNAACAGTT") == "M*XQ"
