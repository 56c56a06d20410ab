"""The few kinds of error. A kind exists only where a caller would act differently on it.

A message says, in this order: where, what was found, what is allowed; the way out stands on a
line of its own. Input files are checked whole, so that all problems come in one `InputErrors`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class UltrarareError(Exception):
    """Base of every error this package raises on purpose.

    Attributes:
        problem: what was found and what is allowed, one sentence without a full stop.
        where: file with line, path inside a document, or argument name; may be empty.
        remedy: the way out; may be empty.
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(problem, where, remedy)
        self.problem, self.where, self.remedy = problem, where, remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.problem}" + (f"\n  {self.remedy}" if self.remedy else "")


class InputError(UltrarareError, ValueError):
    """A value from outside is not acceptable."""

    code, exit_status, http_status = "input", 2, 422


class NotFound(UltrarareError, LookupError):
    """A name that the caller gave belongs to nothing."""

    code, exit_status, http_status = "not-found", 2, 404


class NotComputable(UltrarareError):
    """The data cannot answer the question. `remedy` says what would make it answerable."""

    code, exit_status, http_status = "not-computable", 3, 422


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with an input: where, what was found and allowed, the way out."""

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f"\n  {self.remedy}" if self.remedy else "")


class InputErrors(InputError):
    """Every problem of an input at once; `problems` is never empty."""

    code = "inputs"

    def __init__(self, problems: Iterable[Problem], *, where: str = "") -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} found", where=where)

    @classmethod
    def of_files(cls, problems: Iterable[Problem]) -> InputErrors:
        """Problems of one file or of several: the head names a file only where all are of it."""
        found = tuple(problems)
        files = {problem.where.partition(":")[0] for problem in found}
        return cls(found, where=files.pop() if len(files) == 1 else "")

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        return f"{head}{self.problem}\n" + "\n".join(f"- {problem}" for problem in self.problems)
