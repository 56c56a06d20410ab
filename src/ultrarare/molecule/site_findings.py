"""Nominated off-target sites of a case: what was tested, how deep, what was found, what was not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import SiteTable
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.errors import InputErrors, Problem
from ultrarare.molecule.site_table import Site, read_sites

if TYPE_CHECKING:
    from ultrarare.stats.sites.comparison import Compared

CHANCE = 0.95
"""Chance that the DNA that went in holds a copy of an edit at the limit that is claimed."""


class SiteParameters(Parameters):
    """How sites are compared; see `editing compare`.

    Attributes:
        level: coverage of limits.
        fdr: false discovery rate at which a site counts as detected.
        min_depth: replicates with fewer reads are not assessed.
    """

    level: float = Field(default=0.95, gt=0, lt=1)
    fdr: float = Field(default=0.05, gt=0, lt=1)
    min_depth: int = Field(default=1000, ge=1)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    from ultrarare.stats.sites.comparison import compare_sites

    dataset: SiteTable = inputs.one("sites")
    given: SiteParameters = inputs.parameters
    sites = read_sites(inputs.path(dataset.file), name=dataset.file, min_depth=given.min_depth)
    names = {site.name for site in sites}
    unknown = [name for name in dataset.on_target if name not in names]
    if unknown:
        raise InputErrors(
            [Problem(f"case.yaml {dataset.id}.on_target", f"{dataset.file} has no site {name!r}")
             for name in unknown]
        )  # fmt: skip
    off = [site for site in sites if site.name not in dataset.on_target]
    compared = compare_sites(
        [site.pair for site in off if site.pair is not None],
        fdr=given.fdr, level=given.level, frequency=0.001,
    )  # fmt: skip
    by_name = {one.site: one for one in compared.sites if one.q_value is not None}
    yield _sensitivity(dataset, off, by_name)
    yield from _verified(dataset, off, by_name, given)
    yield _confirmation(dataset, off, by_name)
    yield _input(dataset, off, by_name)
    yield _report(dataset, off)


def _sensitivity(dataset: SiteTable, off: Sequence[Site], compared: dict[str, Compared]) -> Finding:
    lods = [one.lod for one in compared.values()]
    worst = max((lod for lod in lods if lod is not None), default=None)
    if any(lod is None for lod in lods):
        worst = None
    missing = [site for site in off if site.name not in compared]
    whole = not missing and bool(off) and worst is not None
    said = "the limit is not known at every one" if worst is None else (
        f"an excess of {100 * worst:.2g} % would be seen at the least sensitive"
    )  # fmt: skip
    return computed(
        name="sensitivity",
        kind="offtarget.sensitivity",
        statement=f"{len(compared)} of {len(off)} nominated sites are assessed, treated against "
        f"control; {said}.",
        direction=Direction.SUPPORTS if whole else Direction.INCONCLUSIVE,
        n=len(compared),
        n_unit="sites",
        caveats=[
            *(f"{site.name} is not assessed: {site.why_not or 'nothing says how it scatters'}."
              for site in missing),
            *dict.fromkeys(text for one in compared.values() for text in one.caveats),
        ],
        attributes={"sites": len(off), "assessed": len(compared), "worst_lod": worst},
        ladder=dataset.sample.ladder,
        measure="limit of detection at nominated sites",
        details={
            "sites": [
                {"site": site.name, "assessed": site.name in compared,
                 "difference": None if (one := compared.get(site.name)) is None
                 else one.difference,
                 "lower": None if one is None else one.lower,
                 "upper": None if one is None else one.upper,
                 "q_value": None if one is None else one.q_value,
                 "lod": None if one is None else one.lod}
                for site in off
            ]
        },
    )  # fmt: skip


def _verified(
    dataset: SiteTable, off: Sequence[Site], compared: dict[str, Compared], given: SiteParameters
) -> Iterable[Finding]:
    for site in off:
        one = compared.get(site.name)
        if one is None or one.q_value is None or one.lower is None:
            continue
        if one.q_value > given.fdr or one.lower <= 0:
            continue
        gene = site.described.get("gene")
        yield computed(
            name=f"verified-{site.name}",
            kind="offtarget.verified-site",
            statement=f"Editing is detected at {site.name}"
            + (f" ({gene})" if gene else "")
            + f": {100 * one.difference:.2g} % above control, q {one.q_value:.2g}.",
            direction=Direction.SUPPORTS,
            estimate=Estimate(
                value=one.difference, lower=one.lower, upper=one.upper, level=given.level
            ),
            caveats=one.caveats,
            ladder=dataset.sample.ladder,
            measure=f"excess of edited reads at {site.name}",
        )


def _confirmation(
    dataset: SiteTable, off: Sequence[Site], compared: dict[str, Compared]
) -> Finding:
    nominated = dataset.nominated
    share = None if nominated is None else len(compared) / nominated
    said = (
        "how many were nominated is not stated"
        if nominated is None
        else f"{nominated} were nominated"
    )
    return computed(
        name="confirmation",
        kind="offtarget.confirmation",
        statement=f"{len(compared)} sites were sequenced in treated and control and could be "
        f"assessed, of {len(off)} in the table; {said}.",
        direction=Direction.SUPPORTS if compared else Direction.INCONCLUSIVE,
        n=len(compared),
        n_unit="sites",
        attributes={
            "fraction_confirmed": share, "filter_prespecified": dataset.filter_prespecified,
        },
        ladder=dataset.sample.ladder,
        measure="share of nominated sites that were sequenced",
    )  # fmt: skip


def _input(dataset: SiteTable, off: Sequence[Site], compared: dict[str, Compared]) -> Finding:
    copies = [
        row["input_copies"] for site in off if site.name in compared for row in site.replicates
    ]
    known = [value for value in copies if value is not None]
    least = min(known) if known and len(known) == len(copies) else None
    enough = None
    if least is not None:
        enough = all(_carries(site, compared[site.name]) for site in off if site.name in compared)
    said = (
        "The genome copies that went in are not stated for every replicate."
        if least is None
        else f"At least {least:,} genome copies went in per replicate."
    )
    return computed(
        name="input",
        kind="offtarget.input",
        statement=said,
        direction=Direction.SUPPORTS if least is not None else Direction.INCONCLUSIVE,
        attributes={"genome_copies": least, "enough_for_lod": enough},
        ladder=dataset.sample.ladder,
        measure="genome copies per replicate",
    )


def _carries(site: Site, one: Compared) -> bool:
    """Whether the treated DNA of all replicates holds a copy of an edit at the site's limit."""
    if one.lod is None:
        return False
    copies = sum(row["input_copies"] for row in site.replicates if row["group"] == "treated")
    return bool(1 - (1 - one.lod) ** copies >= CHANCE - 0.005)


