"""What a further product may take over: what follows the guide never, what is unknown never."""

from __future__ import annotations

import pytest

from tests.made_programme import (
    DOSE,
    RESTS,
    component,
    plain,
    product,
    programme,
    record,
    variant,
)
from ultrarare.errors import NotFound
from ultrarare.guidance.pack import packs
from ultrarare.guidance.requirement import Requirement
from ultrarare.programme.dependence import dependence_table
from ultrarare.programme.difference import Sameness
from ultrarare.programme.extension import extend
from ultrarare.programme.leverage import Answer, Need

GUIDE_NEW = {
    "off-target-result", "genomic-integrity", "on-target-editing", "bystander-edits",
    "editing-threshold", "identity", "potency", "guide-quality", "proof-of-concept", "stability",
}  # fmt: skip


def answers(made, new="b"):
    found = extend(made, "a", new)
    return {one.attribute.id: one for one in found.attributes}


def status(made, on, new="b"):
    return next(d.status for d in extend(made, "a", new).differences if d.on == on)


def of(attribute, **more):
    """The answer of the one record that speaks to an attribute, and its reasons."""
    about = more.pop("about", {})
    made = programme(records=[record(attribute, **about)], **more)
    (one,) = answers(made)[attribute].records
    return one


def test_each_row_of_the_table_is_a_row_of_the_catalogue_with_a_tag_that_is_one():
    rows = {row.id for pack in packs().values() for row in pack.requirements}
    tag = Requirement.model_fields["tag"]
    table = dependence_table()
    cells = [(c.row, c.tag) for a in table.attributes for c in a.depends]
    readings = [(r.row, r.tag) for q in table.questions for r in q.readings]
    whole = [(row, a.tag) for a in table.attributes for row in a.rows]

    assert {row for row, _ in (*cells, *readings, *whole)} - rows == set()
    from pydantic import TypeAdapter

    from ultrarare.guidance.requirement import Tag

    assert tag is not None
    for _, text in (*cells, *readings, *whole):
        assert TypeAdapter(Tag).validate_python(text) == text


def test_what_is_always_new_is_among_what_the_attribute_depends_on():
    for attribute in dependence_table().attributes:
        on = {cell.on: cell.if_changed for cell in attribute.depends}
        assert {on[factor] for factor in attribute.always_new} <= {"new"}


def test_the_table_names_what_the_catalogue_calls_always_new_for_a_guide():
    found = {
        a.id for a in dependence_table().attributes if "guide" in a.always_new and "MV-05" in a.rows
    }

    assert found == {
        "off-target-result", "on-target-editing", "bystander-edits", "editing-threshold",
        "identity", "potency",
    }  # fmt: skip


def test_a_new_guide_asks_for_new_evidence_of_what_follows_it():
    found = answers(programme())

    assert {name for name, one in found.items() if one.always_new} == GUIDE_NEW
    assert {found[name].need for name in GUIDE_NEW} == {Need.NEW}
    assert {one.need for name, one in found.items() if name not in GUIDE_NEW} == {
        Need.CARRY, Need.BRIDGE, Need.JUDGE,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(GUIDE_NEW))
def test_no_argument_and_no_bridge_carries_over_what_follows_the_guide(name):
    argued = {"to": "b", "text": "alike", "by": "somebody", "on": "2026-01-01"}
    bridge = {"over": "guide", "to": "b", "record": "lot", "about": "a lot"}
    lot = record("analytical-methods", id="lot", product="b")
    made = programme(records=[record(name, arguments=[argued], bridges=[bridge]), lot])

    (one,) = answers(made)[name].records
    assert one.answer is Answer.NOT
    assert "guide" in one.reasons[0]


def test_what_rests_on_editor_and_vehicle_may_be_leveraged():
    for name in ("off-target-methods", "biodistribution", "toxicology", "immunogenicity"):
        one = of(name)
        assert one.answer is Answer.LEVERAGED, one.reasons
        assert one.likeness is not None
        assert one.likeness.startswith("identical in all")


def test_effect_across_variants_is_for_people():
    one = of("clinical-effect")

    assert one.answer is Answer.JUDGED
    assert answers(programme(records=[record("clinical-effect")]))["clinical-effect"].gaps


