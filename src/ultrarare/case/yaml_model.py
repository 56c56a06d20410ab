"""A value from a YAML file that is none of the case's own: every problem with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ultrarare.case.shape import told
from ultrarare.case.yaml_text import dotted, line_of, read_plain
from ultrarare.errors import InputErrors, Problem

Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model], *, name: str, whole: str) -> Model:
    """Read one value from YAML or JSON.

    Args:
        path: the file.
        model: what it holds.
        name: of the file, for errors.
        whole: what the value is called where a problem has no field.

    Raises:
        InputErrors: no YAML, no mapping, or fields that are wrong, each with its line.
    """
    plain = read_plain(path, name)
    if plain.problems:
        raise InputErrors(plain.problems, where=name)
    if not isinstance(plain.value, Mapping):
        raise InputErrors([Problem(name, "is no mapping of fields")], where=name)
    try:
        return model.model_validate(plain.value)
    except ValidationError as error:
        problems = [
            Problem(
                f"{name}:{line_of(plain.lines, e['loc'])}",
                f"{dotted(e['loc']) or whole}: {told(e, model)}",
            )
            for e in error.errors()
        ]
    raise InputErrors(problems, where=name)
