"""Nominated sites, treated against control, from a table."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare import __version__, digest
from ultrarare.errors import InputErrors, Problem

if TYPE_CHECKING:
    from ultrarare.molecule.site_table import Site
    from ultrarare.stats.sites.comparison import Compared, Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """How sites are compared; all of it is in the result.

    Attributes:
        level: coverage of limits.
        fdr: false discovery rate at which a site counts as detected.
        min_depth: replicates with fewer reads are not assessed.
        frequency: excess for which the power is given, as a share.
    """

    level: float = 0.95
    fdr: float = 0.05
    min_depth: int = 1000
    frequency: float = 0.001


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SitesReport:
    """Every site, assessed or not."""

    sites: tuple[Site, ...]
    compared: Comparison
    options: CompareOptions
    table: str
    sha256: str
    command: str | None
    out: Path | None = None

    def rows(self) -> list[dict[str, Any]]:
        """One row a site, in the order of the table."""
        found = {one.site: one for one in self.compared.sites}
        return [_row(site, found.get(site.name), self.options) for site in self.sites]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is not known."""
        counts, percents = self.compared.counts, self.compared.percents
        return {
            "schema": "ultrarare/editing-compare/1",
            "sites": self.rows(),
            "assessed": len(self.compared.sites),
            "not_assessed": len(self.sites) - len(self.compared.sites),
            "options": {name: getattr(self.options, name) for name in CompareOptions.__slots__},
            "tests": "one-sided for more in the treated; q by Benjamini and Hochberg over the "
            "assessed sites; detected: q at or below fdr and lower limit above 0",
            "scatter": {
                "dispersion": None if counts is None else counts.prior,
                "dispersion_df": None if counts is None else _finite(counts.prior_df),
                "root_variance": None if percents is None else percents.prior,
                "root_variance_df": None if percents is None else _finite(percents.prior_df),
            },
            "provenance": {
                "software": f"ultrarare {__version__}", "command": self.command,
                "table": self.table, "sha256": self.sha256,
            },
        }  # fmt: skip

    def summary(self) -> str:
        """Sites that were detected, those not assessed, and what the rest lies below."""
        rows = self.rows()
        detected = [row for row in rows if row["verdict"] == "detected"]
        missing = [row for row in rows if row["verdict"] == "not assessed"]
        quiet = [row for row in rows if row["verdict"] == "not detected"]
        lines = [
            f"{len(rows)} sites: {len(detected)} detected, {len(quiet)} not detected, "
            f"{len(missing)} not assessed"
        ]
        lines += [f"  {row['site']}: {row['said']}" for row in (*detected, *quiet, *missing)]
        told = [row["caveats"] for row in (*detected, *quiet)]
        caveats = dict.fromkeys(text for one in told for text in one)
        lines += [
            f"- {text} ({sum(text in one for one in told)} of {len(told)} assessed sites)"
            for text in caveats
        ]
        floors = {row["floor"] for row in rows if row["floor"] is not None}
        if floors:
            lines.append(
                "- exchanging treated and control replicates alone could give no p below "
                f"{max(floors):.3g}: smaller ones rest on how replicates scatter at other sites or "
                "on the reads"
            )
        if self.out is not None:
            lines.append(f"written: {self.out / 'sites.csv'}")
        return "\n".join(lines)


def compare_table(
    table: Path, options: CompareOptions, *, out: Path | None = None, command: str | None = None
) -> SitesReport:
    """Compare every site of a table.

    Args:
        table: see `site_table.read_sites`.
        options: how.
        out: folder for `sites.csv` and `sites.json`; None writes nothing.
        command: the command line, for the record.

    Raises:
        InputErrors: the table or an option is wrong.
    """
    from ultrarare.dossier.write import write
    from ultrarare.molecule.site_table import read_sites
    from ultrarare.stats.sites.comparison import compare_sites

    _check(table, options)
    sites = read_sites(table, name=table.name, min_depth=options.min_depth)
    compared = compare_sites(
        [site.pair for site in sites if site.pair is not None],
        fdr=options.fdr, level=options.level, frequency=options.frequency,
    )  # fmt: skip
    report = SitesReport(
        sites=sites, compared=compared, options=options, table=table.name,
        sha256=digest.of_file(table), command=command, out=out,
    )  # fmt: skip
    if out is not None:
        write(
            out,
            {
                "sites.json": _json(report.to_json()),
                "sites.csv": _csv(report.rows()),
            },
        )
    return report


