"""The one place that knows how charts are made.

Each function takes plain numbers and labels, writes a Vega-Lite specification and has it rendered
to SVG; page, PDF and web show the same picture. Rendering is an argument, so that a caller can
keep pictures by the digest of their specification.
"""

from ultrarare.draw.alleles import Allele, allele_alignment
from ultrarare.draw.balance import Balance, balance
from ultrarare.draw.base_shares import Bar, BaseShares, bars, base_shares
from ultrarare.draw.course import Prediction, course
from ultrarare.draw.curves import StepCurve, curves
from ultrarare.draw.episodes import episodes
from ultrarare.draw.estimates import MethodEstimate, estimates
from ultrarare.draw.fan import fan
from ultrarare.draw.figure import Figure, Renderer, render
from ultrarare.draw.lanes import Lane, lanes
from ultrarare.draw.literature import CitedValue, literature
from ultrarare.draw.marks import Mark, Point, Span
from ultrarare.draw.payments import Payment, payments
from ultrarare.draw.periods import Period, course_summary
from ultrarare.draw.power import power
from ultrarare.draw.read_quality import read_quality
from ultrarare.draw.replicates import Replicates, replicates
from ultrarare.draw.scatter import LinePoint, VariantEffect, scatter
from ultrarare.draw.survival import survival
from ultrarare.draw.theme import FONTS, MONO, SANS
from ultrarare.draw.timeline import Happening, timeline
from ultrarare.draw.tipping import Shifted, tipping

__all__ = [
    "FONTS",
    "MONO",
    "SANS",
    "Allele",
    "Balance",
    "Bar",
    "BaseShares",
    "CitedValue",
    "Figure",
    "Happening",
    "Lane",
    "LinePoint",
    "Mark",
    "MethodEstimate",
    "Payment",
    "Period",
    "Point",
    "Prediction",
    "Renderer",
    "Replicates",
    "Shifted",
    "Span",
    "StepCurve",
    "VariantEffect",
    "allele_alignment",
    "balance",
    "bars",
    "base_shares",
    "course",
    "course_summary",
    "curves",
    "episodes",
    "estimates",
    "fan",
    "lanes",
    "literature",
    "payments",
    "power",
    "read_quality",
    "render",
    "replicates",
    "scatter",
    "survival",
    "timeline",
    "tipping",
]
