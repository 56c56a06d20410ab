"""The words of records: codes and labels, and the names that a case gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """How codes and labels are read.

    Attributes:
        names: codes and labels in small letters to the names they are known by.
        disease: code or label of the disease whose onset counts; None for any.
    """

    names: Mapping[str, str]
    disease: str | None = None

    def name_of(self, terms: Iterable[str]) -> str | None:
        """The name given to any of the codes and labels of one concept; None where there is none.

        A code may be written with its system before it, `system|code`.
        """
        return next(
            (self.names[term.casefold()] for term in terms if term.casefold() in self.names), None
        )

    def is_disease(self, terms: Iterable[str]) -> bool:
        """Whether a concept is the disease whose onset counts."""
        if self.disease is None:
            return True
        return self.disease.casefold() in {term.casefold() for term in terms}
