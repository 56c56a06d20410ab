"""Published allele tables. Facts: Musunuru et al. 2025, Supplementary Appendix 1, Fig. S8."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.molecule.editing_facts import AMPLICON, CONTEXT, QUESTION, ROWS, TABLE
from ultrarare.errors import InputError, InputErrors
from ultrarare.molecule.allele_table import AlleleTable, Columns, implied_total, read_allele_table
from ultrarare.molecule.outcome import EditingOutcome, quantify
from ultrarare.molecule.sequence import reverse_complement, translate

PRINTED = Columns(percent="percent")


def published(text: str = TABLE, **options: Any) -> AlleleTable:
    return read_allele_table(
        text, AMPLICON, **{"strand": "-", "columns": PRINTED, "where": "s8.csv", **options}
    )


def outcome() -> EditingOutcome:
    table = published()
    return quantify(table.alleles, QUESTION, not_shown=table.not_shown)


def test_the_printed_percentages_imply_2448_reads_and_nothing_else():
    totals = implied_total([int(row[1]) for row in ROWS], [row[2] for row in ROWS])

    assert list(totals) == [2448]


def test_reads_not_shown_belong_to_the_total():
    table = published()

    assert (table.shown, table.total, table.not_shown) == (2334, 2448, 114)
    assert table.total_is == "implied by the percentages"


@pytest.mark.parametrize(
    ("name", "reads", "percent"),
    [
        ("any_edit", 1803, "73.7"),
        ("target_base", 1531, "62.5"),
        ("intended_protein", 1488, "60.8"),
        ("intended_only", 862, "35.2"),
        ("any_change", 1902, "77.7"),
        ("stop_removed_wrong_residue", 66, "2.7"),
        ("position 3", 740, "30.2"),
        ("position 12", 261, "10.7"),
        ("position 9", 78, "3.2"),
        ("position 8", 1531, "62.5"),
        ("indels", 0, "0.0"),
    ],
)
def test_each_definition_has_its_own_count(name, reads, percent):
    (count,) = (one for one in outcome().counts() if one.name == name)

    assert (count.counted, count.total, count.undetermined) == (reads, 2448, 0)
    assert count.share is not None
    assert f"{100 * count.share:.1f}" == percent


def test_any_edit_over_the_whole_protospacer_is_another_number():
    table = published()
    wide = replace(QUESTION, any_edit_window=(1, 20))

    assert quantify(table.alleles, wide, not_shown=114).any_edit.counted == 1891


def test_wrong_residues_are_histidine_and_tyrosine():
    assert dict(outcome().wrong_residues) == {"H": 43, "Y": 23}


def test_reads_not_shown_widen_the_bounds_and_are_a_caveat():
    count = outcome().intended_protein
    assert count is not None

    assert (count.lower, count.upper) == (1488 / 2448, (1488 + 114) / 2448)
    assert outcome().caveats == ("114 of 2448 reads belong to alleles that are not shown",)


def test_every_printed_peptide_is_the_translation_of_its_sequence():
    # Codon 332 begins nine bases before c.1003, which stands at offset 65 of the context.
    for sequence, _, _, peptide in ROWS:
        plus = reverse_complement(sequence)
        at = 65 - 9 - AMPLICON.start
        assert translate(plus[at : at + 18]) == peptide


def test_the_unedited_row_is_the_reference():
    assert published().alleles[()] == 432


def test_any_stretch_of_context_may_serve_as_amplicon():
    short = replace(AMPLICON, sequence=CONTEXT[30:80], start=6, end=46, cut=AMPLICON.cut - 30)
    moved = read_allele_table(TABLE, short, strand="-", columns=PRINTED)

    assert moved.alleles[()] == 432
    assert moved.total == 2448


def test_a_stated_total_goes_before_the_percentages():
    assert published(total=3000).not_shown == 666
    assert published(total=3000).total_is == "stated"


def test_a_total_column_is_read():
    text = "sequence,reads,all\n" + "".join(f"{r[0]},{r[1]},2500\n" for r in ROWS)

    assert published(text, columns=Columns(total="all")).total == 2500


def test_without_a_total_the_reads_sum_to_it():
    table = published(columns=Columns())

    assert (table.total, table.total_is) == (2334, "sum")


def test_gap_signs_are_lost_bases():
    row = ROWS[1][0]
    text = f"sequence,reads\n{row},5\n{row[:15]}---{row[18:]},4\n"

    table = published(text, columns=Columns())
    ((deletion, reads),) = ((a, n) for a, n in table.alleles.items() if a)

    assert reads == 4
    assert len(deletion) == 1
    assert len(deletion[0].ref) == 3
    assert quantify(table.alleles, QUESTION).indels.counted == 4


def test_all_row_errors_come_at_once_with_their_lines():
    row = ROWS[1][0]
    text = f"sequence,reads,percent\n{row},5,50\nACGX,4,1\n{row},0,x\n,7,1\n{row[::-1]},1,1\n"

    with pytest.raises(InputErrors) as caught:
        published(text)

    *rows, last = caught.value.problems
    assert last.where == "s8.csv, line 6"
    assert "bases agree with the compared span; at least half are needed" in last.problem
    assert [str(problem) for problem in rows] == [
        "s8.csv, line 3: sequence holds X; only A, C, G, T, N, - are allowed",
        "s8.csv, line 4: reads is '0'; a whole number above 0 is needed",
        "s8.csv, line 4: percent is 'x', not a percentage",
        f"s8.csv, line 4: {row} stands in line 2 too; one row an allele",
        "s8.csv, line 5: sequence holds no bases",
    ]


def test_the_other_strand_is_told():
    with pytest.raises(InputErrors, match="Check the span and the strand"):
        published(strand="+")


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("seq,reads\nA,1\n", {}, "no column is called 'sequence'"),
        ("sequence,reads,percent\n", {}, "holds no rows"),
        (TABLE, {"total": 2000}, "total 2000 is less than the 2334 reads shown"),
        (TABLE.replace("35.21", "36.21"), {}, "no total agrees"),
        (TABLE, {"columns": Columns(total="reads")}, "one total is needed"),
        ("sequence,reads,percent\n" + ROWS[1][0] + ",5,12\n", {}, "totals from 40 to 43 agree"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(text, options, told):
    with pytest.raises(InputError, match=told):
        published(text, **options)


def test_rows_carry_shares_of_the_total():
    first = published().to_rows()[0]

    assert (first["reads"], first["share"]) == (862, 862 / 2448)
    assert published().summary() == (
        "17 alleles, 2334 reads shown of 2448 (implied by the percentages); 114 not shown"
    )


@settings(max_examples=60, deadline=None)
@given(
    reads=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    hidden=st.integers(0, 60),
    decimals=st.integers(0, 2),
)
def test_implied_totals_are_those_found_by_trying_each(reads, hidden, decimals):
    true = sum(reads) + hidden
    # Half-up in exact arithmetic; a share that prints as zero says nothing and is avoided.
    scale = 10**decimals
    units = [int(Fraction(100 * n * scale, true) + Fraction(1, 2)) for n in reads]
    if not all(units):
        return
    printed = [f"{u // scale}.{u % scale:0{decimals}d}" if decimals else str(u) for u in units]

    def agrees(total: int) -> bool:
        return all(
            abs(Fraction(100 * n, total) - Fraction(text)) <= Fraction(1, 2 * scale)
            for n, text in zip(reads, printed, strict=True)
        )

    found = implied_total(reads, printed)

    assert true in found
    assert list(found) == [t for t in range(sum(reads), found[-1] + 50) if agrees(t)]


@pytest.mark.parametrize(
    ("reads", "percent"),
    [([], []), ([1], []), ([0], ["1"]), ([1], ["1e2"]), ([1], ["-1"]), ([1], ["0.0"]), ([1], [""])],
)
def test_counts_and_percentages_that_are_none_are_refused(reads, percent):
    with pytest.raises(InputError):
        implied_total(reads, percent)


def test_an_implied_total_is_not_below_the_reads_that_are_shown():
    assert list(implied_total([99, 99], ["50", "50"])) == [198, 199, 200]  # 197 rounds to 50 too
