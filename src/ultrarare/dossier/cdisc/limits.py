"""What a transport file of version 5 can hold. Every breach is named; nothing is cut to fit."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Variable
from ultrarare.dossier.cdisc.text import LIMIT
from ultrarare.dossier.cdisc.xpt import LARGEST, SMALLEST
from ultrarare.errors import Problem

_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,7}", re.ASCII)
_LABEL: Final = 40
_VARIABLES: Final = 9999


def limit_problems(datasets: Sequence[Dataset]) -> tuple[Problem, ...]:
    """Every breach of the format, with dataset, variable and row; rows count from 1.

    Names of 1 to 8 capitals, digits and _; labels of at most 40 and text of at most 200 printable
    ASCII characters; numbers with an IBM float; no row that is blank throughout, since the format
    could not tell it from padding.
    """
    return tuple(problem for dataset in datasets for problem in _of(dataset))


def _of(dataset: Dataset) -> Iterable[Problem]:
    yield from _name(dataset.name, dataset.name, "dataset")
    yield from _label(dataset.label, dataset.name)
    if len(dataset.variables) > _VARIABLES:
        text = f"has {len(dataset.variables)} variables; allowed are {_VARIABLES}"
        yield Problem(dataset.name, text)
    for name, count in Counter(dataset.names).items():
        if count > 1:
            yield Problem(f"{dataset.name}.{name}", f"stands {count} times; allowed is once")
    for at, variable in enumerate(dataset.variables):
        where = f"{dataset.name}.{variable.name}"
        yield from _name(variable.name, where, "variable")
        yield from _label(variable.label, where)
        for number, row in enumerate(dataset.rows, start=1):
            yield from _cell(variable, row[at], f"{where} row {number}")
    texts_only = not any(variable.is_number for variable in dataset.variables)
    for number, row in enumerate(dataset.rows, start=1):
        if texts_only and all(cell is None for cell in row):
            text = "is blank throughout, which the format cannot tell from padding"
            yield Problem(f"{dataset.name} row {number}", text, "leave the row out")


def _name(name: str, where: str, what: str) -> Iterable[Problem]:
    if _NAME.fullmatch(name) is None:
        yield Problem(
            where,
            f"found the {what} name {name!r}; allowed are 1 to 8 capitals, digits and _, no digit "
            "first",
        )


def _label(label: str, where: str) -> Iterable[Problem]:
    if len(label) > _LABEL or not label or _odd(label):
        yield Problem(
            where,
            f"found the label {label!r} of {len(label)} characters; allowed are 1 to {_LABEL} "
            "printable ASCII characters",
        )


def _odd(text: str) -> str:
    return "".join(sorted({sign for sign in text if not " " <= sign <= "~"}))


def _cell(variable: Variable, cell: Cell, where: str) -> Iterable[Problem]:
    if cell is None:
        return
    if variable.is_number != (not isinstance(cell, str)):
        allowed = "a number" if variable.is_number else "text"
        yield Problem(where, f"found {cell!r}; allowed is {allowed}")
    elif isinstance(cell, str):
        yield from _text(variable, cell, where)
    elif not math.isfinite(cell) or (cell != 0 and not SMALLEST <= abs(cell) <= LARGEST):
        yield Problem(
            where,
            f"found {cell!r}; allowed is 0 or a size from {SMALLEST:.3g} to {LARGEST:.3g}",
            "write it in another unit",
        )
    elif variable.type == "integer" and cell != int(cell):
        yield Problem(where, f"found {cell!r}; allowed is a whole number")


def _text(variable: Variable, text: str, where: str) -> Iterable[Problem]:
    if odd := _odd(text):
        yield Problem(
            where,
            f"found {odd!r} in {text[:60]!r}; allowed are printable ASCII characters",
            "write it in ASCII in the case folder; a letter is not replaced by another here",
        )
    if len(text) > min(LIMIT, variable.length):
        yield Problem(
            where,
            f"has {len(text)} characters; allowed are {min(LIMIT, variable.length)}",
            "shorten it in the case folder; only text of subjects is split into pieces",
        )
    if text != text.strip(" ") and text.endswith(" "):
        yield Problem(where, f"found {text[-20:]!r} with a blank at the end, which would be lost")
    if not text:
        yield Problem(where, "found empty text, which would be read as missing")
