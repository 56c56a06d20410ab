"""Merging mates by their overlap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.molecule.mates import _overlap, merge
from ultrarare.molecule.reads import Read
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import Reason

MOLECULE = "GATTACAGATTACCGTCTCATTTGGGCATCGACCTGAACGTTGCAAGTCCATAGGCTA"


def join(one: Read, two: Read) -> Read | Reason:
    return merge(one, two, min_overlap=16, max_mismatch_share=0.15)


def joined(one: Read, two: Read) -> Read:
    found = join(one, two)
    assert isinstance(found, Read)
    return found


def mates(
    one: str, two_forward: str, quality_one: str = "I", quality_two: str = "5"
) -> tuple[Read, Read]:
    return (
        Read("m", one, quality_one * len(one)),
        Read("m", reverse_complement(two_forward), quality_two * len(two_forward)),
    )


def with_base(bases: str, at: int, base: str) -> str:
    return bases[:at] + base + bases[at + 1 :]


@pytest.mark.parametrize("overlap", [16, 17, 25, 40])
def test_mates_become_the_molecule(overlap):
    half = (len(MOLECULE) + overlap) // 2

    merged = joined(*mates(MOLECULE[:half], MOLECULE[len(MOLECULE) - half :]))

    assert merged.bases == MOLECULE
    assert len(merged.qualities) == len(MOLECULE)


def test_agreement_takes_the_higher_quality_and_the_ends_keep_their_own():
    merged = joined(*mates(MOLECULE[:40], MOLECULE[20:]))

    assert merged.qualities == "I" * 40 + "5" * (len(MOLECULE) - 40)


def test_the_base_of_higher_quality_stands_with_the_difference():
    merged = joined(*mates(with_base(MOLECULE[:45], 30, "N"), with_base(MOLECULE[20:], 15, "A")))
    assert MOLECULE[35] != "A"

    assert merged.bases == MOLECULE
    assert merged.qualities[30] == "5"  # N against a base gives the base
    assert merged.qualities[35] == chr(33 + ord("I") - ord("5"))


def test_equal_quality_and_different_bases_make_an_unknown_base():
    merged = joined(*mates(MOLECULE[:45], with_base(MOLECULE[20:], 15, "A"), "I", "I"))

    assert merged.bases == with_base(MOLECULE, 35, "N")
    assert merged.qualities[35] == "!"


def test_adapter_past_the_mates_start_is_cut_off():
    short = MOLECULE[:30]
    one = Read("m", short + "AGATCGGAAG", "I" * 40)
    two = Read("m", reverse_complement(short) + "CTGTCTCTTA", "I" * 40)

    assert joined(one, two).bases == short


def test_mates_that_do_not_meet_are_told_apart_from_mates_that_disagree():
    assert join(*mates(MOLECULE[:20], MOLECULE[30:])) is Reason.MATES_DO_NOT_OVERLAP

    other = "".join(
        "ACGT"[("ACGT".index(b) + 1) % 4] if i > 13 else b for i, b in enumerate(MOLECULE[20:45])
    )
    assert join(*mates(MOLECULE[:45], other)) is Reason.MATES_DISAGREE


def test_an_overlap_inside_a_repeat_is_ambiguous():
    one, two = "GATTACAGCC" + "CAG" * 10, "CAG" * 10 + "TTGCAAGTCC"

    assert join(*mates(one, two)) is Reason.MATES_AMBIGUOUS


def test_an_overlap_below_the_minimum_is_no_overlap():
    assert join(*mates(MOLECULE[:33], MOLECULE[20:])) is Reason.MATES_DO_NOT_OVERLAP


def slow_shift(one: str, two: str, min_overlap: int, allowed: float) -> int | None:
    """Every shift tried base by base."""
    shares = {}
    for shift in range(min_overlap - len(two), len(one) - min_overlap + 1):
        pairs = [(one[i], two[i - shift]) for i in range(len(one)) if 0 <= i - shift < len(two)]
        wrong = sum(a != b and "N" not in (a, b) for a, b in pairs)
        shares[shift] = wrong / len(pairs)
    best = [shift for shift, share in shares.items() if share == min(shares.values())]
    return best[0] if len(best) == 1 and shares[best[0]] <= allowed else None


@settings(max_examples=120, deadline=None)
@given(
    molecule=st.text("ACG", min_size=30, max_size=60),
    length=st.tuples(st.integers(20, 60), st.integers(20, 60)),
    errors=st.lists(st.tuples(st.integers(0, 59), st.sampled_from("ACGTN")), max_size=3),
)
def test_the_shift_is_the_one_found_by_trying_each(molecule, length, errors):
    one, two = molecule[: length[0]], molecule[-length[1] :]
    for at, base in errors:
        one = with_base(one, at, base) if at < len(one) else one
    expected = slow_shift(one, two, 16, 0.15)

    found = _overlap(one, two, 16, 0.15)

    assert (found if isinstance(found, int) else None) == expected


def test_two_imperfect_overlaps_that_fit_equally_well_are_ambiguous():
    two = MOLECULE[:24]
    first, second = with_base(two, 5, "T"), with_base(two, 17, "A")
    assert two not in (first, second)
    one = "CC" + first + "TGTG" + second + "CC"

    assert slow_shift(one, two, 16, 0.15) is None
    assert join(*mates(one, two)) is Reason.MATES_AMBIGUOUS
