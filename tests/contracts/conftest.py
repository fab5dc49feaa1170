"""What the contracts of the command line share: a small centre, and running a verb in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_centre import Ran, write_centre

from hepatica import cli


@pytest.fixture
def run(capsys):
    def ran(*words: object) -> Ran:
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(end.value.code, said.out, said.err)

    return ran


@pytest.fixture
def centre(tmp_path) -> Path:
    return write_centre(tmp_path / "centre")


@pytest.fixture
def untidy(tmp_path) -> Path:
    """The same centre with one row that cannot be used."""
    return write_centre(tmp_path / "untidy", measurements="P1,2024-05-21,IGG,1640,furlongs,16\n")
