"""Entries are added to a YAML log, and what stands in it stays to the letter."""

from __future__ import annotations

import pytest
import yaml

from ultrarare.case.log import with_entry, write_entry
from ultrarare.errors import InputError

ENTRY = {"id": "b", "reason": "a: colon, a # and\ntwo lines"}


@pytest.mark.parametrize(
    "text",
    [
        "schema: x\n",
        "schema: x",
        "schema: x\njudgements: []\n",
        "schema: x\njudgements:\n",
        "schema: x\njudgements: null # none yet\nafter: 1\n",
        "# head\njudgements:  # a list\n  - id: a\n    reason: one\n# tail\nafter:\n  - 1\n",
        "schema: x\njudgements:\n- id: a\n  reason: |\n    long\n    text\n\nafter: [1]\n",
        "judgements:\n    - {id: a, reason: one}\nschema: x\n",
    ],
)
def test_an_entry_comes_last_and_the_rest_stays(text):
    longer = with_entry(text, "judgements", ENTRY, where="f")
    before, after = yaml.safe_load(text), yaml.safe_load(longer)

    assert after["judgements"] == [*(before.get("judgements") or []), ENTRY]
    assert {k: v for k, v in after.items() if k != "judgements"} == {
        k: v for k, v in before.items() if k != "judgements"
    }
    for comment in (line for line in text.splitlines() if line.startswith("#")):
        assert comment in longer


@pytest.mark.parametrize(
    ("text", "says"),
    [("judgements: [{id: a}]\n", "in brackets"), ("judgements: five\n", "is no list")],
)
def test_what_cannot_be_added_to_is_an_error_and_nothing_is_written(tmp_path, text, says):
    path = tmp_path / "judgements.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        write_entry(path, "schema: x\n", "judgements", ENTRY)
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]
