"""The report of many editing samples as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ultrarare import draw
from ultrarare.dossier.editing_run import NAMES
from ultrarare.dossier.page import environment, style
from ultrarare.draw import Figure

_DEFINITIONS = {**NAMES, "indel": "Insertion or deletion"}


def batch_page(result: Mapping[str, Any], pages: Mapping[str, str]) -> str:
    """The page.

    Args:
        result: as written to `samples.json`.
        pages: sample to the address of its own report, for those that have one.
    """
    asked = [
        name for name in _DEFINITIONS
        if any(_of(one, name) is not None for one in result["samples"])
    ]  # fmt: skip
    return (
        environment()
        .get_template("editing_batch.html.j2")
        .render(
            style=style(), r=result, pages=pages, definitions=_DEFINITIONS, asked=asked, of=_of,
            figures=list(_figures(result, asked)),
            share=lambda v: "–" if v is None else f"{100 * v:.3g}",
        )
    )  # fmt: skip


def _of(sample: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    if name == "indel":
        indel: Mapping[str, Any] | None = sample["indel"]
        return indel
    found: Mapping[str, Any] | None = (sample["fractions"] or {}).get(name)
    return found


def _figures(result: Mapping[str, Any], asked: Sequence[str]) -> list[Figure]:
    """Replicates of every group, one figure a definition that some group has twice."""
    figures = []
    for name in asked:
        groups = []
        for group in result["groups"]:
            pooled = group["fractions"][name]
            if pooled is None:
                continue
            members = [one for one in result["samples"] if one["group"] == group["group"]]
            groups.append(
                draw.Replicates(
                    name=group["group"],
                    shares=[(one["sample"], _observed(_of(one, name))) for one in members],
                    pooled=(pooled["value"], pooled["lower"], pooled["upper"]),
                )
            )
        if groups:
            figures.append(draw.replicates(groups, quantity=_DEFINITIONS[name]))
    return figures


def _observed(one: Mapping[str, Any] | None) -> float | None:
    if one is None or not one["judged"]:
        return None
    share: float | None = one["observed"]
    return share