def test_a_version_that_nobody_knows_is_unknown_even_beside_itself():
    parts = [c for c in plain()["components"] if c["id"] != "vehicle-1"]
    parts.append({"id": "vehicle-1", "role": "vehicle", "name": "vehicle"})
    made = programme(components=parts, records=[record("toxicology")])

    assert status(made, "vehicle") is Sameness.UNKNOWN
    assert status(made, "vehicle", "a") is Sameness.UNKNOWN
    assert answers(made)["toxicology"].need is Need.SETTLE
    assert answers(made)["toxicology"].records[0].answer is Answer.NOT
    assert answers(made)["toxicology"].gaps[0].kind == "unknown"


def test_a_guide_of_which_no_sequence_is_known_leaves_everything_of_it_unsettled():
    parts = [c for c in plain()["components"] if c["id"] != "guide-b"]
    made = programme(components=[*parts, component("guide-b", "guide", sequence=None)])

    assert {answers(made)[name].need for name in GUIDE_NEW} <= {Need.SETTLE, Need.NEW}
    assert status(made, "guide") is Sameness.UNKNOWN


def test_the_same_bases_in_another_writing_are_the_same_sequence():
    parts = [c for c in plain()["components"] if c["id"] != "guide-b"]
    rna = component("guide-b", "guide", sequence="ugauucuaagcaguaaugaa", version="a")
    assert status(programme(components=[*parts, rna]), "guide") is Sameness.IDENTICAL
    other = component("guide-b", "guide", sequence="ugauucuaagcaguaaugaa", version="2")
    assert status(programme(components=[*parts, other]), "guide") is Sameness.CHANGED


SIZE = {"role": "vehicle", "characteristic": "size", "unit": "nm", "source": "made"}


def with_vehicle_2(**ranges):
    b = product("b", components={**product("b")["components"], "vehicle": "vehicle-2"})
    return programme(products=[product("a"), b], ranges=[{**SIZE, **ranges}] if ranges else [])


def test_a_new_version_is_within_range_only_where_a_range_says_so():
    assert status(with_vehicle_2(low=60, high=90), "vehicle") is Sameness.WITHIN
    assert status(with_vehicle_2(low=60, high=80), "vehicle") is Sameness.WITHIN
    assert status(with_vehicle_2(low=60, high=79), "vehicle") is Sameness.CHANGED
    assert status(with_vehicle_2(), "vehicle") is Sameness.CHANGED
    unmeasured = with_vehicle_2(low=60, high=90).model_copy(
        update={"ranges": (*with_vehicle_2(characteristic="charge", low=0, high=1).ranges,)}
    )
    assert status(unmeasured, "vehicle") is Sameness.UNKNOWN


def test_within_range_asks_for_an_argument():
    made = with_vehicle_2(low=60, high=90)
    argued = {"to": "b", "text": "alike in size", "by": "somebody", "on": "2026-01-01"}
    bare, told = (
        made.model_copy(
            update={"records": programme(records=[record("toxicology", arguments=a)]).records}
        )
        for a in ([], [argued])
    )

    assert answers(bare)["toxicology"].records[0].answer is Answer.ARGUMENT
    (one,) = answers(told)["toxicology"].records
    assert one.answer is Answer.LEVERAGED
    assert one.likeness == "alike in size (somebody, 2026-01-01)"
    assert [d.on for d in one.differences] == ["vehicle"]


def test_a_change_that_can_be_bridged_waits_for_the_bridge_and_an_argument():
    b = product("b", components={**product("b")["components"], "process": "process-2"})
    argued = {"to": "b", "text": "alike", "by": "somebody", "on": "2026-01-01"}
    bridge = {"over": "process", "to": "b", "record": "lot", "about": "three lots"}
    lot = record("analytical-methods", id="lot", product="b")

    def answer(**more):
        made = programme(products=[product("a"), b], records=[record("toxicology", **more), lot])
        return answers(made)["toxicology"].records[0]

    assert answer().answer is Answer.BRIDGING
    assert answer(arguments=[argued]).reasons == ("no bridging data over process on file",)
    assert answer(bridges=[bridge]).answer is Answer.ARGUMENT
    done = answer(bridges=[bridge], arguments=[argued])
    assert done.answer is Answer.LEVERAGED
    assert done.bridging == ("process: lot (three lots)",)


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"holder": "another"}, "no right of reference from another"),
        (
            {"holder": "another",
             "right_of_reference": {"letter": "L1", "to": "a third", "on": "2026-01-01"}},
            "made out to a third",
        ),
        (
            {"holder": "another",
             "right_of_reference": {"letter": "L1", "to": "made sponsor", "on": "2026-12-01"}},
            "dated after",
        ),
        (
            {"holder": "another",
             "right_of_reference": {"letter": "L1", "to": "made sponsor", "on": "2026-01-01",
                                    "covers": ["immunogenicity"]}},
            "does not cover this",
        ),
        ({"granularity": None}, "not known how much"),
        ({"granularity": "summary"}, "only a summary"),
        ({"rests_on": {**RESTS, "vehicle": None}}, "not known whether these are the same: vehicle"),
        ({"rests_on": {**RESTS, "dose": {**DOSE, "high": 0.2}}}, "dose"),
    ],
)  # fmt: skip
def test_each_thing_that_stands_against_a_record_is_told(about, why):
    one = of("toxicology", about=about)

    assert one.answer is Answer.NOT
    assert any(why in reason for reason in one.reasons), one.reasons


