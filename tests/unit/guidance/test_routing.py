"""Routes: each answered by itself, unknown never yes and never no, nothing promised."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.guidance.test_engine import FULL, KABE, finding
from ultrarare.case.case import Modality
from ultrarare.case.vocabulary import vocabulary
from ultrarare.errors import InputErrors, NotFound
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.route import PROFILES, read_routes, route_book, row_of
from ultrarare.guidance.routing import answer_routes, endpoint_statuses

ROUTES = route_book().routes


def answers(findings, modality=Modality.GENOME_EDITING, routes=ROUTES):
    return {one.id: one for one in answer_routes(routes, findings, modality=modality)}


def modality(word):
    return finding("modality", "case.modality", origin="declared", attributes={"modality": word})


def stated(kind, **attributes):
    return finding(kind.replace(".", "-"), kind, origin="declared", attributes=attributes)


SCOPE = (
    *FULL,
    stated("disease.severity"),
    stated("disease.mechanism"),
    stated("disease.rct-infeasible"),
    stated("disease.cause-per-patient"),
    stated("disease.alternatives"),
    stated("therapy.rationale", node="root cause"),
    modality("genome editing"),
)


def with_few(patients):
    kept = [f for f in SCOPE if f.kind not in {"disease.few-patients", "case.modality"}]
    few = stated("disease.few-patients", patients=patients)
    seen = {f.id: f for f in [*kept, few, modality("genome editing")]}
    return tuple(seen.values())


def test_nothing_known_is_undecided_everywhere():
    assert {one.answer for one in answers([]).values()} == {"undecided"}


def test_every_profile_is_there_and_they_differ_where_they_say():
    assert {one.profile for one in ROUTES if one.profile} == set(PROFILES)
    thirty, three = answers(with_few(30)), answers(with_few(3))
    assert [three[f"pmf-scope{e}"].answer for e in ("", "-wide", "-narrow")] == ["yes"] * 3
    assert thirty["pmf-scope"].answer == "yes"
    assert thirty["pmf-scope-narrow"].answer == "no"
    unknown = answers(with_few(None))
    assert unknown["pmf-scope-narrow"].answer == "undecided"
    other = [f for f in with_few(3) if f.kind != "case.modality"] + [modality("other")]
    assert answers(other, Modality.OTHER)["pmf-scope"].answer == "undecided"
    assert answers(other, Modality.OTHER)["pmf-scope-wide"].answer == "yes"


@pytest.mark.parametrize(
    ("word", "kind", "cber", "cder"),
    [
        ("genome editing", Modality.GENOME_EDITING, "yes", "no"),
        ("antisense oligonucleotide", Modality.ASO, "no", "yes"),
        ("small interfering RNA", Modality.SIRNA, "no", "yes"),
        ("other", Modality.OTHER, "undecided", "undecided"),
    ],
)
def test_the_office_follows_the_kind_of_therapy(word, kind, cber, cder):
    found = answers([modality(word)], kind)
    assert (found["cber-bla"].answer, found["cder-nda"].answer) == (cber, cder)
    assert all(c.ours for one in ("cber-bla", "cder-nda") for c in found[one].conditions)


def test_engagement_alone_carries_no_accelerated_route():
    status = "engagement-only"
    endpoint = finding(
        "e", "plan.endpoint", origin="declared", measure="edited reads",
        attributes={"endpoint_class": "biomarker", "surrogate_status": status},
    )  # fmt: skip
    found = answers([*KABE, endpoint])["accelerated"]
    assert {c.id: c.state for c in found.conditions}["accelerated-1"] == "not known"
    assert "no improvement" in endpoint_statuses([endpoint])[0].carries


def test_confirmation_after_is_no_confirmatory_evidence_for():
    after = [stated("case.confirmatory-study-plan"), stated("followup.obligation", due="2027")]
    found = answers([*KABE, *after])
    assert found["confirmation-after"].answer == "yes"
    assert found["confirmatory-for"].answer == "undecided"


def test_evidence_is_not_its_own_confirmation():
    made = {"inputs": [{"dataset": "course", "path": "c.csv", "sha256": "0" * 64}]}
    primary = finding("p", "case.pivotal-study", provenance=made)
    own = finding(
        "c", "case.confirmatory-evidence", provenance=made,
        attributes={"evidence_type": "mechanistic"},
    )  # fmt: skip
    other = finding(
        "c", "case.confirmatory-evidence",
        provenance={"inputs": [{"dataset": "cells", "path": "d.csv", "sha256": "1" * 64}]},
        attributes={"evidence_type": "mechanistic"},
    )  # fmt: skip
    same = answers([primary, own])["confirmatory-for"]
    apart = answers([primary, other])["confirmatory-for"]
    assert same.answer != "yes"
    assert {c.id: c.state for c in apart.conditions}["SE-05"] == "met"


KINDS = sorted(vocabulary())
SOME = st.lists(
    st.builds(
        lambda kind, direction: finding(
            f"{kind}-{direction}", kind, direction=direction, attributes={}
        ),
        st.sampled_from([k for k in KINDS if k.startswith(("disease", "case", "course", "plan"))]),
        st.sampled_from(["supports", "contradicts", "inconclusive", "not computable"]),
    ),
    max_size=12,
    unique_by=lambda f: f.id,
)


@settings(max_examples=60)
@given(SOME, st.randoms(use_true_random=False))
def test_each_route_is_answered_by_itself_and_order_does_not_matter(findings, random):
    whole = answers(findings)
    shuffled = list(findings)
    random.shuffle(shuffled)
    assert answers(shuffled) == whole
    for route in ROUTES[::3]:
        assert answers(findings, routes=[route])[route.id] == whole[route.id]


@settings(max_examples=60)
@given(SOME)
def test_yes_needs_every_condition_and_no_needs_one_that_fails(findings):
    for one in answers(findings).values():
        states = {c.state for c in one.conditions}
        assert (one.answer == "no") == ("not met" in states)
        assert (one.answer == "yes") == ("met" in states and states <= {"met", "does not apply"})
        for condition in one.conditions:
            if condition.state == "met":
                assert condition.verdict is Verdict.SUPPORTED


@settings(max_examples=60)
@given(st.data())
def test_taking_a_finding_away_never_makes_yes_of_undecided(data):
    findings = with_few(data.draw(st.sampled_from([None, 3, 30])))
    supporting = [f for f in findings if f.direction.value == "supports"]
    gone = data.draw(st.sampled_from(supporting))
    before, after = answers(findings), answers([f for f in findings if f.id != gone.id])
    for name, one in after.items():
        assert not (one.answer == "yes" and before[name].answer != "yes"), (name, gone.id)


def test_each_condition_names_a_row_that_asks_or_its_own_source():
    for route in ROUTES:
        for condition in route.conditions:
            named = row_of(condition)
            assert named is None or named[1].kinds
            assert named is not None or condition.source


def test_the_words_promise_nothing():
    text = " ".join(
        f"{r.title} {r.about} {' '.join(str(c.asks) for c in r.conditions)}" for r in ROUTES
    )
    assert not re.search(r"\b(will be|is|are) approved|eligible for|meets FDA|guarantee", text)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fda-pmf-draft-2026-02/SC-03", "fda-pmf-draft-2026-02/SC-99", "no pack has such a row"),
        ("fda-pmf-draft-2026-02/SC-03", "fda-rdep-2025-09/RDEP-01", "asks nothing"),
        ("id: rdep\n", "id: pmf-scope\n", "stands twice"),
        ("group: office", "group: nowhere", "found 'nowhere'"),
        ("ask: at_most", "ask: at_least_most", "ask"),
        ("tag: inferred-design", "tag: sure", "sure"),
    ],
)
def test_a_wrong_book_is_told(tmp_path, old, new, says):
    from importlib import resources

    text = resources.files("ultrarare.guidance").joinpath("routes.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "routes.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputErrors, match=says):
        read_routes(path)
    with pytest.raises(NotFound):
        read_routes(tmp_path / "none.yaml")
