"""The dossier as a person opens it: from a file, offline, on a phone, at a desk, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.dossier.example import example
from ultrarare.dossier.page import html

pytestmark = pytest.mark.needs_chromium


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dossier") / "dossier.html"
    path.write_text(html(example()), encoding="utf-8")
    return path


@contextmanager
def opened(browser: Any, file: Path, width: int, **more: Any) -> Iterator[tuple[Any, list[str]]]:
    """The page at a width, and everything it said or asked for that it should not have."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **more)
    noise: list[str] = []

    def ask(route: Any) -> None:
        if route.request.url.startswith(("file:", "data:")):
            route.continue_()
        else:
            noise.append(route.request.url)
            route.abort()

    context.route("**/*", ask)
    page = context.new_page()
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("document.fonts.ready")
    yield page, noise
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_five_cards_in_order_and_nothing_beyond_the_page(browser, file, width, scheme):
    with opened(browser, file, width, color_scheme=scheme) as (page, noise):
        cards = page.locator(".card")
        assert cards.count() == 5
        for i in range(5):
            assert cards.nth(i).is_visible()
        boxes = [cards.nth(i).bounding_box() for i in range(5)]
        order = [(box["y"], box["x"]) for box in boxes]
        assert order == sorted(order)
        assert (len({box["y"] for box in boxes}) == 1) is (width == 1280)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert noise == []


def test_the_five_verdicts_are_on_the_first_screen_of_a_desk(browser, file):
    with opened(browser, file, 1280) as (page, _):
        for i in range(5):
            box = page.locator(".card .verdict").nth(i).bounding_box()
            assert box["y"] + box["height"] < 900


def test_type_in_figures_is_at_least_nine_pixels_on_a_phone(browser, file):
    with opened(browser, file, 360) as (page, _):
        smallest = page.evaluate(
            """Math.min(...[...document.querySelectorAll('.figure svg text')].map(t =>
                 parseFloat(getComputedStyle(t).fontSize) *
                 Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b)))"""
        )
        assert smallest >= 9


def test_the_vendored_fonts_are_used(browser, file):
    with opened(browser, file, 1280) as (page, _):
        loaded = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').length")
        assert loaded >= 2


def test_the_keyboard_reaches_the_skip_link_first_and_focus_is_seen(browser, file):
    with opened(browser, file, 1280) as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_on_paper_folded_parts_are_open_and_nothing_is_cut(browser, file):
    with opened(browser, file, 700) as (page, noise):
        page.emulate_media(media="print")
        folded = page.locator("details:not([open]) > :not(summary)").first
        assert folded.bounding_box()["height"] > 0
        assert page.locator("nav").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 700
        assert len(page.pdf(format="A4")) > 10_000
        assert noise == []
