"""From a dossier's input to what it shows; page and paper are both rendered from this."""

from __future__ import annotations

from ultrarare.dossier import appendix, overview, ways
from ultrarare.dossier.figures import timeline_figure
from ultrarare.dossier.sections import sections
from ultrarare.dossier.source import DossierInput, Method
from ultrarare.dossier.view import Content, Picture
from ultrarare.draw import Renderer, render

__all__ = ["Content", "DossierInput", "Method", "content"]


def content(source: DossierInput, *, renderer: Renderer = render) -> Content:
    """Everything a dossier shows.

    Args:
        source: the assessment and the parts of the case.
        renderer: turns a figure's specification into SVG; a caller may keep pictures by the
            digest of their specification.
    """
    assessment = source.assessment
    drawn = timeline_figure(source.timeline, source.lock, renderer=renderer)
    timeline = None if drawn is None else Picture(number=1, figure=drawn, finding=None, planned="")
    cited = {item.id: item.citation for item in source.sources}
    elements, others = sections(
        assessment,
        sources=cited,
        origins={dataset.id: dataset.origin for dataset in source.datasets},
        first_figure=1 if timeline is None else 2,
        renderer=renderer,
    )
    return Content(
        head=overview.head(source),
        cards=overview.cards(assessment),
        documents=overview.documents(assessment),
        comparison=overview.comparison(assessment),
        gaps=overview.gaps(assessment),
        turning=overview.turning(assessment),
        routes=ways.routes(assessment),
        endpoints=ways.endpoints(assessment),
        timeline=timeline,
        events=appendix.events(source.timeline),
        sections=elements,
        others=others,
        plan=appendix.plan_view(source),
        methods=appendix.methods(source),
        absent=assessment.case.absent,
        failures=tuple((f.analysis, f.problem) for f in assessment.failures),
        datasets=appendix.datasets(source),
        sources=appendix.sources(source),
        manifest=appendix.manifest(source.provenance),
    )
