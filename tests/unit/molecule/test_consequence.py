"""What a change does to the protein: one case of each kind, and what stays unknown."""

from __future__ import annotations

import pytest

from tests.unit.molecule.variant_facts import kabe, small
from ultrarare.errors import InputError
from ultrarare.molecule.consequence import Agreement, Kind, protein_consequence
from ultrarare.molecule.hgvs import normalise
from ultrarare.molecule.protein_name import canonical_protein
from ultrarare.molecule.reference import Reference, Segment, Transcript

# CC, then ATG AAG TCG CAA CAT TGG TAG, then CGG GGG TAA CCA ATA GA past the stop.
WHOLE = "CCATGAAGTCGCAACATTGGTAGCGGGGGTAACCAATAGA"


def whole(*, cds_length: int | None = 21) -> Reference:
    segment = Segment(start=1000, end=1000 + len(WHOLE), c_start=-2)
    return Reference(
        contig="NC_000001.11",
        start=1000,
        bases=WHOLE,
        transcript=Transcript(
            accession="NM_000001.1",
            gene="MADE1",
            strand="+",
            segments=(segment,),
            cds_length=cds_length,
        ),
    )


def of(change: str, reference: Reference | None = None):
    reference = whole() if reference is None else reference
    return protein_consequence(normalise(f"NM_000001.1:{change}", reference), reference)


@pytest.mark.parametrize(
    ("change", "name", "kind"),
    [
        ("c.10C>T", "p.(Gln4Ter)", Kind.NONSENSE),
        ("c.11A>G", "p.(Gln4Arg)", Kind.MISSENSE),
        ("c.12A>G", "p.(Gln4=)", Kind.SYNONYMOUS),
        ("c.9_10delinsAT", "p.(Gln4Ter)", Kind.NONSENSE),
        ("c.10_12del", "p.(Gln4del)", Kind.IN_FRAME_DELETION),
        ("c.10_15del", "p.(Gln4_His5del)", Kind.IN_FRAME_DELETION),
        ("c.10_12dup", "p.(Gln4dup)", Kind.IN_FRAME_INSERTION),
        ("c.12_13insTGT", "p.(Gln4_His5insCys)", Kind.IN_FRAME_INSERTION),
        ("c.9_10insTAA", "p.(Gln4Ter)", Kind.NONSENSE),
        ("c.10_12delinsTGTTGT", "p.(Gln4delinsCysCys)", Kind.IN_FRAME_INSERTION),
        ("c.10_15delinsTGT", "p.(Gln4_His5delinsCys)", Kind.IN_FRAME_DELETION),
        ("c.10_15delinsTGTTGT", "p.(Gln4_His5delinsCysCys)", Kind.MISSENSE),
        ("c.10_15delinsTGTTAA", "p.(Gln4_His5delinsCysTer)", Kind.NONSENSE),
        ("c.4del", "p.(Lys2SerfsTer11)", Kind.FRAMESHIFT),
        ("c.1A>G", "p.(Met1?)", Kind.START_LOST),
        ("c.19T>C", "p.(Ter7GlnextTer3)", Kind.STOP_LOST),
        ("c.18_19insTAG", "p.(=)", Kind.NON_CODING),
        ("c.-1C>T", "p.(=)", Kind.NON_CODING),
        ("c.*2G>T", "p.(=)", Kind.NON_CODING),
        ("c.10=", "p.(Gln4=)", Kind.SYNONYMOUS),
    ],
)
def test_each_kind_is_named_as_hgvs_names_it(change, name, kind):
    effect = of(change)
    assert (effect.hgvs_p, effect.kind) == (name, kind)


def test_kabe_is_a_stop_in_codon_335():
    reference = kabe()
    effect = protein_consequence(normalise("NM_001875.5:c.1003C>T", reference), reference)
    assert (effect.hgvs_p, effect.kind) == ("p.(Gln335Ter)", Kind.NONSENSE)
    assert (effect.codon, effect.ref_codon, effect.alt_codon) == (335, "CAG", "TAG")
    assert effect.one_letter == "Q335*"
    assert effect.summary() == "p.(Gln335Ter), nonsense"
    assert any("splicing" in caveat for caveat in effect.caveats)


@pytest.mark.parametrize(
    ("declared", "answer"),
    [
        ("p.Gln335Ter", Agreement.AGREES),
        ("p.(Gln335Ter)", Agreement.AGREES),
        ("p.Gln335*", Agreement.AGREES),
        ("p.(Q335*)", Agreement.AGREES),
        ("NP_001866.2:p.Gln335Ter", Agreement.AGREES),
        ("p.Gln334Ter", Agreement.DISAGREES),
        ("p.Gln335=", Agreement.DISAGREES),
        ("p.Gln335fs", Agreement.DISAGREES),
        ("p.?", Agreement.UNKNOWN),
    ],
)
def test_a_declared_name_is_compared_without_regard_to_spelling(declared, answer):
    reference = kabe()
    effect = protein_consequence(normalise("NM_001875.5:c.1003C>T", reference), reference)
    assert effect.agrees_with(declared) is answer


