"""One sample of amplicon reads: counted, judged, and written to a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ultrarare import __version__
from ultrarare.app.cache import code_digest
from ultrarare.app.editing.options import (
    Reads,
    SampleOptions,
    check_options,
    inputs_of,
    key_of,
    make_sample_aim,
    plain,
    settings_of,
)
from ultrarare.app.editing.tables import READS, ReadTable, to_csv
from ultrarare.app.rung import make_rung
from ultrarare.errors import NotComputable

if TYPE_CHECKING:
    from ultrarare.molecule.editing.aim import Aim
    from ultrarare.molecule.editing.batches import Batch
    from ultrarare.molecule.editing.counting import Calls, RunCounts, Sink
    from ultrarare.molecule.editing.panel import Panel
    from ultrarare.molecule.editing.sample import SampleOutcome
    from ultrarare.molecule.editing.umis import Molecules

RESULT: Final = "result.json"
ALLELES: Final = "alleles.csv"
BASES: Final = "bases.csv"
REPORT: Final = "report.html"
FILES: Final = (RESULT, ALLELES, BASES, REPORT)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EditingReport:
    """What was found, and where it was written; `reused` where the folder already held it."""

    result: dict[str, Any]
    out: Path | None
    reused: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, as in `result.json`."""
        return self.result

    def summary(self) -> str:
        """The fractions, then what was refused, then every caveat."""
        found = self.result
        reads = found["reads"]
        lines = [f"{reads['used']:,} of {reads['total']:,} reads used"]
        lines += [f"  {count:,} not used: {why}" for why, count in reads["by_reason"].items()]
        if (found_of := found["molecules"]) is not None:
            lines.append(
                f"{found_of['molecules']:,} molecules; {found_of['disagreeing']:,} groups of reads "
                f"disagree, {found_of['small']:,} are too small, {found_of['unread']:,} reads have "
                "no readable identifier"
            )
        for name, one in found["fractions"].items():
            said = "not asked, or not defined here" if one is None else one["said"]
            lines.append(f"{name.replace('_', ' ')}: {said}")
        lines.append(f"indel: {found['indel']['said']}")
        if found["prime"] is not None:
            lines.append(f"flap into the scaffold: {found['prime']['scaffold']['said']}")
        if found["purity"] is not None:
            lines.append(f"product purity: {100 * found['purity']:.3g} % of edited reads")
        lines.append(make_rung(found["tissue"], found["ladder"]).said())
        lines += [f"- {text}" for text in found["caveats"]]
        if self.out is not None:
            lines.append(f"{'already there' if self.reused else 'written'}: {self.out / REPORT}")
        return "\n".join(lines)


def quantify_sample(
    sample: Reads,
    options: SampleOptions,
    *,
    out: Path | None,
    name: str = "sample",
    control: Reads | None = None,
    per_read: bool = False,
    jobs: int = 1,
    report: bool = True,
    progress: Callable[[str], None] | None = None,
) -> EditingReport:
    """Count the alleles of a sample and judge them under every definition.

    Args:
        sample: its reads.
        options: what is asked.
        out: folder for `alleles.csv`, `bases.csv`, `result.json`, `report.html` and, if asked,
            `reads.csv.gz`; None writes nothing. All files are written, or none.
        name: of the sample, on the report.
        control: reads of an untreated sample of the same amplicon.
        per_read: whether each read's allele is written.
        jobs: threads.
        report: whether the report is made.
        progress: told what is going on.

    Raises:
        InputError: a file is missing or damaged.
        InputErrors: the options do not fit each other; all are listed.
        NotComputable: no read could be called.

    Notes:
        A folder that holds the result of the same bytes, options and code is left as it is.
    """
    from ultrarare.dossier.write import write
    from ultrarare.molecule.editing.panel import make_panel

    tell = progress or (lambda _: None)
    aim = make_sample_aim(options, name)
    check_options(options)
    make_rung(options.tissue, options.ladder)
    inputs = inputs_of(sample, control)
    key = key_of(inputs, options, name=name, per_read=per_read, report=report)
    known = None if out is None else known_result(out, key, per_read=per_read, report=report)
    if known is not None:
        return EditingReport(result=known, out=out, reused=True)
    panel = make_panel([aim.amplicon], settings_of(options))
    tell(f"reading {sample.r1.name}")
    with ReadTable(out if per_read else None) as table:
        counts, molecules = _counted(sample, panel, options, jobs, (table.add,) if per_read else ())
        beside: RunCounts | None = None
        if control is not None:
            tell(f"reading {control.r1.name}")
            beside, _ = _counted(control, panel, options, jobs, ())
        asked = _Asked(name=name, options=options, inputs=inputs, key=key, molecules=molecules)
        result, files = _judged(counts, beside, aim, asked, sample if report else None, tell)
        if out is not None:
            write(out, files, owned=(*FILES, READS))
            table.keep()
    return EditingReport(result=result, out=out)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Asked:
    """What one sample was asked, and of which bytes."""

    name: str
    options: SampleOptions
    inputs: list[dict[str, Any]]
    key: str
    molecules: Molecules | None = None


def _counted(
    reads: Reads, panel: Panel, options: SampleOptions, jobs: int, sinks: tuple[Sink, ...]
) -> tuple[RunCounts, Molecules | None]:
    """Alleles of the files of one amplicon, by molecules where they have identifiers."""
    from dataclasses import replace

    from ultrarare.molecule.editing.counting import count_files
    from ultrarare.molecule.editing.umis import Identifiers

    marks = None if options.umi is None else Identifiers(options.umi)
    every = (*sinks, *(() if marks is None else (marks.add,)))

    def all_of(batch: Batch, calls: Calls) -> None:
        for sink in every:
            sink(batch, calls)

    counts = count_files(reads.r1, reads.r2, panel=panel, jobs=jobs, sink=all_of if every else None)
    if marks is None:
        return counts, None
    (name,) = counts.amplicons
    found, molecules = marks.molecules_of(counts.amplicons[name], fewest=options.umi_reads)
    found = replace(found, reads=counts.amplicons[name].called)
    return replace(counts, amplicons={name: found}), molecules


