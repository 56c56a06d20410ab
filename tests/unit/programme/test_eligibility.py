"""Criteria in three values: what is not known makes nobody eligible, and no exception hides it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from ultrarare.case.amount import Amount
from ultrarare.programme.amendment import amendment, not_an_amendment
from ultrarare.programme.clause import Clause, Known, Truth, ask
from ultrarare.programme.criteria import Criteria
from ultrarare.programme.eligibility import Eligible, State, eligible
from ultrarare.programme.patients import Patients, read_facts

PLAIN: dict[str, Any] = {
    "schema": "ultrarare/eligibility/1",
    "id": "made",
    "title": "made criteria",
    "version": 1,
    "date": "2026-01-01",
    "data": "made",
    "estimand": {
        "population": "people with ammonia of 400 or more", "treatment": "the product",
        "variable": "events", "intercurrent_events": "treatment policy", "summary": "rate ratio",
    },
    "control": {"kind": "external", "people": "a made registry"},
    "facts": {
        "ammonia": {"type": "number", "unit": "umol/L", "about": "highest"},
        "treated": {"type": "flag", "about": "treated before"},
        "gene": {"type": "text", "about": "gene", "allowed": ["CPS1", "OTC", "ASL"]},
        "severe": {"type": "flag", "about": "severe, as judged", "by_person": True},
    },
    "criteria": [
        {"id": "I1", "kind": "inclusion", "text": "ammonia", "exceptions": "allowed",
         "clause": {"ask": "at least", "fact": "ammonia", "bound": 400}},
        {"id": "I2", "kind": "inclusion", "text": "gene",
         "clause": {"ask": "is", "fact": "gene", "allowed": ["CPS1", "OTC"]}},
        {"id": "I3", "kind": "inclusion", "text": "severe",
         "clause": {"ask": "yes", "fact": "severe"}},
        {"id": "E1", "kind": "exclusion", "text": "treated",
         "clause": {"ask": "yes", "fact": "treated"}},
    ],
}  # fmt: skip
SIGNED = {"value": True, "by": "a made investigator", "on": "2026-02-01"}
GOOD = {"ammonia": 500, "treated": False, "gene": "CPS1", "severe": SIGNED}
GRANTED = {"criterion": "I1", "version": 1, "reason": "made", "by": "made", "on": "2026-02-01"}


def criteria(**more):
    return Criteria.model_validate({**PLAIN, **more})


def patients(*people):
    listed = [{"id": f"p{i}", **one} for i, one in enumerate(people)]
    return Patients.model_validate(
        {"schema": "ultrarare/patients/1", "data": "made", "patients": listed}
    )


def answer(facts, exceptions=(), **more):
    read, places = read_facts(
        patients({"facts": facts, "exceptions": exceptions}), criteria(**more)
    )
    assert places == []
    (one,) = eligible(criteria(**more), read)
    return one


def states(one):
    return {x.criterion.id: x.state for x in one.criteria}


def test_who_meets_everything_is_eligible():
    assert answer(GOOD).answer is Eligible.YES


@pytest.mark.parametrize("missing", GOOD)
def test_any_fact_that_is_not_known_makes_not_known(missing):
    for facts in ({**GOOD, missing: None}, {k: v for k, v in GOOD.items() if k != missing}):
        assert answer(facts).answer is Eligible.NOT_KNOWN


def test_one_criterion_that_is_not_met_decides_over_what_is_not_known():
    one = answer({"ammonia": 399})
    assert one.answer is Eligible.NO
    assert states(one) == {
        "I1": State.NOT_MET, "I2": State.NOT_KNOWN, "I3": State.NOT_KNOWN, "E1": State.NOT_KNOWN,
    }  # fmt: skip
    assert states(answer({**GOOD, "treated": True}))["E1"] is State.EXCLUDED


def test_a_judgement_counts_only_with_who_and_when():
    for severe in (True, {**SIGNED, "by": None}, {**SIGNED, "on": None}):
        one = answer({**GOOD, "severe": severe})
        assert states(one)["I3"] is State.NOT_KNOWN
    (trace,) = (x.trace for x in one.criteria if x.criterion.id == "I3")
    assert trace.found == "yes, and not who judged so and when"


def test_numbers_in_another_unit_are_converted():
    assert answer({**GOOD, "ammonia": {"value": 0.5, "unit": "mmol/L"}}).answer is Eligible.YES
    assert answer({**GOOD, "ammonia": {"value": 0.3, "unit": "mmol/L"}}).answer is Eligible.NO
    over = answer({**GOOD, "ammonia": {"value": ">0.5", "unit": "mmol/L"}})
    assert over.answer is Eligible.YES
    assert over.criteria[0].trace.found == ">500 umol/L"


BOUNDS = [
    ("at least", "400", Truth.TRUE), ("at least", "399.9", Truth.FALSE),
    ("at least", ">300", Truth.UNKNOWN), ("at least", ">400", Truth.TRUE),
    ("at least", "<400", Truth.FALSE), ("at least", "<=400", Truth.UNKNOWN),
    ("at least", "390–410", Truth.UNKNOWN),
    ("more than", "400", Truth.FALSE), ("more than", ">400", Truth.TRUE),
    ("more than", ">=400", Truth.UNKNOWN), ("more than", "<=400", Truth.FALSE),
    ("at most", "400", Truth.TRUE), ("at most", ">400", Truth.FALSE),
    ("at most", "<=400", Truth.TRUE), ("at most", ">300", Truth.UNKNOWN),
    ("less than", "400", Truth.FALSE), ("less than", "<400", Truth.TRUE),
    ("less than", "<=400", Truth.UNKNOWN), ("less than", ">=400", Truth.FALSE),
]  # fmt: skip


@pytest.mark.parametrize(("how", "value", "expected"), BOUNDS)
def test_values_beyond_an_assay_limit_decide_only_what_they_decide(how, value, expected):
    clause = clause_of({"ask": how, "fact": "x", "bound": 400})
    amount = Amount.parse(value)

    assert ask(clause, {"x": Known(amount, value)}).truth is expected


def clause_of(plain):
    return TypeAdapter(Clause).validate_python(plain)


T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
ALL = {(T, T): T, (T, U): U, (U, U): U, (F, T): F, (F, U): F, (F, F): F}
ANY = {(T, T): T, (T, U): T, (U, U): U, (F, T): T, (F, U): U, (F, F): F}


@pytest.mark.parametrize(("how", "table"), [("all", ALL), ("any", ANY)])
def test_the_tables_are_kleene_s(how, table):
    clause = clause_of({"ask": how, "of": [{"ask": "yes", "fact": n} for n in "ab"]})
    for (a, b), expected in table.items():
        for x, y in ((a, b), (b, a)):
            facts = {n: Known(v is T, "") for n, v in zip("ab", (x, y), strict=True) if v is not U}
            assert ask(clause, facts).truth is expected


def test_what_a_source_leaves_open_is_not_known():
    plain = {
        "ask": "unsettled", "why": "nobody says", "when": {"ask": "yes", "fact": "a"},
        "otherwise": {"ask": "yes", "fact": "b"},
    }  # fmt: skip
    yes, no = (Known(value=value, told="made") for value in (True, False))
    found = {
        (a, b): ask(clause_of(plain), {k: v for k, v in (("a", a), ("b", b)) if v is not None})
        for a in (yes, no, None)
        for b in (yes, no, None)
    }

    assert {truth.truth for (a, _), truth in found.items() if a is not no} == {U}
    assert [found[no, b].truth for b in (yes, no, None)] == [T, F, U]
    assert found[yes, yes].why == "nobody says"
    assert found[None, yes].why is None


def test_an_exception_is_told_and_never_makes_plainly_eligible():
    one = answer({**GOOD, "ammonia": 390}, [GRANTED])

    assert one.answer is Eligible.BY_EXCEPTION
    assert states(one)["I1"] is State.EXCEPTED
    assert one.to_json()["criteria"][0]["exception"]["by"] == "made"


@pytest.mark.parametrize(
    ("facts", "granted", "told"),
    [
        ({"ammonia": None}, {}, "not known is not excepted"),
        ({"ammonia": 390}, {"version": 2}, "granted under version 2"),
        ({"ammonia": 390}, {"on": "2025-12-31"}, "dated before"),
        ({"ammonia": 390, "gene": "ASL"}, {"criterion": "I2"}, "allows no exception from I2"),
        ({}, {}, "is met"),
    ],
)
def test_exceptions_that_do_not_count_say_why(facts, granted, told):
    one = answer({**GOOD, **facts}, [{**GRANTED, **granted}])

    assert State.EXCEPTED not in states(one).values()
    assert any(told in text for x in one.criteria for text in x.told)


def problems(**more):
    return [text for _, text in criteria(**more).dangling()]


def test_a_criterion_reads_only_declared_facts_in_their_kind():
    def asking(clause):
        return problems(criteria=[{**PLAIN["criteria"][0], "clause": clause}])

    assert "no declared fact" in asking({"ask": "yes", "fact": "weight"})[0]
    assert "as if it were no number" in asking({"ask": "yes", "fact": "ammonia"})[0]
    assert "asks for 'XYZ'" in asking({"ask": "is", "fact": "gene", "allowed": ["XYZ"]})[0]
    nested = {"ask": "not", "of": {"ask": "any", "of": [{"ask": "no", "fact": "weight"}]}}
    assert "no declared fact" in asking(nested)[0]
    assert problems() == []


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"weight": 3}, "no declared fact"),
        ({"treated": "yes"}, "true or false"),
        ({"gene": "ASS1"}, "CPS1, OTC, ASL"),
        ({"ammonia": "high"}, "a number"),
        ({"ammonia": {"value": 1, "unit": "kg"}}, "unit"),
        ({"ammonia": True}, "a number"),
    ],
)
def test_facts_that_do_not_fit_are_told(facts, told):
    _, places = read_facts(patients({"facts": facts}), criteria())

    assert len(places) == 1
    assert told in places[0][1]


def test_an_exception_from_nothing_is_told():
    granted = [{**GRANTED, "criterion": "I9"}]
    _, places = read_facts(patients({"facts": {}, "exceptions": granted}), criteria())

    assert "no criterion" in places[0][1]


AMENDS = {"version": 1, "reason": "made", "by": "made", "on": "2026-03-01"}


def second(**more):
    return criteria(**{"version": 2, "date": "2026-03-01", "amends": AMENDS, **more})


def with_bound(bound, text="ammonia"):
    first = PLAIN["criteria"][0]
    return [
        {**first, "text": text, "clause": {**first["clause"], "bound": bound}},
        *PLAIN["criteria"][1:],
    ]


def flags(new, old=None):
    return [(f.on, f.silent) for f in amendment(old or criteria(), new).flags]


def test_an_amendment_of_who_may_enter_changes_estimand_and_control_silently():
    new = second(criteria=with_bound(300))

    assert flags(new) == [("estimand", True), ("control", True)]
    assert [c.how for c in amendment(criteria(), new).changes] == ["changed"]


def test_one_that_says_so_is_flagged_and_not_silent():
    estimand = {**PLAIN["estimand"], "population": "people with ammonia of 300 or more"}
    control = {"kind": "external", "people": "the registry's people with 300 or more"}
    new = second(criteria=with_bound(300), estimand=estimand, control=control)

    assert flags(new) == [("estimand", False), ("control", False)]
    assert flags(second(estimand={**estimand, "population": PLAIN["estimand"]["population"],
                                  "variable": "survival"})) == [("estimand", False)]  # fmt: skip
    assert flags(second(control=None)) == [("control", False)]


def test_other_words_and_nothing_else_are_not_flagged():
    new = second(criteria=with_bound(400, text="in other words"))
    found = amendment(criteria(), new)

    assert [c.how for c in found.changes] == ["reworded"]
    assert found.flags == ()


def test_no_estimand_is_not_taken_to_be_unchanged():
    old, new = (
        criteria(estimand=None, control=None),
        second(estimand=None, control=None, criteria=with_bound(300)),
    )

    texts = [f.text for f in amendment(old, new).flags]
    assert any("no estimand is stated" in text for text in texts)
    assert any("no control is stated" in text for text in texts)


def test_added_and_removed_criteria_and_facts_are_changes():
    facts = {k: v for k, v in PLAIN["facts"].items() if k != "treated"}
    new = second(criteria=PLAIN["criteria"][:3], facts=facts)
    found = [(c.on, c.id, c.how) for c in amendment(criteria(), new).changes]

    assert found == [("criterion", "E1", "removed"), ("fact", "treated", "removed")]
    back = [(c.id, c.how) for c in amendment(new, criteria()).changes]
    assert back == [("E1", "added"), ("treated", "added")]


def test_what_does_not_amend_is_told_whole():
    wrong = criteria(id="other", version=1, date="2025-01-01")

    assert [field for field, _ in not_an_amendment(criteria(), wrong)] == [
        "id", "version", "date", "amends",
    ]  # fmt: skip
    late = second(amends={**AMENDS, "version": 3}, version=4)
    assert [field for field, _ in not_an_amendment(criteria(), late)] == ["amends.version"]
    assert list(not_an_amendment(criteria(), second())) == []
