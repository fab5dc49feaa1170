"""Draw the registry's pages as they are in Chromium: an invented centre, served for the moment (SYNTHETIC).

python docs/pictures/draw_registry.py            the pictures of the documents: what a window shows
python docs/pictures/draw_registry.py FOLDER     whole pages, at a desk and on a phone, and paper, to be looked at
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from hepatica.registry.operation import starting
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

HERE = Path(__file__).resolve().parent
PATIENTS = 120
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
COLOURS = 200
PATIENCE_MS = 120_000
# In an address: the first patient of the work list, one of their rows, the file that waits, the import that was made.
PATIENT, UPLOAD, IMPORT = "PATIENT", "UPLOAD", "IMPORT"
# Each picture's role and address.
PICTURES = {
    "worklist": ("clinician", "/worklist/"),
    "patients": ("clinician", "/patients/"),
    "patient": ("clinician", PATIENT),
    "entry": ("clinician", f"{PATIENT}measurements/new/"),
    "identity": ("clinician", f"{PATIENT}identity/"),
    "history": ("clinician", f"{PATIENT}history/"),
    "patient-course": ("clinician", f"{PATIENT}#course"),
    "cohort": ("clinician", "/cohort/"),
    "report": ("clinician", "/cohort/response/"),
    "consent": ("clinician", "/consent/?purpose=1"),
    "consent-of-patient": ("clinician", f"{PATIENT}consent/"),
    "evidence": ("clinician", "/evidence/"),
    "evidence-study": ("clinician", "/evidence/EVIDENCE/"),
    "rules": ("clinician", "/rules/"),
    "rule": ("clinician", "/rules/RULE/"),
    "protocols": ("clinician", "/protocols/"),
    "protocols-compared": ("clinician", "/protocols/compared/?with=default&with=easl_2025&with=aasld_2019"),
    "import-report": ("coordinator", UPLOAD),
    "import": ("coordinator", IMPORT),
    "export": ("coordinator", "/exports/"),
    "erasure": ("coordinator", f"{PATIENT}erasure/"),
    "studies": ("researcher", "/studies/"),
    "study": ("researcher", "/studies/response/?purpose=course"),
    "quality": ("data_manager", "/quality/"),
    "queries": ("data_manager", "/queries/"),
    "query": ("coordinator", "/queries/here/1/"),
    "people": ("administrator", "/people/"),
    "person": ("administrator", "/people/1/"),
    "centres": ("administrator", "/centres/"),
    "centre": ("administrator", "/centres/1/"),
    "purposes": ("administrator", "/purposes/"),
    "audit": ("auditor", "/audit/"),
    "audit-verification": ("auditor", "/audit/verification/"),
}
# Where the first link of a kind is found.
FIRST = {
    PATIENT: ("/worklist/", "tbody th a"),
    "EVIDENCE": ("/evidence/", "tbody th a"),
    "RULE": ("/rules/", "ul.list a"),
}
ON_A_PHONE = ("worklist", "patient", "entry")
ON_PAPER = ("patient", "cohort")
SENT = {
    "patients.csv": "patient_id,sex,birth_date,diagnosis_date,aih_type\nSYN-90000001,female,1970-01-01,2020-01-01,1\n",
    "measurements.csv": (
        "patient_id,date,analyte,value,unit,upper_limit\nSYN-90000001,2024-06-01,ALT,30,U/L,40\n"
        "SYN-90000001,2042-06-01,AST,31,U/L,40\nSYN-90000001,2024-06-01,IGG,1350,g/L,16\n"
        "SYN-90000007,2024-06-01,ALT,30,U/L,40\n"
    ),
}


def main() -> None:
    """Invent a centre, serve it, and draw each page."""
    whole = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HEPATICA_AS_OF="2024-12-31", HEPATICA_NOTICE_ACCEPTED="true")
        starting.configure(data=Path(folder) / "data")
        starting.bring_up_to_date()
        synthesize(patients=PATIENTS, seed=1, out=Path(folder) / "invented", file_format="csv")
        from hepatica.registry.operation.invented import invented_centre  # noqa: PLC0415  (models exist after configure)
        from hepatica.registry.operation.serving import listening, server_on  # noqa: PLC0415

        passwords = {one.role: one.password for one in invented_centre(open_source(str(Path(folder) / "invented")))}
        server = server_on(listening("127.0.0.1", 0))
        threading.Thread(target=server.run, daemon=True).start()
        with sync_playwright() as tool:
            settings = ["--no-sandbox", "--lang=en-GB"]
            browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=settings)
            Drawing(browser, f"http://127.0.0.1:{server.effective_port}", passwords, whole).draw()
            browser.close()
        server.close()


class Drawing:
    """The windows of the people of an invented centre, and the pictures taken in them."""

    def __init__(self, browser: Any, address: str, passwords: dict[str, str], whole: Path | None) -> None:
        self.browser, self.address, self.passwords, self.whole = browser, address, passwords, whole
        self.windows: dict[str, Any] = {}
        self.places: dict[str, str] = {}

    def draw(self) -> None:
        """Take every picture."""
        self._find_places()
        for name, (role, where) in PICTURES.items():
            for word, place in self.places.items():
                where = where.replace(word, place)  # noqa: PLW2901  (a word after the other)
            page = self._window(role)
            page.set_viewport_size(DESK)
            page.goto(self.address + where)
            self._picture(page, name)
            if self.whole is not None and name in ON_PAPER:
                page.pdf(path=self.whole / f"{name}.pdf", format="A4")
            if self.whole is not None or name in ON_A_PHONE:
                page.set_viewport_size(PHONE)
                page.reload()
                self._picture(page, f"{name}-phone")

    def _window(self, role: str) -> Any:
        """Return a page of a window in which the person of a role is signed in."""
        if role not in self.windows:
            page = self.browser.new_context(viewport=DESK, locale="en-GB").new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{self.address}/sign-in/")
            if not self.windows:
                self._picture(page, "sign-in")
            page.get_by_label("User name").fill(role)
            page.get_by_label("Password").fill(self.passwords[role])
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("button", name="Sign out").wait_for()
            self.windows[role] = page
        return self.windows[role]

    def _find_places(self) -> None:
        """Find the addresses that only this registry knows, and send a file with good and bad rows in."""
        page = self._window("clinician")
        for word, (where, link) in FIRST.items():
            page.goto(self.address + where)
            self.places[word] = page.locator(link).first.get_attribute("href")
        for word in ("EVIDENCE", "RULE"):
            self.places[word] = self.places[word].partition("?")[0].strip("/").rpartition("/")[2]
        page = self._window("coordinator")
        self._send(page)
        page.get_by_role("button", name="Take in").click()
        page.get_by_role("heading", name="Import of").wait_for()
        self.places[IMPORT] = page.url.removeprefix(self.address)
        self._send(page)
        self.places[UPLOAD] = page.url.removeprefix(self.address)
        page = self._window("data_manager")
        page.goto(f"{self.address}/queries/?centre=1&about=weight_kg")
        page.get_by_label("Question").fill("Doses by weight need it. Can the weights be had from the charts?")
        page.get_by_role("button", name="Ask").click()

    def _send(self, page: Any) -> None:
        page.goto(f"{self.address}/imports/")
        # The second time with one row more, as a laboratory sends it the next month.
        more = "SYN-90000001,2024-07-01,ALT,28,U/L,40\n" if self.places.get(IMPORT) else ""
        page.get_by_label("Files").set_input_files(
            [
                {"name": name, "mimeType": "text/csv", "buffer": (text + (more if "meas" in name else "")).encode()}
                for name, text in SENT.items()
            ]
        )
        page.get_by_role("button", name="Look at the files").click()
        page.get_by_role("heading", name="Report:").wait_for()

    def _picture(self, page: Any, name: str) -> None:
        """Keep what the window shows once its pictures are drawn, or the whole page where that was asked for."""
        expect(page.locator(".live:not(.drawn)[data-picture], .live:not(.drawn)[data-source]")).to_have_count(
            0, timeout=PATIENCE_MS
        )
        path = (self.whole / f"{name}.png") if self.whole is not None else HERE / f"registry-{name}.png"
        page.screenshot(path=path, full_page=self.whole is not None)
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
        print(path.name, path.stat().st_size, f"{beyond} px beyond the edge" if beyond > 0 else "")


if __name__ == "__main__":
    main()
