"""What the tests of the languages share: a registry with something on every page, and what a page visibly says."""

from __future__ import annotations

from html.parser import HTMLParser

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from registry_cast import a_patient

from hepatica.evidence.library import studies
from hepatica.guidance.rules import rules
from hepatica.registry.access.invitations import invite
from hepatica.registry.audit.acting import acting
from hepatica.registry.engine.freshness import bring_up_to_date
from hepatica.registry.models import (
    CentreProtocol,
    ConsentAct,
    ConsentText,
    Erasure,
    Export,
    Import,
    Measurement,
    Purpose,
    Query,
    Upload,
    WaitingRow,
)
from hepatica.registry.privacy.erasure import erase
from hepatica.registry.protocols.kept import copy_text

LABS = (
    "patient_id,date,analyte,value,unit,upper_limit\n"
    "P-1,2024-01-05,ALT,33,U/L,40\nP-1,2031-01-01,ALT,30,U/L,40\nP-9,2024-01-05,ALT,33,U/L,40\n"
    "P-1,2024-02-05,ALT,99999,U/L,40\n"
)
# Where each role goes; a name in braces is what `place` knows.
PAGES = {
    "clinician": (
        "/worklist/", "/patients/", "/patients/new/", "/patients/{patient}/", "/patients/{patient}/history/",
        "/patients/{patient}/measurements/new/", "/patients/{patient}/treatments/new/",
        "/patients/{patient}/events/new/", "/patients/{patient}/biopsies/new/", "/patients/{patient}/genotypes/new/",
        "/patients/{patient}/measurements/{row}/", "/patients/{patient}/measurements/{row}/remove/",
        "/patients/{patient}/consent/", "/patients/{patient}/identity/", "/patients/{patient}/clinician/",
        "/consent/?purpose={purpose}", "/cohort/", "/evidence/", "/evidence/{study}/",
        "/rules/", "/rules/{rule}/",
        "/queries/here/", "/queries/here/{query}/",
        "/protocols/", "/protocols/easl_2025/", "/protocols/compared/?with=easl_2025&with=default",
        "/second-factor/", "/no-such-page/", "/audit/",
    ),
    "coordinator": (
        "/worklist/", "/imports/", "/imports/uploads/{upload}/", "/imports/{imported}/", "/imports/rows/{waiting}/",
        "/imports/{imported}/undo/",
        "/exports/", "/erasures/", "/erasures/{erasure}/", "/patients/{patient}/erasure/",
        "/protocols/own:{own}/", "/protocols/own/{own}/edit/",
    ),
    "administrator": (
        "/people/", "/people/{person}/", "/centres/", "/centres/{centre}/", "/purposes/", "/purposes/{purpose}/",
    ),
    "data_manager": ("/quality/", "/queries/"),
    "researcher": ("/studies/", "/studies/response/?purpose=registry"),
    "auditor": ("/audit/", "/audit/verification/", "/set-up/{token}/"),
}  # fmt: skip
# The other addresses answer with no page of words in a language, or are looked at in tests of their own.
OTHER = {
    "sends its reader on": ["home"],
    "asks for the name, password, and code before anybody is known": ["sign-in", "sign-in-code"],
    "answers forms only": [
        "sign-out", "language", "row-check", "protocol-copy", "protocol-use", "person-change",
        "centre-change", "query-settle", "patients-by-name",
    ],
    "answers with data, a file, or a picture": [
        "health", "patient-chart", "patient-picture", "upload-problems", "export-manifest", "study-files",
    ],
    "answers with a report of the engine": ["cohort-study"],
}  # fmt: skip


def filled(cast):
    """Put something on every page: consent, an import with rows that wait, an export, an erasure, a protocol."""
    browser = cast.browser("coordinator")
    with acting("test"):
        purpose = Purpose.objects.create(code="registry", title="P-1")
        text = ConsentText.objects.create(purpose=purpose, version=1, text="P-1")
        ConsentAct.objects.create(
            patient=cast.patient, text=text, decision="given", day="2024-01-01", entered_by=cast.people["clinician"]
        )
        own = CentreProtocol.objects.create(centre=cast.here, name="ours", text=copy_text("easl_2025", "ours", "P-1"))
        gone = a_patient(cast.here, "P-5")
        query = Query.objects.create(
            centre=cast.here, about="weight_kg", question="P-1", asked_by=cast.people["data_manager"]
        )
        token = invite(cast.people["researcher"])
    with acting(cast.people["coordinator"]):
        erase(gone, "request", by=cast.people["coordinator"])
    for confirmed in (True, False):
        labs = LABS if confirmed else LABS.replace("33", "34")
        files = [SimpleUploadedFile("labs.csv", b""), SimpleUploadedFile("measurements.csv", labs.encode())]
        report = browser.post(reverse("imports"), {"centre": cast.here.pk, "files": files})["Location"]
        if confirmed:
            browser.post(report, {"confirm": "1"})
    archive = browser.post(
        reverse("exports"), {"centre": cast.here.pk, "purpose": purpose.pk, "form": "csv", "name": "p-1"}
    )
    b"".join(archive.streaming_content)
    archive.close()
    row = Measurement.objects.filter(patient=cast.patient).earliest("pk")
    cells = {"date": "2023-01-09", "analyte": "ALT", "value": "401", "unit": "U/L", "upper_limit": "40"}
    address = reverse("row-correct", args=[cast.patient.key, "measurements", row.pk])
    browser.post(address, {**cells, "version": "1", "reason": "P-1"})
    bring_up_to_date(cast.here)
    return {
        "patient": cast.patient.key,
        "row": row.pk,
        "purpose": purpose.pk,
        "upload": Upload.objects.get().key,
        "imported": Import.objects.get().pk,
        "waiting": WaitingRow.objects.earliest("pk").pk,
        "erasure": Erasure.objects.get().pk,
        "export": Export.objects.get().pk,
        "own": own.pk,
        "person": cast.people["researcher"].pk,
        "centre": cast.here.pk,
        "query": query.pk,
        "token": token,
        "study": next(iter(studies())),
        "rule": next(iter(rules())),
    }


class Visible(HTMLParser):
    """Collects what a page says to eyes and ears in its own language; what is marked as another language is not."""

    SILENT = ("script", "style", "template", "code", "pre", "datalist", "textarea")
    EMPTY = ("meta", "link", "input", "img", "br", "hr")
    HEARD = ("aria-label", "alt", "title", "placeholder", "data-heading", "data-save-svg", "data-save-png")

    def __init__(self, language):
        super().__init__()
        self.language, self.open, self.said = language, [], []

    @property
    def quiet(self):
        return any(self.open)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        quiet = tag in self.SILENT or given.get("lang", self.language) != self.language
        if not (self.quiet or quiet):
            self.said += [given[name] for name in self.HEARD if given.get(name)]
        if tag not in self.EMPTY:
            self.open.append(quiet)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY and self.open:
            self.open.pop()

    def handle_data(self, data):
        if data.strip() and not self.quiet:
            self.said.append(" ".join(data.split()))


def visible(page, language="de"):
    """What a page says in its language, piece by piece."""
    reader = Visible(language)
    reader.feed(page)
    return reader.said
