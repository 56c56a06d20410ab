"""Extension and eligibility: less knowledge never gives more."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.made_programme import RESTS, plain, product, record, variant
from ultrarare.case.amount import Amount
from ultrarare.programme.clause import Clause, Known, Truth, ask
from ultrarare.programme.consent import IntendedUse, consent_allows
from ultrarare.programme.criteria import Criteria
from ultrarare.programme.dependence import dependence_table
from ultrarare.programme.difference import Sameness
from ultrarare.programme.eligibility import Eligible, eligible
from ultrarare.programme.extension import extend
from ultrarare.programme.patients import GrantedException, Patient
from ultrarare.programme.programme import Programme
from ultrarare.programme.record import ConsentScope

CHOICES: dict[str, tuple[Any, ...]] = {
    "guide": ("guide-a", "guide-b", None),
    "editor": ("editor-1", None),
    "vehicle": ("vehicle-1", "vehicle-2", "none", None),
    "process": ("process-1", "process-2", None),
    "site": ("site-1", None),
}
FIELDS = ("dose", "route", "tissue", "endpoint")
ATTRIBUTES = [a.id for a in dependence_table().attributes]


@st.composite
def programmes(draw):
    """Two products, some records and letters; nothing is always known."""
    parts = [c for c in plain()["components"] if draw(st.booleans()) or c["role"] == "guide"]
    parts = [{**c, "version": c["version"] if draw(st.integers(0, 3)) else None} for c in parts]
    ids = {c["id"] for c in parts} | {None, "none"}
    made = [
        product(
            name,
            components={
                role: draw(st.sampled_from([c for c in some if c in ids]))
                for role, some in CHOICES.items()
            },
            **{f: product(name)[f] if draw(st.integers(0, 4)) else None for f in FIELDS},
        )
        for name in "ab"
    ]
    diseases = st.sampled_from(["OMIM:237300", "OMIM:311250", None])
    return plain(
        components=parts,
        products=made,
        variants=[variant(n, disease=draw(diseases)) for n in "ab"],
        ranges=draw(st.sampled_from([[], [RANGE]])),
        records=[draw(records(i, ids)) for i in range(draw(st.integers(1, 4)))],
        commercial=draw(st.sampled_from([None, True, False])),
    )


RANGE = {"role": "vehicle", "characteristic": "size", "low": 60, "high": 90, "unit": "nm",
         "source": "made"}  # fmt: skip


@st.composite
def records(draw, i, ids):
    rests = {
        name: (value if name not in CHOICES or value in ids else None)
        if draw(st.integers(0, 5))
        else None
        for name, value in RESTS.items()
    }
    argued = {"to": "b", "text": "alike", "by": "made", "on": "2026-01-01"}
    return record(
        draw(st.sampled_from(ATTRIBUTES)),
        id=f"r{i}",
        attributes=draw(st.lists(st.sampled_from(ATTRIBUTES), min_size=1, unique=True)),
        product=draw(st.sampled_from(["a", "b", None])),
        rests_on=rests,
        granularity=draw(st.sampled_from(["full report", "summary", None])),
        arguments=draw(st.sampled_from([[], [argued]])),
    )


def read(made):
    return Programme.model_validate(made)


def usable(made):
    """What is leveraged, and what counts as the product's own."""
    found = extend(read(made), "a", "b")
    own = {
        (a.attribute.id, r.record.id)
        for a in found.attributes
        for r in a.records
        if r.answer.value == "own evidence"
    }
    return found.leveraged | own


@settings(max_examples=150, deadline=None)
@given(programmes())
def test_a_product_beside_itself_is_identical_in_all_that_is_known(made):
    found = extend(read(made), "a", "a")

    for one in found.differences:
        assert one.status in (Sameness.IDENTICAL, Sameness.UNKNOWN)
    assert (found.questions, found.reliance) == ((), ())


def test_a_product_that_is_wholly_known_is_identical_to_itself_everywhere():
    made = read(plain())
    for name in "ab":
        found = extend(made, name, name)
        assert {d.status for d in found.differences} == {Sameness.IDENTICAL}
        assert {a.status for a in found.attributes} == {Sameness.IDENTICAL}
        assert {a.need.value for a in found.attributes} == {"carry over"}