_FIELDS = ("chrom", "start", "end", "annotation")


def _report(dataset: SiteTable, off: Sequence[Site]) -> Finding:
    lacking = [name for name in _FIELDS if any(not site.described.get(name) for site in off)]
    rows = [row for site in off for row in site.replicates]
    if any(row["edited"] is None or row["depth"] is None for row in rows):
        lacking.append("counts and depth of each replicate")
    if any(row["input_copies"] is None for row in rows):
        lacking.append("genome copies that went in")
    said = f"it lacks {', '.join(lacking)}" if lacking else "it has every field that can be checked"
    return computed(
        name="report",
        kind="offtarget.report",
        statement=f"The table of nominated sites is machine-readable; {said}.",
        direction=Direction.SUPPORTS,
        caveats=("Library, command lines, reference and quality criteria are not in the table.",),
        attributes={"complete": False if lacking else None, "machine_readable": True},
        ladder=dataset.sample.ladder,
        measure="fields of the off-target report",
    )


SITES = Analysis(
    name="editing.sites",
    summary="Nominated off-target sites, treated against control over replicates: what was "
    "assessed, limits of detection, sites where editing is detected.",
    method="editing-sites",
    needs=(Need(role="sites", kinds=("site-table",)),),
    gives=(
        "offtarget.sensitivity",
        "offtarget.verified-site",
        "offtarget.confirmation",
        "offtarget.input",
        "offtarget.report",
    ),
    compute=_compute,
    parameters=SiteParameters,
    by_itself=True,
    plannable=False,
    judged=False,
)
