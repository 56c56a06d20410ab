"""Both parsers read the installed packs to the same values and the same lines."""

from __future__ import annotations

import pytest

from ultrarare.case.yaml_text import read_plain
from ultrarare.guidance.pack import _our_paths


@pytest.mark.parametrize("path", sorted(_our_paths())[::4], ids=lambda path: path.stem)
def test_the_quick_parser_reads_the_same(path):
    slow, quick = (read_plain(path, path.name, installed=flag) for flag in (False, True))
    assert slow.value == quick.value
    assert slow.lines == quick.lines
    assert slow.problems == quick.problems == ()
