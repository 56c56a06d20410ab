"""Many samples and many amplicons: each file read once, what is done already is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ultrarare import __version__
from ultrarare.app.editing.options import inputs_of, key_of, make_sample_aim, settings_of
from ultrarare.app.editing.quantify import REPORT, known_result, quantify_locus
from ultrarare.app.editing.sheet import SheetRow, read_sheet
from ultrarare.app.editing.tables import to_csv
from ultrarare.errors import UltrarareError

_NAMES = ("any_edit", "target_base", "intended_protein", "intended_only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """One sample: done, reused, or failed with the reason."""

    sample: str
    group: str | None
    status: str
    reason: str | None
    result: dict[str, Any] | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BatchReport:
    """Every sample of a sheet, and how replicates agree."""

    samples: tuple[Finished, ...]
    groups: tuple[dict[str, Any], ...]
    out: Path

    @property
    def failed(self) -> int:
        """Samples without a result."""
        return sum(one.status == "failed" for one in self.samples)

    def rows(self) -> list[dict[str, Any]]:
        """One row a sample, flat."""
        return [_flat(one) for one in self.samples]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where something is not asked or failed."""
        return {
            "schema": "ultrarare/editing-batch/1",
            "samples": [
                {
                    "sample": one.sample, "group": one.group, "status": one.status,
                    "reason": one.reason,
                    "reads": None if one.result is None else one.result["reads"],
                    "fractions": None if one.result is None else one.result["fractions"],
                    "indel": None if one.result is None else one.result["indel"],
                }
                for one in self.samples
            ],
            "groups": list(self.groups),
            "software": f"ultrarare {__version__}",
        }  # fmt: skip

    def summary(self) -> str:
        """One line a sample, then the groups."""
        lines = []
        for one in self.samples:
            if one.result is None:
                lines.append(f"{one.sample}: failed: {one.reason}")
                continue
            found = one.result["fractions"]
            best = next(found[n] for n in (*_NAMES[1:], _NAMES[0]) if found[n] is not None)
            name = next(n for n in (*_NAMES[1:], _NAMES[0]) if found[n] is not None)
            lines.append(f"{one.sample} ({one.status}): {name.replace('_', ' ')} {best['said']}")
        for group in self.groups:
            for name, one in group["fractions"].items():
                if one is not None:
                    lines.append(
                        f"{group['group']}, {group['replicates']} replicates, as read: "
                        f"{name.replace('_', ' ')} {100 * one['value']:.3g} % "
                        f"({100 * one['lower']:.3g} to {100 * one['upper']:.3g} %)"
                    )
        lines.append(f"written: {self.out / 'samples.csv'}")
        return "\n".join(lines)


