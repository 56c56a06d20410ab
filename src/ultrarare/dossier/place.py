"""Names of the places within a dossier that links lead to."""

from __future__ import annotations

import re


def _slug(text: str) -> str:
    """An id that is safe in HTML; two different texts stay different."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda m: f"_{ord(m.group()):x}_", text).replace("_2f_", "_")


def finding(finding_id: str) -> str:
    """Where a finding stands."""
    return f"f-{_slug(finding_id)}"


def requirement(document: str, requirement_id: str) -> str:
    """Where a document's requirement stands."""
    return f"r-{_slug(document)}-{_slug(requirement_id)}"


def element(element_id: str) -> str:
    """Where an element's section begins."""
    return f"e-{_slug(element_id)}"


def source(source_id: str) -> str:
    """Where a source stands."""
    return f"s-{_slug(source_id)}"


def method(name: str) -> str:
    """Where a method stands."""
    return f"m-{_slug(name)}"
