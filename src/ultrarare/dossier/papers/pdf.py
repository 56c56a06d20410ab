"""A document as PDF: the computed text, and what people wrote into the editable file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ultrarare.dossier.paper import Paper as Sheet
from ultrarare.dossier.papers.block import (
    Block,
    Grid,
    Heading,
    Paper,
    Picture,
    Run,
    Slot,
    Words,
    column_widths,
)
from ultrarare.draw import FONTS

_TEMPLATE = Path(__file__).parents[1] / "templates" / "paperwork.typ"


def to_pdf(paper: Paper, human: Mapping[str, Sequence[str]], *, sheet: Sheet = "a4") -> bytes:
    """The document as a tagged PDF; the same content gives the same bytes.

    Args:
        paper: what it holds.
        human: paragraphs that people wrote, by the key of the block they stand behind; under ""
            what stands before the first.
        sheet: format of the sheet.
    """
    import typst

    made = typst.compile(
        _TEMPLATE,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"content": _as_json(paper, human), "paper": sheet},
        pdf_standards="ua-1",
        timestamp=0,
    )
    return bytes(made)


def _as_json(paper: Paper, human: Mapping[str, Sequence[str]]) -> str:
    blocks = [_plain(block) | {"human": list(human.get(block.key, ()))} for block in paper.blocks]
    first = [{"kind": "lead", "human": list(human[""])}] if human.get("") else []
    return json.dumps(
        {
            "title": paper.title,
            "notice": paper.notice,
            "case_id": paper.case_id,
            "digest": f"digest {paper.case_digest.removeprefix('sha256:')[:12]}",
            "made_on": paper.made_on,
            "blocks": [*first, *blocks],
        },
        ensure_ascii=False,
    )


def _plain(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text=text, level=level):
            return {"kind": "heading", "text": text, "level": level}
        case Words(runs=runs, item=item):
            return {"kind": "words", "runs": [_run(one) for one in runs], "item": item}
        case Grid():
            return {
                "kind": "grid",
                "head": list(block.head),
                "rows": [
                    [{"runs": [_run(one) for one in cell]} for cell in row] for row in block.rows
                ],
                "caption": block.caption,
                "widths": list(column_widths(block, 1.0)),
            }
        case Picture():
            return {
                "kind": "picture", "svg": block.svg, "alt": block.alt, "caption": block.caption,
            }  # fmt: skip
        case Slot(prompt=prompt):
            return {"kind": "slot", "prompt": prompt}


def _run(run: Run) -> dict[str, Any]:
    return {"text": run.text, "bold": run.bold, "small": run.small, "link": run.link}
