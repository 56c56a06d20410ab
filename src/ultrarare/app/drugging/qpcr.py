"""Knock-down by qPCR, from a table of cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.app.rung import Rung
from ultrarare.errors import InputErrors, NotComputable, Problem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ultrarare.molecule.drugging.tables import CqRow
    from ultrarare.stats.drugging.quantity import Ratio, Stability

_ASSUMED = 2.0
_RANGE = (1.8, 2.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QpcrOptions:
    """What is compared.

    Attributes:
        target: gene that is knocked down.
        references: genes that should not change.
        treated: group.
        control: group.
        efficiency: factor of each cycle by gene; 2 is assumed where it is not told.
        wild_type: the other allele's assay; then the ratio of both ratios is the selectivity.
        level: coverage.
    """

    target: str
    references: tuple[str, ...]
    treated: str = "treated"
    control: str = "control"
    efficiency: Mapping[str, float]
    wild_type: str | None = None
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class QpcrReport:
    """Ratio of treated to control, and what it rests on."""

    options: QpcrOptions
    rung: Rung
    found: Ratio
    other: Ratio | None
    selectivity: Ratio | None
    sensitivity: tuple[tuple[float, float], ...]
    stable: Stability | None
    samples: tuple[dict[str, Any], ...]
    caveats: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is undefined."""
        down, low, high = self.found.knock_down
        stable = self.stable
        return {
            "target": self.options.target,
            "references": list(self.options.references),
            "groups": {"treated": self.options.treated, "control": self.options.control},
            "knock_down": {"value": down, "lower": low, "upper": high, "level": self.found.level},
            "ratio": self.found.to_json(),
            "wild_type": None if self.other is None else self.other.to_json(),
            "selectivity": None if self.selectivity is None else self.selectivity.to_json(),
            "efficiency": {
                gene: {"value": self.options.efficiency.get(gene, _ASSUMED),
                       "assumed": gene not in self.options.efficiency}
                for gene in (self.options.target, *self.options.references)
            },
            "efficiency_sensitivity": [
                {"efficiency": e, "knock_down": k} for e, k in self.sensitivity
            ],
            "stability": None if stable is None else {
                "m": dict(stable.m), "pairwise": {str(k): v for k, v in stable.pairwise.items()},
                "ranked": list(stable.ranked),
            },
            "samples": list(self.samples),
            **self.rung.to_json(),
            "caveats": list(self.caveats),
        }  # fmt: skip

    def summary(self) -> str:
        """The knock-down first."""
        down, low, high = self.found.knock_down
        text = f"{self.options.target} falls by {100 * down:.3g} %"
        if low is not None and high is not None:
            text += f" ({100 * low:.3g} to {100 * high:.3g} %)"
        text += f", {self.found.treated} treated and {self.found.control} control samples"
        if self.found.p_value is not None:
            text += f", p {self.found.p_value:.2g}"
        lines = [text, self.rung.said()]
        if self.selectivity is not None and self.other is not None:
            pick = self.selectivity
            reach = "" if pick.lower is None else f" ({pick.lower:.3g} to {pick.upper:.3g})"
            lines.append(
                f"{self.options.wild_type} keeps {100 * self.other.value:.3g} %; target over it: "
                f"{pick.value:.3g}{reach}"
            )
        if self.stable is not None:
            listed = ", ".join(f"{gene} {self.stable.m[gene]:.2f}" for gene in self.stable.ranked)
            lines.append(f"stability M of the references, steadiest first: {listed}")
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))


def knock_down(table: Path, options: QpcrOptions, rung: Rung) -> QpcrReport:
    """Read the table and compare both groups.

    Args:
        table: `sample,group,gene,cq`, a row a well; wells of one sample and gene are averaged.
        options: what is compared.
        rung: whose tissue.

    Raises:
        InputErrors: the table or an option is wrong.
        NotComputable: a group has no sample with target and references.
    """
    from ultrarare.molecule.drugging.tables import read_cq
    from ultrarare.stats.drugging.quantity import log_quantities, ratio, stability

    rows = read_cq(table)
    _check(rows, options, table.name)
    genes = [options.target, *options.references]
    genes += [] if options.wild_type is None else [options.wild_type]
    wells, caveats = _averaged(rows, genes, options)
    used, left_out = _complete(rows, wells, options)
    if left_out:
        caveats.append(
            f"left out, for want of a cycle of target or a reference: {', '.join(left_out)}; a "
            "target that was not amplified is not the same as none"
        )
    factor = {gene: options.efficiency.get(gene, _ASSUMED) for gene in genes}

    def logs(gene: str, group: str, factors: Mapping[str, float]) -> npt.NDArray[np.float64]:
        import numpy as np

        names = [s for s in used if used[s][0] == group and wells[s, gene] is not None]
        if not names:
            raise NotComputable(
                f"no sample of {group!r} has cycles of {gene} and every reference",
                remedy="Give the group's name as the table has it.",
            )
        wanted = dict.fromkeys((gene, *options.references))
        cq = {g: np.array([wells[s, g] for s in names], dtype=float) for g in wanted}
        return log_quantities(cq[gene], {g: cq[g] for g in options.references}, factors, gene)

    def both(gene: str, factors: Mapping[str, float]) -> tuple[Any, Any]:
        return logs(gene, options.treated, factors), logs(gene, options.control, factors)

    own = both(options.target, factor)
    found = ratio(*own, options.level)
    other = selectivity = None
    if options.wild_type is not None:
        second = both(options.wild_type, factor)
        other = ratio(*second, options.level)
        if all(a.size == b.size for a, b in zip(own, second, strict=True)):
            selectivity = ratio(own[0] - second[0], own[1] - second[1], options.level)
    guessed = [gene for gene in genes if gene not in options.efficiency]
    sensitivity = []
    if options.target in guessed:
        for e in _RANGE:
            value = ratio(*both(options.target, {**factor, options.target: e}), options.level)
            sensitivity.append((e, value.knock_down[0]))
    if guessed:
        said = f"efficiency of {', '.join(guessed)} is not told and taken as 2"
        if sensitivity:
            ends = " and ".join(f"{100 * k:.3g} % at {e:g}" for e, k in sensitivity)
            said += f"; the knock-down would be {ends}"
        caveats.append(said)
    if len(options.references) == 1:
        caveats.append("one reference gene: that it did not change itself is taken for granted")
    if _scatters(*own):
        caveats.append(
            "the smaller group scatters more than twice as much as the larger one: limits are then "
            "a little too narrow, and p too small (0.07 where it should be 0.05)"
        )
    if found.lower is None:
        caveats.append("one sample in a group, or equal samples: no limits; wells are no samples")
    steady = stability(
        {
            gene: _column(wells, used, gene, factor[gene])
            for gene in options.references
        }
    )  # fmt: skip
    return QpcrReport(
        options=options, rung=rung, found=found, other=other, selectivity=selectivity,
        sensitivity=tuple(sensitivity), stable=steady,
        samples=tuple(
            {"sample": s, "group": used[s][0], "cq": {g: wells[s, g] for g in genes},
             "wells": used[s][1]}
            for s in used
        ),
        caveats=tuple(caveats),
    )  # fmt: skip


