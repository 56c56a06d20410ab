"""Untreated people as a study of their own."""

from __future__ import annotations

from typing import Any

from tests.unit.dossier.cdisc_course import case, mapped, rows
from ultrarare.case.amount import Amount
from ultrarare.case.cohort_dataset import CohortEpisodes, CohortPeople, CohortVisits
from ultrarare.dossier.cdisc.checks import check
from ultrarare.dossier.cdisc.cohort import Untreated, map_untreated
from ultrarare.dossier.cdisc.limits import limit_problems
from ultrarare.dossier.cdisc.mapping import Mapped
from ultrarare.dossier.cdisc.text import joined
from ultrarare.history.records import EpisodeRecord, Person, Visit


def declared(model: type[Any], name: str, **more: Any) -> Any:
    """A cohort as a case declares it."""
    base = {
        "id": name, "origin": "made", "file": "a.csv", "population": "one", "tier": "same gene",
        "time_unit": "a",
    }  # fmt: skip
    return model.model_validate(base | more)


def untreated() -> Mapped:
    """Two populations that both have a person called p; one has no row among the people."""
    people = declared(CohortPeople, "people", kind="cohort-people", endpoint="death")
    others = declared(CohortPeople, "others", kind="cohort-people", endpoint="walking",
                      population="two")  # fmt: skip
    visits = declared(CohortVisits, "visits", kind="cohort-visits", measure="marker",
                      unit="umol/L")  # fmt: skip
    crises = declared(CohortEpisodes, "crises", kind="cohort-episodes", follow_up="b.csv",
                      episode="crises")  # fmt: skip
    found = map_untreated(
        Untreated(
            people=(
                (people, (Person(person="p", entry=1.5, exit=4.0, event=True, sex="Female"),)),
                (others, (Person(person="p", entry=0.0, exit=2.0, event=False, ending="lost"),)),
            ),
            visits=(
                (
                    visits,
                    (
                        Visit(person="p", time=2.0, value=9.0, amount=Amount.parse("<9")),
                        Visit(person="p", time=3.0, value=12.5),
                    ),
                ),
            ),
            episodes=(
                (
                    crises,
                    (
                        EpisodeRecord(person="q", spans=((1.0, 2.0), (3.0, 5.0)), times=(1.5, 4.0)),
                        EpisodeRecord(person="p", spans=((2.0, 3.0),), times=()),
                    ),
                ),
            ),
        ),
        case(),
        "ST-1-NH",
    )
    assert found is not None
    return found


def test_one_name_in_two_populations_is_two_people():
    people = rows(untreated(), "DM")
    assert [row["SUBJID"] for row in people] == ["MADE-00001", "MADE-00002", "MADE-00003"]
    assert [row["SEX"] for row in people] == ["F", "U", "U"]
    assert [row["DTHFL"] for row in people] == ["Y", None, None]
    assert {row["ARMNRS"] for row in people} == {"NOT ASSIGNED"}
    ages = [(row["AENTRY"], row["AEXIT"], row["AAGEU"]) for row in rows(untreated(), "ADSL")]
    assert ages == [(1.5, 4.0, "YEARS"), (1.0, 5.0, "YEARS"), (0.0, 2.0, "YEARS")]


def test_values_have_ages_and_no_dates_and_limits_stay():
    lb = rows(untreated(), "LB")
    assert [(row["LBSTRESC"], row["LBSTRESN"]) for row in lb] == [("<9", None), ("12.5", 12.5)]
    assert {row["LBDTC"] for row in lb} == {None}
    ages = [row["QVAL"] for row in rows(untreated(), "SUPPLB") if row["QNAM"] == "AGEOBS"]
    assert ages == ["2", "3"]
    assert [row["AAGE"] for row in rows(untreated(), "ADLB")] == [2.0, 3.0]
    assert all(row.get("ABLFL") is None for row in rows(untreated(), "ADLB"))


def test_times_run_from_entry_and_are_censored_as_the_table_says():
    times = [(row["PARAMCD"], row["AVAL"], row["CNSR"]) for row in rows(untreated(), "ADTTE")]
    assert times == [("TTE1", 2.5, 0), ("TTE2", 2.0, 1)]


def test_events_and_spans_are_all_there():
    events = sorted((row["CETERM"], row["CECAT"]) for row in rows(untreated(), "CE"))
    assert events == [("crises", "EPISODE")] * 2 + [("death", "ENDPOINT")]
    decoded = sorted(row["DSDECOD"] for row in rows(untreated(), "DS"))
    assert decoded == ["DEATH", "END OF OBSERVATION", *["SPAN OF OBSERVATION"] * 3]
    said = {row["DSTERM"] for row in rows(untreated(), "DS")}
    assert "ended without walking: lost" in said


def test_the_rules_are_kept_but_for_fields_that_a_cohort_does_not_have():
    for study in untreated().studies:
        assert limit_problems(study.datasets) == ()
        assert {r.rule for r in check(study) if r.breaches} <= {"UR-02"}


def test_nobody_is_no_study():
    assert map_untreated(Untreated(), case(), "ST-1-NH") is None


def test_a_long_variant_name_is_split_and_comes_back():
    name = "NM_1.1:c.100_101ins" + "ACGT" * 120
    variants = [{"id": "v", "role": "targeted", "hgvs": name, "zygosity": "homozygous"}]
    found = mapped(made=case(variants=variants))
    (row,) = [
        row for row in rows(found, "GF") if row["GFTSTDTL"] == "PREDICTED CODING SEQUENCE CHANGE"
    ]
    more = {r["QNAM"]: r["QVAL"] for r in rows(found, "SUPPGF")
            if r["IDVARVAL"] == str(row["GFSEQ"])}  # fmt: skip
    assert joined((row["GFORRES"], more["GFORRES1"], more["GFORRES2"])) == name
    assert row["GFSEQID"] == "NM_1.1"
    assert row["GFTESTCD"] == "VARIANT", "480 bases are no short variation"
    (zygosity,) = [row for row in rows(found, "GF") if row["GFTSTDTL"] == "ZYGOSITY"]
    assert zygosity["GFORRES"] == "homozygous"
    assert not any(row["GFTSTDTL"] == "ALLELIC PHASE" for row in rows(found, "GF")), (
        "unknown is no value"
    )
