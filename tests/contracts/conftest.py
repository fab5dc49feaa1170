"""What the contracts of the command line share: a small centre, and running a verb in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_centre import Ran, write_centre

from hepatica import cli


@pytest.fixture
def configuration(tmp_path_factory, monkeypatch) -> Path:
    """Where this installation's configuration would be; nothing is switched on."""
    path = tmp_path_factory.mktemp("installation") / "config.toml"
    monkeypatch.setenv("HEPATICA_CONFIG", str(path))
    return path


@pytest.fixture
def accepted(configuration) -> Path:
    """An installation that has accepted the notice of advice."""
    configuration.write_text("[advice]\nnotice_accepted = true\n", encoding="utf-8")
    return configuration


@pytest.fixture
def run(capsys, configuration):
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
