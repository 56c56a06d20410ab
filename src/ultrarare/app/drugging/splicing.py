"""Inclusion of an exon, treated against control, from a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ultrarare.app.rung import Rung
from ultrarare.errors import InputErrors, Problem

if TYPE_CHECKING:
    from ultrarare.molecule.drugging.tables import InclusionRow
    from ultrarare.stats.drugging.inclusion import Group, InclusionChange

Counts = Literal["reads", "molecules", "intensities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplicingReport:
    """PSI of both groups and its change."""

    found: InclusionChange
    samples: tuple[dict[str, Any], ...]
    what: Counts
    rung: Rung
    caveats: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is undefined."""
        one = self.found
        return {
            "psi": {"treated": one.treated, "control": one.control},
            "difference": {"value": one.difference, "lower": one.lower, "upper": one.upper,
                           "level": one.level},
            "p_value": one.p_value, "dispersion": one.dispersion, "counted": self.what,
            "samples": list(self.samples), **self.rung.to_json(), "caveats": list(self.caveats),
        }  # fmt: skip

    def summary(self) -> str:
        """The change first."""
        one = self.found
        text = (
            f"inclusion {100 * one.control:.3g} % in controls, {100 * one.treated:.3g} % in "
            f"treated: {100 * one.difference:+.3g} points"
        )
        if one.lower is not None and one.upper is not None:
            text += f" ({100 * one.lower:+.3g} to {100 * one.upper:+.3g})"
        if one.p_value is not None:
            text += f", p {one.p_value:.2g}"
        return "\n".join((text, self.rung.said(), *(f"- {text}" for text in self.caveats)))


def splice_change(
    table: Path,
    *,
    treated: str,
    control: str,
    what: Counts,
    junctions: int,
    rung: Rung,
    level: float = 0.95,
) -> SplicingReport:
    """Read the table and compare both groups.

    Args:
        table: `sample,group,inclusion,exclusion`.
        treated: group.
        control: group.
        what: junction reads, molecules (digital PCR), or intensities (gel, capillary).
        junctions: junctions that inclusion reads come from; 2 for a cassette exon.
        rung: whose tissue.
        level: coverage.

    Raises:
        InputErrors: the table is wrong, or has no such group.
        NotComputable: a group has no sample in which anything was counted.
    """
    from ultrarare.molecule.drugging.tables import read_inclusion
    from ultrarare.stats.drugging.inclusion import inclusion_change

    rows = read_inclusion(table)
    groups = sorted({row.group for row in rows})
    problems = [
        Problem(table.name, f"has no group {group!r}; found: {', '.join(groups)}")
        for group in (treated, control)
        if group not in groups
    ]
    if what != "intensities":
        problems += [
            Problem(table.name, f"{row.sample} has {value:g}, which is no count",
                    "say that they are intensities with --counted intensities")
            for row in rows for value in (row.inclusion, row.exclusion)
            if value is not None and value != round(value)
        ]  # fmt: skip
    if problems:
        raise InputErrors(problems, where=table.name)
    share = float(junctions) if what == "reads" else 1.0
    listed = tuple(
        _sample(row, share, what, level) for row in rows if row.group in (treated, control)
    )
    found = inclusion_change(_group(listed, treated, what), _group(listed, control, what), level)
    lost = [one["sample"] for one in listed if one["psi"] is None]
    caveats = list(found.caveats)
    if lost:
        caveats.append(f"not assessed, nothing counted: {', '.join(lost)}")
    if what == "reads":
        caveats.append("junction reads are not molecules: PCR duplicates count again")
    return SplicingReport(found=found, samples=listed, what=what, rung=rung, caveats=tuple(caveats))


def _sample(row: InclusionRow, share: float, what: Counts, level: float) -> dict[str, Any]:
    from ultrarare.stats.drugging.inclusion import sample_limits

    psi = lower = upper = weight = None
    if row.inclusion is not None and row.exclusion is not None:
        weight = row.inclusion / share + row.exclusion
        if weight > 0:
            psi = row.inclusion / share / weight
            if what != "intensities":
                lower, upper = sample_limits(psi, weight, level)
    return {
        "sample": row.sample, "group": row.group, "psi": psi, "lower": lower, "upper": upper,
        "counted": weight, "assessed": psi is not None,
    }  # fmt: skip


def _group(listed: tuple[dict[str, Any], ...], name: str, what: Counts) -> Group:
    import numpy as np

    from ultrarare.stats.drugging.inclusion import Group

    used = [one for one in listed if one["group"] == name and one["assessed"]]
    psi = np.array([one["psi"] for one in used], dtype=float)
    if what == "intensities":
        return Group(psi=psi, weight=None)
    return Group(psi=psi, weight=np.array([one["counted"] for one in used], dtype=float))
