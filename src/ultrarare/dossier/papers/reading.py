"""How many years of school a text asks of its reader: the Flesch–Kincaid grade.

0.39 words per sentence + 11.8 syllables per word − 15.59 (Kincaid et al. 1975). Syllables are
counted by groups of vowels, a silent final e left out; so the grade is good to about one year.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’][A-Za-z]+)?")
_SENTENCE = re.compile(r"[.!?](?:\s|$)")
_VOWELS = re.compile(r"[aeiouyäöüéè]+", re.IGNORECASE)


def grade(text: str, *, names: Collection[str] = ()) -> float:
    """The Flesch–Kincaid grade of an English text.

    Args:
        text: at least one word.
        names: words that are not counted as hard, such as those of a disease or a product.

    Raises:
        ValueError: there is no word.
    """
    skipped = {part.casefold() for name in names for part in _WORD.findall(name)}
    words = _WORD.findall(text)
    if not words:
        raise ValueError("there is no word to judge")
    sentences = max(len(_SENTENCE.findall(text)), 1)
    count = sum(1 if word.casefold() in skipped else syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * count / len(words) - 15.59


def syllables(word: str) -> int:
    """Syllables of an English word, by its groups of vowels."""
    groups = len(_VOWELS.findall(word))
    silent = word.casefold().endswith("e") and not word.casefold().endswith(("le", "ee", "ye"))
    return max(groups - (silent and groups > 1), 1)
