"""Alignment against the slow oracle, and where gaps are placed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.affine import cheapest, one_deletion_places, one_insertion_places
from ultrarare.molecule.align import Allele, Change, Costs, align

BASES = st.text("ACGT", min_size=1, max_size=24)
FEW = st.text("AC", min_size=1, max_size=14)  # two letters: many equal alignments
DEAR, CHEAP = Costs(), Costs(mismatch=4, gap_open=6, gap_extend=2)


def rebuilt(allele: Allele, reference: str) -> str:
    """The read that an allele describes."""
    parts, at = [], 0
    for change in allele:
        assert reference[change.start : change.end] == change.ref
        parts += [reference[at : change.start], change.alt]
        at = change.end
    return "".join(parts) + reference[at:]


def least(read: str, reference: str, costs: Costs) -> float:
    return cheapest(
        read, reference, mismatch=costs.mismatch, gap_open=costs.gap_open,
        gap_extend=costs.gap_extend,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(read=BASES, reference=BASES, costs=st.sampled_from([DEAR, CHEAP]), data=st.data())
def test_unrelated_sequences_are_aligned_at_the_oracles_cost(read, reference, costs, data):
    cut = data.draw(st.integers(0, len(reference)))

    allele = align(read, reference, cut=cut, costs=costs)

    assert rebuilt(allele, reference) == read
    assert costs.of(allele) == least(read, reference, costs)


@settings(max_examples=150, deadline=None)
@given(read=FEW, reference=FEW, costs=st.sampled_from([DEAR, CHEAP]))
def test_repetitive_sequences_are_aligned_at_the_oracles_cost(read, reference, costs):
    allele = align(read, reference, cut=len(reference) // 2, costs=costs)

    assert rebuilt(allele, reference) == read
    assert costs.of(allele) == least(read, reference, costs)


@settings(max_examples=100, deadline=None)
@given(
    reference=st.text("ACGT", min_size=20, max_size=50),
    edits=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", "A", "N", "GT", "C"])),
                   max_size=4),
    costs=st.sampled_from([DEAR, CHEAP]),
)  # fmt: skip
def test_edited_copies_with_unknown_bases_are_aligned_at_the_oracles_cost(reference, edits, costs):
    read = reference
    for at, new in edits:
        read = read[:at] + new + read[at + 1 :]

    allele = align(read, reference, cut=10, costs=costs)

    assert rebuilt(allele, reference) == read
    assert costs.of(allele) == least(read, reference, costs)


@settings(max_examples=150, deadline=None)
@given(reference=st.text("AC", min_size=8, max_size=30), data=st.data())
def test_one_deletion_lies_as_near_to_the_cut_as_any_equal_place(reference, data):
    cut = data.draw(st.integers(0, len(reference)))
    start = data.draw(st.integers(0, len(reference) - 2))
    size = data.draw(st.integers(1, min(6, len(reference) - start - 1)))
    read = reference[:start] + reference[start + size :]

    (change,) = align(read, reference, cut=cut)

    def distance(at: int) -> int:
        return max(at - int(cut), int(cut) - at - int(size), 0)

    places = one_deletion_places(read, reference)
    assert change.start == min(places, key=lambda at: (distance(at), at))


@settings(max_examples=150, deadline=None)
@given(reference=st.text("AC", min_size=8, max_size=30), new=st.text("AC", min_size=1, max_size=6),
       data=st.data())  # fmt: skip
def test_one_insertion_lies_as_near_to_the_cut_as_any_equal_place(reference, new, data):
    cut = data.draw(st.integers(0, len(reference)))
    at = data.draw(st.integers(0, len(reference)))
    read = reference[:at] + new + reference[at:]

    (change,) = align(read, reference, cut=cut)

    places = one_insertion_places(read, reference)
    assert change.start == min(places, key=lambda place: (abs(place - cut), place))


@pytest.mark.parametrize(("cut", "start"), [(0, 2), (5, 4), (20, 7)])
def test_a_deletion_in_a_run_moves_with_the_cut(cut, start):
    #            0123456789
    reference = "GCAAAAAATG"

    assert align("GCAAAAATG", reference, cut=cut) == (Change(start, "A", ""),)


def test_two_gaps_are_each_moved_toward_the_cut():
    left, middle, right = "GTCTAAAAGC", "TGCATGCCGTAGCATGCCTA", "CGTTTTGACC"
    reference = left + middle + right
    read = left.replace("AAAA", "AAA") + middle + right.replace("TTTT", "TTT")

    first, second = align(read, reference, cut=20)

    assert (first.start, first.ref) == (7, "A")  # the right end of the first run
    assert (second.start, second.ref) == (32, "T")  # the left end of the second


def test_neighbouring_base_edits_stay_substitutions():
    reference = "GCATCGATTACAAGCTAGCATCG"
    read = reference.replace("TTACAAG", "TTGCGGG")

    assert [(c.start, c.ref, c.alt) for c in align(read, reference, cut=11)] == [
        (9 + 0, "A", "G"),
        (11, "A", "G"),
        (12, "A", "G"),
    ]


def test_an_unknown_base_is_a_change_that_costs_nothing():
    (change,) = align("ACNT", "ACGT", cut=2)

    assert change == Change(2, "G", "N")
    assert change.is_unknown
    assert Costs().of((change,)) == 0


def test_an_inserted_unknown_base_is_an_insertion():
    (change,) = align("ACGNTACG", "ACGTACG", cut=3)

    assert change.is_indel
    assert not change.is_unknown


def test_a_read_shifted_by_one_is_two_gaps_and_not_many_mismatches():
    reference = "ACGTTGCAAGTCCATAG"
    read = reference[1:] + "C"
    mismatches = sum(a != b for a, b in zip(read, reference, strict=True))
    assert 8 < mismatches < 17  # gapless is dearer than two gaps, though not by much

    allele = align(read, reference, cut=8)

    assert DEAR.of(allele) == least(read, reference, DEAR) == 34


def test_many_unknown_bases_open_no_gap():
    reference = "ACGTTGCAAGTCCATAGGCTATTCGCGAACTTGC"
    read = reference[:6] + "N" * 22 + reference[28:]

    allele = align(read, reference, cut=12)

    assert all(change.is_unknown for change in allele)
    assert len(allele) == 22


@pytest.mark.parametrize(("cut", "starts"), [(0, (4, 32)), (20, (7, 32)), (40, (7, 35))])
def test_each_of_two_gaps_moves_with_the_cut(cut, starts):
    reference = "GTCTAAAAGC" + "TGCATGCCGTAGCATGCCTA" + "CGTTTTGACC"
    read = reference.replace("AAAA", "AAA").replace("TTTT", "TTT")

    assert tuple(change.start for change in align(read, reference, cut=cut)) == starts
