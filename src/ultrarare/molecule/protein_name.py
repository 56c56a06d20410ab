"""Protein changes as HGVS writes them, brought to one spelling so that two can be compared."""

from __future__ import annotations

import re
from typing import Final

from ultrarare.errors import InputError
from ultrarare.molecule.sequence import THREE_LETTER

_ONE: Final = {**THREE_LETTER, "U": "Sec"}
_THREE: Final = {name: name for name in _ONE.values()} | {"*": "Ter", "Xaa": "Xaa"}


def _pattern(residue: str) -> re.Pattern[str]:
    many = f"(?:{residue})+"
    stop = r"(?:Ter|\*)(?:\d{1,6}|\?)?"
    return re.compile(
        rf"(?P<first>{residue})(?P<at>\d{{1,6}})(?:_(?P<last>{residue})(?P<to>\d{{1,6}}))?"
        rf"(?:(?P<word>delins|ins)(?P<many>{many})|(?P<bare>del|dup|=|\?)"
        rf"|(?P<fs>{residue})?fs(?P<fs_stop>{stop})?"
        rf"|(?P<ext>{residue})?ext(?P<ext_stop>{stop})|(?P<sub>{residue}))"
    )


_SPELLINGS: Final = tuple(
    (
        re.compile("|".join(map(re.escape, names))),
        _pattern("|".join(map(re.escape, names))),
        names,
    )
    for names in (_THREE, _ONE)
)


def canonical_protein(change: str, *, where: str) -> str:
    """One spelling of a protein change: three letters, Ter for stop, no parentheses, no `p.`.

    Args:
        change: what stands after `p.`, or with it; at most 2,000 letters. Three-letter or
            one-letter residues, `Ter` or `*` for stop.
        where: how an error names the place.

    Raises:
        InputError: no change of these forms: substitution, `=`, del, dup, ins, delins, fs, ext,
            `Met1?`, `?`, `0`; or residue X, which has meant both "stop" and "any".

    Example:
        >>> canonical_protein("p.(Q335*)", where="variant")
        'Gln335Ter'
    """
    bare = change.removeprefix("p.")
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1]
    if bare in {"?", "0", "0?", "="}:
        return bare
    for letters, pattern, names in _SPELLINGS:
        match = pattern.fullmatch(bare) if len(bare) <= 2000 else None
        if match is not None:
            return _spell(match, letters, names)
    if re.search(r"\dX$", bare):
        raise InputError(
            f"{bare[:40]!r} ends in X, which has meant both stop and any residue",
            where=where,
            remedy="write Ter or *",
        )
    raise InputError(
        f"{bare[:40]!r} is no protein change that is read here",
        where=where,
        remedy="write it as p.(Gln335Ter)",
    )


def _spell(match: re.Match[str], letters: re.Pattern[str], names: dict[str, str]) -> str:
    first, last, to = match["first"], match["last"], match["to"]
    head = names[first] + match["at"] + (f"_{names[last]}{to}" if last is not None else "")
    if match["word"] is not None:
        return head + match["word"] + "".join(names[one] for one in letters.findall(match["many"]))
    if match["bare"] is not None:
        return head + match["bare"]
    if match["sub"] is not None:
        return head + names[match["sub"]]
    word = "ext" if match["ext_stop"] is not None else "fs"
    residue, stop = match[word], match[f"{word}_stop"]
    return (
        head
        + ("" if residue is None else names[residue])
        + word
        + ("" if stop is None else stop.replace("*", "Ter"))
    )
