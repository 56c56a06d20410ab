"""Options that every command reads in one way: seeds, and numbers that are numbers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]


def number(told: str, **more: Any) -> Any:
    """An option that is a finite number of a size that arithmetic can hold.

    Args:
        told: its line of help.
        more: as `typer.Option`, such as `min`.
    """
    return typer.Option(callback=_each_bounded, help=told, **more)


def _each_bounded(value: Any) -> Any:
    from ultrarare.case.magnitude import bounded

    try:
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, float):
                bounded(each, f"{each:g}")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return value
