"""Two cases side by side: what differs in the verdict has a difference on its ground."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.test_guidance_laws import findings
from tests.unit.guidance.test_engine import finding
from ultrarare.case.case import Modality, Phase
from ultrarare.case.judgement import Judgement
from ultrarare.errors import InputError
from ultrarare.guidance.assessment import Assessment, CaseHead, Verdict
from ultrarare.guidance.consistency import contrasts
from ultrarare.guidance.engine import assess_pack
from ultrarare.guidance.pack import packs
from ultrarare.guidance.turning import turns

FDA, NEJM = "fda-pmf-draft-2026-02", "nejm-pmp-2025-11"


def assessed(found, name="one", phase=Phase.POST_MARKET, judgements=(), names=(FDA, NEJM)):
    head = CaseHead(
        id=name, title=name, data="made", pseudonym="p", gene="g", variant="v", product="x",
        disease="d", course="static", phase=str(phase), clock="age", digest="0", plan="none",
        absent=(),
    )  # fmt: skip
    verdicts = tuple(
        assess_pack(
            packs()[pack_id], found, phase=phase, modality=Modality.GENOME_EDITING,
            judgements=judgements,
        )
        for pack_id in names
    )  # fmt: skip
    return Assessment(
        software="s", notice="n", case=head, findings=tuple(found), guidance=verdicts, gaps=()
    )


@settings(max_examples=40, deadline=None)
@given(findings(), findings(), st.sampled_from(Phase), st.sampled_from(Phase))
def test_what_is_judged_otherwise_differs_on_its_ground(one, other, phase, later):
    for contrast in contrasts(assessed(one, phase=phase), assessed(other, "two", phase=later)):
        assert contrast.because, contrast
        assert contrast.a != contrast.b


@settings(max_examples=30, deadline=None)
@given(findings(), st.randoms(use_true_random=False))
def test_the_same_findings_under_other_names_in_another_order_are_judged_alike(found, draw):
    renamed = [one.model_copy(update={"id": f"z{9 - k}-{one.id}"}) for k, one in enumerate(found)]
    draw.shuffle(renamed)
    assert contrasts(assessed(found), assessed(tuple(renamed), "two")) == ()


def test_a_difference_is_named_by_kind_and_case():
    here = finding("a", "plan.lock", attributes={"before_first_dose": True})
    there = finding("a", "plan.lock", attributes={"before_first_dose": False})
    found = contrasts(assessed([here]), assessed([there], "two"))
    row = next(one for one in found if one.requirement == "RP-03")
    assert (row.a, row.b) == ("supported", "contradicted")
    assert row.because == (
        "plan.lock: supports, origin computed, before_first_dose True (one); supports, origin "
        "computed, before_first_dose False (two)",
    )


def test_people_who_decide_otherwise_on_the_same_ground_are_named():
    def decided(verdict):
        return Judgement(
            guidance=FDA, requirement="RP-01", verdict=verdict, by="A. Reader", on="2026-03-01",
            reason="read it", interests="none",
        )  # fmt: skip

    one = assessed([], judgements=[decided("supported")])
    two = assessed([], "two", judgements=[decided("missing")])
    (row,) = contrasts(one, two)
    assert (row.requirement, row.judged_by) == ("RP-01", "people")
    assert "supported (A. Reader, 2026-03-01: read it)" in row.a


def test_cases_judged_by_other_documents_are_not_compared():
    with pytest.raises(InputError, match="assess both cases by the same documents"):
        contrasts(assessed([]), assessed([], "two", names=(FDA,)))


def test_what_turns_on_the_document_is_told_and_what_is_closed_is_not():
    late = finding("a", "plan.lock", attributes={"before_first_dose": False})
    both = assessed([late]).guidance
    found = {turn.what: turn for turn in turns(*both) if turn.sort == "requirement"}
    assert found["RP-03"].a is Verdict.CONTRADICTED
    assert found["RP-03"].b is None
    same = {row.id: row.verdict for row in both[0].requirements}
    for row in both[1].requirements:
        if same.get(row.id) is row.verdict:
            assert row.id not in found
    closed = {"supported", "not applicable", "not yet due"}
    assert not any(turn.b is None and turn.a and turn.a.value in closed for turn in found.values())
    assert turns(both[0], both[0]) == ()
