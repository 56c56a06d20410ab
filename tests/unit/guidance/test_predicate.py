"""Every predicate with one example of every verdict it can give.

Where the verdicts come from: the tables of docs/methods/verdicts.md, worked by hand.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ultrarare.case.case import Modality
from ultrarare.case.finding import Finding
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.predicate import Predicate

PREDICATE: TypeAdapter[Any] = TypeAdapter(Predicate)


def finding(kind: str, direction: str = "supports", **fields: Any) -> Finding:
    name = fields.pop("id", kind)
    values = {"origin": "computed", "statement": f"{name} {direction}", **fields}
    return Finding.model_validate({"id": name, "kind": kind, "direction": direction, **values})


def answer(predicate: dict[str, Any], *findings: Finding, modality: str = "genome editing"):
    return PREDICATE.validate_python(predicate).answer(Facts.of(findings, Modality(modality)))


COURSE = "course.own-control"
SHOWN = {"ask": "shown", "kind": COURSE}
REPORTED = {"ask": "shown", "kind": "course.reported"}
LADDER = {"ask": "ladder_at_least", "kind": "engagement.tissue", "rung": "B"}
VISITS = {"kind": COURSE, "field": "baseline_visits"}
CLASS = {
    "ask": "equals",
    "kind": "variant.classification",
    "attribute": "class_points",
    "allowed": ["pathogenic"],
    "against": ["benign"],
    "otherwise": "missing",
}
INDEPENDENT = {"ask": "independent_of", "kind": "case.confirmatory-evidence", "of": [COURSE]}
PEOPLE_FIRST = {
    "ask": "before",
    "first": "history.population",
    "first_field": "people",
    "then": "history.survival",
    "then_field": "people",
}
EPISODIC_ONLY = {
    "ask": "applies_when",
    "kind": "case.course",
    "attribute": "course",
    "among": ["episodic"],
    "then": SHOWN,
}
ENGAGED = {
    "ask": "not_same_finding_as",
    "others": [COURSE],
    "of": {"ask": "shown", "kind": "engagement.biomarker"},
}


def visits(count: int | None, **fields: Any) -> Finding:
    return finding(COURSE, attributes={"baseline_visits": count}, **fields)


def classed(as_: str | None, **fields: Any) -> Finding:
    return finding("variant.classification", attributes={"class_points": as_}, **fields)


def lock(*, before: bool | None) -> Finding:
    return finding("plan.lock", attributes={"before_first_dose": before})


def from_dataset(kind: str, dataset: str, **fields: Any) -> Finding:
    used = {"inputs": [{"dataset": dataset, "path": "x", "sha256": "0"}]}
    return finding(kind, provenance=used, **fields)


def people(kind: str, count: int | None) -> Finding:
    return finding(kind, attributes={"people": count})


ok, no = finding(COURSE), finding(COURSE, "contradicts", id="no")
unsure = finding(COURSE, "inconclusive", id="unsure")
barred = finding(COURSE, "not computable", id="barred", would_need="dated values")
described = finding(COURSE, "describes", id="described")
told = finding("course.reported", origin="cited")
mouse = finding("engagement.tissue", ladder="E")
biopsy = finding("engagement.tissue", ladder="A", id="biopsy")
orotic = finding("engagement.biomarker", measure="orotic acid")

EXAMPLES: list[tuple[str, dict[str, Any], list[Finding], str]] = [
    ("support", SHOWN, [ok], "supported"),
    ("absent", SHOWN, [], "missing"),
    ("inconclusive", SHOWN, [unsure], "missing"),
    ("not computable", SHOWN, [barred], "missing"),
    ("only described", SHOWN, [described], "missing"),
    ("described counts", {**SHOWN, "describes_counts": True}, [described], "supported"),
    ("contradiction beats support", SHOWN, [ok, no], "contradicted"),
    ("support beside inconclusive", SHOWN, [ok, unsure], "supported"),
    ("mixed", {**SHOWN, "mixed": "partly supported"}, [ok, unsure], "partly supported"),
    ("not computable is silent", SHOWN, [ok, barred], "supported"),
    ("origin does not pass", {**SHOWN, "origin": ["cited"]}, [ok], "missing"),
    ("planned does not pass", {**SHOWN, "planned": ["locked"]}, [ok], "missing"),
    ("absent excuses", {**SHOWN, "absent": "not applicable"}, [], "not applicable"),
    ("rung too far", {"ask": "shown", "kind": "engagement.tissue", "ladder": "A"}, [mouse],
     "missing"),
    ("rung reached", {"ask": "shown", "kind": "engagement.tissue", "ladder": "A"}, [biopsy],
     "supported"),
    ("tier not stated", {"ask": "shown", "kind": "history.survival", "tier": "same gene"},
     [finding("history.survival")], "missing"),
    ("tier closer", {"ask": "shown", "kind": "history.survival", "tier": "same gene"},
     [finding("history.survival", tier="same variant")], "supported"),
    ("held", {"ask": "held", "kind": COURSE}, [no], "supported"),
    ("not held", {"ask": "held", "kind": COURSE}, [], "missing"),
    ("held, not computable", {"ask": "held", "kind": COURSE}, [barred], "missing"),
    ("reaches", {"ask": "at_least", **VISITS, "bound": 3}, [visits(3)], "supported"),
    ("falls short", {"ask": "at_least", **VISITS, "bound": 3}, [visits(2)], "contradicted"),
    ("falls short in part",
     {"ask": "at_least", **VISITS, "bound": 3, "otherwise": "partly supported"}, [visits(2)],
     "partly supported"),
    ("null is no zero", {"ask": "at_most", **VISITS, "bound": 3}, [visits(None)], "missing"),
    ("stays below", {"ask": "at_most", **VISITS, "bound": 3}, [visits(3)], "supported"),
    ("goes above", {"ask": "at_most", **VISITS, "bound": 3}, [visits(4)], "contradicted"),
    ("goes above in part",
     {"ask": "at_most", **VISITS, "bound": 3, "otherwise": "partly supported"}, [visits(4)],
     "partly supported"),
    ("between", {"ask": "within", **VISITS, "lowest": 2, "highest": 4}, [visits(2)], "supported"),
    ("not between", {"ask": "within", **VISITS, "lowest": 2, "highest": 4}, [visits(5)],
     "contradicted"),
    ("not between, in part",
     {"ask": "within", **VISITS, "lowest": 2, "highest": 4, "otherwise": "partly supported"},
     [visits(5)], "partly supported"),
    ("between, null", {"ask": "within", **VISITS, "lowest": 2, "highest": 4}, [visits(None)],
     "missing"),
    ("number of a contradicting finding", {"ask": "at_least", **VISITS, "bound": 3},
     [visits(9, direction="contradicts")], "contradicted"),
    ("another unit",
     {"ask": "at_least", "kind": COURSE, "field": "estimate.value", "unit": "umol/L", "bound": 1},
     [finding(COURSE, estimate={"value": 5, "unit": "mmol/L"})], "missing"),
    ("class asked", CLASS, [classed("Pathogenic")], "supported"),
    ("class against", CLASS, [classed("benign")], "contradicted"),
    ("class uncertain", CLASS, [classed("uncertain significance")], "missing"),
    ("class in part", {**CLASS, "otherwise": "partly supported"}, [classed("likely")],
     "partly supported"),
    ("class null", CLASS, [classed(None)], "missing"),
    ("closest rung", LADDER, [mouse, biopsy], "supported"),
    ("model only", LADDER, [mouse], "partly supported"),
    ("model does not count", {**LADDER, "below": "missing"}, [mouse], "missing"),
    ("rung not stated", LADDER, [finding("engagement.tissue")], "partly supported"),
    ("engagement contradicted", LADDER, [finding("engagement.tissue", "contradicts")],
     "contradicted"),
    ("no engagement", LADDER, [], "missing"),
    ("locked", {"ask": "lock_before_dose"}, [lock(before=True)], "supported"),
    ("locked late", {"ask": "lock_before_dose"}, [lock(before=False)], "contradicted"),
    ("not known", {"ask": "lock_before_dose"}, [lock(before=None)], "missing"),
    ("no lock", {"ask": "lock_before_dose"}, [], "missing"),
    ("told", {"ask": "told"}, [ok], "not applicable"),
    ("a person", {"ask": "judged", "kind": COURSE, "claim": "this"}, [ok], "needs judgement"),
    ("independent", INDEPENDENT,
     [from_dataset("case.confirmatory-evidence", "biopsy"), from_dataset(COURSE, "labs")],
     "supported"),
    ("one dataset", INDEPENDENT,
     [from_dataset("case.confirmatory-evidence", "labs"), from_dataset(COURSE, "labs")],
     "contradicted"),
    ("nothing to be independent of", INDEPENDENT,
     [from_dataset("case.confirmatory-evidence", "labs")], "missing"),
    ("nothing independent", INDEPENDENT, [ok], "missing"),
    ("earlier", PEOPLE_FIRST, [people("history.population", 1), people("history.survival", 2)],
     "supported"),
    ("not earlier", PEOPLE_FIRST, [people("history.population", 2), people("history.survival", 2)],
     "contradicted"),
    ("time null", PEOPLE_FIRST, [people("history.population", None)], "missing"),
    ("all", {"ask": "all", "of": [SHOWN, REPORTED]}, [ok, told], "supported"),
    ("all but one", {"ask": "all", "of": [SHOWN, REPORTED]}, [ok], "missing"),
    ("all, one against", {"ask": "all", "of": [SHOWN, REPORTED]}, [no], "contradicted"),
    ("all, one in part", {"ask": "all", "of": [SHOWN, LADDER]}, [ok, mouse], "partly supported"),
    ("all, one judged", {"ask": "all", "of": [SHOWN, {"ask": "judged", "claim": "this"}]}, [ok],
     "needs judgement"),
    ("all, none applies", {"ask": "all", "of": [{**SHOWN, "absent": "not applicable"}]}, [],
     "not applicable"),
    ("any", {"ask": "any", "of": [SHOWN, REPORTED]}, [told], "supported"),
    ("any, one against", {"ask": "any", "of": [SHOWN, REPORTED]}, [no, told], "contradicted"),
    ("any, in part", {"ask": "any", "of": [SHOWN, LADDER]}, [mouse], "partly supported"),
    ("any, judged", {"ask": "any", "of": [SHOWN, {"ask": "judged", "claim": "this"}]}, [],
     "needs judgement"),
    ("any, nothing", {"ask": "any", "of": [SHOWN, REPORTED]}, [], "missing"),
    ("any, none applies", {"ask": "any", "of": [{**SHOWN, "absent": "not applicable"}]}, [],
     "not applicable"),
    ("first speaks", {"ask": "first", "of": [SHOWN, REPORTED]}, [unsure, told], "missing"),
    ("first is silent", {"ask": "first", "of": [SHOWN, REPORTED]}, [barred, told], "supported"),
    ("first, against later", {"ask": "first", "of": [SHOWN, REPORTED]},
     [ok, finding("course.reported", "contradicts")], "contradicted"),
    ("first, in part", {"ask": "first", "of": [SHOWN, LADDER]}, [mouse], "partly supported"),
    ("first, judged", {"ask": "first", "of": [SHOWN, {"ask": "judged", "claim": "this"}]}, [],
     "needs judgement"),
    ("first, none applies", {"ask": "first", "of": [{**SHOWN, "absent": "not applicable"}]}, [],
     "not applicable"),
    ("each", {"ask": "each", "of": SHOWN}, [ok, finding(COURSE, id="two")], "supported"),
    ("each, one inconclusive", {"ask": "each", "of": SHOWN}, [ok, unsure], "missing"),
    ("each, one against", {"ask": "each", "of": SHOWN}, [ok, no], "contradicted"),
    ("each, one in part", {"ask": "each", "of": LADDER}, [biopsy, mouse], "partly supported"),
    ("each, nothing applies", {"ask": "each", "of": {**SHOWN, "absent": "not applicable"}}, [],
     "not applicable"),
    ("capped", {"ask": "partly", "because": "of this", "of": SHOWN}, [ok], "partly supported"),
    ("capped, against", {"ask": "partly", "because": "of this", "of": SHOWN}, [no],
     "contradicted"),
    ("capped, nothing", {"ask": "partly", "because": "of this", "of": SHOWN}, [], "missing"),
    ("capped, judged",
     {"ask": "partly", "because": "of this", "of": {"ask": "judged", "claim": "this"}}, [],
     "needs judgement"),
    ("capped, does not apply",
     {"ask": "partly", "because": "of this", "of": {**SHOWN, "absent": "not applicable"}}, [],
     "not applicable"),
    ("applies", EPISODIC_ONLY, [finding("case.course", attributes={"course": "episodic"}), ok],
     "supported"),
    ("applies, against", EPISODIC_ONLY,
     [finding("case.course", attributes={"course": "episodic"}), no], "contradicted"),
    ("does not apply", EPISODIC_ONLY, [finding("case.course", attributes={"course": "static"}), ok],
     "not applicable"),
    ("not stated excuses nothing", EPISODIC_ONLY, [], "missing"),
    ("not stated, excused", {**EPISODIC_ONLY, "when_absent": "not applicable"}, [ok],
     "not applicable"),
    ("applies, in part", {**EPISODIC_ONLY, "then": LADDER}, [mouse], "partly supported"),
    ("applies, judged", {**EPISODIC_ONLY, "then": {"ask": "judged", "claim": "this"}}, [],
     "needs judgement"),
    ("another modality", {"ask": "applies_when", "modality": ["small interfering RNA"],
     "then": SHOWN}, [ok], "not applicable"),
    ("used once", ENGAGED, [orotic, finding(COURSE, measure="ammonia")], "supported"),
    ("used twice", ENGAGED, [orotic, finding(COURSE, measure="Orotic acid")], "missing"),
    ("used once, against", ENGAGED, [finding("engagement.biomarker", "contradicts")],
     "contradicted"),
    ("used once, in part", {**ENGAGED, "of": LADDER}, [mouse], "partly supported"),
    ("used once, judged", {**ENGAGED, "of": {"ask": "judged", "claim": "this"}}, [],
     "needs judgement"),
    ("used once, does not apply", {**ENGAGED, "of": {**SHOWN, "absent": "not applicable"}}, [],
     "not applicable"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("predicate", "findings", "verdict"),
    [example[1:] for example in EXAMPLES],
    ids=[f"{example[1]['ask']}: {example[0]}" for example in EXAMPLES],
)
def test_each_predicate_gives_each_of_its_verdicts(predicate, findings, verdict):
    assert answer(predicate, *findings).verdict == verdict


CAN_GIVE = {
    "shown": "supported partly contradicted missing not-applicable",
    "ladder_at_least": "supported partly contradicted missing",
    "held": "supported missing",
    "at_least": "supported partly contradicted missing",
    "at_most": "supported partly contradicted missing",
    "within": "supported partly contradicted missing",
    "equals": "supported partly contradicted missing",
    "lock_before_dose": "supported contradicted missing",
    "judged": "judgement",
    "told": "not-applicable",
    "independent_of": "supported contradicted missing",
    "before": "supported contradicted missing",
    "all": "supported partly contradicted missing judgement not-applicable",
    "any": "supported partly contradicted missing judgement not-applicable",
    "first": "supported partly contradicted missing judgement not-applicable",
    "each": "supported partly contradicted missing not-applicable",
    "partly": "partly contradicted missing judgement not-applicable",
    "applies_when": "supported partly contradicted missing judgement not-applicable",
    "not_same_finding_as": "supported partly contradicted missing judgement not-applicable",
}
WORDS = {
    "supported": "supported",
    "partly": "partly supported",
    "contradicted": "contradicted",
    "missing": "missing",
    "judgement": "needs judgement",
    "not-applicable": "not applicable",
}


def test_the_table_holds_an_example_for_every_predicate_and_verdict():
    schema = PREDICATE.json_schema()
    assert set(CAN_GIVE) == set(schema["discriminator"]["mapping"])

    shown = {(predicate["ask"], verdict) for _name, predicate, _findings, verdict in EXAMPLES}

    asked = {(ask, WORDS[word]) for ask, words in CAN_GIVE.items() for word in words.split()}
    assert asked <= shown


def test_a_reason_for_what_is_not_computable_says_what_it_would_need():
    assert answer({**SHOWN, "claim": "improvement"}, barred).reason == (
        "improvement cannot be computed: barred not computable (computed); "
        "it would need: dated values"
    )


def test_a_reason_for_what_is_inconclusive_says_that_it_is_not_shown():
    assert answer({**SHOWN, "claim": "improvement"}, unsure).reason == (
        "computed or reported, and improvement is not shown: unsure inconclusive (computed)"
    )


def test_a_reason_below_the_rung_names_the_rung_the_caveat_and_the_stated_cause():
    model = finding("engagement.tissue", ladder="E", caveats=["sample not stated."])
    why = finding("engagement.not-feasible", origin="declared", statement="No biopsy was taken.")
    predicate = {**LADDER, "claim": "engagement", "explained_by": "engagement.not-feasible"}

    got = answer(predicate, model, why)

    assert got.reason == (
        "the closest evidence is at ladder E (model only): engagement.tissue supports "
        "(computed; ladder E, model only; sample not stated); none shows engagement at ladder B "
        "(another patient, same product) or closer; stated why: No biopsy was taken (declared)"
    )
    assert got.roles == {
        "engagement.tissue": "partly supports",
        "engagement.not-feasible": "describes",
    }


def test_what_serves_another_element_is_set_aside_and_named():
    got = answer(ENGAGED, orotic, finding(COURSE, measure="orotic acid"))

    assert got.roles == {"engagement.biomarker": "set aside"}
    assert "not counted here" in got.reason


def test_an_explanation_is_a_tree_of_the_questions_put():
    tree = answer({"ask": "all", "of": [SHOWN, REPORTED]}, ok).explain()

    assert [part["ask"] for part in tree["parts"]] == ["shown", "shown"]
    assert [part["verdict"] for part in tree["parts"]] == ["supported", "missing"]
    assert tree["findings"] == {COURSE: "supports"}


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ({"ask": "shown", "kind": "course.own-controll"}, "not in the vocabulary; near: course."),
        ({"ask": "shown", "kind": "course.reported", "where": {"unit": ["g"]}}, "no attribute"),
        ({"ask": "at_least", "kind": COURSE, "field": "visits", "bound": 1}, "has no field"),
        (
            {"ask": "at_least", "kind": COURSE, "field": "estimate.value", "bound": 1},
            "read with its `unit`",
        ),
        ({**CLASS, "attribute": "class"}, "has no field 'class'"),
        ({**PEOPLE_FIRST, "first_field": "estimate.value"}, "is no time"),
        ({"ask": "applies_when", "then": SHOWN}, "names no condition"),
        ({"ask": "within", **VISITS, "lowest": 2, "highest": 1}, "lies above highest"),
        ({"ask": "approves", "kind": COURSE}, "does not match any of the expected tags"),
    ],
)
def test_a_question_that_cannot_be_asked_is_an_error_when_it_is_read(predicate, said):
    with pytest.raises(ValidationError) as caught:
        PREDICATE.validate_python(predicate)

    assert said in str(caught.value)
