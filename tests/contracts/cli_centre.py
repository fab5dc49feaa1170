"""A small centre for the command line's contracts, and what a command line did.

P1 reached complete response, P2 never had an immunosuppressant, P3 has no results, P4 failed and has metabolite levels,
P5 began so recently that the endpoint can still be saved.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from hepatica import cli

AS_OF = "2024-06-01"
FILES = {
    "patients": """patient_id,birth_date,sex,centre,diagnosis_date,aih_type,variant
P1,1970-05-01,female,North,2022-12-20,1,none
P2,1985,male,North,2022-01-10,unknown,PSC
P3,,,South,,,
P4,2012-03-04,female,South,2022-12-20,2,none
P5,1960-05-01,male,North,2023-12-20,1,none
""",
    "measurements": """patient_id,date,analyte,value,unit,upper_limit
P1,2022-12-28,ALT,400,U/L,40
P1,2023-01-29,ALT,120,U/L,40
P1,2023-05-20,ALT,40,U/L,40
P1,2023-05-20,AST,<10,U/L,35
P1,2023-05-20,IGG,12,g/L,16
P1,2024-05-20,ALT,22,U/L,40
P1,2024-05-20,IGG,11,g/L,16
P2,2023-03-01,ALT,60,U/L,40
P4,2022-12-30,ALT,500,U/L,40
P4,2023-06-20,ALT,160,U/L,40
P4,2024-05-02,TGN,168,pmol/8x10^8 RBC,
P4,2024-05-02,MMP,7000,pmol/8x10^8 RBC,
P5,2024-01-08,ALT,300,U/L,40
""",
    "treatments": """patient_id,drug,start,end,dose,dose_unit,stop_reason,indication
P1,prednisolone,2023-01-01,2023-06-30,40,mg/day,remission,AIH
P1,azathioprine,2023-01-15,,100,mg/day,,AIH
P2,ursodeoxycholic acid,2022-01-10,,1000,mg/day,,AIH
P4,prednisolone,2023-01-01,,10,mg/day,,AIH
P4,azathioprine,2023-01-10,,75,mg/day,,AIH
P5,budesonide,2024-01-10,,9,mg/day,,AIH
""",
    "events": "patient_id,date,event\nP4,2023-01-05,cirrhosis\n",
}


class Ran(NamedTuple):
    """What a command line did: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on standard output: no NaN, nothing before it, nothing after it."""
        return json.loads(self.out, parse_constant=pytest.fail)


def write_centre(folder: Path, **more: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for table, text in FILES.items():
        (folder / f"{table}.csv").write_text(text + more.get(table, ""), encoding="utf-8")
    return folder


def commands() -> dict[str, click.Command]:
    """Every verb by its name; a verb is loaded when it is asked for."""
    context = click.Context(cli.hepatica)
    found = {name: cli.hepatica.get_command(context, name) for name in cli.hepatica.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def verbs() -> dict[tuple[str, ...], click.Command]:
    """Every verb with its sub-verbs: (check,), (evidence, list), …"""
    found: dict[tuple[str, ...], click.Command] = {}
    for name, command in commands().items():
        inner = command.commands if isinstance(command, click.Group) else {}
        found |= {(name, word): inner[word] for word in inner} if inner else {(name,): command}
    return found
