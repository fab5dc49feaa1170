"""A registry that is being served, and a person's browser window on it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CENTRE = Path(__file__).with_name("browser_centre.py")
PASSWORD = "correct horse battery staple"  # noqa: S105  (of invented people)
PATIENCE_MS = 90_000
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Served:
    """A registry that is being served: where, by which surroundings, and the one-time link it said, if any."""

    address: str
    set_up: str | None
    surroundings: dict[str, str]

    def run(self, what: str) -> None:
        """Run a part of browser_centre.py on the registry's databases."""
        subprocess.run([sys.executable, str(CENTRE), what], env=self.surroundings, check=True)


@dataclass
class Window:
    """A person's browser window, with what its console said, and which addresses it asked for."""

    page: Any
    served: Served
    said: list[str]
    asked: list[str]

    def open(self, path: str) -> None:
        self.page.goto(self.served.address + path)

    def sign_in(self, username: str, path: str = "/") -> None:
        """Open a page, and sign in on the way to it."""
        self.open(path)
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name="Sign out").wait_for()

    @property
    def fits(self) -> bool:
        """Say whether nothing stands beyond the window's right edge."""
        return self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    @property
    def asked_elsewhere(self) -> list[str]:
        """Return what was asked of anybody but the registry; what a page holds inside itself is asked of nobody."""
        inside = (f"{self.served.address}/", "data:", "blob:")
        return [address for address in self.asked if not address.startswith(inside)]

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()


def a_window(chromium, served: Served, *, phone: bool = False) -> Window:
    """Open a window in which nobody is signed in."""
    page = chromium.new_context(viewport=PHONE if phone else DESK, locale="en-GB").new_page()
    page.set_default_timeout(PATIENCE_MS)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return Window(page, served, said, asked)


def focused(page) -> str:
    return page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()")


def tab_to(page, what: str) -> None:
    """Press Tab until something has the focus, as a person without a mouse does."""
    for _ in range(80):
        if focused(page) == what:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{what} cannot be reached by keyboard")