def test_everything_against_a_record_is_told_at_once():
    about = {"holder": "another", "granularity": "mention", "rests_on": {}}

    assert len(of("toxicology", about=about).reasons) == 3


def test_a_letter_or_public_knowledge_gives_the_right():
    letter = {"letter": "L1", "to": "made sponsor", "on": "2026-01-01"}
    assert of("toxicology", about={"holder": "x", "right_of_reference": letter}).answer is (
        Answer.LEVERAGED
    )
    known = of("toxicology", about={"holder": "x", "public": True, "source": "a citation"})
    assert (known.answer, known.right) == (Answer.LEVERAGED, "public knowledge")


def other_disease(**more):
    return {
        "variants": [variant("a"), variant("b", gene="OTC", disease="OMIM:311250")],
        **more,
    }


def test_another_disease_or_endpoint_asks_for_a_new_natural_history():
    for made in (
        programme(**other_disease(records=[record("natural-history")])),
        programme(
            products=[product("a"), product("b", endpoint="survival")],
            records=[record("natural-history")],
        ),
    ):
        found = answers(made)
        for name in ("natural-history", "external-control"):
            assert (found[name].need, found[name].always_new) == (Need.NEW, True)
        assert found["natural-history"].records[0].answer is Answer.NOT


def test_the_same_disease_and_endpoint_carry_the_natural_history():
    assert of("natural-history").answer is Answer.LEVERAGED


def test_what_no_source_settles_stays_unresolved():
    found = extend(programme(), "a", "b")

    assert found.submission is not None
    assert found.submission.answer == "unresolved"
    assert {q.id for q in found.questions} == {"one-product", "submission-before-approval"}
    approved = programme(products=[product("a", status="approved"), product("b")])
    assert {q.id for q in extend(approved, "a", "b").questions} == {
        "one-product", "submission-after-approval",
    }  # fmt: skip
    genes = extend(programme(**other_disease()), "a", "b")
    assert "across-genes" in {q.id for q in genes.questions}
    assert "other-disease" not in {q.id for q in genes.questions}
    same_gene = [variant("a"), variant("b", disease="OMIM:311250")]
    diseases = extend(programme(variants=same_gene), "a", "b")
    assert "other-disease" in {q.id for q in diseases.questions}


OLIGO = {
    "variants": [variant("a"), variant("b")],
    "components": [
        component("oligo-a", "oligo", sequence="ACGTACGTACGTACGTACGT"),
        component("oligo-b", "oligo", sequence="TTGTACGTACGTACGTACGT"),
        component("process-1", "process"),
        component("site-1", "site"),
    ],
}


def oligo_products(modality):
    return [
        product(
            name,
            modality=modality,
            components={"oligo": f"oligo-{name}", "process": "process-1", "site": "site-1"},
        )
        for name in "ab"
    ]


