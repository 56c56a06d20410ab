"""Counting alleles from reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ultrarare.errors import InputError, InputErrors
from ultrarare.molecule.align import Change
from ultrarare.molecule.amplicon import Amplicon, Caller, Settings, tally, tally_files, touches
from ultrarare.molecule.reads import Read
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.simulate import gzipped
from ultrarare.molecule.tally import Reason, Tally, describe

LEFT = "GATTACAGATTACCGTCTCATTTGGGCATCGACCTG"
MIDDLE = "AACGTTGCAAGTCCATAGGC"
RIGHT = "TATTCGCGAACTTGCCGGAATCCTGAGTGCACTTAG"
WHOLE = LEFT + MIDDLE + RIGHT
AMPLICON = Amplicon(name="made", sequence=WHOLE, start=len(LEFT), end=len(LEFT + MIDDLE),
                    cut=len(LEFT) + 10)  # fmt: skip


def fragment(bases: str, quality: str = "I") -> tuple[Read]:
    return (Read("r", bases, quality * len(bases) if len(quality) == 1 else quality),)


def one(bases: str, **settings: Any) -> Any:
    """The allele, or the reason, of a single read."""
    counts = tally([fragment(bases)], AMPLICON, Settings(**settings))
    return next(iter([*counts.alleles, *counts.refused]))


def test_an_unedited_read_has_the_empty_allele_in_both_orientations():
    assert one(WHOLE) == ()
    assert one(reverse_complement(WHOLE)) == ()


def test_a_substitution_in_the_span_is_seen_and_one_outside_is_not():
    at = AMPLICON.start + 3
    edited = WHOLE[:at] + "A" + WHOLE[at + 1 :]
    elsewhere = "C" + edited[1:5] + "T" + edited[6:]

    assert one(edited) == one(elsewhere) == (Change(at, "G", "A"),)


def test_a_deletion_that_reaches_out_of_the_span_is_kept_whole():
    start, end = AMPLICON.start - 8, AMPLICON.start + 6

    (change,) = one(WHOLE[:start] + WHOLE[end:])

    assert change == Change(start, WHOLE[start:end], "")


def test_a_deletion_of_the_whole_span_is_an_allele():
    (change,) = one(WHOLE[: AMPLICON.start - 10] + WHOLE[AMPLICON.end + 10 :])

    assert len(change.ref) == 40


def test_an_insertion_of_any_length_is_an_allele():
    new = "TTAGGCATTCGCA" * 5

    (change,) = one(WHOLE[: AMPLICON.cut] + new + WHOLE[AMPLICON.cut :])

    assert len(change.alt) == len(new)
    assert change.is_indel


def test_reads_that_start_late_or_go_past_the_amplicon_are_anchored():
    assert one(WHOLE[9:-9]) == ()
    assert one("ACGTACGTTGCA" + WHOLE + "TTGCAATTAACC") == ()


@pytest.mark.parametrize(
    ("bases", "reason"),
    [
        (WHOLE[:39], Reason.TOO_SHORT),
        (WHOLE[: AMPLICON.end - 3], Reason.SPAN_NOT_COVERED),
        ("ACACAGTGTCTCAATATGCGC" * 4, Reason.NO_MATCH),
        (LEFT + "TTTTTTTTTTTTTTTTTTTT" + RIGHT, Reason.NO_MATCH),
        (RIGHT + MIDDLE + LEFT, Reason.SPAN_NOT_COVERED),
    ],
)
def test_a_read_without_an_allele_has_a_reason(bases, reason):
    assert one(bases) is reason


def test_every_fragment_is_either_called_or_refused():
    reads = [WHOLE, WHOLE[:30], WHOLE[:50], "ACACAGTGTCTCAATATGCGC" * 4]

    counts = tally([fragment(bases) for bases in reads], AMPLICON)

    assert (counts.called, counts.fragments) == (1, 4)
    assert counts.summary() == (
        "1 of 4 fragments called, 1 alleles; refused: 1 does not reach across the compared span, "
        "1 no match to the amplicon, 1 too short; 0 bases masked"
    )


def test_low_mean_quality_is_refused_at_the_stated_limit():
    assert one(WHOLE, min_mean_quality=40) == ()  # "I" is Phred 40
    assert one(WHOLE, min_mean_quality=40.1) is Reason.LOW_QUALITY


def test_masked_bases_become_unknown_and_are_counted():
    at = AMPLICON.start + 3
    quality = "I" * at + "#" + "I" * (len(WHOLE) - at - 2) + "#"
    wrong = WHOLE[:at] + "A" + WHOLE[at + 1 :]

    counts = tally([fragment(wrong, quality)], AMPLICON, Settings(mask_below=20))

    assert dict(counts.alleles) == {(Change(at, "G", "N"),): 1}
    assert counts.masked_bases == 2


def test_a_masked_n_is_not_counted_again():
    counts = tally([fragment("N" + WHOLE[1:], "#" + "I" * (len(WHOLE) - 1))], AMPLICON,
                   Settings(mask_below=20))  # fmt: skip

    assert counts.masked_bases == 0


def test_paired_mates_are_merged_first():
    two = reverse_complement(WHOLE[25:])
    pair = (Read("r", WHOLE[:60], "I" * 60), Read("r", two, "I" * len(two)))

    counts = tally([pair, (pair[1], pair[0])], AMPLICON)

    assert dict(counts.alleles) == {(): 2}


def test_mates_that_disagree_are_counted_by_that_reason():
    one_, two = WHOLE[:30], reverse_complement(WHOLE[60:])
    counts = tally([(Read("r", one_, "I" * 30), Read("r", two, "I" * len(two)))], AMPLICON)

    assert dict(counts.refused) == {Reason.MATES_DO_NOT_OVERLAP: 1}


def test_more_reads_than_one_chunk_are_all_counted():
    counts = tally((fragment(WHOLE) for _ in range(45_001)), AMPLICON)

    assert dict(counts.alleles) == {(): 45_001}


def test_files_are_counted_whole(tmp_path):
    path = tmp_path / "a.fastq.gz"
    path.write_bytes(gzipped(f"@r\n{WHOLE}\n+\n{'I' * len(WHOLE)}\n".encode() * 3))

    assert dict(tally_files(path, amplicon=AMPLICON).alleles) == {(): 3}


def test_an_allele_does_not_depend_on_what_was_called_before():
    caller = Caller(AMPLICON)
    edited = WHOLE.replace("AACGTT", "AGCGTT")
    first = caller.allele(edited)
    caller.allele(WHOLE)

    assert caller.allele(edited) == first == Caller(AMPLICON).allele(edited)


def test_tallies_of_other_settings_do_not_add():
    a = tally([fragment(WHOLE)], AMPLICON)
    b = tally([fragment(WHOLE)], AMPLICON, Settings(anchor=14))

    with pytest.raises(InputError, match="do not add"):
        a + b


def test_counts_of_a_tally_cannot_be_changed():
    counts = tally([fragment(WHOLE)], AMPLICON)

    with pytest.raises(TypeError):
        counts.alleles[()] = 5  # type: ignore[index]  # the type checker forbids it too


def test_rows_are_ranked_and_described():
    edited = WHOLE.replace("AACGTT", "AGCGTT")
    counts = tally([fragment(WHOLE), fragment(edited), fragment(edited)], AMPLICON)

    assert counts.to_rows() == [
        {"allele": "37:A>G", "fragments": 2},
        {"allele": "=", "fragments": 1},
    ]
    assert describe((Change(3, "", "A"), Change(5, "GG", ""))) == "3:->A 5:GG>-"


def test_zero_counts_are_left_out():
    assert Tally(key="k", alleles={(): 0}) == Tally(key="k")


def test_everything_wrong_with_an_amplicon_comes_at_once():
    wrong = replace(AMPLICON, sequence=WHOLE + "N", end=300, cut=2)

    with pytest.raises(InputErrors) as caught:
        Caller(wrong, Settings(anchor=3, max_mismatch_share=1.5, min_length=0, min_overlap=2))

    assert [p.where for p in caught.value.problems] == [
        "made.sequence",
        "made.span",
        "made.cut",
        "made.anchor",
        "made.min_length",
        "made.min_overlap",
        "made.max_mismatch_share",
    ]


def test_a_flank_without_an_anchor_is_an_error():
    with pytest.raises(InputErrors, match="the left flank has no 12 bases that occur once"):
        Caller(replace(AMPLICON, start=5))


def test_an_anchor_that_occurs_twice_is_not_used():
    repeated = LEFT + MIDDLE + LEFT[-12:] + RIGHT
    amplicon = replace(AMPLICON, sequence=repeated)
    edited = LEFT + MIDDLE.replace("GTTG", "GCTG") + LEFT[-12:] + RIGHT

    assert Caller(amplicon).allele(edited) == (Change(len(LEFT) + 4, "T", "C"),)


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [(3, 5, False), (4, 6, True), (9, 12, True), (10, 12, False), (5, 5, True), (10, 10, True),
     (4, 4, False)],
)  # fmt: skip
def test_what_touches_a_span(start, end, inside):
    assert touches(start, end, 5, 10) is inside


def test_an_anchor_that_a_read_holds_twice_does_not_place_it():
    edited = WHOLE.replace("AACGTT", "AGCGTT")
    doubled = LEFT[-12:] + "CCC" + edited

    assert one(doubled) == one(edited) == (Change(37, "A", "G"),)


def test_an_anchor_whose_other_strand_lies_in_the_amplicon_is_not_used():
    inverted = replace(AMPLICON, sequence=reverse_complement(LEFT[-12:])[:12] + WHOLE,
                       start=AMPLICON.start + 12, end=AMPLICON.end + 12,
                       cut=AMPLICON.cut + 12)  # fmt: skip

    assert LEFT[-12:] not in [anchor for anchor, _ in Caller(inverted)._left]
    assert LEFT[-12:] in [anchor for anchor, _ in Caller(AMPLICON)._left]
