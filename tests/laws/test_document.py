"""Laws of documents: every broken place is named by its own line, whatever else is broken."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.case.document import Document, read_document
from ultrarare.case.plan import Plan
from ultrarare.case.yaml_text import read_plain

HEAD = ["schema: ultrarare/plan/1", "analyses:"]
# Each way to break an entry of `analyses`, with the path under the entry that is to be named.
BROKEN = {
    "  - {id: a, analysis: x, colour: red}": ".colour",
    "  - {id: A B, analysis: x}": ".id",
    "  - {id: a}": ".analysis",
    "  - {id: a, analysis: x, seed: -1}": ".seed",
    "  - 7": "",
}
WHOLE = "  - {id: a, analysis: x, parameters: {b: 1}}"
entries = st.lists(st.sampled_from([WHOLE, *BROKEN]), min_size=1, max_size=12)


def _document(lines: list[str]) -> Document[Plan]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_document(path, Plan, name="plan.yaml")


@given(entries)
@settings(max_examples=120)
def test_every_broken_entry_is_named_by_its_line_and_place(lines):
    document = _document([*HEAD, *lines])
    expected = {
        f"plan.yaml:{index + 3} analyses[{index}]{BROKEN[line]}"
        for index, line in enumerate(lines)
        if line in BROKEN
    }
    assert {problem.where for problem in document.problems} == expected
    assert len(document.problems) == len(expected)


@given(entries)
@settings(max_examples=60)
def test_what_is_whole_is_still_read(lines):
    document = _document([*HEAD, *lines])
    assert document.value is not None
    whole = sum(line == WHOLE for line in lines)
    mended = sum(BROKEN.get(line) in {".colour", ".seed"} for line in lines)
    assert len(document.value.analyses) == whole + mended


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"))),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abcxyz", min_size=1), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abcxyz", min_size=1), values, min_size=1))
@settings(max_examples=80)
def test_plain_values_survive_the_way_through_yaml(value):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "v.yaml"
        path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
        plain = read_plain(path, "v.yaml")
    assert plain.problems == ()
    assert plain.value == value
