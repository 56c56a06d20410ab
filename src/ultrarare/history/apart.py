"""Two sides of a comparison: no person on both, and one measure in one unit on both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ultrarare.errors import InputError
from ultrarare.history.records import Visit


def require_apart(treated: Iterable[str | None], untreated: Iterable[str], *, where: str) -> None:
    """Nothing, if nobody stands on both sides; a treated person without a name is not known.

    Args:
        treated: whose treated course is compared.
        untreated: who tells the untreated course.
        where: the file or argument of the untreated.

    Raises:
        InputError: somebody stands on both sides; names the first.
    """
    both = sorted({name for name in treated if name is not None} & set(untreated))
    if both:
        more = "" if len(both) == 1 else f" (and {len(both) - 1} more)"
        raise InputError(
            f"person {both[0]!r} is among the treated and among the untreated{more}",
            where=where,
            remedy="Nobody is their own external control: leave them out of one side, or use "
            "another pseudonym if they are two people.",
        )


def require_one_scale(
    own: Sequence[Visit], other: Sequence[Visit], *, names: Sequence[str]
) -> None:
    """Nothing, if both tables tell of one measure in one unit, as far as they name them.

    Args:
        own: visits of the patient, of one measure.
        other: visits of the untreated, of one measure.
        names: of both files, for errors.

    Raises:
        InputError: the two tables name different measures or different units.
    """
    for field, remedy in (
        ("measure", "Compare one measure; give both tables the same name for it."),
        ("unit", "Convert the values of one table to the unit of the other."),
    ):
        first, second = (
            sorted({str(found) for visit in side if (found := getattr(visit, field)) is not None})
            for side in (own, other)
        )
        if first and second and first != second:
            raise InputError(
                f"has the {field} {', '.join(first)}, and {names[1]} has {', '.join(second)}; "
                "allowed is one for both",
                where=names[0],
                remedy=remedy,
            )
