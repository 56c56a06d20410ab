"""Several amplicons in one run: each read goes to one of them, or is counted and explained."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputErrors
from ultrarare.molecule.amplicon import Amplicon, Settings
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import Reason

RNG = np.random.default_rng(11)
ONE, TWO = ("".join(RNG.choice(list("ACGT"), 150)) for _ in range(2))


def amplicon(name: str, sequence: str) -> Amplicon:
    return Amplicon(name=name, sequence=sequence, start=60, end=90, cut=75)


def counted(tmp_path, reads, amplicons, **settings):
    path = tmp_path / "r.fastq"
    path.write_text("".join(f"@r{k}\n{b}\n+\n{'I' * len(b)}\n" for k, b in enumerate(reads)))
    return count_files(path, panel=make_panel(amplicons, Settings(**settings)))


def test_reads_go_to_their_own_amplicon_in_either_orientation(tmp_path):
    edited = TWO[:70] + "G" + TWO[71:] if TWO[70] != "G" else TWO[:70] + "A" + TWO[71:]
    reads = [ONE, reverse_complement(ONE), TWO, edited, reverse_complement(edited)]
    found = counted(tmp_path, reads, [amplicon("one", ONE), amplicon("two", TWO)])
    assert found.amplicons["one"].alleles == {(): 2}
    assert sorted(found.amplicons["two"].alleles.values()) == [1, 2]
    assert found.refused == {}


def test_a_read_that_begins_in_one_and_ends_in_the_other_is_a_junction(tmp_path):
    reads = [ONE[:75] + TWO[75:], ONE]
    found = counted(tmp_path, reads, [amplicon("one", ONE), amplicon("two", TWO)])
    assert found.refused == {Reason.JUNCTION: 1}
    assert found.amplicons["one"].called == 1


def test_a_read_with_both_spans_is_of_neither(tmp_path):
    found = counted(tmp_path, [ONE + TWO, ONE], [amplicon("one", ONE), amplicon("two", TWO)])
    assert found.refused == {Reason.SEVERAL_AMPLICONS: 1}


def test_like_amplicons_are_told_apart_by_what_differs(tmp_path):
    near = ONE[:40] + ("A" if ONE[40] != "A" else "C") + ONE[41:]
    near = near[:110] + ("A" if near[110] != "A" else "C") + near[111:]
    found = counted(tmp_path, [ONE, near, near], [amplicon("one", ONE), amplicon("near", near)])
    assert found.amplicons["one"].alleles == {(): 1}
    assert found.amplicons["near"].alleles == {(): 2}


def test_everything_wrong_with_a_panel_is_told_at_once():
    with pytest.raises(InputErrors) as caught:
        make_panel([amplicon("one", ONE), amplicon("one", "ACGN" * 40)])
    said = str(caught.value)
    assert "2 amplicons" in said
    assert "only A, C, G, T" in said
    with pytest.raises(InputErrors, match="once in all amplicons"):
        make_panel([amplicon("one", ONE), amplicon("same", ONE)])
    with pytest.raises(InputErrors, match="at least one is needed"):
        make_panel([])


def test_alleles_beyond_the_table_are_counted_and_not_listed(tmp_path):
    reads = [ONE[:70] + x + ONE[73:] for x in ("AAA", "CCC", "GGG", "TTT", "ACG")] * 2
    path = tmp_path / "r.fastq"
    path.write_text("".join(f"@r{k}\n{b}\n+\n{'I' * len(b)}\n" for k, b in enumerate(reads)))
    found = count_files(path, panel=make_panel([amplicon("one", ONE)]), most=2).amplicons["one"]
    assert len(found.alleles) == 2
    assert found.called == 10
    assert found.not_listed == 6
