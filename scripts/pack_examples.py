"""Write examples into the packs' rows that have none: a pack author's first draft, to be read.

    python scripts/pack_examples.py PACK.yaml ...

Each verdict that `guidance.reach` finds for a row gets one example, under the row's `remedy`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.reach import reachable
from ultrarare.guidance.requirement import Requirement


def main(paths: list[str]) -> None:
    """Rewrite each pack in place."""
    for name in paths:
        path = Path(name)
        text = path.read_text("utf-8")
        rows = {row["id"]: row for row in yaml.safe_load(text)["requirements"]}
        blocks = re.split(r"(?m)^(?=  - id: )", text)
        written = [_with_examples(block, rows) for block in blocks]
        path.write_text("".join(written), "utf-8")


def _with_examples(block: str, rows: dict[str, dict[str, object]]) -> str:
    found = re.match(r"  - id: (\S+)", block)
    if found is None or "examples" in rows[found[1]]:
        return block
    row = Requirement.model_validate(rows[found[1]])
    reached = sorted(reachable(row).values(), key=lambda one: list(Verdict).index(one.verdict))
    lines = ["    examples:\n"]
    for example in reached:
        flow = yaml.safe_dump(
            example.short(),
            default_flow_style=True,
            sort_keys=False,
            allow_unicode=True,
            width=10**6,
        ).strip()
        lines.append(f"      - {flow}\n")
    body = block.rstrip("\n")
    rest = block[len(body) :]
    comment = re.search(r"(?m)^\n?  # ---.*\Z", body)
    if comment is not None:
        rest = body[comment.start() :] + rest
        body = body[: comment.start()].rstrip("\n")
        rest = "\n" + rest if not rest.startswith("\n") else rest
    return body + "\n" + "".join(lines).rstrip("\n") + (rest or "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
