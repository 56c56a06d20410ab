"""Rows of the allele figure: indels stand where they are, on either strand of the guide.

Expected rows are written by hand on the protospacer strand of Musunuru et al. 2025, Fig. S8.
Position p of the protospacer is plus-strand base 73 - p of the context, and 36 + p of the context
turned around.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.molecule.editing_facts import CONTEXT, FRAME, QUESTION, SITE, TARGET
from ultrarare.molecule.align import Change
from ultrarare.molecule.allele_figure import allele_figure
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.outcome import quantify
from ultrarare.molecule.protospacer import Site
from ultrarare.molecule.sequence import reverse_complement

#     -2 is the first position; 1 to 20 is the guide
ROW = "CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA"
SIZE = len(CONTEXT)
TURNED = replace(
    QUESTION,
    reference=reverse_complement(CONTEXT),
    start=SIZE - 76,
    end=SIZE - 36,
    site=Site(
        guide=SITE.guide,
        strand="+",
        start=SIZE - 73,
        end=SIZE - 53,
        pam="AGC",
        pam_start=SIZE - 53,
        pam_end=SIZE - 50,
    ),
    target_offset=SIZE - 1 - TARGET,
    frame=Frame(start=SIZE - FRAME.end, end=SIZE - FRAME.start, strand="-", first_codon=317),
)


def shown(question, *changes):
    """The row of one allele; a change is (start, bases lost, bases gained) on the plus strand."""
    allele = tuple(
        Change(start, question.reference[start : start + lost], gained)
        for start, lost, gained in changes
    )
    figure = allele_figure(question, {allele: 1}, quantify({allele: 1}, question))
    assert figure["first_position"] == -2
    assert figure["reference"] == ROW
    (row,) = figure["rows"]
    return row["sequence"], [(one["after"], one["bases"]) for one in row["insertions"]]


@pytest.mark.parametrize(
    ("minus", "plus", "sequence", "insertions"),
    [
        # CCCA between positions 17 and 18
        ([(56, 0, "TGGG")], [(54, 0, "CCCA")], ROW, [(17, "CCCA")]),
        # positions 7 to 9, TAA, lost
        (
            [(64, 3, "")],
            [(43, 3, "")],
            "CCATGATTC---GCAGTAATGAAAGCCTGTTTGTTTGTGA",
            [],
        ),
        # positions -7 to 0 lost, of which -2 to 0 are compared
        (
            [(73, 8, "")],
            [(29, 8, "")],
            "---TGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA",
            [],
        ),
        # positions 35 to 44 lost, of which 35 to 37 are compared
        (
            [(29, 10, "")],
            [(71, 10, "")],
            "CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTG---",
            [],
        ),
        # both edges and more
        ([(20, 70, "")], [(20, 70, "")], "-" * 40, []),
        # AC after 2 and T after 17, position 8 converted
        (
            [(56, 0, "A"), (65, 1, "C"), (71, 0, "GT")],
            [(39, 0, "AC"), (44, 1, "G"), (54, 0, "T")],
            "CCATGATTCTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA",
            [(2, "AC"), (17, "T")],
        ),
        # GG before the first position, A after the last
        (
            [(36, 0, "T"), (76, 0, "CC")],
            [(34, 0, "GG"), (74, 0, "A")],
            ROW,
            [(-3, "GG"), (37, "A")],
        ),
    ],
)
def test_an_indel_is_shown_where_it_is_on_either_strand(minus, plus, sequence, insertions):
    assert shown(QUESTION, *minus) == (sequence, insertions)
    assert shown(TURNED, *plus) == (sequence, insertions)