def blinded(made):
    """The same programme, with one thing made unknown; each of them in turn."""
    for i, part in enumerate(made["components"]):
        for field in ("version", "sequence", "chemistry"):
            if part.get(field) is not None:
                parts = [*made["components"]]
                parts[i] = {**part, field: None}
                yield f"{part['id']}.{field}", {**made, "components": parts}
        for name in part.get("characteristics", {}):
            parts = [*made["components"]]
            parts[i] = {**part, "characteristics": {name: None}}
            yield f"{part['id']}.{name}", {**made, "components": parts}
    for i, one in enumerate(made["products"]):
        changes: list[dict[str, Any]] = [
            {"components": {**one["components"], role: None}} for role in CHOICES
        ]
        changes += [{field: None} for field in FIELDS]
        for change in changes:
            products = [*made["products"]]
            products[i] = {**one, **change}
            yield f"{one['id']} {change}", {**made, "products": products}
    for i, one in enumerate(made["variants"]):
        for field in ("disease", "consequence"):
            variants = [*made["variants"]]
            variants[i] = {**one, field: None}
            yield f"{one['id']}.{field}", {**made, "variants": variants}
    for i, one in enumerate(made["records"]):
        blinds: list[dict[str, Any]] = [
            {"rests_on": {**one["rests_on"], name: None}} for name in one["rests_on"]
        ]
        blinds += [{"granularity": None}, {"consent": None}]
        for change in blinds:
            listed = [*made["records"]]
            listed[i] = {**one, **change}
            yield f"{one['id']} {change}", {**made, "records": listed}
    yield "commercial", {**made, "commercial": None}


@settings(max_examples=40, deadline=None)
@given(programmes())
def test_making_something_unknown_never_leverages_more(made):
    before = usable(made)

    for what, less in blinded(made):
        assert usable(less) <= before, what


@settings(max_examples=40, deadline=None)
@given(programmes(), st.randoms(use_true_random=False))
def test_the_order_of_records_and_components_does_not_matter(made, random):
    shuffled = {**made}
    for key in ("records", "components", "variants", "products"):
        shuffled[key] = random.sample(made[key], len(made[key]))

    assert usable(shuffled) == usable(made)


@settings(max_examples=60, deadline=None)
@given(programmes())
def test_nothing_that_follows_the_guide_is_leveraged_for_another_guide(made):
    found = extend(read(made), "a", "b")
    for one in found.attributes:
        for record_ in one.leveraged:
            by = {d.on: d.status for d in record_.differences}
            assert not set(by) & set(one.attribute.always_new)


CODES = [4, 6, 7, 11, 12, 16, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 42, 43, 45, 46, 9999]
RESTRICTIONS = [c for c in CODES if c not in (4, 6, 42)]
DUO = st.lists(st.sampled_from(CODES), min_size=1, unique=True)


@settings(max_examples=200, deadline=None)
@given(DUO, st.sampled_from(RESTRICTIONS), st.sampled_from([None, True, False]))
def test_one_more_restriction_never_allows_more(codes, more, commercial):
    if 7 in (more, *codes) and not {4, 6, 42} & set(codes):
        return  # a code that permits for one disease is no mere restriction where none permits
    use = IntendedUse(
        programme="p", holder="h", disease="OMIM:1", commercial=commercial,
        on=date(2026, 1, 1), uses=frozenset({"another product"}),
    )  # fmt: skip

    def allowed(these):
        duo = [f"DUO:{c:07d}" for c in these]
        return consent_allows(ConsentScope(duo=tuple(duo), statement="made"), use).allowed

    assert allowed({*codes, more}) <= allowed(codes)


