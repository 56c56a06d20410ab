"""Subset and rename the dossier's fonts, once; the result is kept in the repository.

Usage: python scripts/vendor_fonts.py SANS_PACKAGE MONO_PACKAGE

The two arguments are the unpacked npm packages `@expo-google-fonts/source-sans-3` (0.4.1) and
`@expo-google-fonts/jetbrains-mono` (0.4.1). Source Sans 3 reserves the name "Source" under the
Open Font License, so a subset must carry another name; both families are renamed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

TARGET = Path(__file__).parent.parent / "src/ultrarare/draw/fonts"

WEIGHTS = {
    "sans": (
        ("400Regular/SourceSans3_400Regular.ttf", "Regular"),
        ("600SemiBold/SourceSans3_600SemiBold.ttf", "Bold"),
        ("400Regular_Italic/SourceSans3_400Regular_Italic.ttf", "Italic"),
    ),
    "mono": (
        ("400Regular/JetBrainsMono_400Regular.ttf", "Regular"),
        ("700Bold/JetBrainsMono_700Bold.ttf", "Bold"),
    ),
}
FAMILY = {"sans": "Ultrarare Sans", "mono": "Ultrarare Mono"}

# Latin with its extensions, Greek, Cyrillic, punctuation, super- and subscripts, currency,
# letter-like signs, number forms, arrows, mathematical operators, shapes.
RANGES = (
    (0x0020, 0x024F),
    (0x02B0, 0x036F),
    (0x0370, 0x03FF),
    (0x0400, 0x045F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x209F),
    (0x20A0, 0x20BF),
    (0x2100, 0x218F),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x25A0, 0x25FF),
)
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "pnum", "sups", "subs", "zero")


def vendor(source: Path, target: Path, *, family: str, style: str) -> None:
    """Write `target`.ttf and `target`.woff2: the subset of `source` under another name."""
    font = TTFont(source)
    options = subset.Options()
    options.layout_features = list(FEATURES)
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)])
    subsetter.subset(font)
    rename(font, family=family, style=style)
    font["OS/2"].usWeightClass = 700 if style == "Bold" else 400
    bold, italic = style == "Bold", style == "Italic"
    font["head"].macStyle = (1 if bold else 0) | (2 if italic else 0)
    font["OS/2"].fsSelection = (1 if italic else 0) | (32 if bold else 0) or 64
    font["head"].modified = font["head"].created  # the same input gives the same bytes
    font.recalcTimestamp = False
    font.save(target.with_suffix(".ttf"))
    font.flavor = "woff2"
    font.save(target.with_suffix(".woff2"))


def rename(font: TTFont, *, family: str, style: str) -> None:
    """Give the font its own name; copyright and licence entries stay."""
    names = font["name"]
    given = {1: family, 2: style, 3: f"{family} {style}", 4: f"{family} {style}"}
    given[6] = f"{family.replace(' ', '')}-{style}"
    for record in list(names.names):
        if record.nameID in given:
            names.setName(given[record.nameID], record.nameID, record.platformID,
                          record.platEncID, record.langID)  # fmt: skip


def main() -> None:
    """Vendor both families."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for kind, package in zip(("sans", "mono"), sys.argv[1:3], strict=True):
        for path, style in WEIGHTS[kind]:
            target = TARGET / f"ultrarare-{kind}-{style.lower()}"
            vendor(Path(package) / path, target, family=FAMILY[kind], style=style)
        shutil.copyfile(Path(package) / "LICENSE_FONT", TARGET / f"OFL-{kind}.txt")


if __name__ == "__main__":
    main()
