"""A document from its template and the case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ultrarare.dossier.papers.block import (
    MOST_KEY,
    Block,
    Heading,
    Paper,
    Slot,
    Words,
    plain,
    text_digest,
)
from ultrarare.dossier.papers.inserts import INSERTS, Material, fields_of
from ultrarare.dossier.papers.template import Part, Template, fill


def build(template: Template, material: Material) -> Paper:
    """The document; a key names the same part each time it is made.

    Args:
        template: checked against the fields and inserts there are.
        material: what it is made from.
    """
    values = fields_of(material)
    seen: Counter[str] = Counter()
    blocks: list[Block] = []
    for part in template.parts:
        name = text_digest(part.heading or part.subheading or part.text or part.item or "")
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name}.{seen[name]}"
        blocks += _blocks(part, name, values, material)
    keys = [block.key for block in blocks]
    assert len(set(keys)) == len(keys), sorted(k for k in keys if keys.count(k) > 1)  # noqa: S101
    assert all(len(key) <= MOST_KEY for key in keys), [k for k in keys if len(k) > MOST_KEY]  # noqa: S101
    assessment = material.assessment
    return Paper(
        id=template.id,
        title=fill(template.title, values),
        blocks=tuple(blocks),
        case_id=assessment.case.id,
        case_digest=assessment.case.digest,
        made_on=material.source.assessed_on.isoformat(),
        notice=assessment.notice,
    )


def _blocks(part: Part, name: str, values: dict[str, str], material: Material) -> Iterator[Block]:
    if part.heading is not None:
        yield Heading(key=f"h.{name}", text=fill(part.heading, values), level=1)
    elif part.subheading is not None:
        yield Heading(key=f"h.{name}", text=fill(part.subheading, values), level=2)
    elif part.text is not None:
        yield Words(key=f"p.{name}", runs=plain(fill(part.text, values)))
    elif part.item is not None:
        yield Words(key=f"p.{name}", runs=plain(fill(part.item, values)), item=True)
    elif part.slot is not None:
        yield Slot(key=f"s.{part.slot.key}", prompt=part.slot.prompt)
    elif part.insert is not None:
        yield from INSERTS[part.insert](material)