def quantify_batch(
    sheet: Path,
    *,
    out: Path,
    jobs: int = 1,
    dask: str | None = None,
    report: bool = True,
    progress: Callable[[str], None] | None = None,
) -> BatchReport:
    """Quantify every row of a samplesheet.

    Args:
        sheet: see `sheet.read_sheet`.
        out: folder that receives one folder a sample, `samples.csv`, `samples.json` and
            `report.html`.
        jobs: processes of this machine.
        dask: address of a Dask scheduler whose workers see the same folders; replaces `jobs`.
        report: whether the pages are made, one a sample and one for all.
        progress: told of each sample.

    Raises:
        InputErrors: the sheet is wrong; nothing is done then.
        InputError: no scheduler answers at `dask`, or it has no workers.
        NotComputable: Dask is not installed.

    Notes:
        Rows that share files are counted in one pass, each read going to the amplicon that it is
        of. A sample whose folder holds the result of the same bytes, options and code is left as it
        is. A sample that fails does not stop the others; the report says which failed and why.
    """
    from ultrarare.dossier.write import write

    tell = progress or (lambda _: None)
    if dask is not None:
        sheet, out = sheet.resolve(), out.resolve()  # a worker stands in another folder
    rows = read_sheet(sheet)
    work = partial(_group_done, out=out, report=report)
    finished: dict[str, Finished] = {}
    groups = list(_by_files(rows))
    with _workers(min(jobs, len(groups)), dask) as pool:
        for found in map(work, groups) if pool is None else pool.map(work, groups):
            for one in found:
                finished[one.sample] = one
                tell(f"{one.sample}: {one.status}")
    samples = tuple(finished[row.sample] for row in rows)
    done = BatchReport(samples=samples, groups=tuple(_agreement(samples)), out=out)
    text = json.dumps(done.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    files = {"samples.json": text.encode(), "samples.csv": to_csv(done.rows())}
    if report:
        from ultrarare.dossier.editing_batch import batch_page

        pages = {
            one.sample: f"{quote(one.sample)}/{REPORT}" for one in samples if one.result is not None
        }
        files[REPORT] = batch_page(done.to_json(), pages).encode()
    write(out, files)
    return done


def _workers(jobs: int, dask: str | None) -> AbstractContextManager[Executor | None]:
    """Where groups are worked on; None for this very process."""
    if dask is not None:
        from ultrarare.app.cluster import dask_executor

        return dask_executor(dask)
    if jobs == 1:
        from contextlib import nullcontext

        return nullcontext()
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: a fork copies threads' locks as they stand.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def _by_files(rows: Sequence[SheetRow]) -> Iterable[list[SheetRow]]:
    """Rows that are counted in one pass: same files and settings, and each amplicon once."""
    groups: list[tuple[Any, set[str], list[SheetRow]]] = []
    for row in rows:
        key = (row.reads, row.control, settings_of(row.options))
        sequence = row.options.amplicon.upper()
        for known, sequences, members in groups:
            if known == key and sequence not in sequences:
                sequences.add(sequence)
                members.append(row)
                break
        else:
            groups.append((key, {sequence}, [row]))
    return (members for _, _, members in groups)


def _group_done(rows: Sequence[SheetRow], *, out: Path, report: bool) -> list[Finished]:
    """Count the files of some rows once, and judge each row."""
    from ultrarare.molecule.editing.counting import count_files
    from ultrarare.molecule.editing.panel import make_panel

    found = [_reused(row, out, report=report) for row in rows]
    if all(one is not None for one in found):
        return [one for one in found if one is not None]
    first = rows[0]
    aims = [make_sample_aim(row.options, row.sample) for row in rows]
    try:
        panel = make_panel([aim.amplicon for aim in aims], settings_of(first.options))
        counts = count_files(first.reads.r1, first.reads.r2, panel=panel)
        control = first.control
        beside = None if control is None else count_files(control.r1, control.r2, panel=panel)
    except UltrarareError as error:
        return [_failed(row, error) for row in rows]
    done = []
    for row, aim, known in zip(rows, aims, found, strict=True):
        if known is not None:
            done.append(known)
            continue
        try:
            result = quantify_locus(
                counts, beside, aim, row.options, reads=row.reads, control=control,
                out=out / row.sample, report=report,
            )  # fmt: skip
        except UltrarareError as error:
            done.append(_failed(row, error))
            continue
        done.append(
            Finished(sample=row.sample, group=row.group, status="done", reason=None, result=result)
        )
    return done


def _reused(row: SheetRow, out: Path, *, report: bool) -> Finished | None:
    key = key_of(
        inputs_of(row.reads, row.control), row.options, name=row.sample, per_read=False,
        report=report,
    )  # fmt: skip
    known = known_result(out / row.sample, key, per_read=False, report=report)
    if known is None:
        return None
    return Finished(sample=row.sample, group=row.group, status="reused", reason=None, result=known)


def _failed(row: SheetRow, error: UltrarareError) -> Finished:
    return Finished(
        sample=row.sample, group=row.group, status="failed", reason=str(error), result=None
    )


def _agreement(samples: Sequence[Finished]) -> Iterable[dict[str, Any]]:
    """Replicates of each group: every share, their spread, and one interval that counts it."""
    from ultrarare.stats.proportion import beta_binomial

    names = dict.fromkeys(one.group for one in samples if one.group is not None)
    for name in names:
        members = [one for one in samples if one.group == name]
        done = [one for one in members if one.result is not None]
        fractions: dict[str, Any] = {}
        for definition in (*_NAMES, "indel"):
            found = [_of(one, definition) for one in done]
            known = [one for one in found if one is not None and one["judged"]]
            if len(known) < 2:
                fractions[definition] = None
                continue
            interval = beta_binomial(
                [one["counted"] for one in known], [one["judged"] for one in known]
            )
            fractions[definition] = {
                "value": interval.value, "lower": interval.lower, "upper": interval.upper,
                "level": interval.level, "observed": [one["observed"] for one in known],
                "corrected": [one["value"] for one in known], "caveats": list(interval.caveats),
            }  # fmt: skip
        yield {
            "group": name,
            "replicates": len(done),
            "failed": len(members) - len(done),
            "samples": [one.sample for one in done],
            "fractions": fractions,
        }


def _of(one: Finished, definition: str) -> dict[str, Any] | None:
    if one.result is None:
        return None
    found = one.result["indel"] if definition == "indel" else one.result["fractions"][definition]
    return dict(found) if found is not None else None


def _flat(one: Finished) -> dict[str, Any]:
    row: dict[str, Any] = {
        "sample": one.sample, "group": one.group, "status": one.status, "reason": one.reason,
        "reads": None if one.result is None else one.result["reads"]["total"],
        "used": None if one.result is None else one.result["reads"]["used"],
    }  # fmt: skip
    for name in (*_NAMES, "indel"):
        found = _of(one, name)
        for field in ("value", "lower", "upper", "lod", "said"):
            row[f"{name}_{field}"] = None if found is None else found[field]
    return row
