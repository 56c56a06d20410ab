"""From frequency to people to power: the sentence, the direction, the file's problems."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ultrarare.app.feasibility import feasibility_of
from ultrarare.case.feasibility import Feasibility
from ultrarare.case.finding import Direction
from ultrarare.cli.main import app
from ultrarare.effect.feasibility import direction_of, feasibility, sentence_of
from ultrarare.errors import InputErrors, NotFound

SPEC: dict[str, Any] = {
    "schema": "ultrarare/feasibility/1",
    "title": "A made trial",
    "data": "made",
    "frequency": {
        "kind": "incidence", "one_in": 1_000_000, "lower": 800_000, "upper": 1_300_000,
        "of": 4_000_000, "where": "a made country", "source": "made",
    },
    "steps": [
        {"id": "diagnosed", "about": "diagnosed in time", "share": 0.5, "lower": 0.3, "upper": 0.7,
         "source": "made"},
    ],
    "years": 3,
    "trial": {
        "effect": {"sort": "proportions", "treated": 0.1, "control": 0.5},
        "effect_reason": "made",
    },
}  # fmt: skip


def spec(**changes):
    return Feasibility.model_validate({**SPEC, **changes})


def often(one_in):
    return {**SPEC["frequency"], "one_in": one_in, "lower": one_in * 0.9, "upper": one_in * 1.1}


def test_few_people_speak_for_a_trial_that_cannot_be_done():
    few = feasibility(spec())
    size = few.needed[0].people
    assert size is not None
    assert few.quantiles[2] < size
    assert direction_of(spec(), few) is Direction.SUPPORTS
    assert f"{few.needed[0].people} people would be needed for 80 %" in sentence_of(spec(), few)
    assert 0 <= few.power[0] <= few.power[1] <= few.power[2] < 0.8


def test_many_people_speak_against_and_a_bound_does_not():
    many = spec(frequency=often(10_000))
    assert direction_of(many, feasibility(many)) is Direction.CONTRADICTS
    unknown = {"id": "u", "about": "carries it", "share": None, "source": "nobody"}
    bound = spec(frequency=often(10_000), steps=[*SPEC["steps"], unknown])
    found = feasibility(bound)
    assert found.people.at_most
    assert direction_of(bound, found) is Direction.INCONCLUSIVE
    assert "With at most" in sentence_of(bound, found)
    assert any("carries it" in text for text in found.caveats)


def test_a_pool_has_no_years():
    pool = spec(frequency={**SPEC["frequency"], "kind": "prevalence"}, years=None)
    assert {one.years for one in feasibility(pool).needed} == {None}


def test_the_same_seed_gives_the_same_and_another_nearly():
    first, again, other = (feasibility(spec(), seed=s).to_json() for s in (1, 1, 2))
    assert first == again
    assert abs(first["available"]["mean"] - other["available"]["mean"]) < 0.3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"years": None}, "years of recruitment are needed"),
        ({"frequency": {**SPEC["frequency"], "lower": None}}, "one limit"),
        ({"frequency": {**SPEC["frequency"], "one_in": 10}}, "lower ≤ value ≤ upper"),
        ({"frequency": {**SPEC["frequency"], "one_in": -1}}, "one_in: found"),
        ({"steps": [{**SPEC["steps"][0], "share": 1.2}]}, "share: found"),
        ({"steps": [{**SPEC["steps"][0], "share": None}]}, "unknown share"),
        ({"steps": [SPEC["steps"][0], SPEC["steps"][0]]}, "stands 2 times"),
        ({"trial": {**SPEC["trial"], "alpha": 1}}, "alpha: found"),
        ({"trial": {**SPEC["trial"], "targets": []}}, "a list of 1 or more"),
        ({"trial": {**SPEC["trial"], "effect": {"sort": "means", "difference": 1, "sd": 0}}}, "sd"),
        ({"trial": {**SPEC["trial"], "effect": {"sort": "odds"}}}, "trial.effect"),
        ({"note": 1}, "note"),
    ],
)
def test_a_wrong_file_is_told_and_nothing_written(tmp_path, change, says):
    path = tmp_path / "trial.yaml"
    path.write_text(yaml.safe_dump({**SPEC, **change}))
    with pytest.raises(InputErrors, match=says):
        feasibility_of(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_writes_a_page_that_says_made(tmp_path):
    path, out = tmp_path / "trial.yaml", tmp_path / "out"
    path.write_text(yaml.safe_dump(SPEC))
    done = CliRunner().invoke(app, ["feasibility", str(path), "--out", str(out), "--json"])
    found = json.loads(done.stdout)
    assert found == json.loads((out / "feasibility.json").read_text())
    page = (out / "feasibility.html").read_text()
    assert "MADE" in page
    assert found["statement"] in page
    assert "no verdict" in page
    with pytest.raises(NotFound):
        feasibility_of(tmp_path / "none.yaml")
