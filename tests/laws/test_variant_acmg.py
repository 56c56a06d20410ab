"""ACMG/AMP classes of every combination of small counts, against a second writing of the rules.

The oracle holds table 5 of Richards 2015 as least vectors (very strong, strong, moderate,
supporting): a combination meets a rule if it holds at least the vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.molecule.acmg import Class, Criterion, classify, codes

PATHOGENIC = [
    (1, 1, 0, 0), (1, 0, 2, 0), (1, 0, 1, 1), (1, 0, 0, 2),
    (0, 2, 0, 0), (0, 1, 3, 0), (0, 1, 2, 2), (0, 1, 1, 4),
]  # fmt: skip
LIKELY = [(1, 0, 1, 0), (0, 1, 1, 0), (0, 1, 0, 2), (0, 0, 3, 0), (0, 0, 2, 2), (0, 0, 1, 4)]
WORDS = ("very strong", "strong", "moderate", "supporting")
HARM = sorted(code for code in codes() if code.startswith("P"))
BENIGN = sorted(code for code in codes() if code.startswith("B") and code != "BA1")
POINTS = (8, 4, 2, 1)


def meets(counts: tuple[int, ...], rules: Sequence[tuple[int, ...]]) -> bool:
    return any(all(c >= r for c, r in zip(counts, rule, strict=True)) for rule in rules)


def criteria(counts: tuple[int, ...], pool: list[str]) -> list[Criterion]:
    words = [word for word, count in zip(WORDS, counts, strict=True) for _ in range(count)]
    return [
        Criterion(code=code, strength=word, who="w", why="y", source="s")
        for code, word in zip(pool, words, strict=False)
    ]


def by_points(total: int) -> Class:
    if total >= 10:
        return Class.PATHOGENIC
    if total >= 6:
        return Class.LIKELY_PATHOGENIC
    if total >= 0:
        return Class.UNCERTAIN
    return Class.LIKELY_BENIGN if total >= -6 else Class.BENIGN


def test_every_small_pathogenic_combination_agrees_with_the_table():
    seen = set()
    for counts in product(range(2), range(4), range(5), range(6)):
        if not any(counts):
            continue
        found = classify(criteria(counts, HARM))
        expected = (
            Class.PATHOGENIC
            if meets(counts, PATHOGENIC)
            else Class.LIKELY_PATHOGENIC
            if meets(counts, LIKELY)
            else Class.UNCERTAIN
        )
        assert found.by_rules is expected, counts
        total = sum(c * p for c, p in zip(counts, POINTS, strict=True))
        assert (found.points, found.by_points) == (total, by_points(total))
        seen.add(expected)
    assert len(seen) == 3


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)),
    st.tuples(st.just(0), st.integers(0, 3), st.just(0), st.integers(0, 4)),
    st.booleans(),
)
def test_mixed_evidence_agrees_with_the_table(harm, benign, alone):
    given_ = criteria(harm, HARM) + criteria(benign, BENIGN)
    given_ += [Criterion(code="BA1", who="w", why="y", source="s")] if alone else []
    if not given_:
        return
    found = classify(given_)
    bad = meets(harm, PATHOGENIC) or meets(harm, LIKELY)
    clear = alone or benign[1] >= 2
    good = clear or (benign[1] >= 1 and benign[3] >= 1) or benign[3] >= 2
    if bad == good:
        expected = Class.UNCERTAIN
    elif good:
        expected = Class.BENIGN if clear else Class.LIKELY_BENIGN
    else:
        expected = Class.PATHOGENIC if meets(harm, PATHOGENIC) else Class.LIKELY_PATHOGENIC
    assert found.by_rules is expected
    total = sum(p * (h - b) for p, h, b in zip(POINTS, harm, benign, strict=True))
    assert found.points == total
    assert found.by_points is (Class.BENIGN if alone else by_points(total))
    both = any(harm) and (any(benign) or alone)
    assert any("both sides" in caveat for caveat in found.caveats) == both


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[st.integers(0, 3)] * 4), st.randoms(use_true_random=False))
def test_the_order_of_criteria_does_not_matter(counts, order):
    given_ = criteria(counts, HARM)
    if not given_:
        return
    mixed = list(given_)
    order.shuffle(mixed)
    one, other = classify(given_), classify(mixed)
    assert (one.points, one.by_points, one.by_rules) == (
        other.points,
        other.by_points,
        other.by_rules,
    )
