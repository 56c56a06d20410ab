"""The plan of action as one HTML file."""

from __future__ import annotations

from typing import Any

from ultrarare.dossier.page import environment, style
from ultrarare.dossier.words import tagged, words
from ultrarare.draw import Figure


def next_page(steps: Any, figure: Figure | None) -> str:
    """The page.

    Args:
        steps: as `app.next_steps` gives them.
        figure: the critical path; None where no work was given.
    """
    notices = {
        one.id: f"{one.title} ({one.status}, {one.date})" for one in steps.assessment.guidance
    }
    return (
        environment()
        .get_template("next.html.j2")
        .render(
            style=style(), s=steps, figure=figure, tagged=tagged, words=words, documents=notices,
            named={t.id: t.name for t in steps.work.tasks} if steps.work is not None else {},
        )
    )  # fmt: skip
