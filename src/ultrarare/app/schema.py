"""JSON Schemas of every file that people or programs write or read."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from ultrarare.errors import NotFound

MODELS: Mapping[str, tuple[str, str]] = {
    "case": ("ultrarare.case.case", "Case"),
    "plan": ("ultrarare.case.plan", "Plan"),
    "lock": ("ultrarare.case.plan", "Lock"),
    "judgements": ("ultrarare.case.judgement", "Judgements"),
    "guidance": ("ultrarare.guidance.pack", "Pack"),
    "programme": ("ultrarare.programme.programme", "Programme"),
    "eligibility": ("ultrarare.programme.criteria", "Criteria"),
    "patients": ("ultrarare.programme.patients", "Patients"),
    "assessment": ("ultrarare.guidance.assessment", "Assessment"),
}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file.

    Raises:
        NotFound: no such file; names those there are.
    """
    if name not in MODELS:
        allowed = ", ".join(MODELS)
        raise NotFound(f"no schema {name!r}; there are: {allowed}", where="schema")
    module, model = MODELS[name]
    found: type[BaseModel] = getattr(import_module(module), model)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found.model_json_schema(mode="serialization" if name == "assessment" else "validation"),
    }
