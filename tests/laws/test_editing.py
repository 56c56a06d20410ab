"""Laws of counting: what must not matter does not, and parts add up to the whole."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.molecule.editing_facts import ALLELES, AMPLICON, CONTEXT, QUESTION
from ultrarare.molecule.amplicon import Settings, tally
from ultrarare.molecule.outcome import quantify
from ultrarare.molecule.reads import Read
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import Reason, Tally

SETTINGS = Settings(min_length=30, mask_below=20)
MOLECULES = [CONTEXT[:36] + allele + CONTEXT[76:] for allele in ALLELES]


@st.composite
def reads(draw):
    """A read of the amplicon or not: edited, damaged, cut, turned, or noise."""
    bases = draw(st.sampled_from(MOLECULES))
    kind = draw(st.sampled_from(["whole", "deleted", "inserted", "cut", "noise", "wrong"]))
    at, size = draw(st.integers(20, 90)), draw(st.integers(1, 25))
    if kind == "deleted":
        bases = bases[:at] + bases[at + size :]
    elif kind == "inserted":
        bases = bases[:at] + draw(st.text("ACGT", min_size=1, max_size=6)) + bases[at:]
    elif kind == "cut":
        bases = bases[:at]
    elif kind == "noise":
        bases = draw(st.text("ACGTN", min_size=20, max_size=60))
    elif kind == "wrong":
        bases = bases[:at] + draw(st.sampled_from("ACGTN")) + bases[at + 1 :]
    low = draw(st.integers(0, len(bases) - 1))
    return Read("r", bases, "I" * low + draw(st.sampled_from("I#")) + "I" * (len(bases) - low - 1))


def turned(read: Read) -> Read:
    return Read(read.name, reverse_complement(read.bases), read.qualities[::-1])


SAMPLES = st.lists(reads(), max_size=12)


def counted(sample: list[Read]) -> Tally:
    return tally([(read,) for read in sample], AMPLICON, SETTINGS)


@settings(max_examples=40, deadline=None)
@given(sample=SAMPLES, data=st.data())
def test_order_and_orientation_do_not_matter(sample, data):
    shuffled = data.draw(st.permutations(sample))
    flips = data.draw(st.lists(st.booleans(), min_size=len(sample), max_size=len(sample)))
    other = [turned(r) if flip else r for r, flip in zip(shuffled, flips, strict=True)]

    assert counted(other) == counted(sample)


@settings(max_examples=40, deadline=None)
@given(sample=SAMPLES, data=st.data())
def test_counting_in_parts_is_counting_the_whole(sample, data):
    at = data.draw(st.integers(0, len(sample)))

    assert counted(sample[:at]) + counted(sample[at:]) == counted(sample)


@settings(max_examples=40, deadline=None)
@given(sample=SAMPLES)
def test_every_fragment_is_called_or_refused(sample):
    counts = counted(sample)

    assert counts.fragments == len(sample)


@settings(max_examples=30, deadline=None)
@given(sample=SAMPLES, times=st.integers(2, 4))
def test_duplicates_multiply_every_count(sample, times):
    once, many = counted(sample), counted(sample * times)

    assert many.alleles == {allele: n * times for allele, n in once.alleles.items()}
    assert many.refused == {reason: n * times for reason, n in once.refused.items()}


TALLIES = st.builds(
    Tally,
    key=st.just("k"),
    alleles=st.dictionaries(st.sampled_from([(), ((1, "A", "G"),), ((2, "", "T"),)]),
                            st.integers(0, 9)),
    refused=st.dictionaries(st.sampled_from(Reason), st.integers(0, 9)),
    masked_bases=st.integers(0, 9),
)  # fmt: skip


@given(a=TALLIES, b=TALLIES, c=TALLIES)
def test_tallies_are_a_commutative_monoid(a, b, c):
    zero = Tally(key="k")

    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + zero == a == zero + a
    assert (a + b).fragments == a.fragments + b.fragments


@settings(max_examples=40, deadline=None)
@given(sample=SAMPLES)
def test_definitions_are_nested_as_their_words_say(sample):
    counts = counted(sample)
    if not counts.called:
        return
    known = Counter({a: n for a, n in counts.alleles.items() if not any(c.is_unknown for c in a)})
    if not known:
        return
    outcome = quantify(known, QUESTION)

    assert outcome.intended_protein is not None
    assert outcome.intended_only.counted <= outcome.intended_protein.counted
    assert outcome.intended_only.counted <= outcome.target_base.counted
    assert outcome.target_base.counted <= outcome.any_edit.counted <= outcome.any_change.counted
    assert outcome.indels.counted <= outcome.any_change.counted
    assert outcome.any_change.counted <= outcome.total


@settings(max_examples=40, deadline=None)
@given(sample=SAMPLES)
def test_a_share_lies_between_its_bounds(sample):
    counts = counted(sample)
    if not counts.called:
        return
    for one in quantify(counts.alleles, QUESTION, not_shown=3).counts():
        assert 0 <= one.lower <= one.upper <= 1
        if one.share is not None:
            assert one.lower <= one.share <= one.upper