def _judged(
    counts: RunCounts,
    beside: RunCounts | None,
    aim: Aim,
    asked: _Asked,
    drawn: Reads | None,
    tell: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The result and its files; the report only where reads are given to draw."""
    from ultrarare.molecule.editing.sample import assess_sample

    amplicon = aim.amplicon.name
    for found, who in ((counts, asked.name), (beside, "the control")):
        if found is not None and not found.amplicons[amplicon].alleles:
            raise _nothing(found, who)
    outcome = assess_sample(
        counts.amplicons[amplicon],
        aim,
        control=None if beside is None else beside.amplicons[amplicon],
        copies=asked.options.input_copies,
        correct=asked.options.correct,
        consensus=asked.options.umi is not None,
        level=asked.options.level,
    )
    result = _result(counts, beside, outcome, asked)
    files = {
        RESULT: (json.dumps(result, indent=2, ensure_ascii=False) + "\n").encode(),
        ALLELES: to_csv(outcome.allele_rows()),
        BASES: to_csv(_base_rows(result)),
    }
    if drawn is not None:
        tell("drawing")
        files[REPORT] = _page(drawn, outcome, result, counts).encode()
    return result, files


def quantify_locus(
    counts: RunCounts,
    beside: RunCounts | None,
    aim: Aim,
    options: SampleOptions,
    *,
    reads: Reads,
    control: Reads | None,
    out: Path,
    report: bool,
) -> dict[str, Any]:
    """Judge one amplicon of files that are counted already, and write its folder."""
    from ultrarare.dossier.write import write

    name = aim.amplicon.name
    inputs = inputs_of(reads, control)
    key = key_of(inputs, options, name=name, per_read=False, report=report)
    asked = _Asked(name=name, options=options, inputs=inputs, key=key)
    result, files = _judged(counts, beside, aim, asked, reads if report else None, lambda _: None)
    write(out, files, owned=(*FILES, READS))
    return result


def known_result(out: Path, key: str, *, per_read: bool, report: bool) -> dict[str, Any] | None:
    """The result that a folder holds, if it is of the same key and complete."""
    wanted = (
        RESULT,
        ALLELES,
        BASES,
        *((REPORT,) if report else ()),
        *((READS,) if per_read else ()),
    )
    if not all((out / name).is_file() for name in wanted):
        return None
    try:
        found = json.loads((out / RESULT).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == key else None


def _nothing(counts: RunCounts, who: str) -> NotComputable:
    listed = ", ".join(f"{n:,} {why}" for why, n in counts.refused.items())
    return NotComputable(
        f"none of the {counts.fragments:,} fragments of {who} could be called: {listed}",
        where=who,
        remedy="Check that the reads are of this amplicon and that mates are not swapped with "
        "another sample; no reads is not 0 % editing.",
    )


def _result(
    counts: RunCounts, beside: RunCounts | None, outcome: SampleOutcome, asked: _Asked
) -> dict[str, Any]:
    found = outcome.to_json()
    caveats = list(found.pop("caveats"))
    own = outcome.aim.amplicon.name
    used = counts.amplicons[own].called
    here = counts.fragments - sum(n.called for k, n in counts.amplicons.items() if k != own)
    if used < here / 2:
        caveats.insert(
            0,
            f"only {100 * used / here:.0f} % of the fragments that are of no other amplicon could "
            "be used: the rest may not be of this site",
        )
    return {
        "schema": "ultrarare/editing-quantify/1",
        "sample": asked.name,
        **make_rung(asked.options.tissue, asked.options.ladder).to_json(),
        "reads": reads_of(counts, own),
        "molecules": None if asked.molecules is None else {
            name: getattr(asked.molecules, name) for name in type(asked.molecules).__slots__
        },
        "control_reads": None if beside is None
        else reads_of(beside, own),
        **found,
        "caveats": caveats,
        "options": plain(asked.options),
        "inputs": asked.inputs,
        "software": {"ultrarare": __version__, "code": code_digest()},
        "key": asked.key,
    }  # fmt: skip


def reads_of(counts: RunCounts, amplicon: str) -> dict[str, Any]:
    """Fragments, those used, and why the rest was not."""
    elsewhere = sum(one.called for name, one in counts.amplicons.items() if name != amplicon)
    reasons = {str(why): n for why, n in counts.refused.items()}
    if elsewhere:
        reasons["of another amplicon"] = elsewhere
    return {
        "total": counts.fragments,
        "used": counts.amplicons[amplicon].called,
        "by_reason": reasons,
        "masked_bases": counts.masked_bases,
    }


def _base_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for one in result["bases"]:
        shares = one["shares"] or dict.fromkeys(("A", "C", "G", "T", "lost"))
        plain = {name: value for name, value in one.items() if name != "shares"}
        rows.append(plain | {f"share_{letter}": value for letter, value in shares.items()})
    return rows


def _page(sample: Reads, outcome: SampleOutcome, result: dict[str, Any], counts: RunCounts) -> str:
    from ultrarare.dossier.editing_run import run_page
    from ultrarare.molecule.editing.first_reads import first_reads

    return run_page(outcome, result, counts, first_reads(sample.r1))
