"""A consent allows a use, or says why not; what is not read here allows nothing."""

from __future__ import annotations

from datetime import date

import pytest

from tests.made_programme import programme, record
from ultrarare.programme.consent import IntendedUse, consent_allows
from ultrarare.programme.extension import extend
from ultrarare.programme.leverage import Answer
from ultrarare.programme.record import ConsentScope

USE = IntendedUse(
    programme="made",
    holder="made sponsor",
    disease="OMIM:237300",
    commercial=False,
    on=date(2026, 11, 1),
    uses=frozenset({"another product"}),
)


def scope(*codes, **more):
    duo = [f"DUO:{code:07d}" for code in codes]
    return ConsentScope.model_validate({"duo": duo, "statement": "made", **more})


def use(**more):
    told = {name: getattr(USE, name) for name in USE.__slots__}
    return IntendedUse(**{**told, **more})


@pytest.mark.parametrize(
    ("given", "intended", "allowed"),
    [
        (scope(4), USE, True),
        (scope(42), USE, True),
        (scope(6), USE, True),
        (scope(7, diseases=["OMIM:237300"]), USE, True),
        (scope(7, diseases=["OMIM:311250"]), USE, False),
        (scope(7), USE, False),
        (scope(7, 42, diseases=["OMIM:311250"]), USE, False),
        (scope(7, diseases=["OMIM:237300"]), use(disease=None), False),
        (scope(11), USE, False),
        (scope(18), USE, False),
        (scope(42, 18), USE, True),
        (scope(42, 18), use(commercial=True), False),
        (scope(42, 46), use(commercial=None), False),
        (scope(42, 16), USE, False),
        (scope(42, 12), USE, False),
        (scope(42, 22), USE, False),
        (scope(42, 27, projects=["made"]), USE, True),
        (scope(42, 27, projects=["other"]), USE, False),
        (scope(42, 28, institutions=["made sponsor"]), USE, True),
        (scope(42, 28), USE, False),
        (scope(42, 25, until="2026-11-01"), USE, True),
        (scope(42, 25, until="2026-10-31"), USE, False),
        (scope(42, 25), USE, False),
        (scope(42, 21), USE, True),
        (scope(42, 9999), USE, False),
        (scope(42, excludes=["another product"]), USE, False),
        (scope(42, excludes=["external control"]), USE, True),
        (scope(42, excludes=["commercial"]), use(commercial=None), False),
        (None, USE, False),
    ],
)
def test_codes(given, intended, allowed):
    answer = consent_allows(given, intended)

    assert answer.allowed is allowed
    assert bool(answer.reasons) is not allowed


def test_conditions_are_told_and_every_reason_is():
    answer = consent_allows(scope(42, 21, 24), USE)
    assert len(answer.conditions) == 2
    answer = consent_allows(scope(7, 18, 27), use(commercial=True))
    assert len(answer.reasons) == 3


def leverage(attribute, **about):
    made = programme(records=[record(attribute, **about)])
    found = {one.attribute.id: one for one in extend(made, "a", "b").attributes}
    return found[attribute].records[0]


def test_a_record_of_people_without_consent_is_not_leveraged():
    for attribute in ("natural-history", "clinical-safety", "external-control"):
        one = leverage(attribute, consent=None)
        assert one.answer is Answer.NOT
        assert one.reasons == ("no consent of the people is on file",)


def test_a_consent_binds_also_where_the_attribute_is_not_about_people():
    one = leverage("endpoint-rationale", consent={"duo": ["DUO:0000011"], "statement": "made"})
    assert one.answer is Answer.NOT
    assert leverage("endpoint-rationale", consent=None).answer is Answer.LEVERAGED


def test_a_published_report_names_nobody_and_individual_data_do():
    known = {"consent": None, "public": True, "source": "a citation", "holder": "authors"}
    assert leverage("natural-history", **known).answer is Answer.LEVERAGED
    one = leverage("natural-history", **known, granularity="individual data")
    assert one.answer is Answer.NOT


def test_a_control_is_a_use_of_its_own():
    consent = {"duo": ["DUO:0000042"], "statement": "made", "excludes": ["external control"]}
    assert leverage("external-control", consent=consent).answer is Answer.NOT
    assert leverage("clinical-safety", consent=consent).answer is Answer.LEVERAGED
