"""Text that fits a transport file: ASCII by a fixed table, at most 200 bytes, split by rule."""

from __future__ import annotations

from collections import Counter
from typing import Final

LIMIT: Final = 200

REPLACED: Final = {
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "≤": "<=", "≥": ">=", "±": "+/-",
    "µ": "u", "μ": "u", "×": "x", "·": ".", "‘": "'", "’": "'", "′": "'", "“": '"', "”": '"',
    "„": '"', "…": "...", "→": "->", "²": "2", "³": "3", "°": " deg ", "\u00a0": " ",
    "\u2009": " ", "\u202f": " ", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta",
    "Δ": "delta", "\t": " ", "\n": " ", "\r": " ",
}  # fmt: skip
"""Signs with one plain way to be written. Letters with accents are not among them: a name without
its accent is another name."""


def plain(text: str, seen: Counter[str] | None = None) -> str | None:
    """The text with signs of the table written in ASCII and runs of blanks made one.

    Args:
        text: any text; what the table does not know stays, for the check of limits to find.
        seen: counts each sign that was replaced.

    Returns:
        The text; None where nothing but blanks is in it.
    """
    for sign, written in REPLACED.items():
        if sign in text:
            if seen is not None and not sign.isspace():
                seen[sign] += text.count(sign)
            text = text.replace(sign, written)
    return " ".join(text.split()) or None


def split(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The text in pieces of at most `limit` characters, at blanks where there are any.

    A piece shorter than the limit ended at a blank, which is left out; a piece of the full length
    ended inside a word. So `joined` gives the text back. Text as `plain` gives it.
    """
    pieces = []
    while len(text) > limit:
        at = text.rfind(" ", 1, limit)
        if at > 0:
            pieces.append(text[:at])
            text = text[at + 1 :]
        else:
            pieces.append(text[:limit])
            text = text[limit:]
    return (*pieces, text)


def joined(pieces: tuple[str, ...], limit: int = LIMIT) -> str:
    """What `split` took apart."""
    text = ""
    for index, piece in enumerate(pieces):
        blank = index > 0 and len(pieces[index - 1]) < limit
        text += f" {piece}" if blank else piece
    return text
