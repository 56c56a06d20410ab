"""The dossier on paper: the same content as the page, set with typst."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from ultrarare.dossier.view import Content
from ultrarare.draw import FONTS

_TEMPLATE = Path(__file__).parent / "templates" / "paper.typ"

Paper = Literal["a4", "us-letter"]


def pdf(content: Content, *, paper: Paper = "a4") -> bytes:
    """The dossier as a tagged PDF; the same content gives the same bytes.

    Args:
        content: what it shows. It reaches typst as data, so no text of a case is read as markup.
        paper: format of the sheet.
    """
    import typst

    made = typst.compile(
        _TEMPLATE,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"content": as_json(content), "paper": paper},
        pdf_standards="ua-1",
        timestamp=0,
    )
    return bytes(made)


def as_json(content: Content) -> str:
    """The content as JSON with the places that links may lead to; a key to keep a PDF by."""
    anchors = dict.fromkeys(sorted(content.anchors), 1)
    return json.dumps({**asdict(content), "anchors": anchors}, ensure_ascii=False)
