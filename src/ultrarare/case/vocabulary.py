"""The finding kinds there are, and the attributes that a predicate may read of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

COMMON_FIELDS = ("estimate.value", "estimate.lower", "estimate.upper", "n")
"""What may be asked of any finding, beside its declared attributes."""


class Kind(BaseModel):
    """One finding kind: who may give it, what it is about, its attributes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["analysis", "statement", "both"]
    about: str
    attributes: Mapping[str, Literal["number", "text", "flag"]] = {}


@cache
def vocabulary() -> Mapping[str, Kind]:
    """Every declared kind by its name."""
    text = resources.files(__package__).joinpath("vocabulary.yaml").read_text("utf-8")
    return TypeAdapter(dict[str, Kind]).validate_python(yaml.safe_load(text))


def why_unknown(kind: str, field: str | None = None) -> str | None:
    """Why `kind` (and `field` of it) cannot be asked for; None if it can."""
    known = vocabulary().get(kind)
    if known is None:
        subject = kind.partition(".")[0]
        near = ", ".join(name for name in vocabulary() if name.partition(".")[0] == subject)
        return f"finding kind {kind!r} is not in the vocabulary" + (
            f"; near: {near}" if near else ""
        )
    if field is None or field in COMMON_FIELDS or field in known.attributes:
        return None
    allowed = ", ".join([*known.attributes, *COMMON_FIELDS])
    return f"{kind} has no field {field!r}; allowed are: {allowed}"


def why_not_stated(kind: str, attributes: Mapping[str, object]) -> str | None:
    """Why no source and no person can state `kind` with these attributes; None if one can.

    What only an analysis gives cannot be stated: a declared result is no computed one.
    """
    if (why := why_unknown(kind)) is not None:
        return why
    known = vocabulary()[kind]
    if known.by == "analysis":
        return f"{kind} is given by an analysis only; a statement cannot stand in for it"
    for name, value in attributes.items():
        wanted = known.attributes.get(name)
        if wanted is None:
            allowed = ", ".join(known.attributes) or "none"
            return f"{kind} has no attribute {name!r}; allowed are: {allowed}"
        if value is not None and not _fits(value, wanted):
            return f"attribute {name} of {kind}: found {value!r}; allowed is a {wanted}"
    return None


def _fits(value: object, wanted: str) -> bool:
    if wanted == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool if wanted == "flag" else str)