def _scatters(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> bool:
    """Whether the smaller group has more than twice the sd of the larger."""
    few, many = (a, b) if a.size < b.size else (b, a)
    if few.size == many.size or few.size < 2:
        return False
    return float(few.std(ddof=1)) > 2 * float(many.std(ddof=1))


def _column(
    wells: Mapping[tuple[str, str], float | None], used: Mapping[str, Any], gene: str, factor: float
) -> npt.NDArray[np.float64]:
    import numpy as np

    cq = np.array([wells[s, gene] for s in used], dtype=float)
    return np.asarray(-np.log2(factor) * cq)


def _check(rows: Sequence[CqRow], options: QpcrOptions, name: str) -> None:
    genes, groups = {row.gene for row in rows}, {row.group for row in rows}
    problems = [
        Problem(name, f"has no gene {gene!r}; found: {', '.join(sorted(genes))}")
        for gene in (options.target, *options.references, options.wild_type)
        if gene is not None and gene not in genes
    ]
    problems += [
        Problem(name, f"has no group {group!r}; found: {', '.join(sorted(groups))}")
        for group in (options.treated, options.control)
        if group not in groups
    ]
    if not options.references:
        problems.append(Problem("--reference", "is empty; a reference gene is needed"))
    if options.target in options.references:
        problems.append(Problem("--reference", f"{options.target} is the target"))
    problems += [
        Problem("--efficiency", f"{gene} has {value:g}; allowed is above 1 to 2.2")
        for gene, value in options.efficiency.items()
        if not 1 < value <= 2.2
    ]
    if problems:
        raise InputErrors(problems, where=name)


def _averaged(
    rows: Sequence[CqRow], genes: Sequence[str], options: QpcrOptions
) -> tuple[dict[tuple[str, str], float | None], list[str]]:
    """Mean cycle of each sample and gene; wells in which nothing was amplified are told."""
    import numpy as np

    by_well: dict[tuple[str, str], list[float | None]] = {}
    for row in rows:
        if row.gene in genes and row.group in (options.treated, options.control):
            by_well.setdefault((row.sample, row.gene), []).append(row.cq)
    samples = {sample for sample, _ in by_well}
    found: dict[tuple[str, str], float | None] = {}
    empty = mixed = wide = 0
    for sample in samples:
        for gene in genes:
            cycles = by_well.get((sample, gene), [])
            seen = [c for c in cycles if c is not None]
            empty += len(cycles) - len(seen)
            mixed += 0 < len(seen) < len(cycles)
            wide += len(seen) > 1 and float(np.ptp(seen)) > 0.5
            # a mean over the wells that did amplify would be too high a quantity
            found[sample, gene] = (
                float(np.mean(seen)) if seen and len(seen) == len(cycles) else None
            )
    caveats = []
    if empty:
        caveats.append(
            f"{empty} wells show no amplification; they are not taken as cycle 40 or any other"
        )
    if mixed:
        caveats.append(f"{mixed} times some wells of a sample amplified and some did not: left out")
    if wide:
        caveats.append(f"{wide} times wells of a sample differ by more than half a cycle")
    return found, caveats


def _complete(
    rows: Sequence[CqRow], wells: Mapping[tuple[str, str], float | None], options: QpcrOptions
) -> tuple[dict[str, tuple[str, int]], list[str]]:
    """Samples with target and references, their group and wells; and those that lack one."""
    used: dict[str, tuple[str, int]] = {}
    left_out: dict[str, None] = {}
    for row in rows:
        if row.group not in (options.treated, options.control):
            continue
        if all(
            wells.get((row.sample, g)) is not None for g in (options.target, *options.references)
        ):
            used[row.sample] = (row.group, used.get(row.sample, ("", 0))[1] + 1)
        else:
            left_out[row.sample] = None
    return used, list(left_out)
