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
