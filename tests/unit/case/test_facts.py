"""Findings that stand in the case itself: statements, the lock, endpoints."""

from __future__ import annotations

from tests.factories import example, example_findings, small_case
from ultrarare.case.facts import case_facts, statement_findings
from ultrarare.case.finding import Direction, Origin, Planned
from ultrarare.case.vocabulary import vocabulary, why_unknown


def test_a_cited_statement_keeps_its_source_locator_and_grade():
    finding = example_findings("kabe")["statement/mouse-liver-editing"]
    assert finding.origin is Origin.CITED
    assert finding.ladder == "E"
    (citation,) = finding.provenance.citations
    assert (citation.source, citation.locator, citation.grade) == (
        "musunuru-2025",
        "Supplementary Appendix 1",
        "A",
    )
    assert finding.provenance.analysis is None


def test_a_declared_statement_says_who_and_when():
    finding = example_findings("progressive")["statement/ind"]
    assert finding.origin is Origin.DECLARED
    assert finding.provenance.declared_by == "made reviewer"
    assert finding.provenance.declared_on == "2024-05-13"
    assert finding.planned is Planned.NOT_APPLICABLE


def test_the_third_dose_rests_on_a_secondary_source_and_says_so_first():
    finding = example_findings("kabe")["statement/third-dose"]
    assert finding.caveats[0].startswith("Secondary source only (grade B)")
    assert finding.direction is Direction.DESCRIBES
    first = example_findings("kabe")["statement/weight"]
    assert not any("grade B" in caveat for caveat in first.caveats)


def test_one_primary_source_among_secondary_ones_is_enough():
    case = small_case(
        sources=[
            {"id": "paper", "citation": "c", "grade": "A"},
            {"id": "press", "citation": "c", "grade": "B"},
        ],
        statements=[
            {
                "id": name,
                "kind": "disease.severity",
                "origin": "cited",
                "statement": "s",
                "cites": cites,
            }
            for name, cites in (
                ("both", [{"source": "paper"}, {"source": "press"}]),
                ("press", [{"source": "press"}]),
                ("weaker-place", [{"source": "paper", "grade": "B"}]),
            )
        ],
    )
    warned = {f.id: bool(f.caveats) for f in statement_findings(case)}
    assert warned == {
        "statement/both": False,
        "statement/press": True,
        "statement/weaker-place": True,
    }


def test_the_lock_is_a_finding_that_names_the_plan_by_its_digest():
    (lock,) = (f for f in case_facts(example("progressive")) if f.kind == "plan.lock")
    folder = example("progressive")
    assert folder.lock is not None
    assert lock.direction is Direction.SUPPORTS
    assert lock.provenance.inputs[0].sha256 == folder.lock.plan_sha256
    assert lock.attributes["locked_by"] == "made signer"
    assert "nothing outside the folder was asked" in lock.caveats[0]


def test_a_case_without_a_lock_does_not_support_it():
    (lock,) = (f for f in case_facts(example("kabe")) if f.kind == "plan.lock")
    assert lock.direction is Direction.INCONCLUSIVE
    assert lock.attributes["before_first_dose"] is None


def test_an_endpoint_says_what_it_is_and_whether_it_was_planned():
    endpoint = example_findings("no-benefit")["plan/endpoint/motor-score"]
    assert endpoint.planned is Planned.LOCKED
    assert endpoint.attributes == {
        "endpoint_class": "clinical outcome",
        "surrogate_status": "not a surrogate",
        "has_estimand": True,
        "has_margin": True,
    }


def test_every_finding_of_every_example_is_in_the_vocabulary():
    for name in ("kabe", "progressive", "episodic", "no-benefit"):
        for finding in example_findings(name).values():
            for field in (None, *finding.attributes):
                assert why_unknown(finding.kind, field) is None, finding.id
            given = "statement" if finding.id.startswith("statement/") else "analysis"
            assert vocabulary()[finding.kind].by in {given, "both"}, finding.id


def test_what_may_be_asked_of_a_finding_is_told():
    assert why_unknown("engagement.bystander", "position") is None
    assert why_unknown("engagement.bystander", "estimate.lower") is None
    assert why_unknown("engagement.bystander", "p") == (
        "engagement.bystander has no field 'p'; allowed are: position, estimate.value, "
        "estimate.lower, estimate.upper, n"
    )