LEAVES = st.one_of(
    st.fixed_dictionaries({"ask": st.sampled_from(["yes", "no"]),
                           "fact": st.sampled_from(["a", "b", "c"])}),
    st.fixed_dictionaries({"ask": st.sampled_from(["at least", "more than", "at most",
                                                   "less than"]),
                           "fact": st.sampled_from(["x", "y"]),
                           "bound": st.integers(0, 4).map(float)}),
    st.fixed_dictionaries({"ask": st.just("is"), "fact": st.just("w"),
                           "allowed": st.just(["one"])}),
)  # fmt: skip
CLAUSES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "ask": st.sampled_from(["all", "any"]),
                "of": st.lists(inner, min_size=1, max_size=3),
            }
        ),
        st.fixed_dictionaries({"ask": st.just("not"), "of": inner}),
        st.fixed_dictionaries(
            {"ask": st.just("unsettled"), "when": inner, "why": st.just("open"), "otherwise": inner}
        ),
    ),
    max_leaves=8,
)
NUMBERS = st.sampled_from(["0", "2", "<2", "<=2", ">2", ">=2", "1–3"]).map(Amount.parse)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys("abc", st.booleans()),
        **dict.fromkeys("xy", NUMBERS),
        "w": st.sampled_from(["one", "two"]),
    },
)


def known(facts):
    return {name: Known(value, str(value)) for name, value in facts.items()}


@settings(max_examples=300, deadline=None)
@given(CLAUSES, FACTS, st.data())
def test_taking_a_fact_away_turns_an_answer_into_not_known_or_leaves_it(plain_clause, facts, data):
    clause = TypeAdapter(Clause).validate_python(plain_clause)
    before = ask(clause, known(facts)).truth
    gone = data.draw(st.sets(st.sampled_from(sorted(facts)))) if facts else set()
    after = ask(clause, known({k: v for k, v in facts.items() if k not in gone})).truth

    assert after in (before, Truth.UNKNOWN)


CENSORED = {"2": ("<=2", ">=2", "1–3"), "0": ("<2", "<=2"), "1–3": (">=0",), ">2": (">=2",)}


@pytest.mark.parametrize("how", ["at least", "more than", "at most", "less than"])
@pytest.mark.parametrize("bound", [0, 1, 2, 3])
def test_a_coarser_value_decides_no_more(how, bound):
    clause = TypeAdapter(Clause).validate_python({"ask": how, "fact": "x", "bound": bound})
    for fine, coarse in ((f, c) for f, some in CENSORED.items() for c in some):
        truth = ask(clause, {"x": Known(Amount.parse(fine), fine)}).truth
        assert ask(clause, {"x": Known(Amount.parse(coarse), coarse)}).truth in (
            truth, Truth.UNKNOWN,
        )  # fmt: skip


KINDS = {
    **{name: {"type": "flag", "about": "made"} for name in "abc"},
    **{name: {"type": "number", "unit": "1", "about": "made"} for name in "xy"},
    "w": {"type": "text", "about": "made"},
}
GRANTED = GrantedException(criterion="C0", version=1, reason="m", by="m", on=date(2026, 1, 1))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(CLAUSES, st.booleans(), st.booleans()), min_size=1, max_size=4),
    FACTS,
    st.booleans(),
    st.data(),
)
def test_less_knowledge_never_makes_eligible(rows, facts, excepted, data):
    criteria = Criteria.model_validate(
        {
            "schema": "ultrarare/eligibility/1", "id": "m", "title": "m", "version": 1,
            "date": "2026-01-01", "data": "made", "facts": KINDS,
            "criteria": [
                {"id": f"C{i}", "kind": "inclusion" if inclusion else "exclusion", "text": "m",
                 "clause": clause, "exceptions": "allowed" if may else "never"}
                for i, (clause, inclusion, may) in enumerate(rows)
            ],
        }
    )  # fmt: skip
    granted = (GRANTED,) if excepted else ()
    gone = data.draw(st.sets(st.sampled_from(sorted(facts)))) if facts else set()
    less = {k: v for k, v in facts.items() if k not in gone}
    before, after = (
        eligible(criteria, [Patient("p", known(some), granted)])[0].answer for some in (facts, less)
    )

    if after is Eligible.YES:
        assert before is Eligible.YES
    if after is Eligible.BY_EXCEPTION:
        assert before is Eligible.BY_EXCEPTION
    if after is Eligible.NO:
        assert before is Eligible.NO
