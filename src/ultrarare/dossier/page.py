"""The dossier as one HTML file: no script, no request, prints well."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ultrarare.dossier.view import Content
from ultrarare.draw import FONTS, MONO, SANS
from ultrarare.draw.theme import DARK

_TEMPLATES = Path(__file__).parent / "templates"

_FACES = (
    (SANS, 400, "normal", "ultrarare-sans-regular"),
    (SANS, 600, "normal", "ultrarare-sans-bold"),
    (SANS, 400, "italic", "ultrarare-sans-italic"),
    (MONO, 400, "normal", "ultrarare-mono-regular"),
    (MONO, 700, "normal", "ultrarare-mono-bold"),
)


def html(content: Content) -> str:
    """The dossier as a page that holds everything it needs.

    Args:
        content: what it shows.
    """
    return environment().get_template("page.html.j2").render(c=content, style=style())


@cache
def environment() -> Environment:
    """Templates of pages: everything is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["picture"] = _picture
    return environment


def _picture(svg: str) -> Markup:
    """A figure's SVG goes in as it is: `draw` wrote it, and escapes every text in it."""
    return Markup(svg)  # noqa: S704 -- from draw, not from the case


@cache
def style() -> Markup:
    """The stylesheet with its fonts, whole."""
    css = (_TEMPLATES / "style.css").read_text("utf-8").replace("DARK_FIGURES", _dark_figures())
    return Markup("\n".join([*map(_face, _FACES), css]))  # noqa: S704 -- our own file


def _face(face: tuple[str, int, str, str]) -> str:
    family, weight, style, file = face
    data = base64.b64encode((FONTS / f"{file}.woff2").read_bytes()).decode("ascii")
    weights = "400" if weight == 400 else "500 900"
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weights};font-style:{style};'
        f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
    )


def _dark_figures() -> str:
    """Figures on a dark page: each colour of the theme has a counterpart."""
    return "\n".join(
        f'.figure [fill="{light}"]{{fill:{dark}}}.figure [stroke="{light}"]{{stroke:{dark}}}'
        for light, dark in DARK.items()
    )
