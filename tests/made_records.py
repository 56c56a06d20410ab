"""One made cohort written down four times: tables, Phenopackets, a FHIR bundle, FHIR in pieces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

SCORE, CRISIS = "motor score", "crisis"
BORN = date(2000, 1, 1)
POPULATION = "made untreated people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One person; times in days of life."""

    name: str
    exit: int
    died: bool
    visits: tuple[tuple[int, float], ...]
    crises: tuple[int, ...]
    sex: str = "FEMALE"


def made_people(n: int = 24, seed: int = 20261126) -> tuple[Made, ...]:
    """People who lose about eight points a year, have crises, and some of whom die."""
    rng = np.random.default_rng(seed)
    out = []
    for i in range(n):
        end = int(rng.integers(1800, 3600))
        days = sorted({int(day) for day in rng.integers(400, end - 10, 6)})
        level, slope = rng.normal(90, 6), rng.normal(-8, 1.5)
        visits = tuple(
            (day, round(float(level + slope * day / 365.25 + rng.normal(0, 2)), 1)) for day in days
        )
        crises = tuple(sorted({int(day) for day in rng.integers(30, end - 5, rng.poisson(3))}))
        out.append(
            Made(
                name=f"p{i:02d}", exit=end, died=bool(rng.random() < 0.5), visits=visits,
                crises=crises,
            )
        )  # fmt: skip
    return tuple(out)


def write_tables(folder: Path, people: tuple[Made, ...]) -> list[dict[str, Any]]:
    """The four tables below data/, and their datasets."""
    rows = {
        "people": [f"{p.name},0,{p.exit},{int(p.died)}" for p in people],
        "visits": [f"{p.name},{time},{value}" for p in people for time, value in p.visits],
        "crises": [f"{p.name},{time}" for p in people for time in p.crises],
        "spans": [f"{p.name},0,{p.exit}" for p in people],
    }
    heads = {
        "people": "person,entry,exit,event", "visits": "person,time,value",
        "crises": "person,time", "spans": "person,start,stop",
    }  # fmt: skip
    for name, lines in rows.items():
        (folder / f"data/{name}.csv").write_text("\n".join([heads[name], *lines]) + "\n", "utf-8")
    who = {"origin": "made", "population": POPULATION, "tier": "same gene", "era": "2010 to 2023"}
    return [
        {"id": "people", "kind": "cohort-people", "file": "data/people.csv", "endpoint": "death",
         **who},
        {"id": "visits", "kind": "cohort-visits", "file": "data/visits.csv", "measure": SCORE,
         "unit": "{score}", **who},
        {"id": "crises", "kind": "cohort-episodes", "file": "data/crises.csv",
         "follow_up": "data/spans.csv", "episode": CRISIS, **who},
    ]  # fmt: skip


def age(days: int) -> dict[str, Any]:
    """A TimeElement."""
    return {"age": {"iso8601duration": f"P{days}D"}}


def packet(person: Made, **subject: Any) -> dict[str, Any]:
    """The person as a Phenopacket v2."""
    status: dict[str, Any] = {"status": "DECEASED" if person.died else "ALIVE"}
    if person.died:
        status["timeOfDeath"] = age(person.exit)
    return {
        "id": person.name,
        "subject": {
            "id": person.name, "sex": person.sex, "timeAtLastEncounter": age(person.exit),
            "vitalStatus": status, **subject,
        },
        "phenotypicFeatures": [
            {"type": {"id": "HP:0000001", "label": "Metabolic crisis"}, "onset": age(day)}
            for day in person.crises
        ],
        "measurements": [
            {
                "assay": {"id": "MADE:score", "label": "Made motor score"},
                "value": {"quantity": {"unit": {"id": "UCUM:{score}"}, "value": value}},
                "timeObserved": age(day),
            }
            for day, value in person.visits
        ],
        "metaData": {
            "created": "2020-01-01T00:00:00Z", "createdBy": "made",
            "phenopacketSchemaVersion": "2.0",
        },
    }  # fmt: skip


def write_packets(folder: Path, people: tuple[Made, ...], name: str = "packets") -> dict[str, Any]:
    """One file a person below data/packets, and the dataset."""
    home = folder / "data" / name
    home.mkdir(parents=True)
    for person in people:
        (home / f"{person.name}.json").write_text(json.dumps(packet(person)), "utf-8")
    return {"kind": "cohort-phenopackets", "folder": f"data/{name}", **declared()}


def declared() -> dict[str, Any]:
    """What both kinds of records declare of these people."""
    return {
        "id": "records", "origin": "made", "population": POPULATION, "tier": "same gene",
        "era": "2010 to 2023", "endpoint": "death", "measure": SCORE, "measure_code": "MADE:score",
        "unit": "{score}", "episode": CRISIS, "episode_code": "metabolic crisis",
    }  # fmt: skip


def day(number: int) -> str:
    """A day of life as a date."""
    return (BORN + timedelta(days=number)).isoformat()


