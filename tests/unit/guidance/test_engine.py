"""Whole packs over whole cases: the verdicts that DESIGN §5 and the k-abe case call for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ultrarare.case.case import Modality, Phase
from ultrarare.case.finding import Finding
from ultrarare.case.judgement import Judgement, Judgements, Review
from ultrarare.guidance.assessment import Element, GuidanceAssessment, Verdict
from ultrarare.guidance.engine import assess_pack, gaps
from ultrarare.guidance.pack import find_pack

FDA, NEJM = "fda-pmf-draft-2026-02", "nejm-pmp-2025-11"
BOTH = pytest.mark.parametrize("pack_id", [FDA, NEJM])


def finding(name: str, kind: str, **fields: Any) -> Finding:
    values = {"origin": "computed", "direction": "supports", "statement": f"It says {name}."}
    return Finding.model_validate({"id": name, "kind": kind, **values, **fields})


def cited(name: str, kind: str, **fields: Any) -> Finding:
    return finding(name, kind, origin="cited", **fields)


FOUNDATION = (
    finding("identity", "variant.identity", attributes={"role": "targeted"}),
    finding("consequence", "variant.consequence"),
    finding(
        "class",
        "variant.classification",
        attributes={"class_points": "likely pathogenic", "sound": True},
    ),
    cited("link", "variant.gene-disease"),
    cited("mechanism", "disease.mechanism"),
    cited("diagnosis", "disease.cause-per-patient"),
    finding("match", "therapy.target-match", attributes={"in_window": True}),
    finding("outcome", "therapy.predicted-outcome"),
    cited("model", "therapy.proof-of-concept"),
    cited("rationale", "therapy.rationale", attributes={"node": "root cause"}),
    finding("course", "case.course", origin="declared", attributes={"course": "progressive"}),
)
HISTORY = (
    finding("untreated", "history.population", tier="same gene"),
    cited("alike", "history.comparability"),
)
ENGAGED = (
    finding(
        "edited",
        "engagement.target-base",
        estimate={"value": 0.4, "lower": 0.35, "upper": 0.45, "level": 0.95},
        ladder="A",
        measure="editing",
    ),
    cited("assay", "engagement.assay-validity"),
)
LOCKED = (
    finding("lock", "plan.lock", attributes={"before_first_dose": True}),
    finding(
        "endpoint",
        "plan.endpoint",
        origin="declared",
        measure="ammonia",
        attributes={"endpoint_class": "clinical outcome", "surrogate_status": "not a surrogate"},
    ),
)


def improved(direction: str = "supports", planned: str = "locked") -> tuple[Finding, ...]:
    about = {"direction": direction, "planned": planned, "measure": "ammonia"}
    return (
        finding("own", "course.own-control", attributes={"baseline_visits": 12}, **about),
        finding("rtm", "course.regression-to-mean", **about),
    )


FULL = (*FOUNDATION, *HISTORY, *ENGAGED, *LOCKED, *improved())

# The published CPS1 case as its findings read: no tissue of the patient, medians only.
KABE = (
    *(f for f in FOUNDATION if f.id != "course"),
    finding("course", "case.course", origin="declared", attributes={"course": "episodic"}),
    cited("mortality-1", "history.literature", tier="same gene"),
    cited("mortality-2", "history.literature", tier="same gene"),
    finding(
        "conflict",
        "history.conflict",
        direction="describes",
        statement="Published mortality disagrees (50 % and 36 %).",
        attributes={"agree": False},
    ),
    finding(
        "alleles",
        "engagement.target-base",
        estimate={"value": 0.625, "lower": 0.61, "upper": 0.64, "level": 0.95},
        ladder="E",
        caveats=["Sample not stated."],
    ),
    cited("mouse", "engagement.tissue", ladder="E"),
    cited("no-biopsy", "engagement.not-feasible", statement="A biopsy was deferred."),
    finding("lock", "plan.lock", direction="inconclusive", attributes={"before_first_dose": None}),
    finding(
        "own",
        "course.own-control",
        direction="not computable",
        would_need="individual dated values",
        planned="post hoc",
        statement="Only medians and quartiles are known.",
    ),
    cited("weight", "course.reported", measure="weight"),
    cited("drug", "course.reported", measure="drug dose"),
)


def assessed(
    pack_id: str,
    findings: Sequence[Finding],
    phase: Phase = Phase.PIVOTAL,
    modality: Modality = Modality.GENOME_EDITING,
    judgements: Sequence[Judgement] = (),
) -> GuidanceAssessment:
    return assess_pack(
        find_pack(pack_id), findings, phase=phase, modality=modality, judgements=judgements
    )


def row(assessment: GuidanceAssessment, row_id: str) -> Any:
    return next(row for row in assessment.requirements if row.id == row_id)


def element(assessment: GuidanceAssessment, name: str, reading: str = "as_written") -> Any:
    elements = getattr(assessment.readings, reading).elements
    return next(item for item in elements if item.id == Element(name))


@BOTH
def test_a_case_with_everything_computed_and_locked_has_all_five_in_both_readings(pack_id):
    got = assessed(pack_id, FULL)

    assert got.readings.as_written.open_elements == ()
    assert got.readings.strict.open_elements == ()
    assert element(got, "engagement").ladder == "A"
    assert element(got, "natural-history").tier == "same gene"


@BOTH
def test_engagement_that_was_never_measured_in_the_patient_stays_missing_with_its_reason(pack_id):
    got = assessed(pack_id, KABE)

    assert row(got, "TE-01").verdict is Verdict.MISSING
    assert "engagement in this patient" in row(got, "TE-01").reason
    assert "A biopsy was deferred" in row(got, "TE-01").reason
    assert element(got, "engagement").verdict is Verdict.PARTLY
    assert element(got, "engagement").ladder == "E"
    assert "ladder E (model only)" in element(got, "engagement").reason
    assert "Sample not stated" in element(got, "engagement").detail
    assert element(got, "engagement", "strict").verdict is Verdict.MISSING


def test_the_article_accepts_model_evidence_in_part_and_says_so():
    got = row(assessed(NEJM, KABE), "TE-02")

    assert got.verdict is Verdict.PARTLY
    assert "accepts evidence from models" in got.reason


def test_medians_alone_leave_own_control_and_regression_to_the_mean_missing():
    got = assessed(NEJM, KABE)

    assert row(got, "EC-03").verdict is Verdict.MISSING
    assert row(got, "EC-04").verdict is Verdict.MISSING
    assert "individual dated values" in row(got, "EC-03").reason


@BOTH
def test_reported_changes_alone_support_improvement_in_part(pack_id):
    got = element(assessed(pack_id, KABE), "improvement")

    assert got.verdict is Verdict.PARTLY
    assert "nothing was computed against the untreated course" in got.reason


@BOTH
def test_a_disagreement_of_published_values_is_named_and_caps_natural_history(pack_id):
    got = element(assessed(pack_id, KABE), "natural-history")

    assert got.verdict is Verdict.PARTLY
    assert "Published mortality disagrees" in got.detail
    assert "Published mortality disagrees" in got.reason


@BOTH
def test_a_disagreement_caps_even_a_computed_natural_history(pack_id):
    conflict = next(finding for finding in KABE if finding.id == "conflict")

    assert element(assessed(pack_id, (*FULL, conflict)), "natural-history").verdict == (
        Verdict.PARTLY
    )


@pytest.mark.parametrize(("before", "verdict"), [(False, "contradicted"), (None, "missing")])
def test_a_plan_not_locked_before_dosing_is_post_hoc_in_words_and_the_rule_is_ours(before, verdict):
    lock = finding("lock", "plan.lock", attributes={"before_first_dose": before})
    got = row(assessed(FDA, [*(f for f in FULL if f.id != "lock"), lock]), "RP-03")

    assert got.verdict == verdict
    assert "post hoc" in got.reason
    assert "this software's own, stricter rule" in got.reason
    assert got.ours


@BOTH
def test_a_result_that_was_not_planned_supports_improvement_in_part(pack_id):
    late = (*FOUNDATION, *HISTORY, *ENGAGED, *LOCKED, *improved(planned="post hoc"))

    got = element(assessed(pack_id, late), "improvement")

    assert got.verdict is Verdict.PARTLY
    assert "post hoc" in got.reason


@BOTH
def test_mechanism_is_not_benefit(pack_id):
    worse = (*FOUNDATION, *HISTORY, *ENGAGED, *LOCKED, *improved("contradicts"))

    for reading in ("strict", "as_written"):
        got = assessed(pack_id, worse)
        verdicts = {e.id: e.verdict for e in getattr(got.readings, reading).elements}
        assert verdicts.pop(Element.IMPROVEMENT) is Verdict.CONTRADICTED
        assert set(verdicts.values()) == {Verdict.SUPPORTED}


@BOTH
@pytest.mark.parametrize("reported", [(), (cited("weight", "course.reported"),)])
def test_a_computed_result_that_is_inconclusive_does_not_show_improvement(pack_id, reported):
    unsure = (*FOUNDATION, *HISTORY, *ENGAGED, *LOCKED, *improved("inconclusive"), *reported)

    got = element(assessed(pack_id, unsure), "improvement")

    assert got.verdict is Verdict.MISSING
    assert got.reason == "Improvement is not shown: the result is inconclusive."


@BOTH
@pytest.mark.parametrize(
    ("rung", "verdict"),
    [("A", "supported"), ("B", "supported"), *((r, "partly supported") for r in "CDE")],
)
def test_engagement_needs_tissue_of_this_patient_or_of_another_with_the_same_product(
    pack_id, rung, verdict
):
    tissue = cited("tissue", "engagement.tissue", ladder=rung)
    got = assessed(pack_id, [*FOUNDATION, tissue])

    assert row(got, "EL-4").verdict == verdict


@BOTH
def test_what_only_describes_such_as_simulated_reads_is_no_evidence_of_engagement(pack_id):
    simulated = finding("reads", "engagement.target-base", direction="describes", ladder="A")
    got = assessed(pack_id, [*FOUNDATION, simulated])

    assert row(got, "EL-4").verdict is Verdict.MISSING
    assert row(got, "TE-01").verdict is Verdict.MISSING
    assert row(got, "EL-4").roles == {"reads": "describes"}


@BOTH
def test_the_measure_used_as_outcome_is_not_used_again_as_engagement(pack_id):
    sign = cited("sign", "engagement.biomarker", measure="ammonia")
    got = row(assessed(pack_id, [*FOUNDATION, *improved(), sign]), "EL-4")

    assert got.verdict is Verdict.MISSING
    assert got.roles["sign"] == "set aside"


@BOTH
def test_engagement_is_never_counted_as_improvement(pack_id):
    got = assessed(pack_id, [*FOUNDATION, *ENGAGED])

    assert element(got, "engagement").verdict is Verdict.SUPPORTED
    assert element(got, "improvement").verdict is Verdict.MISSING


def test_an_early_case_is_not_failed_for_what_is_due_later():
    got = assessed(FDA, FOUNDATION, phase=Phase.NONCLINICAL)

    assert row(got, "EL-5").verdict is Verdict.NOT_YET_DUE
    assert element(got, "improvement", "strict").verdict is Verdict.NOT_YET_DUE
    assert row(got, "EL-5").reason.startswith("Due from pivotal; no finding shows improvement")


@pytest.mark.parametrize(
    ("phase", "verdict"), [("first-in-human", "supported"), ("pivotal", "partly supported")]
)
def test_a_row_shown_in_part_weighs_on_the_strict_reading_once_it_is_due(phase, verdict):
    without_rtm = [finding for finding in FULL if finding.id != "rtm"]
    got = assessed(NEJM, without_rtm, phase=Phase(phase))

    assert row(got, "EC-04").verdict is Verdict.PARTLY
    assert element(got, "improvement", "strict").verdict == verdict


def test_a_row_that_fails_closed_is_missing_even_before_it_is_due():
    got = row(assessed(FDA, (), phase=Phase.DISCOVERY), "CL-03")

    assert got.verdict is Verdict.MISSING
    assert got.reason.endswith(
        "due from first-in-human, and already open now: this row fails closed."
    )


def test_a_row_of_another_modality_does_not_apply():
    editing = assessed(FDA, FULL)
    oligo = assessed(FDA, FULL, modality=Modality.ASO)

    assert row(editing, "SC-12").verdict is Verdict.NOT_APPLICABLE
    assert row(oligo, "OG-01").verdict is Verdict.NOT_APPLICABLE
    assert row(oligo, "SC-12").verdict is Verdict.MISSING


def judged(requirement: str, guidance: str = FDA) -> Judgement:
    return Judgement(
        guidance=guidance,
        requirement=requirement,
        verdict="supported",
        by="made reviewer",
        on="2026-11-01",
        reason="made",
        interests="none",
    )


def test_a_judgement_stands_beside_the_verdict_and_never_replaces_it():
    got = assessed(FDA, KABE, judgements=[judged("TE-01"), judged("TE-01", NEJM)])

    assert row(got, "TE-01").verdict is Verdict.MISSING
    (stands,) = row(got, "TE-01").judgements
    assert (stands.by, stands.verdict, stands.standing) == (
        "made reviewer",
        "supported",
        "not reviewed",
    )
    assert row(got, "EL-4").judgements == ()


def test_gaps_name_what_decides_an_element_first_and_then_what_fails_closed():
    got = [gap.requirement for gap in gaps([assessed(FDA, KABE)])]

    deciding = {"EL-3", "EL-4", "EL-5"}
    closed = {"OG-01", "OG-02", "CL-02", "CL-03", "CM-01"}
    assert set(got[:3]) == deciding
    assert set(got[3:8]) == closed
    assert "SC-15" not in got  # due later
    assert "EL-1" not in got  # supported


def test_a_gap_counts_the_rows_that_wait_for_the_same_findings():
    packs = [assessed(FDA, KABE), assessed(NEJM, KABE)]
    found = {(gap.guidance, gap.requirement): gap for gap in gaps(packs)}

    assert found[FDA, "CM-01"].blocks == 2  # CM-01 itself and SC-01
    assert found[FDA, "CL-03"].blocks == 1
    assert found[FDA, "CM-01"].remedy.startswith("State composition")


def test_a_row_that_one_person_has_judged_stays_a_gap_until_a_second_one_agrees():
    def open_rows(**log):
        record = Judgements.empty().model_copy(update=log)
        got = assess_pack(
            find_pack(FDA),
            FULL,
            phase=Phase.PIVOTAL,
            modality=Modality.GENOME_EDITING,
            record=record,
        )
        return {gap.requirement for gap in gaps([got])}

    one = judged("RP-01").model_copy(update={"id": "j-1"})
    agreed = Review(
        judgement="j-1", by="second reader", on="2026-11-02", outcome="agrees", reason="read it",
        interests="none",
    )  # fmt: skip
    against = agreed.model_copy(update={"outcome": "disagrees"})

    assert "RP-01" in open_rows()
    assert "RP-01" in open_rows(judgements=(one,))
    assert "RP-01" not in open_rows(judgements=(one,), reviews=(agreed,))
    assert "RP-01" in open_rows(judgements=(one,), reviews=(against,))
    missing = one.model_copy(update={"verdict": "missing"})
    assert "RP-01" in open_rows(judgements=(missing,), reviews=(agreed,))
