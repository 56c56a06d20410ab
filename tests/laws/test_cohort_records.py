"""Laws of records as cohorts: tables and records of the same people are the same cohort."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.made_records import Made, packet, write_bundles
from ultrarare.case.data_path import digest_of
from ultrarare.history.contradictions import Told, disagreements
from ultrarare.history.import_fhir import read_fhir
from ultrarare.history.import_phenopackets import read_phenopackets
from ultrarare.history.records import Cohort

WORDS = {"made:score": "score", "metabolic crisis": "crisis"}


@st.composite
def persons(draw: st.DrawFn) -> tuple[Made, ...]:
    """One to five people with visits and crises before the end of observation."""
    out = []
    for i in range(draw(st.integers(1, 5))):
        end = draw(st.integers(2, 9000))
        days = st.integers(1, end)
        out.append(
            Made(
                name=f"p{i}",
                exit=end,
                died=draw(st.booleans()),
                visits=tuple(
                    (day, draw(st.integers(-50, 50)) / 4)
                    for day in sorted(draw(st.sets(days, max_size=4)))
                ),
                crises=tuple(sorted(draw(st.sets(days, max_size=4)))),
                sex=draw(st.sampled_from(["FEMALE", "MALE"])),
            )
        )
    return tuple(out)


def packets(folder: Path, people: tuple[Made, ...]) -> Cohort:
    for person in people:
        (folder / f"{person.name}.json").write_text(json.dumps(packet(person)), "utf-8")
    return read_phenopackets(folder, name="packets", time_unit="d", names=WORDS)


@settings(max_examples=25, deadline=None)
@given(people=persons())
def test_every_person_visit_and_event_comes_through_and_no_other(people):
    with TemporaryDirectory() as name:
        read = packets(Path(name), people)
    wanted = [(p.name, 0, p.died) for p in people]
    assert [(p.person, p.entry, p.event) for p in read.people] == wanted
    assert [p.exit for p in read.people] == pytest.approx([p.exit for p in people])
    visits = [(p.name, t, v, "score") for p in people for t, v in p.visits]
    seen = sorted((v.person, round(v.time, 6), v.value, v.measure) for v in read.visits)
    assert [tuple(item) for item in seen] == sorted(visits)
    crises = [(p.name, t, "crisis") for p in people for t in p.crises]
    assert sorted((h.person, round(h.time, 6), h.type) for h in read.happenings) == sorted(crises)


@settings(max_examples=15, deadline=None)
@given(people=persons())
def test_bundles_and_packets_of_the_same_people_do_not_disagree(people):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "packets").mkdir()
        own = packets(folder / "packets", people)
        write_bundles(folder, people)
        bundles = folder / "data/bundles"
        other = read_fhir(bundles, name="b", time_unit="a", entry="birth", names=WORDS)
    assert len(other.people) == len(own.people)
    a, b = (Told(name="n", cohort=cohort, endpoint="death") for cohort in (own, other))
    assert disagreements(a, b) == ()


@settings(max_examples=15, deadline=None)
@given(people=persons(), data=st.data())
def test_the_order_in_which_files_are_written_does_not_matter(people, data):
    again = data.draw(st.permutations(people))
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        first, second = packets(Path(one), people), packets(Path(two), tuple(again))
        assert digest_of(Path(one)) == digest_of(Path(two))
    assert first == second
