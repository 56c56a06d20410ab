"""Counted things in words: 1 person, 2 people."""

from __future__ import annotations

import re
from typing import Final

_PLURALS: Final = {
    "person": "people", "registry": "registries", "has": "have", "is": "are", "was": "were",
    "stands": "stand", "lies": "lie", "counts": "count",
}  # fmt: skip


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


_SINGULARS: Final = {many: one for one, many in _PLURALS.items()}
_VERBS: Final = "have|are|were|stand|lie"
_NOUN: Final = re.compile(rf"\{{n\}} (?P<noun>(?:phenotypic )?\w+)(?P<verb> (?:{_VERBS}))?")
_NEXT: Final = re.compile(r"(?<=, and )(are|have|count)\b")


def filled(text: str, number: int) -> str:
    """A sentence such as `{n} people have …, and are …`, with its number and its verbs."""

    def agreed(found: re.Match[str]) -> str:
        noun, verb = found["noun"], (found["verb"] or "").strip()
        one = _SINGULARS.get(noun, noun.removesuffix("s"))
        return counted(number, one, _SINGULARS.get(verb, verb))

    first = _NOUN.sub(agreed, text)
    return _NEXT.sub(lambda verb: _SINGULARS[verb[0]], first) if number == 1 else first
