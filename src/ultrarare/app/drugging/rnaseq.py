"""Knock-down by counts of RNA-seq reads, and what else changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ultrarare.app.rung import Rung
from ultrarare.errors import InputErrors, NotComputable, Problem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ultrarare.molecule.drugging.counts import CountMatrix
    from ultrarare.stats.drugging.expression import Expression
    from ultrarare.stats.drugging.quantity import Ratio

_FDR: Final = 0.05
_LISTED: Final = 50
_FEW: Final = 10
"""Mean reads of the target in controls below which its fall can hardly be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RnaseqOptions:
    """What is compared.

    Attributes:
        target: gene that is knocked down.
        treated: group.
        control: group.
        references: genes that should not change; empty for the median over all genes.
        wild_type: row of the other allele, where alleles are counted apart.
        level: coverage.
    """

    target: str
    treated: str = "treated"
    control: str = "control"
    references: tuple[str, ...] = ()
    wild_type: str | None = None
    level: float = 0.95


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RnaseqReport:
    """Ratio of treated to control for the target, and the genes that changed beside it."""

    options: RnaseqOptions
    rung: Rung
    found: Ratio
    q_value: float | None
    other: Ratio | None
    selectivity: Ratio | None
    samples: tuple[dict[str, Any], ...]
    changed: tuple[dict[str, Any], ...]
    genes: int
    tested: int
    prior_df: float
    weighted: bool
    caveats: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is undefined."""
        down, low, high = self.found.knock_down
        return {
            "target": self.options.target,
            "groups": {"treated": self.options.treated, "control": self.options.control},
            "knock_down": {"value": down, "lower": low, "upper": high, "level": self.found.level},
            "ratio": {**self.found.to_json(), "q_value": self.q_value},
            "wild_type": None if self.other is None else self.other.to_json(),
            "selectivity": None if self.selectivity is None else self.selectivity.to_json(),
            "references": list(self.options.references),
            "samples": list(self.samples),
            "other_genes": {
                "counted": self.genes - 1, "tested": self.tested, "fdr": _FDR,
                "fewer": sum(one["log2_change"] < 0 for one in self.changed),
                "more": sum(one["log2_change"] > 0 for one in self.changed),
                "listed": list(self.changed[:_LISTED]),
            },
            "scatter": {
                "weighted_by_size": self.weighted,
                "prior_df": self.prior_df if self.prior_df < float("inf") else None,
                "all_genes_alike": self.prior_df == float("inf"),
            },
            **self.rung.to_json(),
            "caveats": list(self.caveats),
        }  # fmt: skip

    def summary(self) -> str:
        """The knock-down first, then the other genes."""
        down, low, high = self.found.knock_down
        text = f"{self.options.target} falls by {100 * down:.3g} %"
        if low is not None and high is not None:
            text += f" ({100 * low:.3g} to {100 * high:.3g} %)"
        text += f", {self.found.treated} treated and {self.found.control} control samples"
        if self.found.p_value is not None:
            text += f", p {self.found.p_value:.2g}"
        lines = [text, self.rung.said()]
        if self.other is not None:
            line = f"{self.options.wild_type} keeps {100 * self.other.value:.3g} %"
            if (pick := self.selectivity) is not None:
                reach = "" if pick.lower is None else f" ({pick.lower:.3g} to {pick.upper:.3g})"
                line += f"; target over it: {pick.value:.3g}{reach}"
            lines.append(line)
        fewer = sum(one["log2_change"] < 0 for one in self.changed)
        lines.append(
            f"of {self.tested:,} other genes tested, {fewer:,} fall and "
            f"{len(self.changed) - fewer:,} rise at a false discovery rate of {100 * _FDR:g} %"
        )
        lines += [
            f"  {one['gene']}: {2 ** one['log2_change']:.3g} times, q {one['q_value']:.2g}"
            for one in self.changed[:5]
        ]
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))


def knock_down_by_counts(
    table: Path, sheet: Path, options: RnaseqOptions, rung: Rung
) -> RnaseqReport:
    """Read counts and sheet, and compare both groups.

    Args:
        table: genes by samples, reads.
        sheet: `sample,group`.
        options: what is compared.
        rung: whose tissue.

    Raises:
        InputErrors: a table or an option is wrong.
        NotComputable: the target was read in no sample, or depths cannot be compared.
    """
    import numpy as np

    from ultrarare.molecule.drugging.counts import read_counts, read_sheet
    from ultrarare.stats.drugging.expression import expression, size_factors
    from ultrarare.stats.drugging.quantity import ratio

    groups = read_sheet(sheet)
    wanted = (options.treated, options.control)
    known = ", ".join(sorted(set(groups.values())))
    absent = [
        Problem(sheet.name, f"has no group {group!r}; found: {known}")
        for group in wanted
        if group not in groups.values()
    ]
    if options.treated == options.control:
        absent.append(Problem("--control", f"is {options.control!r}, as the treated group"))
    if absent:
        raise InputErrors(absent, where=sheet.name)
    matrix = read_counts(table, {s: g for s, g in groups.items() if g in wanted})
    _check(matrix, options, table.name)
    at = {gene: k for k, gene in enumerate(matrix.genes)}
    own = at[options.target]
    if not matrix.counts[own].any():
        raise NotComputable(
            f"{options.target} was read in no sample", where=table.name,
            remedy="No reads in the controls cannot fall; sequence deeper or use qPCR.",
        )  # fmt: skip
    treated = np.array([group == options.treated for group in matrix.groups])
    factors = size_factors(matrix.counts, _reference_flags(matrix, options))
    compared = expression(matrix.counts, treated, factors)
    found = compared.ratio(own, options.level)
    other = selectivity = None
    if options.wild_type is not None:
        second = at[options.wild_type]
        other = compared.ratio(second, options.level)
        logs = compared.logs[own] - compared.logs[second]
        selectivity = ratio(logs[treated], logs[~treated], options.level)
    kept = {own} if options.wild_type is None else {own, at[options.wild_type]}
    return RnaseqReport(
        options=options, rung=rung, found=found, q_value=compared.q_value[own], other=other,
        selectivity=selectivity,
        samples=tuple(
            {"sample": name, "group": group, "reads": int(matrix.counts[own, k]),
             "total": int(matrix.counts[:, k].sum()), "size_factor": float(factors[k]),
             "per_million": float(2 ** compared.logs[own, k])}
            for k, (name, group) in enumerate(zip(matrix.samples, matrix.groups, strict=True))
        ),
        changed=_changed(matrix, compared, kept),
        genes=len(matrix.genes),
        tested=int(compared.tested.sum()) - sum(bool(compared.tested[k]) for k in kept),
        prior_df=compared.prior_df, weighted=compared.weighted,
        caveats=tuple(_caveats(matrix, treated, own, options, groups)),
    )  # fmt: skip


def _check(matrix: CountMatrix, options: RnaseqOptions, name: str) -> None:
    known = set(matrix.genes)
    problems = [
        Problem(name, f"has no gene {gene!r}", "name it as the first column does")
        for gene in (options.target, *options.references, options.wild_type)
        if gene is not None and gene not in known
    ]
    if options.target in options.references:
        problems.append(Problem("--reference", f"{options.target} is the target"))
    if options.wild_type == options.target:
        problems.append(Problem("--wild-type", f"{options.target} is the target"))
    if problems:
        raise InputErrors(problems, where=name)


def _reference_flags(matrix: CountMatrix, options: RnaseqOptions) -> npt.NDArray[np.bool_] | None:
    import numpy as np

    if not options.references:
        return None
    return np.array([gene in options.references for gene in matrix.genes])


def _changed(
    matrix: CountMatrix, compared: Expression, kept: set[int]
) -> tuple[dict[str, Any], ...]:
    """Genes at the false discovery rate, the surest first; not the target."""
    rows = [
        {"gene": matrix.genes[k], "log2_change": float(compared.change[k]),
         "p_value": float(compared.p_value[k]), "q_value": q}
        for k, q in enumerate(compared.q_value)
        if q is not None and q <= _FDR and k not in kept
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row["p_value"], row["gene"])))


def _caveats(
    matrix: CountMatrix,
    treated: npt.NDArray[np.bool_],
    own: int,
    options: RnaseqOptions,
    groups: Mapping[str, str],
) -> list[str]:
    from ultrarare.stats.drugging.expression import FEWEST_FOR_TREND, FEWEST_READS, FEWEST_SHARED

    said = []
    reads = matrix.counts[own]
    if reads[~treated].mean() < _FEW:
        said.append(
            f"controls have {reads[~treated].mean():.3g} reads of {options.target} on average: too "
            "few to tell how far it falls"
        )
    if not reads[treated].any():
        said.append(
            f"no treated sample has a read of {options.target}: half a read stands for none, so "
            "it falls by at least about as much as is said"
        )
    genes = int((matrix.counts.sum(axis=1) >= FEWEST_READS).sum())
    if treated.size == 2:
        said.append("one sample in each group: no limits and no test; reads are no samples")
    elif genes < FEWEST_SHARED:
        said.append(
            f"{genes} genes have {FEWEST_READS} reads or more: each has its own variance, from few "
            "samples"
        )
    elif genes < FEWEST_FOR_TREND:
        said.append(
            f"{genes} genes have {FEWEST_READS} reads or more, too few to learn how scatter goes "
            "with the number of reads: all counts weigh alike"
        )
    if not options.references:
        said.append(
            "depth is judged by the median over all genes: that most of them did not change is "
            "taken for granted"
        )
    elif len(options.references) == 1:
        said.append("one reference gene: that it did not change itself is taken for granted")
    if options.wild_type is not None:
        said.append(
            "reads of either allele are taken as counted; reads that map better to one allele "
            "shift both groups alike"
        )
    others = sorted({g for g in groups.values() if g not in (options.treated, options.control)})
    if others:
        said.append(f"groups of the sheet that were not compared: {', '.join(others)}")
    if matrix.skipped:
        said.append(f"rows that are no genes were left out: {', '.join(matrix.skipped[:6])}")
    return said
