"""What the first reader of a process would wait for is done before: pages, engine, pictures, the lists of a new day."""

from __future__ import annotations

import logging
import threading
import time

from altair.utils import schemapi
from django.conf import settings
from django.db import connections
from django.urls import get_resolver
from django.utils.translation import override

from hepatica.pictures import theme
from hepatica.registry.engine.freshness import current
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.language.said import said_in_language
from hepatica.registry.models import Centre, Patient
from hepatica.report.course_chart import chart_of

# Of each centre: enough that most rules and the evidence behind them were asked once.
PATIENTS = 5
log = logging.getLogger("hepatica.registry")


def load_pages() -> None:
    """Load every page and what it needs, before the address is told: half a minute's reading on a slow machine."""
    _ = get_resolver().url_patterns
    # A picture is held to its schema by the tests. Here each of its parts would be, each time that it is drawn.
    schemapi.disable_debug_mode()


def begin() -> threading.Thread:
    """Begin to warm up behind the first requests, which are answered meanwhile, only slower."""
    thread = threading.Thread(target=_warm_up, name="warming", daemon=True)
    thread.start()
    return thread


def _warm_up() -> None:
    begun = time.perf_counter()
    try:
        import scipy.stats  # noqa: F401, PLC0415  (the evidence's tests load it at the first figure that needs one)

        for language, _ in settings.LANGUAGES:
            with override(language):
                said_in_language("not_assessable")  # reads every word that the engine may say
        for centre in Centre.objects.filter(closed=False):
            _open(centre)
        log.info("warm", extra={"told": {"seconds": round(time.perf_counter() - begun, 1)}})
    except Exception:
        log.exception("warming up failed")  # nothing depends on it: the first reader waits instead
    finally:
        connections.close_all()


def _open(centre: Centre) -> None:
    """Derive what a centre's work list of today lacks, and go through some patients' pages without showing them."""
    current(centre)
    for patient in Patient.objects.filter(centre=centre).select_related("centre").order_by("pk")[:PATIENTS]:
        course = patient_course(patient)
        if course.known:
            _ = course.milestones, course.advice
            chart_of(course.view, theme.WIDE).to_dict(validate=False)
