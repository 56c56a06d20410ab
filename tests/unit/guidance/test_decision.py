"""Judgements stand beside a verdict; advice overrides a row and says so; neither hides anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guidance.test_engine import FDA, FULL, KABE, finding, judged, row
from ultrarare.case.case import Modality, Phase
from ultrarare.case.judgement import Advice, Judgement, Judgements, Review, Revocation
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.engine import assess_pack
from ultrarare.guidance.pack import find_pack


def assessed(findings, phase=Phase.PIVOTAL, **log):
    record = Judgements.empty().model_copy(update=log)
    return assess_pack(
        find_pack(FDA), findings, phase=phase, modality=Modality.GENOME_EDITING, record=record
    )


def advice(requirement, effect="waives", **more):
    values = {
        "id": "a-1", "guidance": FDA, "requirement": requirement, "agency": "made agency",
        "on": "2026-01-10", "meeting": "pre-IND", "effect": effect, "advice": "Not asked here.",
        "source": "minutes, item 4", "recorded_by": "made lead",
    }  # fmt: skip
    return Advice.model_validate({**values, **more})


def review(outcome="agrees", by="second reader", interests="none"):
    return Review(
        judgement="j-1", by=by, on="2026-11-02", outcome=outcome, reason="read it",
        interests=interests,
    )  # fmt: skip


ONE = judged("RP-01").model_copy(update={"id": "j-1"})


def standing(**log):
    (one,) = row(assessed(FULL, judgements=(ONE,), **log), "RP-01").judgements
    return one.standing, one.why


def test_a_judgement_needs_a_second_person_with_nothing_at_stake():
    assert standing()[0] == "not reviewed"
    assert standing(reviews=(review(),))[0] == "reviewed"
    word, why = standing(reviews=(review(interests="holds shares of the sponsor"),))
    assert word == "not reviewed"
    assert "holds shares" in why
    assert standing(reviews=(review(), review("disagrees", "third reader")))[0] == "disputed"
    gone = Revocation(judgement="j-1", by="made reviewer", on="2026-11-03", reason="misread")
    assert standing(reviews=(review(),), revocations=(gone,)) == (
        "revoked",
        "Taken back by made reviewer on 2026-11-03: misread.",
    )


def test_a_judgement_whose_ground_has_changed_is_stale():
    first = row(assessed(FULL), "RP-01")
    tied = ONE.model_copy(update={"basis": first.basis})
    kind = first.reads[0]

    def now(findings):
        (one,) = row(
            assessed(findings, judgements=(tied,), reviews=(review(),)), "RP-01"
        ).judgements
        return one.standing

    assert now(FULL) == "reviewed"
    assert now(tuple(reversed(FULL))) == "reviewed"
    assert now((*FULL, finding("new", kind, direction="contradicts"))) == "stale"
    assert now((*FULL, finding("new", "variant.identity"))) == "reviewed"


def test_advice_waives_a_row_and_the_row_keeps_what_it_was():
    before = row(assessed(KABE), "EL-5")
    got = row(assessed(KABE, advice=(advice("EL-5"),)), "EL-5")

    assert before.verdict is not Verdict.NOT_APPLICABLE
    assert (got.verdict, got.generic) == (Verdict.NOT_APPLICABLE, before.verdict)
    assert "ade agency advised on 2026-01-10" in got.reason
    assert f"without this advice the row is {before.verdict.value}" in got.reason
    assert row(assessed(KABE, advice=(advice("EL-5"),)), "EL-4") == row(assessed(KABE), "EL-4")


def test_advice_that_asks_otherwise_waits_for_people():
    asked = advice("EL-5", "replaces", asks="A year of seizure-free days.")
    got = row(assessed(KABE, advice=(asked,)), "EL-5")
    assert got.verdict is Verdict.NEEDS_JUDGEMENT
    assert "A year of seizure-free days" in got.reason
    confirmed = row(assessed(KABE, advice=(advice("EL-5", "confirms"),)), "EL-5")
    assert (confirmed.verdict, confirmed.generic) == (row(assessed(KABE), "EL-5").verdict, None)


def test_advice_takes_no_evidence_away():
    late = finding("lock", "plan.lock", attributes={"before_first_dose": False})
    before = row(assessed([late], Phase.POST_MARKET), "RP-03")
    got = row(assessed([late], Phase.POST_MARKET, advice=(advice("RP-03"),)), "RP-03")
    assert before.verdict is Verdict.CONTRADICTED
    assert (got.verdict, got.generic) == (Verdict.CONTRADICTED, None)
    assert "the evidence against stays" in got.reason


def test_a_row_that_fails_closed_is_waived_only_with_the_letter_in_the_folder():
    closed = next(
        r for r in assessed([]).requirements if r.fail_closed and r.verdict is Verdict.MISSING
    )
    without = row(assessed([], advice=(advice(closed.id),)), closed.id)
    with_letter = row(assessed([], advice=(advice(closed.id, file="data/l.pdf"),)), closed.id)
    assert without.verdict is Verdict.MISSING
    assert "fails closed" in without.reason
    assert with_letter.verdict is Verdict.NOT_APPLICABLE


@given(st.lists(st.sampled_from(sorted(r.id for r in find_pack(FDA).requirements)), unique=True))
def test_judgements_move_no_verdict(ids):
    given_ = tuple(judged(name) for name in ids)
    plain, with_ = assessed(KABE), assessed(KABE, judgements=given_)
    assert [r.verdict for r in plain.requirements] == [r.verdict for r in with_.requirements]
    assert plain.elements == with_.elements


def problems(**lists):
    return {
        ".".join(str(part) for part in place): text
        for place, text in Judgements.empty().model_copy(update=lists).dangling()
    }


def test_what_is_wrong_between_entries_is_told_with_its_place():
    other = advice("EL-4", id="a-2", supersedes="a-1", on="2025-01-01")
    found = problems(
        judgements=(ONE, ONE),
        reviews=(review(by="Made  Reviewer, MD"), review(), review()),
        revocations=(Revocation(judgement="j-9", by="x y", on="2026-01-01", reason="r"),),
        advice=(
            advice("EL-5"),
            other,
            advice("EL-5", id="a-3"),
            advice("EL-3", "replaces", id="a-4"),
        ),
    )
    assert "stands 2 times" in found["judgements.1.id"]
    assert "a second person's" in found["reviews.0.by"]
    assert "already" in found["reviews.2.by"]
    assert "j-9" in found["revocations.0.judgement"]
    assert "another row" in found["advice.1.supersedes"]
    assert "asks" not in found.get("advice.3.asks", "")
    assert "needed" in found["advice.3.asks"]


def test_two_advices_in_force_on_one_row_are_a_problem_until_one_supersedes():
    two = (advice("EL-5"), advice("EL-5", "confirms", id="a-2", on="2026-02-01"))
    assert any("more than one" in text for text in problems(advice=two).values())
    later = two[1].model_copy(update={"supersedes": "a-1"})
    assert problems(advice=(two[0], later)) == {}
    got = row(assessed(KABE, advice=(two[0], later)), "EL-5")
    assert got.advice is not None
    assert got.advice.id == "a-2"
    assert got.generic is None


@pytest.mark.parametrize("by", ["", "  ", "nobody", "N/A", "<name and role>", "TBD", "unknown"])
def test_a_judgement_by_nobody_is_no_judgement(by):
    with pytest.raises(ValueError, match=r"by\n"):
        Judgement.model_validate({**ONE.model_dump(), "by": by})


@pytest.mark.parametrize("on", ["2026-02-30", "2026-2-3", "20260203", "soon"])
def test_a_day_is_a_real_day(on):
    with pytest.raises(ValueError, match=r"on\n"):
        Judgement.model_validate({**ONE.model_dump(), "on": on})
