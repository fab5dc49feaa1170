"""Measure the registry under load: clinicians at once on work list, patients, search, and entries (SYNTHETIC).

python bench/registry.py fill DATA [--patients 10000]
python bench/registry.py load DATA [--clinicians 100] [--pause 0] [--seconds 60]

`fill` makes an invented centre in an empty data folder, through the import's own way, and derives its work list.
`load` serves that folder by `hepatica serve` in a process of its own and asks it over HTTP, each clinician in a thread
with a session. A clinician pauses so many seconds on a page before the next; 0 is the most that can be asked.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import polars as pl

from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from registry_load import PASSWORD, under_load

PATIENTS_A_PART = 1_000
AS_OF = "2024-12-31"


def main() -> None:
    """Fill a registry, or put one under load."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("what", choices=("fill", "load"))
    asked.add_argument("data", type=Path)
    asked.add_argument("--patients", type=int, default=10_000)
    asked.add_argument("--clinicians", type=int, default=100)
    asked.add_argument("--pause", type=float, default=0.0)
    asked.add_argument("--seconds", type=float, default=60.0)
    told = asked.parse_args()
    os.environ.update(HEPATICA_DATA=str(told.data), HEPATICA_AS_OF=AS_OF, HEPATICA_NOTICE_ACCEPTED="true")
    if told.what == "fill":
        fill(told.data, told.patients, told.clinicians)
    else:
        make_ready(told.data)
        print(json.dumps(under_load(told.data, told.clinicians, told.pause, told.seconds), indent=1))


def fill(data: Path, patients: int, clinicians: int) -> None:
    """Make an invented centre with its patients, its clinicians, and its derived work list."""
    from hepatica.registry.operation import starting

    starting.configure(data=data)
    starting.bring_up_to_date()
    with tempfile.TemporaryDirectory() as folder:
        synthesize(patients=patients, seed=1, out=Path(folder), file_format="parquet")
        centre = _imported(folder)
    _people(centre, clinicians)
    start = time.perf_counter()
    from hepatica.registry.engine.freshness import bring_up_to_date

    derived = bring_up_to_date(centre)
    print(f"derived {derived} patients in {time.perf_counter() - start:.1f} s")


def make_ready(data: Path) -> None:
    """Bring a filled registry up to date with this version, so that no derivation of all patients runs meanwhile."""
    from hepatica.registry.operation import starting

    starting.configure(data=data)
    starting.bring_up_to_date()
    from django.db import connections

    from hepatica.registry.engine.freshness import bring_up_to_date
    from hepatica.registry.models import Centre

    for centre in Centre.objects.all():
        bring_up_to_date(centre)
    connections.close_all()


def _imported(folder: str):
    """Import every table in parts of whole patients, each in one transaction; returns the centre."""
    from hepatica.registry.audit.acting import acting
    from hepatica.registry.importing import bring_in, raw_frames
    from hepatica.registry.models import Centre

    frames = raw_frames(open_source(folder).raw)
    ids = frames["patients"]["patient_id"].unique().sort()
    start = time.perf_counter()
    with acting("bench"):
        centre = Centre.objects.create(code="BENCH", name="Invented centre", agrees_to_studies=True)
    for first in range(0, len(ids), PATIENTS_A_PART):
        part = ids[first : first + PATIENTS_A_PART].implode()
        with acting("bench"):
            bring_in({name: rows.filter(pl.col("patient_id").is_in(part)) for name, rows in frames.items()},
                     centre, f"part {first}", None)  # fmt: skip
        print(f"{first + PATIENTS_A_PART} patients after {time.perf_counter() - start:.0f} s", flush=True)
    rows = sum(frame.height for frame in frames.values())
    print(f"imported {rows} rows in {time.perf_counter() - start:.1f} s")
    return centre


def _people(centre, clinicians: int) -> None:
    """Make the clinicians; one hash serves them all, as the password of invented people is no secret."""
    from django.contrib.auth.hashers import make_password

    from hepatica.registry.audit.acting import acting
    from hepatica.registry.models import Membership, Person

    kept = make_password(PASSWORD)
    with acting("bench"):
        for number in range(clinicians):
            person = Person.objects.create(username=f"clinician{number}", name=f"Clinician {number}", password=kept)
            Membership.objects.create(person=person, role="clinician", centre=centre)


if __name__ == "__main__":
    main()
