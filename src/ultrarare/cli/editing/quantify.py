"""`editing quantify`: one sample of amplicon reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report, progress
from ultrarare.cli.rung import Rung, Tissue


def quantify(
    r1: Annotated[Path, typer.Option(help="FASTQ of the sample, plain, gzip or bgzip; or BAM.")],
    amplicon: Annotated[str, typer.Option(help="Amplicon, plus strand, primers included.")],
    guide: Annotated[str, typer.Option(help="Protospacer, 5' to 3'.")],
    editor: Annotated[
        str, typer.Option(help="ABE8e, ABE7.10, BE4max, Cas9, PE2, …, or a YAML file.")
    ],
    out: Annotated[Path, typer.Option(help="Folder that receives tables and report.")],
    r2: Annotated[Path | None, typer.Option(help="FASTQ of the mates.")] = None,
    target: Annotated[
        str | None, typer.Option(help="Intended edit on the strand of the guide, such as 8A>G.")
    ] = None,
    extension: Annotated[
        str | None, typer.Option(help="3' extension of the pegRNA, 5' to 3', for a prime editor.")
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(help="1, 2, 3: a codon begins at that base; -1, -2, -3: on the other strand."),
    ] = None,
    coding: Annotated[
        tuple[int, int] | None, typer.Option(help="First and last coding base of the amplicon.")
    ] = None,
    control: Annotated[Path | None, typer.Option(help="FASTQ of an untreated sample.")] = None,
    control_r2: Annotated[Path | None, typer.Option(help="FASTQ of its mates.")] = None,
    input_copies: Annotated[
        int | None, typer.Option(min=1, help="Genome copies that went into the PCR.")
    ] = None,
    window: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Protospacer positions where a conversion counts; else the editor's."),
    ] = None,
    indel_window: Annotated[
        int | None, typer.Option(min=0, help="Bases beside the cut where a gap counts; else all.")
    ] = None,
    flank: Annotated[
        int, typer.Option(min=0, help="Bases compared on each side of protospacer and PAM.")
    ] = 10,
    anchor: Annotated[
        int, typer.Option(min=8, max=30, help="Bases that must match on each side of these.")
    ] = 12,
    min_base_quality: Annotated[
        int | None, typer.Option(min=0, max=93, help="Bases of lower Phred score become N.")
    ] = None,
    min_mean_quality: Annotated[
        float | None, number("Reads of lower mean Phred score are refused.", min=0)
    ] = None,
    min_length: Annotated[int, typer.Option(min=1, help="Shorter fragments are refused.")] = 40,
    umi: Annotated[
        int | None,
        typer.Option(min=4, max=24, help="Bases that identify the molecule, at the read's start."),
    ] = None,
    umi_reads: Annotated[int, typer.Option(min=1, help="Reads that a molecule needs.")] = 1,
    tissue: Tissue = None,
    ladder: Rung = None,
    raw: Annotated[bool, typer.Option("--raw", help="Do not correct for misreading.")] = False,
    level: Annotated[float, number("Coverage of limits.")] = 0.95,
    per_read: Annotated[bool, typer.Option("--per-read", help="Write each read's allele.")] = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Threads.")] = 1,
    name: Annotated[str | None, typer.Option(help="Of the sample; else the file's.")] = None,
    json: JsonFlag = False,
) -> None:
    """Count alleles in amplicon reads and say what was edited, in four definitions."""
    from ultrarare.app.editing.options import Reads, SampleOptions
    from ultrarare.app.editing.quantify import quantify_sample
    from ultrarare.errors import InputError

    if control_r2 is not None and control is None:
        raise InputError("comes without --control", where="--control-r2")
    report = quantify_sample(
        Reads(r1=r1, r2=r2),
        SampleOptions(
            amplicon=amplicon, guide=guide, editor=editor, target=target, frame=frame,
            extension=extension, coding=coding, window=window, indel_window=indel_window,
            flank=flank, anchor=anchor,
            input_copies=input_copies, min_base_quality=min_base_quality,
            min_mean_quality=min_mean_quality, min_length=min_length, correct=not raw, umi=umi,
            umi_reads=umi_reads, level=level, tissue=tissue, ladder=ladder,
        ),
        out=out,
        name=name or r1.name.split(".")[0],
        control=None if control is None else Reads(r1=control, r2=control_r2),
        per_read=per_read,
        jobs=jobs,
        progress=progress,
    )  # fmt: skip
    print_report(report, json=json)