def resources(person: Made) -> list[dict[str, Any]]:
    """The person as FHIR R4B resources."""
    who = {"reference": f"Patient/{person.name}"}
    dead: Mapping[str, Any] = (
        {"deceasedDateTime": day(person.exit)} if person.died else {"deceasedBoolean": False}
    )
    ucum = {"system": "http://unitsofmeasure.org", "code": "{score}"}
    return [
        {"resourceType": "Patient", "id": person.name, "birthDate": BORN.isoformat(),
         "gender": person.sex.lower(), **dead},
        {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
         "subject": who, "period": {"start": day(0), "end": day(person.exit)}},
        *(
            {"resourceType": "Observation", "status": "final", "subject": who,
             "code": {"coding": [{"system": "http://made.org", "code": "MADE:score"}]},
             "effectiveDateTime": day(time), "valueQuantity": {"value": value, **ucum}}
            for time, value in person.visits
        ),
        *(
            {"resourceType": "Condition", "subject": who, "code": {"text": "Metabolic crisis"},
             "onsetDateTime": day(time)}
            for time in person.crises
        ),
    ]  # fmt: skip


def bundle(items: list[dict[str, Any]]) -> str:
    """A Bundle of R4B."""
    entries = [{"resource": item} for item in items]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def write_bundle(folder: Path, people: tuple[Made, ...]) -> dict[str, Any]:
    """Everybody in one bundle, and the dataset."""
    items = [item for person in people for item in resources(person)]
    (folder / "data/bundle.json").write_text(bundle(items), "utf-8")
    return {"kind": "cohort-fhir", "file": "data/bundle.json", **declared()}


def write_bundles(folder: Path, people: tuple[Made, ...]) -> dict[str, Any]:
    """Patients in one file, their records in others, and the dataset."""
    home = folder / "data/bundles"
    home.mkdir(parents=True)
    every = [item for person in people for item in resources(person)]
    for kind in ("Patient", "Encounter", "Observation", "Condition"):
        own = [item for item in every if item["resourceType"] == kind]
        (home / f"{kind}.json").write_text(bundle(own), "utf-8")
    return {"kind": "cohort-fhir", "folder": "data/bundles", **declared()}


PATIENT: tuple[tuple[int, float], ...] = (
    (900, 72.0), (1000, 70.5), (1100, 67.0), (1210, 65.0), (1400, 66.0), (1500, 67.5), (1600, 69.0),
)  # fmt: skip


def write_case(folder: Path, datasets: list[dict[str, Any]]) -> Path:
    """A small case with this patient, who is dosed on day 1250, and the cohorts that are given."""
    case = {
        "schema": "ultrarare/case/1", "id": "small", "title": "a small case", "data": "made",
        "clock": "day of life", "phase": "discovery",
        "patient": {"pseudonym": "made patient"},
        "disease": {
            "name": "made disease", "id": "MADE:1", "gene": "MADE1", "course": "progressive",
            "course_reason": "made",
        },
        "variants": [{"id": "targeted", "role": "targeted", "hgvs": "NM_1.1:c.1A>G"}],
        "product": {"name": "made", "modality": "other"},
        "sources": [{"id": "made", "citation": "made", "grade": "B"}],
        "datasets": [
            {"id": "series", "kind": "course-series", "origin": "made", "file": "data/series.csv",
             "measure": SCORE, "unit": "{score}"},
            {"id": "own-crises", "kind": "course-episodes", "origin": "made",
             "file": "data/own.csv", "episode": CRISIS, "observed": [300, 1700]},
            {"id": "events", "kind": "timeline", "origin": "made", "file": "data/timeline.csv"},
            *datasets,
        ],
    }  # fmt: skip
    plan = {
        "schema": "ultrarare/plan/1",
        "endpoints": [
            {
                "id": "score", "measure": SCORE, "unit": "{score}", "improves": "higher",
                "relevant_difference": 5, "relevant_difference_reason": "made",
                "endpoint_class": "clinical outcome", "surrogate_status": "not a surrogate",
                "estimand": {
                    "population": "this patient", "treatment": "made", "variable": "made",
                    "intercurrent_events": [], "summary": "made",
                },
            }
        ],
        "analyses": [
            {"id": "own", "analysis": "effect.own-control", "endpoint": "score"},
            {"id": "fewer", "analysis": "effect.episodes"},
            {"id": "course", "analysis": "history.trajectory", "parameters": {"model": "slope"}},
            {"id": "alive", "analysis": "effect.survival"},
        ],
    }  # fmt: skip
    (folder / "data").mkdir(exist_ok=True)
    (folder / "case.yaml").write_text(json.dumps(case, indent=1), "utf-8")
    (folder / "plan.yaml").write_text(json.dumps(plan, indent=1), "utf-8")
    series = "\n".join(["time,value", *(f"{t},{v}" for t, v in PATIENT)])
    (folder / "data/series.csv").write_text(series + "\n", "utf-8")
    (folder / "data/own.csv").write_text("time\n400\n700\n950\n1200\n", "utf-8")
    (folder / "data/timeline.csv").write_text(
        "time,event,kind\n1250,dose 1,dose\n1700,last visit,follow-up\n", "utf-8"
    )
    return folder
