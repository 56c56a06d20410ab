"""Simulated reads: what is put in is what comes out."""

from __future__ import annotations

import gzip
import math
from typing import Any

import numpy as np
import pytest

from tests.unit.molecule.editing_facts import ALLELES, AMPLICON, CONTEXT, QUESTION
from ultrarare.errors import InputError, InputErrors
from ultrarare.molecule.amplicon import Settings, tally_files
from ultrarare.molecule.outcome import quantify
from ultrarare.molecule.simulate import SimulatedReads, simulate_reads

LEFT, RIGHT = CONTEXT[:36], CONTEXT[76:]
# From the table, out of the 2,334 reads that it shows.
EXACT = {"any_edit": 1803, "target_base": 1531, "intended_protein": 1488, "intended_only": 862,
         "any_change": 1902, "indels": 0, "stop_removed_wrong_residue": 66}  # fmt: skip


def counted(tmp_path, settings=None, **options: Any):
    made = simulate_reads(
        ALLELES, left=LEFT, right=RIGHT, rng=np.random.default_rng(20250515), **options
    )
    paths = [tmp_path / "1.fastq.gz", tmp_path / "2.fastq.gz"]
    for path, data in zip(paths, (made.r1, made.r2), strict=True):
        if data is not None:
            path.write_bytes(data)
    files = paths if made.r2 is not None else paths[:1]
    counts = tally_files(*files, amplicon=AMPLICON, settings=settings)
    return made, counts, {c.name: c for c in quantify(counts.alleles, QUESTION).counts()}


@pytest.mark.parametrize(
    "options",
    [{}, {"paired": True, "read_length": 70}, {"paired": True}, {"reverse_share": 1.0}],
)
def test_reads_without_errors_give_the_exact_counts(tmp_path, options):
    _, counts, outcome = counted(tmp_path, **options)

    assert counts.called == counts.fragments == 2334
    assert {name: outcome[name].counted for name in EXACT} == EXACT
    assert len(counts.alleles) == len(ALLELES)


def test_a_small_error_rate_moves_the_counts_by_no_more_than_chance(tmp_path):
    made, counts, outcome = counted(tmp_path, error_rate=0.001)

    assert made.errors > 100
    assert counts.called == 2334
    # A base of interest is wrong with chance 0.001: the expected shift is n·0.001 a base, and
    # four standard errors of a binomial of that size bound the rest.
    for name, bases in (("any_edit", 3), ("target_base", 1), ("intended_protein", 36)):
        moved = 2334 * 0.001 * bases
        assert abs(outcome[name].counted - EXACT[name]) <= moved + 4 * math.sqrt(moved)


def test_masking_turns_marked_errors_into_unknown_bases(tmp_path):
    made, counts, outcome = counted(
        tmp_path, Settings(mask_below=20), error_rate=0.005, error_quality=10
    )

    assert counts.masked_bases == made.errors
    for name, exact in EXACT.items():
        one = outcome[name]
        assert one.counted <= exact <= one.counted + one.undetermined
        if exact > 0:
            error = math.sqrt(exact * (2334 - exact) / 2334)
            assert abs(one.share * 2334 - exact) < error


def test_the_same_seed_gives_the_same_bytes():
    def made(seed) -> SimulatedReads:
        return simulate_reads(
            {"ACGT": 3}, left=LEFT, right=RIGHT, rng=np.random.default_rng(seed), error_rate=0.1
        )

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_names_orientation_and_quality_are_as_asked():
    made = simulate_reads(
        {"ACGT": 2}, left="AAA", right="CCC", rng=np.random.default_rng(0), reverse_share=0.0,
        quality=30, prefix="x", paired=True, read_length=5,
    )  # fmt: skip

    assert gzip.decompress(made.r1) == b"@x:1 1\nAAAAC\n+\n?????\n@x:2 1\nAAAAC\n+\n?????\n"
    assert made.r2 is not None
    assert gzip.decompress(made.r2) == b"@x:1 2\nGGGAC\n+\n?????\n@x:2 2\nGGGAC\n+\n?????\n"
    assert made.r1[4:8] == b"\0\0\0\0"  # no time in the header


def test_the_error_rate_is_kept():
    made = simulate_reads(
        {"ACGT": 1000}, left=LEFT, right=RIGHT, rng=np.random.default_rng(5), error_rate=0.02
    )
    bases = 1000 * (len(LEFT) + len(RIGHT) + 4)

    assert abs(made.errors - 0.02 * bases) < 4 * math.sqrt(0.02 * 0.98 * bases)


def test_all_arguments_out_of_range_come_at_once():
    with pytest.raises(InputErrors) as caught:
        simulate_reads(
            {"ACX": 1, "AC": -1}, left="n", right="", rng=np.random.default_rng(0),
            error_rate=2, reverse_share=-1, quality=94, error_quality=-1,
        )  # fmt: skip

    assert [p.where for p in caught.value.problems] == [
        "left", "alleles", "alleles[AC]", "error_rate", "reverse_share", "quality", "error_quality",
    ]  # fmt: skip


def test_nothing_to_simulate_is_an_error():
    with pytest.raises(InputError, match="no fragment"):
        simulate_reads({"ACGT": 0}, left="A", right="C", rng=np.random.default_rng(0))


def test_reads_from_the_other_strand_are_turned():
    made = simulate_reads(
        {"ACGG": 1}, left="AAA", right="CCC", rng=np.random.default_rng(0), reverse_share=1.0
    )

    assert gzip.decompress(made.r1).splitlines()[1] == b"GGGCCGTTTT"
