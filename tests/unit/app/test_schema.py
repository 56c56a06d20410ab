"""The published JSON Schemas: the examples pass them, and what we refuse they refuse too."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tests.factories import EXAMPLES, example
from ultrarare.app.schema import json_schema
from ultrarare.case.yaml_text import read_plain
from ultrarare.errors import NotFound


@pytest.mark.parametrize("name", ["case", "plan", "lock", "judgements"])
def test_a_schema_is_a_schema(name):
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"].lower() == name
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("example_name", EXAMPLES)
@pytest.mark.parametrize("name", ["case", "plan", "lock"])
def test_the_examples_pass_the_published_schemas(name, example_name):
    path = example(example_name).root / ("plan.lock" if name == "lock" else f"{name}.yaml")
    if not path.exists():
        assert (example_name, name) == ("kabe", "lock")
        return
    value = json.loads(path.read_bytes()) if name == "lock" else read_plain(path, name).value
    errors = [error.message for error in Draft202012Validator(json_schema(name)).iter_errors(value)]
    assert errors == []


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case.update(colour="red"),
        lambda case: case.pop("phase"),
        lambda case: case.update(clock="moon"),
        lambda case: case["datasets"][0].update(kind="nonsense"),
        lambda case: case["variants"].clear(),
        lambda case: case["product"]["guide"].update(spacer="XYZ"),
    ],
)
def test_a_schema_refuses_what_reading_refuses(change):
    value = read_plain(example("kabe").root / "case.yaml", "case.yaml").value
    change(value)
    assert list(Draft202012Validator(json_schema("case")).iter_errors(value))


def test_a_schema_that_is_not_there_is_not_found():
    with pytest.raises(NotFound, match="no schema 'colour'; there are: case, plan, lock"):
        json_schema("colour")
