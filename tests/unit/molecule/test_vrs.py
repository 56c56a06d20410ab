"""VRS identifiers: when there is one, and when there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.molecule.variant_facts import START, kabe
from ultrarare.errors import InputError, NotComputable
from ultrarare.molecule.allele import Allele
from ultrarare.molecule.hgvs import normalise
from ultrarare.molecule.reference import Reference
from ultrarare.molecule.vrs import VrsAllele, vrs_allele

CHR2 = "SQ.pnAqCRBrTsUoBghSD1yp_jXWSmlbdh4g"


def on_chr2(text: str) -> VrsAllele:
    reference = replace(kabe(), refget=CHR2, contig_length=242193529)
    allele = normalise(text, reference).allele
    assert allele is not None
    return vrs_allele(allele, reference)


def test_the_targeted_variant_of_kabe_has_its_identifier():
    for text in ("NM_001875.5:c.1003C>T", "NC_000002.12:g.210591886C>T"):
        found = on_chr2(text)
        assert found.id == "ga4gh:VA.J71jsZKnUHP90LrOrd47uqInY_wNBU8k"
        assert (found.start, found.end, found.state) == (210591885, 210591886, "T")
        assert found.document["id"] == found.id


def test_the_length_of_the_contig_does_not_enter_the_identifier():
    reference = replace(kabe(), refget=CHR2)
    allele = normalise("NM_001875.5:c.1003C>T", reference).allele
    assert allele is not None
    assert vrs_allele(allele, reference).id == on_chr2("NM_001875.5:c.1003C>T").id


def test_every_spelling_of_an_indel_has_one_identifier():
    texts = ("c.1006dup", "c.1007dup", "c.1006_1007insA", "c.1005_1006delinsGAA")
    assert len({on_chr2(f"NM_001875.5:{text}").id for text in texts}) == 1


def test_an_insertion_in_a_run_is_a_reference_length_expression():
    found = on_chr2("NM_001875.5:c.1006dup")
    assert (found.start, found.end) == (210591888, 210591890)
    assert found.state == "3 bases of reference repeat unit 1"


def test_without_the_digest_of_the_contig_there_is_no_identifier():
    reference = kabe()
    allele = normalise("NM_001875.5:c.1003C>T", reference).allele
    assert allele is not None
    with pytest.raises(NotComputable) as caught:
        vrs_allele(allele, reference)
    assert str(caught.value) == (
        "NC_000002.12:210591885:C:T: the refget digest of NC_000002.12 is not declared, and an "
        "identifier computed on a stretch of it is not the allele's\n"
        "  declare `refget`, the SQ. digest of the whole contig"
    )


@pytest.mark.parametrize("change", [f"g.{START + 110}del", f"g.{START + 1}_{START + 2}dup"])
def test_a_change_that_can_roll_out_of_the_stretch_has_no_identifier(change):
    with pytest.raises(NotComputable, match="region of ambiguity"):
        on_chr2(f"NC_000002.12:{change}")


def test_a_roll_that_ends_at_the_true_end_of_the_contig_is_known():
    reference = Reference(contig="NC_1000.1", start=0, bases="ACGGG", contig_length=5, refget=None)
    from ultrarare.molecule.reference import refget_digest

    whole = replace(reference, refget=refget_digest("ACGGG"))
    found = vrs_allele(Allele(contig="NC_1000.1", start=2, ref="G", alt=""), whole)
    assert (found.start, found.end) == (2, 5)


def test_an_allele_of_another_contig_or_with_other_bases_is_refused():
    reference = replace(kabe(), refget=CHR2)
    with pytest.raises(InputError, match="lies on"):
        vrs_allele(Allele(contig="NC_000003.12", start=START, ref="T", alt="C"), reference)
    with pytest.raises(InputError, match="holds 'T'"):
        vrs_allele(Allele(contig="NC_000002.12", start=START, ref="G", alt="C"), reference)
