"""Counted things in words, and that no command prints `1 people`."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.words import counted, plural


@pytest.mark.parametrize(
    ("number", "one", "verb", "words"),
    [
        (1, "person", "", "1 person"),
        (0, "person", "", "0 people"),
        (2, "untreated person", "has", "2 untreated people have"),
        (1, "untreated person", "has", "1 untreated person has"),
        (1, "visit", "was", "1 visit was"),
        (3, "visit", "was", "3 visits were"),
        (2, "registry", "met", "2 registries met"),
    ],
)
def test_a_number_agrees_with_its_noun_and_its_verb(number, one, verb, words):
    assert counted(number, one, verb) == words


def test_a_plural_keeps_what_stands_before_the_noun():
    assert plural("treated person") == "treated people"
    assert plural("event") == "events"


COMMANDS = [
    "effect external-control --treated tr.csv --control co.csv --improves higher",
    "effect recurrent ev.csv fu.csv --treated t",
    "effect survival --treated sur.csv --history people.csv",
    "effect regression --patient pat.csv --dosed-at 1 --threshold 50 --direction higher "
    "--untreated 50 4 0.8 30",
    "history survival people.csv",
    "history describe --people people.csv",
    "history survival sur.csv",
]
TABLES = {
    "tr.csv": "person,outcome\nt,8\n",
    "co.csv": "person,outcome\nc,6\n",
    "ev.csv": "person,time\nt,1\nt,0\na,2\n",
    "fu.csv": "person,start,stop,group\nt,0,4,t\na,0,4,u\nb,0,4,u\n",
    "sur.csv": "person,entry,exit,event\nt,0,3,1\n",
    "people.csv": "person,entry,exit,event\na,0,4,1\nb,0,6,0\nc,0,5,0\n",
    "pat.csv": "time,value\n0,40\n0.5,44\n2,52\n",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_summary_says_one_in_the_plural(tmp_path, monkeypatch, command):
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, command.split())
    said = f"{done.output}\n{done.exception or ''}"
    wrong = r"(?<![\d.])1 (treated |untreated )?(people|events|visits|covariates|ends)\b"
    assert not re.findall(wrong, said), said
    assert done.exit_code == 0, said
