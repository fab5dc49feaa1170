"""The tutorial is run, command by command, in an empty folder; what it says is answered is answered."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from hepatica import cli

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A file to write, or a command with what it is said to answer."""

    kind: str
    words: str
    text: str


def steps() -> list[Step]:
    found = []
    for language, name, body in FENCE.findall(TUTORIAL.read_text(encoding="utf-8")):
        if language == "console":
            for command, answer in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
                found.append(Step("command", command, answer))
        elif name:
            found.append(Step("file", name, body))
    return found


def flat(text: str) -> str:
    """Text without its line breaks and runs of blanks, which depend on the width of the terminal."""
    return " ".join(text.split())


def pattern_of(answer: str) -> str:
    """What must be found, in this order: … stands for anything."""
    return ".*?".join(re.escape(flat(part)) for part in answer.split("…"))


def answered(command: str, code: int, capsys: pytest.CaptureFixture[str]) -> tuple[str, int]:
    """What a command writes on the screen, and its exit code; hepatica runs in this process."""
    words = shlex.split(command)
    if words == ["echo", "$?"]:
        return str(code), 0
    if words[0] == "export":
        os.environ.update([words[1].split("=", 1)])
        return "", 0
    if words[0] != "hepatica":
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return done.stdout, 0
    with pytest.raises(SystemExit) as end:
        cli.main(words[1:])
    said = capsys.readouterr()
    return said.out + said.err, end.value.code


def test_the_tutorial_is_what_happens(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEPATICA_CONFIG", str(tmp_path / "none.toml"))  # undone at the end, whatever is exported
    code = 0
    for kind, words, text in steps():
        if kind == "file":
            path = tmp_path / words
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            continue
        said, code = answered(words, code, capsys)
        assert re.search(pattern_of(text), flat(said)), f"$ {words}\n{said}"


def test_the_tutorial_has_files_and_commands():
    kinds = [step.kind for step in steps()]
    assert kinds.count("file") >= 4
    assert kinds.count("command") >= 15
    verbs = {step.words.split()[1] for step in steps() if step.words.startswith("hepatica ")}
    assert {"synthesize", "check", "course", "worklist"} <= verbs


def test_a_wrong_answer_would_be_seen():
    assert re.search(pattern_of("a …\n…\nb  c\n"), flat("x a 1\n2 b c\n"))
    assert not re.search(pattern_of("a …\nc\n"), flat("c\na 1\n"))