def test_a_declared_name_that_is_none_is_an_error():
    with pytest.raises(InputError):
        of("c.10C>T").agrees_with("Q335X")


def test_a_frameshift_named_without_its_stop_agrees_with_one_named_with_it():
    effect = of("c.4del")
    assert effect.agrees_with("p.Lys2fs") is Agreement.AGREES
    assert effect.agrees_with("p.(Lys2Serfs*11)") is Agreement.AGREES
    assert effect.agrees_with("p.(Lys2Serfs*10)") is Agreement.DISAGREES
    assert effect.agrees_with("p.Lys3fs") is Agreement.DISAGREES


def test_a_frameshift_whose_stop_is_outside_says_so():
    reference = kabe()
    effect = protein_consequence(normalise("NM_001875.5:c.1006del", reference), reference)
    assert effect.hgvs_p == "p.(Asn336fs)"
    assert "the new stop lies outside the known bases" in effect.caveats


def test_every_spelling_of_an_indel_has_one_consequence():
    reference = kabe()
    spelled = [
        protein_consequence(normalise(f"NM_001875.5:c.{text}", reference), reference)
        for text in ("1006dup", "1007dup", "1006_1007insA", "1005_1006delinsGAA")
    ]
    assert len(set(spelled)) == 1


@pytest.mark.parametrize(
    ("change", "kind", "word"),
    [
        ("c.8+1G>A", Kind.SPLICE_REGION, "splice site itself"),
        ("c.9-3C>A", Kind.SPLICE_REGION, "3 bases"),
        ("c.8+10T>A", Kind.NON_CODING, "more than 8"),
        ("c.8_8+1del", Kind.SPLICE_REGION, "exon edge"),
        ("c.8_9del", Kind.SPLICE_REGION, "exon edge"),
    ],
)
def test_introns_give_no_protein_name(change, kind, word):
    effect = of(change, small())
    assert (effect.hgvs_p, effect.kind) == ("p.?", kind)
    assert any(word in caveat for caveat in effect.caveats)


def test_a_change_next_to_a_declared_exon_edge_carries_a_caveat():
    assert any("exon edge" in caveat for caveat in of("c.8C>A", small()).caveats)
    assert not any("exon edge" in caveat for caveat in of("c.4A>G", small()).caveats)


def test_a_codon_over_two_exons_is_read_through():
    effect = of("c.9G>A", small())
    assert (effect.hgvs_p, effect.ref_codon) == ("p.(Ser3=)", "TCG")


@pytest.mark.parametrize("change", ["c.-1_1del", "c.20_*2del", "c.22_23del"])
def test_a_change_over_the_edge_of_the_coding_sequence_is_unknown(change):
    reference = whole() if change != "c.22_23del" else whole(cds_length=None)
    effect = of(change, reference)
    assert (effect.hgvs_p, effect.kind) == ("p.?", Kind.UNKNOWN)
    assert effect.caveats


def test_a_variant_that_was_not_checked_has_an_unknown_consequence_with_the_reason():
    reference = kabe()
    effect = protein_consequence(normalise("NM_001875.5:c.2140G>T", reference), reference)
    assert effect.kind is Kind.UNKNOWN
    assert "c.2140" in effect.caveats[0]
    assert effect.agrees_with("p.Glu714Ter") is Agreement.UNKNOWN


def test_a_reference_without_transcript_has_no_consequence():
    reference = Reference(contig="NC_000001.11", start=0, bases="ACGTACGT")
    effect = protein_consequence(normalise("NC_000001.11:g.3G>A", reference), reference)
    assert effect.kind is Kind.UNKNOWN


def test_a_wrong_frame_shows_as_a_stop_before_the_change():
    segment = Segment(start=1000, end=1000 + len(WHOLE), c_start=-1)
    reference = Reference(
        contig="NC_000001.11",
        start=1000,
        bases=WHOLE,
        transcript=Transcript(
            accession="NM_000001.1", gene="MADE1", strand="+", segments=(segment,), cds_length=21
        ),
    )
    effect = of("c.11C>G", reference)
    assert effect.kind is Kind.UNKNOWN
    assert "coding sequence should end" in effect.caveats[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("p.R97Pfs*23", "Arg97ProfsTer23"),
        ("(Arg97ProfsTer23)", "Arg97ProfsTer23"),
        ("p.Lys23_Val25del", "Lys23_Val25del"),
        ("p.K23_L24insRS", "Lys23_Leu24insArgSer"),
        ("p.Cys28_Lys29delinsTrp", "Cys28_Lys29delinsTrp"),
        ("p.*110Qext*17", "Ter110GlnextTer17"),
        ("p.Met1?", "Met1?"),
        ("p.(=)", "="),
        ("p.0", "0"),
        ("p.Ala3dup", "Ala3dup"),
    ],
)
def test_protein_names_are_brought_to_one_spelling(text, name):
    assert canonical_protein(text, where="name") == name
