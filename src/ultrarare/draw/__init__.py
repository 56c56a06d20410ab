"""The one place that knows how charts are made.

Each function takes plain numbers and labels, writes a Vega-Lite specification and has it rendered
to SVG; page, PDF and web show the same picture. Rendering is an argument, so that a caller can
keep pictures by the digest of their specification.
"""

from ultrarare.draw.alleles import Allele, allele_alignment
from ultrarare.draw.course import Prediction, course
from ultrarare.draw.episodes import episodes
from ultrarare.draw.figure import Figure, Renderer, render
from ultrarare.draw.literature import CitedValue, literature
from ultrarare.draw.marks import Mark, Point, Span
from ultrarare.draw.periods import Period, course_summary
from ultrarare.draw.survival import survival
from ultrarare.draw.theme import FONTS, MONO, SANS
from ultrarare.draw.timeline import Happening, timeline

__all__ = [
    "FONTS",
    "MONO",
    "SANS",
    "Allele",
    "CitedValue",
    "Figure",
    "Happening",
    "Mark",
    "Period",
    "Point",
    "Prediction",
    "Renderer",
    "Span",
    "allele_alignment",
    "course",
    "course_summary",
    "episodes",
    "literature",
    "render",
    "survival",
    "timeline",
]
