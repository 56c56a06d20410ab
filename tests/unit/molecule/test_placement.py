"""Where a table's sequences lie on the context: one place, or an error."""

from __future__ import annotations

import pytest

from ultrarare.errors import InputError
from ultrarare.molecule.allele_table import Columns
from ultrarare.molecule.placement import place_span
from ultrarare.molecule.sequence import reverse_complement

CONTEXT = "TTGACCGTAAGCTTGGCATCCAGATTACGGCATGCAAGTC"


def placed(*sequences: str, strand: str = "+") -> tuple[int, int]:
    text = "sequence,reads\n" + "".join(f"{bases},1\n" for bases in sequences)
    return place_span(text, Columns(), CONTEXT, strand=strand, where="t.csv")  # type: ignore[arg-type]


def test_sequences_are_found_on_either_strand():
    shown = CONTEXT[8:28]
    assert placed(shown) == (8, 28)
    assert placed(reverse_complement(shown), strand="-") == (8, 28)
    assert placed(shown.lower()) == (8, 28)


def test_edited_sequences_lie_where_the_unedited_one_does():
    shown = CONTEXT[8:28]
    edited = shown[:4] + "G" + shown[5:]
    assert placed(edited, edited, shown[:9] + "G" + shown[10:]) == (8, 28)


def test_sequences_of_another_length_do_not_decide():
    shown = CONTEXT[8:28]
    assert placed(shown, shown, shown[:15], shown[:10] + "-" * 3 + shown[13:]) == (8, 28)


@pytest.mark.parametrize(
    ("sequences", "words"),
    [
        (("",), "holds no complete sequence in column 'sequence'"),
        (("AC--GT",), "holds no complete sequence"),
        (("A" * 50,), "has sequences of 50 bases; the reference holds 40"),
        (("T" * 20,), "do not lie in one place of the reference"),
        (("GC",), "do not lie in one place of the reference"),
        ((reverse_complement(CONTEXT[8:28]),), "do not lie in one place of the reference"),
    ],
)
def test_sequences_without_one_place_are_an_error(sequences, words):
    with pytest.raises(InputError) as caught:
        placed(*sequences)
    assert words in caught.value.problem
    assert caught.value.where == "t.csv"
