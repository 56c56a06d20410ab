"""Counted things in words: 1 person, 2 people."""

from __future__ import annotations

from typing import Final

_PLURALS: Final = {
    "person": "people",
    "registry": "registries",
    "has": "have",
    "is": "are",
    "was": "were",
}


def plural(word: str) -> str:
    """The plural of the last word: `untreated person` gives `untreated people`."""
    before, _, last = word.rpartition(" ")
    return f"{before} {_PLURALS.get(last, f'{last}s')}".strip()


def counted(number: int | str, one: str, verb: str = "") -> str:
    """A number with its noun, and the verb that agrees with it.

    Args:
        number: how many; a text where it was rounded.
        one: what is counted, in the singular: `treated person`.
        verb: `is`, `was`, `has`, or a form that does not change; empty for none.
    """
    noun = one if str(number) == "1" else plural(one)
    agreeing = verb if str(number) == "1" else _PLURALS.get(verb, verb)
    return f"{number} {noun} {agreeing}".rstrip()
