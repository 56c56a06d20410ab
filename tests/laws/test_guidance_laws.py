"""Laws that hold for every verdict, over made findings and made questions.

1. The order of the findings changes nothing, and equal findings give equal verdicts.
2. Contradiction beats support, and missing is never support.
3. Taking evidence away never helps: only what stood in the way can be removed to advantage.
4. Adding a contradicting finding never makes anything supported.
"""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ultrarare.case.case import Modality, Phase
from ultrarare.case.finding import Direction, Finding, Ladder, Origin, Planned, Tier
from ultrarare.guidance.answer import best, worst
from ultrarare.guidance.assessment import Element, Verdict
from ultrarare.guidance.engine import assess_pack
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.pack import find_pack
from ultrarare.guidance.predicate import Predicate

PREDICATE: TypeAdapter[Any] = TypeAdapter(Predicate)
PACKS = ("fda-pmf-draft-2026-02", "nejm-pmp-2025-11")
OPEN = {Verdict.MISSING, Verdict.PARTLY, Verdict.CONTRADICTED, Verdict.NEEDS_JUDGEMENT}

ATTRIBUTES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "variant.identity": {"role": st.sampled_from(["targeted", "other allele"])},
    "variant.consequence": {},
    "variant.classification": {
        "class_points": st.sampled_from(["pathogenic", "benign", "uncertain significance", None])
    },
    "variant.gene-disease": {},
    "disease.mechanism": {},
    "therapy.target-match": {"in_window": st.sampled_from([True, False, None])},
    "therapy.predicted-outcome": {},
    "therapy.proof-of-concept": {},
    "history.population": {},
    "history.literature": {},
    "history.conflict": {"agree": st.sampled_from([True, False, None])},
    "engagement.target-base": {},
    "engagement.tissue": {},
    "engagement.biomarker": {},
    "engagement.not-feasible": {},
    "engagement.assay-validity": {},
    "plan.lock": {"before_first_dose": st.sampled_from([True, False, None])},
    "plan.control": {"design": st.sampled_from(["own control", "external control", None])},
    "case.course": {"course": st.sampled_from(["progressive", "episodic", "static"])},
    "course.own-control": {"baseline_visits": st.sampled_from([1, 3, 20, None])},
    "course.regression-to-mean": {},
    "course.episodes": {},
    "course.reported": {},
}


@st.composite
def findings(draw: Any, kinds: tuple[str, ...] = tuple(ATTRIBUTES), most: int = 14) -> Any:
    """Findings with ids of their own, of any direction, rung, tier and origin."""
    made = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(kinds))
        direction = draw(st.sampled_from([*Direction, Direction.SUPPORTS, Direction.SUPPORTS]))
        made.append(
            Finding(
                id=f"f{number}",
                kind=kind,
                origin=draw(st.sampled_from(Origin)),
                statement=f"statement {number}",
                direction=direction,
                planned=draw(st.sampled_from(Planned)),
                ladder=draw(st.sampled_from([None, *Ladder])),
                tier=draw(st.sampled_from([None, *Tier])),
                measure=draw(st.sampled_from([None, "ammonia", "editing"])),
                attributes={name: draw(some) for name, some in ATTRIBUTES[kind].items()},
            )
        )
    return tuple(made)


SMALL = ("course.own-control", "course.reported", "engagement.tissue")
LEAVES = st.sampled_from(
    [
        {"ask": "shown", "kind": "course.own-control"},
        {"ask": "shown", "kind": ["course.own-control", "course.reported"]},
        {"ask": "shown", "kind": "course.reported", "origin": ["cited"]},
        {"ask": "shown", "kind": "course.own-control", "planned": ["locked"]},
        {"ask": "shown", "kind": "engagement.tissue", "describes_counts": True},
        {"ask": "held", "kind": "course.reported"},
        {"ask": "ladder_at_least", "kind": "engagement.tissue", "rung": "B"},
        {"ask": "at_least", "kind": "course.own-control", "field": "baseline_visits", "bound": 3},
        {
            "ask": "at_most",
            "kind": "course.own-control",
            "field": "baseline_visits",
            "bound": 3,
            "otherwise": "partly supported",
        },
        {"ask": "judged", "claim": "this"},
    ]
)


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Questions made of parts that only evidence can close."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda of: {"ask": "all", "of": of}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda of: {"ask": "any", "of": of}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda of: {"ask": "partly", "because": "made", "of": of}, inner),
        ),
        max_leaves=5,
    )


def answer(predicate: dict[str, Any], found: tuple[Finding, ...]) -> Any:
    return PREDICATE.validate_python(predicate).answer(Facts.of(found, Modality.GENOME_EDITING))


def assess(pack_id: str, found: tuple[Finding, ...], phase: Phase = Phase.POST_MARKET) -> Any:
    return assess_pack(find_pack(pack_id), found, phase=phase, modality=Modality.GENOME_EDITING)