@pytest.mark.parametrize("modality", ["antisense oligonucleotide", "small interfering RNA"])
def test_a_further_oligonucleotide_is_a_new_product_by_default(modality):
    rests = {**RESTS, "guide": None, "editor": None, "vehicle": "none", "oligo": "oligo-a"}
    made = programme(
        **OLIGO,
        products=oligo_products(modality),
        records=[record("oligo-class", rests_on=rests), record("oligo-toxicology", rests_on=rests)],
    )
    found = extend(made, "a", "b")
    by = {one.attribute.id: one for one in found.attributes}

    assert found.new_product
    assert found.submission is not None
    assert found.submission.answer == "new product"
    assert [q.id for q in found.questions] == ["one-product-oligo"]
    assert by["oligo-class"].records[0].answer is Answer.LEVERAGED
    assert by["oligo-toxicology"].need is Need.NEW
    assert "off-target-result" not in by
    assert not {d.on for d in found.differences} & {"guide", "editor", "vehicle"}
    assert not extend(made, "a", "a").new_product


def test_another_modality_is_another_product():
    made = programme(
        components=[*plain()["components"], OLIGO["components"][1]],
        products=[
            product("a"),
            product("b", modality="antisense oligonucleotide",
                    components={"oligo": "oligo-b", "process": "process-1", "site": "site-1"}),
        ],
    )  # fmt: skip
    found = extend(made, "a", "b")
    by = {d.on: d.status for d in found.differences}

    assert found.new_product
    assert (by["oligo"], by["vehicle"]) == (Sameness.CHANGED, Sameness.CHANGED)


def test_a_part_that_is_not_there_is_not_one_that_is_not_known():
    rests = {**RESTS, "guide": None, "editor": None, "vehicle": None, "oligo": "oligo-a"}
    made = programme(
        **OLIGO,
        products=oligo_products("antisense oligonucleotide"),
        records=[record("oligo-toxicology", rests_on=rests)],
    )

    (one,) = {x.attribute.id: x for x in extend(made, "a", "a").attributes}[
        "oligo-toxicology"
    ].records
    assert one.answer is Answer.NOT
    assert "vehicle" in one.reasons[0]


def test_the_two_statutes_answer_apart():
    a, b = product("a", status="approved"), product("b")
    told = {"designated": True, "technology": True, "rare_and_serious": True}
    by = {r.id: r.answer for r in extend(programme(products=[a, b], **told), "a", "b").reliance}
    assert by == {"506K": "yes", "529A": "yes"}
    by = {r.id: r.answer for r in extend(programme(products=[a, b]), "a", "b").reliance}
    assert by == {"506K": "undecided", "529A": "undecided"}
    other = programme(**other_disease(products=[a, b], **told))
    by = {r.id: r.answer for r in extend(other, "a", "b").reliance}
    assert by == {"506K": "yes", "529A": "no"}
    by = {r.id: r.answer for r in extend(programme(**told), "a", "b").reliance}
    assert by == {"506K": "no", "529A": "no"}


def test_own_evidence_closes_a_gap_and_only_with_the_product_s_own_parts():
    rests = {**RESTS, "guide": "guide-b", "variant": "variant-b"}
    own = record("potency", product="b", rests_on=rests)
    found = answers(programme(records=[own]))["potency"]
    assert (found.evidence, found.gaps) == ("own evidence", ())
    wrong = record("potency", product="b")
    found = answers(programme(records=[wrong]))["potency"]
    assert found.evidence == "gap"
    assert found.records[0].answer is Answer.NOT


def test_records_of_a_third_product_are_left_aside():
    made = programme(
        variants=[variant("a"), variant("b"), variant("c")],
        products=[product("a"), product("b"),
                  product("c", components={**product("a")["components"]})],
        records=[record("toxicology", product="c")],
    )  # fmt: skip

    assert answers(made)["toxicology"].records == ()


def test_a_product_that_is_not_there_names_those_that_are():
    with pytest.raises(NotFound, match="there are: a, b"):
        extend(programme(), "a", "z")


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        (DOSE, Sameness.IDENTICAL),
        ({**DOSE, "low": 100, "high": 300, "unit": "ug/kg"}, Sameness.IDENTICAL),
        ({**DOSE, "high": 0.2}, Sameness.WITHIN),
        ({**DOSE, "high": 0.31}, Sameness.CHANGED),
        ({**DOSE, "low": 0.05}, Sameness.CHANGED),
        ({**DOSE, "of": "oligonucleotide"}, Sameness.UNKNOWN),
        ({**DOSE, "unit": "mg/m2"}, Sameness.UNKNOWN),
        (None, Sameness.UNKNOWN),
    ],
)
def test_doses(dose, expected):
    made = programme(products=[product("a"), product("b", dose=dose)])

    assert status(made, "dose") is expected
