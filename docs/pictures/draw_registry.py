"""Draw the registry's pages as they are in Chromium: an invented centre, served for the moment (SYNTHETIC).

python docs/pictures/draw_registry.py
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from hepatica.registry.operation import starting
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

HERE = Path(__file__).resolve().parent
PATIENTS = 40
DESK, PHONE = {"width": 1100, "height": 800}, {"width": 390, "height": 800}
PATIENCE_MS = 120_000
PATIENT = "PATIENT"
# Each picture's role and address; PATIENT stands for the first patient of the work list.
PICTURES = {
    "worklist": ("clinician", "/worklist/"),
    "patient": ("clinician", PATIENT),
    "entry": ("clinician", f"{PATIENT}measurements/new/"),
    "cohort": ("clinician", "/cohort/"),
    "evidence": ("clinician", "/evidence/"),
    "rules": ("clinician", "/rules/"),
    "protocols": ("clinician", "/protocols/"),
    "consent": ("clinician", "/consent/"),
    "export": ("coordinator", "/exports/"),
    "studies": ("researcher", "/studies/"),
    "people": ("administrator", "/people/"),
    "centres": ("administrator", "/centres/"),
    "audit": ("auditor", "/audit/"),
}
ON_A_PHONE = ("worklist", "patient")


def main() -> None:
    """Invent a centre, serve it, and draw each page."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HEPATICA_AS_OF="2024-12-31", HEPATICA_NOTICE_ACCEPTED="true")
        starting.configure(data=Path(folder) / "data")
        starting.bring_up_to_date()
        synthesize(patients=PATIENTS, seed=1, out=Path(folder) / "invented", file_format="csv")
        from hepatica.registry.operation.invented import invented_centre  # noqa: PLC0415  (models exist after configure)
        from hepatica.registry.operation.serving import opened_server  # noqa: PLC0415

        passwords = {one.role: one.password for one in invented_centre(open_source(str(Path(folder) / "invented")))}
        server = opened_server("127.0.0.1", 0)
        threading.Thread(target=server.run, daemon=True).start()
        draw(f"http://127.0.0.1:{server.effective_port}", passwords)
        server.close()


def draw(address: str, passwords: dict[str, str]) -> None:
    """Draw every picture of the served registry."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        windows: dict[str, Any] = {}
        for name, (role, where) in PICTURES.items():
            if role not in windows:
                windows[role] = signed_in(browser, address, role, passwords[role])
            page = windows[role]
            page.set_viewport_size(DESK)
            page.goto(address + addressed(page, address, where))
            picture(page, f"registry-{name}.png")
            if name in ON_A_PHONE:
                page.set_viewport_size(PHONE)
                picture(page, f"registry-{name}-phone.png")
        browser.close()


def signed_in(browser: Any, address: str, role: str, password: str) -> Any:
    """Return a page of a window in which the person of a role is signed in."""
    page = browser.new_context(viewport=DESK, locale="en-GB").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}/sign-in/")
    page.get_by_label("User name").fill(role)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def addressed(page: Any, address: str, where: str) -> str:
    """Return an address with the first patient of the work list in it, where it names one."""
    if not where.startswith(PATIENT):
        return where
    page.goto(f"{address}/worklist/")
    own: str = page.locator("tbody th a").first.get_attribute("href")
    return where.replace(PATIENT, own)


def picture(page: Any, name: str) -> None:
    """Keep what the window shows once its pictures are drawn."""
    expect(page.locator(".live:not(.drawn)")).to_have_count(0, timeout=PATIENCE_MS)
    page.screenshot(path=HERE / name)
    print(name, (HERE / name).stat().st_size)


if __name__ == "__main__":
    main()