def _check(table: Path, options: CompareOptions) -> None:
    problems = [
        Problem(name, f"is {getattr(options, name):g}; allowed is above 0 and below 1")
        for name in ("level", "fdr", "frequency")
        if not 0 < getattr(options, name) < 1
    ]
    if not table.is_file():
        problems.append(Problem(str(table), "is not there, or is not a file"))
    if problems:
        raise InputErrors(problems, where="compare")


def _row(site: Site, one: Compared | None, options: CompareOptions) -> dict[str, Any]:
    named = {
        name: site.described.get(name)
        for name in ("chrom", "start", "end", "gene", "annotation", "note")
    }
    if one is None or site.pair is None:
        return {
            "site": site.name, **named, "status": "not assessed", "verdict": "not assessed",
            "said": f"not assessed: {site.why_not}", "reason": site.why_not,
            **dict.fromkeys(_NUMBERS), "treated": _arm_json(site, "treated"),
            "control": _arm_json(site, "control"), "replicates": list(site.replicates),
            "caveats": list(site.left_out),
        }  # fmt: skip
    verdict, said = _verdict(one, options)
    return {
        "site": site.name, **named,
        "status": "assessed" if verdict != "not assessed" else "not assessed",
        "verdict": verdict, "said": said,
        "reason": said.removeprefix("not assessed: ") if verdict == "not assessed" else None,
        "difference": one.difference, "lower": one.lower, "upper": one.upper,
        "below": one.below,
        "p_value": one.p_value, "q_value": one.q_value, "lod": one.lod,
        "lod_alone": one.lod_alone, "power": one.power, "floor": one.floor,
        "dispersion": one.dispersion, "treated": _arm_json(site, "treated"),
        "control": _arm_json(site, "control"), "replicates": list(site.replicates),
        "caveats": [*site.left_out, *one.caveats],
    }  # fmt: skip


_NUMBERS = (
    "difference", "lower", "upper", "below", "p_value", "q_value", "lod", "lod_alone", "power",
    "floor", "dispersion",
)  # fmt: skip


def _verdict(one: Compared, options: CompareOptions) -> tuple[str, str]:
    if one.q_value is None or one.lower is None or one.upper is None:
        return "not assessed", (
            "not assessed: one replicate without a depth in a group, so that nothing says how "
            "much it scatters"
        )
    limits = f"{_percent(one.lower)} to {_percent(one.upper)}"
    if one.q_value <= options.fdr and one.lower > 0:
        return "detected", f"detected: {_percent(one.difference)} ({limits}), q {one.q_value:.2g}"
    said = f"not detected: below {_percent(one.below or 0.0)}"
    if one.lod is not None:
        said += f" (would be detected with 95 % chance from {_percent(one.lod)})"
    return "not detected", said


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %".replace("-", "−")


def _finite(value: float) -> float | None:
    """None for infinity: all sites scatter alike."""
    return value if value < 1e300 else None


def _arm_json(site: Site, group: str) -> dict[str, Any]:
    rows = [row for row in site.replicates if row["group"] == group and row["assessed"]]
    depths = [row["depth"] for row in rows]
    edited = [row["edited"] for row in rows]
    shares = [row["share"] for row in rows]
    pooled = None
    if site.pair is not None:
        pooled = (site.pair.treated if group == "treated" else site.pair.control).pooled
    return {
        "replicates": len(rows),
        "frequency": pooled,
        "frequencies": shares,
        "edited": None if not edited or None in edited else sum(edited),
        "depth": None if not depths or None in depths else sum(depths),
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    """Flat: groups in columns of their own, lists joined."""
    flat = []
    for row in rows:
        plain = {k: v for k, v in row.items() if k not in {"treated", "control", "replicates"}}
        for group in ("treated", "control"):
            for name, value in row[group].items():
                plain[f"{group}_{name}"] = (
                    ";".join(f"{x:.6g}" for x in value) if isinstance(value, list) else value
                )
        plain["caveats"] = "; ".join(row["caveats"])
        flat.append(plain)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(flat[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: "" if v is None else v for k, v in row.items()} for row in flat)
    return text.getvalue().encode()
