"""Undoing the errors of reading gives back the shares that were there, exactly in expectation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.molecule.align import Change
from ultrarare.molecule.editing.events import Event, Factor, only
from ultrarare.molecule.editing.rows import make_rows

REFERENCE = "ACGTA"


def rows_of(reads: dict[str, int]):
    """Rows of whole reads over the five bases."""
    alleles = {
        tuple(
            Change(k, REFERENCE[k], base) for k, base in enumerate(read) if base != REFERENCE[k]
        ): count
        for read, count in reads.items()
    }
    return make_rows(alleles, reference=REFERENCE, span=(0, 5), indel_window=(0, 5))


def confusion(rates) -> np.ndarray:
    """(4, 4) from three rates a row."""
    matrix = np.eye(4)
    for i in range(4):
        for rate, j in zip(rates[3 * i : 3 * i + 3], (j for j in range(4) if j != i), strict=True):
            matrix[i, j] = rate
            matrix[i, i] -= rate
    return matrix


CODON = np.zeros((4, 4, 4), dtype=bool)
CODON[1, 2, :] = True
CODON[0, :, 3] = True
EVENTS = [
    Event(name="one", words="", factors=(Factor(offsets=(0,), allowed=only("G"), lost=False),)),
    Event(
        name="any", words="", negated=True,
        factors=tuple(Factor(offsets=(k,), allowed=only("ACT"), lost=True) for k in (0, 4)),
    ),
    Event(
        name="all", words="", whole=True,
        factors=tuple(Factor(offsets=(k,), allowed=only("GCGTA"[k]), lost=False) for k in range(5)),
    ),
    Event(name="codon", words="", factors=(Factor(offsets=(1, 2, 3), allowed=CODON, lost=False),)),
]  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(
    rates=st.lists(st.floats(0, 0.03), min_size=12, max_size=12),
    molecules=st.dictionaries(st.text("ACGT", min_size=5, max_size=5), st.integers(1, 9),
                              min_size=1, max_size=4),
    which=st.sampled_from(range(4)),
)  # fmt: skip
def test_the_mean_weight_over_all_misreadings_is_the_share_of_molecules(rates, molecules, which):
    matrix, event = confusion(rates), EVENTS[which]
    unread = np.tile(np.linalg.inv(matrix), (5, 1, 1))
    every = ["".join(bases) for bases in product("ACGT", repeat=5)]
    rows = rows_of(dict.fromkeys(every, 1))
    weight = dict(zip(rows.alleles, event.weights(rows, unread).tolist(), strict=True))
    true = rows_of(molecules)
    total = sum(molecules.values())
    expected = 0.0
    for molecule, count in molecules.items():
        columns = [matrix["ACGT".index(base)] for base in molecule]
        chances = columns[0]
        for column in columns[1:]:
            chances = np.multiply.outer(chances, column)
        for read, chance in zip(every, chances.ravel().tolist(), strict=True):
            allele = tuple(
                Change(k, REFERENCE[k], b) for k, b in enumerate(read) if b != REFERENCE[k]
            )
            expected += count / total * chance * weight[allele]
    share = true.counts[event.holds(true)].sum() / total
    assert expected == pytest.approx(share, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(
    rates=st.lists(st.floats(0, 0.03), min_size=12, max_size=12),
    which=st.sampled_from(range(4)),
)
def test_the_background_is_the_chance_that_the_reference_is_read_so(rates, which):
    matrix, event = confusion(rates), EVENTS[which]
    every = ["".join(bases) for bases in product("ACGT", repeat=5)]
    rows = rows_of(dict.fromkeys(every, 1))
    chance = 0.0
    for allele, holds in zip(rows.alleles, event.holds(rows).tolist(), strict=True):
        read = list(REFERENCE)
        for change in allele:
            read[change.start] = change.alt
        if holds:
            chance += float(
                np.prod(
                    [
                        matrix["ACGT".index(a), "ACGT".index(b)]
                        for a, b in zip(REFERENCE, read, strict=True)
                    ]
                )
            )
    assert event.chance(rows, np.tile(matrix, (5, 1, 1))) == pytest.approx(chance, abs=1e-12)


def test_nothing_is_undone_where_nothing_is_misread():
    rows = rows_of({"ACGTA": 5, "GCGTA": 3, "ACGTG": 2, "ACNTA": 1})
    for event in EVENTS:
        known = ~event.unknown(rows)
        held = event.holds(rows)[known]
        weights = event.weights(rows, np.tile(np.eye(4), (5, 1, 1)))[known]
        assert (weights == held.astype(float)).all()
