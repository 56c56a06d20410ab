"""Made records of Phenopackets v2 and FHIR R4B: what becomes of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ultrarare.errors import InputErrors
from ultrarare.history.import_fhir import read_fhir
from ultrarare.history.import_phenopackets import read_phenopackets
from ultrarare.history.records import Cohort, Person


def age(text: str) -> dict[str, Any]:
    return {"age": {"iso8601duration": text}}


def packet(person: str = "p1", **more: Any) -> dict[str, Any]:
    subject = {"id": person, "timeAtLastEncounter": age("P6Y"), "sex": "FEMALE"}
    subject |= more.pop("subject", {})
    meta = {"created": "2020-01-01T00:00:00Z", "createdBy": "made", "phenopacketSchemaVersion": "2"}
    return {"id": person, "subject": subject, "metaData": meta, **more}


def packets(folder: Path, *items: Any) -> Path:
    for i, item in enumerate(items):
        text = item if isinstance(item, str) else json.dumps(item)
        (folder / f"{i}.json").write_text(text, "utf-8")
    return folder


def read(folder: Path, *items: Any, **more: Any) -> Cohort:
    return read_phenopackets(packets(folder, *items), name="folder", **more)


def only(cohort: Cohort) -> Person:
    (person,) = cohort.people
    return person


def dead(**more: Any) -> dict[str, Any]:
    return {"vitalStatus": {"status": "DECEASED", **more}}


def test_death_at_a_stated_age_is_an_event_at_that_age(tmp_path):
    person = only(read(tmp_path, packet(subject=dead(timeOfDeath=age("P7Y6M")))))
    assert (person.event, person.ending, person.sex) == (True, "event", "female")
    assert person.exit == pytest.approx(7.5)


@pytest.mark.parametrize("status", [{}, {"vitalStatus": {"status": "UNKNOWN_STATUS"}}])
def test_a_status_that_is_not_stated_is_not_alive(tmp_path, status):
    cohort = read(tmp_path, packet(subject=status))
    person = only(cohort)
    assert (person.event, person.ending, person.unexplained) == (False, "unknown", True)
    assert person.exit == pytest.approx(6)
    assert any("not stated whether they live" in note for note in cohort.notes)


def test_alive_is_alive_only_where_it_is_said(tmp_path):
    person = only(read(tmp_path, packet(subject={"vitalStatus": {"status": "ALIVE"}})))
    assert (person.ending, person.unexplained) == ("alive", False)


def test_death_without_an_age_is_no_event_and_is_told(tmp_path):
    cohort = read(tmp_path, packet(subject=dead()))
    assert (only(cohort).event, only(cohort).unexplained) == (False, True)
    assert any("died at an age that is not stated" in note for note in cohort.notes)


def test_survival_time_counts_from_a_known_onset(tmp_path):
    disease = {"term": {"id": "X:1", "label": "made"}, "onset": age("P2Y")}
    item = packet(
        subject={**dead(survivalTimeInDays=365), "timeAtLastEncounter": age("P2Y")},
        diseases=[disease],
    )
    cohort = read(tmp_path, item)
    assert only(cohort).exit == pytest.approx(2 + 365 / 365.25)
    assert any("survival time" in note for note in cohort.notes)


def test_an_onset_class_stays_a_range_and_counts_for_no_rate(tmp_path):
    feature = {
        "type": {"id": "HP:0001250", "label": "Seizure"},
        "onset": {"ontologyClass": {"id": "HP:0011463", "label": "Childhood onset"}},
    }
    cohort = read(tmp_path, packet(phenotypicFeatures=[feature]))
    (event,) = cohort.happenings
    assert event.when is not None
    assert event.when.low == pytest.approx(1)
    assert event.when.high == pytest.approx(5)
    assert cohort.episodes_of("Seizure")[0].events == 0


def test_an_excluded_feature_is_no_event(tmp_path):
    feature = {"type": {"id": "HP:1", "label": "x"}, "excluded": True, "onset": age("P1Y")}
    assert read(tmp_path, packet(phenotypicFeatures=[feature])).happenings == ()


def measurement(value: float, unit: str, when: str) -> dict[str, Any]:
    return {
        "assay": {"id": "LOINC:1", "label": "ammonia"},
        "value": {"quantity": {"unit": {"id": unit, "label": ""}, "value": value}},
        "timeObserved": age(when),
    }


def test_measurements_come_in_one_unit(tmp_path):
    made = [
        measurement(50, "UCUM:umol/L", "P1Y"),
        measurement(60, "UCUM:umol/L", "P2Y"),
        measurement(0.07, "UCUM:mmol/L", "P3Y"),
    ]
    visits = read(tmp_path, packet(measurements=made)).visits
    assert {v.unit for v in visits} == {"umol/L"}
    assert [v.value for v in visits] == [50, 60, pytest.approx(70)]


def test_a_zero_is_a_value(tmp_path):
    cohort = read(tmp_path, packet(measurements=[measurement(0, "UCUM:umol/L", "P1Y")]))
    assert [v.value for v in cohort.visits] == [0]


def test_units_that_do_not_convert_are_an_error(tmp_path):
    made = [measurement(50, "UCUM:umol/L", "P1Y"), measurement(5, "UCUM:mg", "P2Y")]
    with pytest.raises(InputErrors, match="two units for one measure"):
        read(tmp_path, packet(measurements=made))


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ((packet(), packet()), "stands in another record too"),
        (('{"id": "x", "subject": {',), "is no whole Phenopacket v2"),
        (('{"resourceType": "Patient"}',), "is no whole Phenopacket v2"),
        (({"id": "x"},), "has no subject.id"),
        ((packet(subject={"timeAtLastEncounter": age("six")}),), "ISO 8601 duration"),
        (
            (packet(subject={"timeAtLastEncounter": {"timestamp": "2020-01-01T00:00:00Z"}}),),
            "no dateOfBirth",
        ),
        (
            (packet(subject=dead(timeOfDeath=age("P2Y")),
                    measurements=[measurement(1, "UCUM:g", "P3Y")]),),
            "days after death",
        ),
        ((), "holds no .json file"),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_read_is_an_error(tmp_path, items, said):
    with pytest.raises(InputErrors, match=said):
        read(tmp_path, *items)


def patient(person: str = "p1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": person, "birthDate": "2001-03-01", **more}


def observation(value: float, code: str = "L", when: str = "2011-03-01", **more: Any) -> Any:
    quantity = {"value": value, "unit": code, "system": "http://unitsofmeasure.org", "code": code}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "FVC"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": when,
        "valueQuantity": quantity | more.pop("quantity", {}),
        **more,
    }


def encounter(start: str, end: str) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": start, "end": end},
    }


def bundle(folder: Path, *resources: Any) -> Path:
    path = folder / "b.json"
    value = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }
    path.write_text(json.dumps(value), "utf-8")
    return path


def fhir(folder: Path, *resources: Any, **more: Any) -> Cohort:
    return read_fhir(bundle(folder, *resources), name="b.json", **more)


SEEN = encounter("2006-03-01", "2012-03-01")


def test_a_date_of_death_ends_observation_with_the_event(tmp_path):
    person = only(fhir(tmp_path, patient(deceasedDateTime="2013-03-01"), SEEN))
    assert (person.event, person.ending) == (True, "event")
    assert person.entry == pytest.approx(5, abs=0.01)
    assert person.exit == pytest.approx(12, abs=0.01)


def test_deceased_without_a_date_is_a_death_at_an_unknown_age(tmp_path):
    cohort = fhir(tmp_path, patient(deceasedBoolean=True), SEEN)
    assert (only(cohort).event, only(cohort).ending) == (False, "unknown")
    assert any("died at an age that is not stated" in note for note in cohort.notes)


@pytest.mark.parametrize(
    ("more", "ending"), [({}, "unknown"), ({"deceasedBoolean": False}, "alive")]
)
def test_a_patient_is_alive_only_where_it_is_said(tmp_path, more, ending):
    assert only(fhir(tmp_path, patient(**more), SEEN)).ending == ending


def test_a_year_of_death_is_taken_in_its_middle_and_told(tmp_path):
    cohort = fhir(tmp_path, patient(deceasedDateTime="2013"), SEEN)
    assert only(cohort).event
    assert only(cohort).exit == pytest.approx(12.34, abs=0.05)
    assert any("known to a year" in note for note in cohort.notes)


def test_a_comparator_is_a_censored_value(tmp_path):
    cohort = fhir(tmp_path, patient(), SEEN, observation(0.5, quantity={"comparator": "<"}))
    (visit,) = cohort.visits
    assert visit.bounds == (float("-inf"), 0.5)
    assert (visit.unit, visit.measure) == ("L", "FVC")


def test_void_records_do_not_count(tmp_path):
    void = observation(3, status="entered-in-error")
    cohort = fhir(tmp_path, patient(), SEEN, void)
    assert cohort.visits == ()
    assert any("void" in note for note in cohort.notes)


def test_a_condition_with_an_onset_is_an_event(tmp_path):
    condition = {
        "resourceType": "Condition",
        "code": {"text": "crisis"},
        "subject": {"reference": "Patient/p1"},
        "onsetAge": {"value": 6, "system": "http://unitsofmeasure.org", "code": "a"},
    }
    (event,) = fhir(tmp_path, patient(), SEEN, condition).happenings
    assert event.type == "crisis"
    assert event.time == pytest.approx(6)


def test_a_patient_without_a_date_of_birth_is_left_out_and_told(tmp_path):
    bare = {"resourceType": "Patient", "id": "p2"}
    cohort = fhir(tmp_path, patient(), bare, SEEN)
    assert [p.person for p in cohort.people] == ["p1"]
    assert any("no date of birth" in note for note in cohort.notes)


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ((patient(), patient()), "stands in another record too"),
        ((patient("p9"), SEEN), "a patient who is not in the bundle"),
        ((patient(), observation(1, when="1999-01-01")), "days before birth"),
        ((patient(birthDate="20x"),), "is no FHIR R4B bundle"),
        ((patient(), SEEN, observation(1), observation(2)), "two values"),
        ((patient(deceasedDateTime="2010-01-01"), observation(1)), "days after death"),
        ((), "holds no Patient"),
    ],
)
def test_a_bundle_that_cannot_be_is_an_error(tmp_path, resources, said):
    with pytest.raises(InputErrors, match=said):
        fhir(tmp_path, *resources)


def test_a_bundle_broken_off_is_an_error(tmp_path):
    path = bundle(tmp_path, patient())
    path.write_text(path.read_text("utf-8")[:60], "utf-8")
    with pytest.raises(InputErrors, match="is no FHIR R4B bundle"):
        read_fhir(path, name="b.json")


def disease(code: str, label: str, onset: str) -> dict[str, Any]:
    return {"term": {"id": code, "label": label}, "onset": age(onset)}


def test_the_first_onset_counts_unless_a_disease_is_named(tmp_path):
    own = packet(diseases=[disease("X:1", "one", "P2Y"), disease("X:2", "two", "P4Y")])
    onsets = [only(read(tmp_path, own, disease=code)).onset for code in (None, "x:2", "TWO")]
    assert [onset.exact if onset else None for onset in onsets] == [
        pytest.approx(2), pytest.approx(4), pytest.approx(4),
    ]  # fmt: skip
    with pytest.raises(InputErrors, match="holds no disease 'X:3' with an onset"):
        read(tmp_path, own, disease="X:3")


def test_codes_and_labels_are_given_the_case_s_names(tmp_path):
    feature = {"type": {"id": "HP:0001250", "label": "Seizure"}, "onset": age("P1Y")}
    own = packet(phenotypicFeatures=[feature], measurements=[measurement(5, "UCUM:g", "P1Y")])
    cohort = read(tmp_path, own, names={"hp:0001250": "fit", "ammonia": "plasma ammonia"})
    assert [item.type for item in cohort.happenings] == ["fit"]
    assert cohort.measures == ("plasma ammonia",)


def test_the_date_of_birth_is_kept_to_tell_people_apart(tmp_path):
    assert only(read(tmp_path, packet(subject={"dateOfBirth": "2001-03-01T00:00:00Z"}))).born == (
        "2001-03-01"
    )
    assert only(read(tmp_path, packet())).born is None


def test_another_version_of_the_schema_is_an_error(tmp_path):
    old = packet()
    old["metaData"]["phenopacketSchemaVersion"] = "1.0.0-RC3"
    with pytest.raises(InputErrors, match="allowed is version 2"):
        read(tmp_path, old)


def test_an_onset_after_death_is_an_error(tmp_path):
    own = packet(subject=dead(timeOfDeath=age("P2Y")), diseases=[disease("X:1", "one", "P4Y")])
    own["subject"]["timeAtLastEncounter"] = age("P1Y")
    with pytest.raises(InputErrors, match="has an onset"):
        read(tmp_path, own)


def test_all_that_is_wrong_with_a_folder_is_told_at_once_and_by_file(tmp_path):
    mixed = [measurement(50, "UCUM:umol/L", "P1Y"), measurement(5, "UCUM:mg", "P2Y")]
    with pytest.raises(InputErrors) as caught:
        read(tmp_path, packet(measurements=mixed), packet("p2"), packet("p2"), '{"id": "torn', {})
    told = {problem.where: problem.problem for problem in caught.value.problems}
    assert "two units" in told["folder/0.json ammonia"]
    assert told["folder/1.json"] == "person 'p2' stands in another record too: folder/2.json"
    assert "is no whole Phenopacket v2" in told["folder/3.json"]
    assert "has no subject.id" in told["folder/4.json"]


def condition(when: dict[str, Any], code: str = "X1", text: str = "made disease") -> Any:
    return {
        "resourceType": "Condition",
        "code": {"text": text, "coding": [{"system": "http://made.org", "code": code}]},
        "subject": {"reference": "Patient/p1"},
        **when,
    }


UCUM = {"system": "http://unitsofmeasure.org", "code": "a"}


@pytest.mark.parametrize(
    ("when", "low", "high"),
    [
        ({"onsetAge": {"value": 6, **UCUM}}, 6, 6),
        ({"onsetDateTime": "2005-03-01"}, 4, 4),
        ({"onsetDateTime": "2005"}, 3.84, 4.84),
        ({"onsetPeriod": {"start": "2005-03-01", "end": "2007-03-01"}}, 4, 4),
        ({"onsetRange": {"low": {"value": 3, **UCUM}, "high": {"value": 5, **UCUM}}}, 3, 5),
    ],
)
def test_the_onset_of_the_named_condition_is_the_person_s_onset(tmp_path, when, low, high):
    for name in ("x1", "http://made.org|X1", "Made disease"):
        onset = only(fhir(tmp_path, patient(), SEEN, condition(when), disease=name)).onset
        assert onset is not None
        assert onset.low == pytest.approx(low, abs=0.01)
        assert onset.high == pytest.approx(high, abs=0.01)


def test_of_two_onsets_of_the_condition_the_first_counts(tmp_path):
    two = [condition({"onsetDateTime": f"200{n}-03-01"}) for n in (7, 5)]
    onset = only(fhir(tmp_path, patient(), SEEN, *two, disease="X1")).onset
    assert onset is not None
    assert onset.exact == pytest.approx(4, abs=0.01)


def test_without_a_named_condition_the_onset_stays_open(tmp_path):
    own = condition({"onsetDateTime": "2005-03-01"})
    assert only(fhir(tmp_path, patient(), SEEN, own)).onset is None


def test_an_onset_in_words_is_no_age_and_is_told(tmp_path):
    own = condition({"onsetString": "in early childhood"})
    cohort = fhir(tmp_path, patient(), SEEN, own)
    assert cohort.happenings == ()
    assert any("has no onset, and counts as no event" in note for note in cohort.notes)
    with pytest.raises(InputErrors, match="holds no condition 'X1' with an onset"):
        fhir(tmp_path, patient(), SEEN, own, disease="X1")


def test_an_onset_told_later_does_not_begin_observation(tmp_path):
    own = condition({"onsetDateTime": "2002-03-01"})
    assert only(fhir(tmp_path, patient(), SEEN, own)).entry == pytest.approx(5, abs=0.01)


def test_a_folder_of_bundles_is_one_cohort(tmp_path):
    for place, item in {"b/records": SEEN, "a": patient(), "c": patient("p2")}.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        bundle(tmp_path, item).rename(tmp_path / f"{place}.json")
    cohort = read_fhir(tmp_path, name="folder")
    assert [p.person for p in cohort.people] == ["p1"]
    assert any("no age at which they were last seen" in note for note in cohort.notes)


def test_a_folder_of_bundles_tells_every_broken_file(tmp_path):
    for name in ("a", "d"):
        (tmp_path / f"{name}.json").write_text('{"resourceType": "Bun', "utf-8")
    bundle(tmp_path, patient()).rename(tmp_path / "c.json")
    with pytest.raises(InputErrors) as caught:
        read_fhir(tmp_path, name="folder")
    assert [p.where for p in caught.value.problems] == ["folder/a.json", "folder/d.json"]


def test_a_resource_of_another_version_is_an_error(tmp_path):
    r5 = {**SEEN, "actualPeriod": SEEN["period"]}
    with pytest.raises(InputErrors, match="is no FHIR R4B bundle"):
        fhir(tmp_path, patient(), r5)


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_a_value_that_is_no_number_is_an_error(tmp_path, value):
    own = packet(measurements=[measurement(1, "UCUM:g", "P1Y")])
    own["measurements"][0]["value"]["quantity"]["value"] = value
    with pytest.raises(InputErrors, match="allowed is a finite number"):
        read(tmp_path, own)


@pytest.mark.parametrize("value", ["NaN", "1e999"])
def test_a_quantity_that_is_no_number_is_an_error(tmp_path, value):
    path = bundle(tmp_path, patient(), SEEN, observation(3.25))
    path.write_text(path.read_text("utf-8").replace("3.25", value), "utf-8")
    with pytest.raises(InputErrors, match=r"finite number|too large|is no FHIR R4B bundle"):
        read_fhir(path, name="b.json")


def test_a_death_written_as_a_word_is_never_taken_for_one(tmp_path):
    with pytest.raises(InputErrors, match=r"true or false|is no FHIR R4B bundle"):
        fhir(tmp_path, patient(deceasedBoolean="false"), SEEN)
