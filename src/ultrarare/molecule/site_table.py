"""Nominated sites from a table: counts or percents of each replicate, and what is not assessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ultrarare.case.table import Column, Row, count, not_negative, read_table
from ultrarare.errors import InputErrors, Problem
from ultrarare.stats.sites.replicates import Arm, Pair
from ultrarare.words import counted

GROUPS = ("treated", "control")
DESCRIBED = ("chrom", "start", "end", "gene", "annotation", "note")


def _group(text: str) -> str:
    if text.strip().lower() not in GROUPS:
        raise ValueError(f"found {text!r}; allowed is treated or control")
    return text.strip().lower()


def _step(text: str) -> tuple[float, float]:
    """A percentage as a share, and the step in which it is told."""
    value = not_negative(text)
    if value > 100:
        raise ValueError(f"found {text!r}; allowed is 0 to 100")
    decimals = len(text.strip().partition(".")[2]) if "e" not in text.lower() else 6
    return value / 100, 10.0**-decimals / 100


_COLUMNS = (
    Column("site", str),
    Column("group", _group),
    Column("replicate", str, required=False, may_be_empty=True),
    Column("edited", count, required=False, may_be_empty=True),
    Column("percent", _step, required=False, may_be_empty=True),
    Column("depth", count, required=False, may_be_empty=True),
    Column("input_copies", count, required=False, may_be_empty=True),
    *(Column(name, str, required=False, may_be_empty=True) for name in DESCRIBED),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Site:
    """One nominated site.

    Attributes:
        name: as in the table.
        described: coordinates, annotation and notes, as told.
        pair: its replicates; None where it is not assessed.
        why_not: why it is not assessed; None where it is.
        left_out: replicates that are not assessed, with the reason.
        replicates: every row of the table: group, replicate, edited, depth, share.
    """

    name: str
    described: dict[str, str]
    pair: Pair | None
    why_not: str | None
    left_out: tuple[str, ...]
    replicates: tuple[dict[str, Any], ...]


def read_sites(path: Path, *, name: str, min_depth: int) -> tuple[Site, ...]:
    """Read `site,group,replicate,edited,depth` or `site,group,replicate,percent[,depth]`.

    Args:
        path: the table; also `input_copies`, `chrom`, `start`, `end`, `gene`, `annotation`, `note`.
        name: of it, for errors.
        min_depth: replicates with fewer reads are not assessed.

    Returns:
        Sites in the order of the table. An empty cell of `edited` or `percent`, no reads, and too
        few reads are *not assessed*, never zero.

    Raises:
        InputErrors: a wrong cell, more edited reads than reads, neither `edited` nor `percent` or
            both, a replicate twice, or a site described in two ways; all are listed.
    """
    rows = read_table(path, _COLUMNS, name=name)
    problems = list(_problems(rows, name))
    if problems:
        raise InputErrors(problems, where=name)
    by_site: dict[str, list[Row]] = {}
    for row in rows:
        by_site.setdefault(row["site"], []).append(row)
    return tuple(_site(site, found, min_depth) for site, found in by_site.items())


def _problems(rows: Sequence[Row], name: str) -> Iterator[Problem]:
    has = {column for column in ("edited", "percent") if column in rows[0].cells}
    if len(has) != 1:
        found = "both edited and percent" if has else "neither edited nor percent"
        yield Problem(f"{name}:1", f"has {found}; one of them is needed")
        return
    if "edited" in has and "depth" not in rows[0].cells:
        yield Problem(
            f"{name}:1", "has edited and no depth", "give the reads too, or percent alone"
        )
        return
    seen: dict[tuple[str, str, str], int] = {}
    numbers: dict[tuple[str, str], int] = {}
    for row in rows:
        place = (row["site"], row["group"])
        numbers[place] = numbers.get(place, 0) + 1
        key = (*place, row.get("replicate") or f"#{numbers[place]}")
        if key in seen:
            yield Problem(
                f"{name}:{row.line}",
                f"replicate {key[2]} of {key[0]}, {key[1]}, stands in line {seen[key]} too",
            )
        seen[key] = row.line
        edited, depth = row.get("edited"), row.get("depth")
        if edited is not None and depth is not None and edited > depth:
            yield Problem(f"{name}:{row.line} edited", f"found {edited} of {depth} reads")
        if edited is not None and depth is None:
            yield Problem(f"{name}:{row.line} depth", "is empty; a count needs its reads")
        if row.get("input_copies") == 0:
            yield Problem(f"{name}:{row.line} input_copies", "found 0; allowed is 1 or more")
    yield from _described_twice(rows, name)


def _described_twice(rows: Sequence[Row], name: str) -> Iterator[Problem]:
    told: dict[tuple[str, str], str] = {}
    for row in rows:
        for field in DESCRIBED[:-1]:
            value = row.get(field)
            if value is None:
                continue
            before = told.setdefault((row["site"], field), value)
            if before != value:
                yield Problem(
                    f"{name}:{row.line} {field}", f"found {value!r}, but {before!r} before"
                )


def _site(site: str, rows: Sequence[Row], min_depth: int) -> Site:
    described: dict[str, str] = {}
    for row in rows:
        for field in DESCRIBED:
            if row.get(field) is not None:
                described.setdefault(field, row[field])
    left_out = []
    used: dict[str, list[Row]] = {group: [] for group in GROUPS}
    for number, row in enumerate(rows, 1):
        why = _why_not(row, min_depth)
        if why is None:
            used[row["group"]].append(row)
        else:
            left_out.append(f"{row['group']} {row.get('replicate') or number}: {why}")
    reasons = []
    for group in GROUPS:
        if not used[group]:
            told = dict.fromkeys(
                one.partition(": ")[2] for one in left_out if one.startswith(group)
            )
            reasons.append(f"{group}: {', '.join(told) or 'no replicate is told'}")
    pair = None
    if not reasons:
        pair = Pair(site=site, treated=_arm(used["treated"]), control=_arm(used["control"]))
    return Site(
        name=site, described=described, pair=pair, why_not="; ".join(reasons) or None,
        left_out=tuple(left_out),
        replicates=tuple(
            {
                "group": row["group"], "replicate": row.get("replicate"),
                "edited": row.get("edited"), "depth": row.get("depth"), "share": _share(row),
                "assessed": row in used[row["group"]], "input_copies": row.get("input_copies"),
            }
            for row in rows
        ),
    )  # fmt: skip


def _why_not(row: Row, min_depth: int) -> str | None:
    depth = row.get("depth")
    if row.get("edited") is None and row.get("percent") is None:
        return "no result"
    if depth == 0:
        return "no reads"
    if depth is not None and depth < min_depth:
        return f"{counted(depth, 'read')}, fewer than {min_depth}"
    return None


def _share(row: Row) -> float | None:
    if row.get("percent") is not None:
        return float(row["percent"][0])
    if row.get("edited") is None or not row.get("depth"):
        return None
    return float(row["edited"] / row["depth"])


def _arm(rows: Iterable[Row]) -> Arm:
    listed = list(rows)
    depths = [row.get("depth") for row in listed]
    copies = [row.get("input_copies") for row in listed]
    return Arm(
        share=np.array([_share(row) or 0.0 for row in listed]),
        depth=None if None in depths else np.array(depths, dtype=np.float64),
        unit=max((row["percent"][1] for row in listed if row.get("percent")), default=0.0),
        copies=None if None in copies else float(sum(c for c in copies if c is not None)),
    )