@settings(max_examples=40)
@given(
    st.sampled_from(PACKS), findings(), st.randoms(use_true_random=False), st.sampled_from(Phase)
)
def test_the_order_of_the_findings_changes_nothing(pack_id, found, random, phase):
    shuffled = list(found)
    random.shuffle(shuffled)

    assert assess(pack_id, found, phase) == assess(pack_id, tuple(shuffled), phase)


@settings(max_examples=150)
@given(trees(LEAVES), findings(SMALL, 6))
def test_taking_a_finding_away_never_supports_unless_it_contradicted(predicate, found):
    before = answer(predicate, found)
    assume(before.verdict is not Verdict.SUPPORTED)
    for gone in found:
        if before.roles.get(gone.id) != "contradicts":
            after = answer(predicate, tuple(f for f in found if f is not gone))
            assert after.verdict is not Verdict.SUPPORTED


@settings(max_examples=40)
@given(st.sampled_from(PACKS), findings())
def test_taking_support_away_never_closes_a_row_of_a_pack(pack_id, found):
    before = {row.id: row for row in assess(pack_id, found).requirements}
    for gone in found:
        after = assess(pack_id, tuple(f for f in found if f is not gone))
        for row in after.requirements:
            was = before[row.id]
            stood = was.roles.get(gone.id)
            if was.verdict in OPEN and stood == "supports":
                assert row.verdict is not Verdict.SUPPORTED


@settings(max_examples=150)
@given(trees(LEAVES), findings(SMALL, 6))
def test_adding_a_contradiction_never_supports(predicate, found):
    assume(answer(predicate, found).verdict is not Verdict.SUPPORTED)
    for number, kind in enumerate(("course.own-control", "engagement.tissue")):
        against = Finding(
            id=f"against{number}",
            kind=kind,
            origin=Origin.COMPUTED,
            statement="against",
            direction=Direction.CONTRADICTS,
        )
        if predicate_holds(predicate):
            continue  # `held` asks only whether something is there
        assert answer(predicate, (*found, against)).verdict is not Verdict.SUPPORTED


def predicate_holds(predicate: dict[str, Any]) -> bool:
    """Whether a question anywhere in the tree asks only that something is held."""
    parts = predicate.get("of", [])
    inner = parts if isinstance(parts, list) else [parts]
    return predicate["ask"] == "held" or any(predicate_holds(part) for part in inner)


@settings(max_examples=60)
@given(st.sampled_from(PACKS), findings())
def test_contradiction_of_the_course_decides_improvement(pack_id, found):
    against = Finding(
        id="against",
        kind="course.own-control",
        origin=Origin.COMPUTED,
        statement="worse",
        direction=Direction.CONTRADICTS,
    )

    got = assess(pack_id, (*found, against))

    improvement = next(e for e in got.elements if e.id is Element.IMPROVEMENT)
    assert improvement.verdict is Verdict.CONTRADICTED


@settings(max_examples=40)
@given(st.sampled_from(PACKS), findings())
def test_the_strict_reading_is_never_kinder_than_the_written_one(pack_id, found):
    got = assess(pack_id, found)

    assert set(got.readings.as_written.open_elements) <= set(got.readings.strict.open_elements)


@settings(max_examples=40)
@given(st.sampled_from(PACKS), findings())
def test_every_supported_row_names_what_supports_it(pack_id, found):
    ids = {finding.id for finding in found}
    for row in assess(pack_id, found).requirements:
        assert set(row.findings) <= ids
        if row.verdict is Verdict.SUPPORTED:
            assert "supports" in row.roles.values()


def test_no_finding_at_all_supports_nothing():
    for pack_id in PACKS:
        got = assess(pack_id, ())
        assert {row.verdict for row in got.requirements} <= {
            Verdict.MISSING,
            Verdict.NOT_APPLICABLE,
            Verdict.NEEDS_JUDGEMENT,
        }
        assert len(got.readings.as_written.open_elements) == 5


@given(st.lists(st.sampled_from(Verdict), min_size=1, max_size=5))
def test_combining_verdicts_knows_no_order_and_no_count(verdicts):
    doubled = [*reversed(verdicts), *verdicts]

    assert worst(verdicts) is worst(doubled)
    assert best(verdicts) is best(doubled)


@given(st.lists(st.sampled_from(Verdict), min_size=1, max_size=5))
def test_missing_is_never_support_and_contradiction_always_wins(verdicts):
    if Verdict.CONTRADICTED in verdicts:
        assert worst(verdicts) is best(verdicts) is Verdict.CONTRADICTED
    elif Verdict.MISSING in verdicts:
        assert worst(verdicts) is Verdict.MISSING
    if set(verdicts) <= {Verdict.MISSING, Verdict.NOT_APPLICABLE}:
        assert best(verdicts) is not Verdict.SUPPORTED
