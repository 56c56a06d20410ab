"""Which words a comparison may use: none that claim more than its comparability carries."""

from __future__ import annotations

import re
from typing import Final, Literal

from ultrarare.case.finding import Direction
from ultrarare.errors import InputError

Comparability = Literal["supported", "not supported", "cannot be judged"]
Shown = Literal["better", "worse", "not shown"]

BLOCKED: Final = ("effective", "ineffective", "efficacious", "harmful", "harmless", "approved")
"""Words that no comparison prints unless its comparability is supported."""
_BLOCKED = re.compile(rf"\b({'|'.join(BLOCKED)})\b", re.IGNORECASE)

_SENTENCES: Final = {
    "better": "the comparison supports a better course than without treatment",
    "worse": "the comparison shows a worse course than without treatment",
    "not shown": "the comparison does not show a difference",
}
_WITHHELD: Final = {
    "not supported": "the groups are not comparable, so the difference is described and supports "
    "nothing",
    "cannot be judged": "whether the groups are comparable cannot be judged, so the difference is "
    "described and supports nothing",
}


def conclusion(shown: Shown, comparability: Comparability) -> str:
    """What may be said of a comparison, as a clause.

    Args:
        shown: what its planned interval or p shows.
        comparability: whether treated and untreated are comparable.
    """
    if comparability == "supported":
        return _SENTENCES[shown]
    return _WITHHELD[comparability]


def direction(shown: Shown, comparability: Comparability) -> Direction:
    """What a finding may say; inconclusive unless comparability is supported."""
    if comparability != "supported" or shown == "not shown":
        return Direction.INCONCLUSIVE
    return Direction.SUPPORTS if shown == "better" else Direction.CONTRADICTS


def blocked_words(text: str) -> tuple[str, ...]:
    """Words in a text that need supported comparability, as they stand there."""
    return tuple(found.group(0) for found in _BLOCKED.finditer(text))


def allowed(text: str, comparability: Comparability) -> str:
    """The text, if its words are covered by the comparability.

    Raises:
        InputError: it holds a blocked word; names the words and what to say instead.
    """
    if comparability != "supported" and (words := blocked_words(text)):
        raise InputError(
            f"found {', '.join(repr(word) for word in words)} on a comparison whose comparability "
            f"is {comparability}",
            remedy="Say what was seen: 'supports', 'does not show', a difference and its interval.",
        )
    return text
