"""One installation of the registry: its configuration file, its data folder, its databases, and its secrets.

Read from the file named by `HEPATICA_CONFIG` (else ~/.config/hepatica/config.toml), table `[registry]`; an environment
variable of the same name in capitals (`HEPATICA_DATA`, `HEPATICA_DATABASE` …) goes before it.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hepatica.errors import UsageError

VARIABLE = "HEPATICA_CONFIG"
SECRETS_FILE = "secrets.json"
SECRET_NAMES = ("sessions", "pseudonyms")
# The keys of [registry], each with what it is when nothing is said; the environment may say HEPATICA_<KEY>.
DEFAULTS = {
    "data": "",
    "database": "",
    "identities": "",
    "public_url": "",
    "behind_proxy": "",
    "as_of": "",
    "second_factor": "",
    "time_zone": "UTC",
    "language": "en",
}
SECOND_FACTORS = ("offered", "required")
# English, and every language that has a catalogue in locale/, each called by its own name.
LANGUAGES = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True)
class Installation:
    """Where this installation keeps what, and what it has switched on.

    `database` and `identities` are URLs; empty means SQLite files in the data folder. `as_of` is the day that counts
    as today (an invented centre ends on a day of its own); None is the calendar's. `proxy` is the address of the
    proxy that is believed about who asks and by https or not; empty where none is.
    """

    data: Path
    database: str
    identities: str
    public_url: str
    proxy: str
    as_of: date | None
    second_factor: str
    time_zone: str
    language: str
    notice_accepted: bool

    @property
    def https(self) -> bool:
        """Say whether people reach this installation by https."""
        return self.public_url.startswith("https://")


def configuration_file() -> Path:
    """Return where this installation's configuration lies, whether or not the file is there."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".config" / "hepatica" / "config.toml"


def configuration() -> dict[str, Any]:
    """Return what the configuration file says; nothing where there is none.

    Raises UsageError where it cannot be read.
    """
    path = configuration_file()
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(str(path), f"is not readable TOML: {error}", "repair or remove the file") from error


def notice_accepted(values: dict[str, Any]) -> bool:
    """Say whether the installation accepted that advice is for research and education, not a medical device."""
    if os.environ.get("HEPATICA_NOTICE_ACCEPTED") == "true":
        return True
    accepted = values.get("advice", {}).get("notice_accepted", False)
    if not isinstance(accepted, bool):
        where = str(configuration_file())
        raise UsageError(where, "advice.notice_accepted is neither true nor false", "write true or false")
    return accepted


def installation() -> Installation:
    """Return this installation, as its file and its environment describe it.

    Raises UsageError where a key is unknown or a value cannot be used.
    """
    values = configuration()
    told = _told(values.get("registry", {}))
    second = told["second_factor"] or ("required" if told["public_url"] else "offered")
    if second not in SECOND_FACTORS:
        raise UsageError("registry.second_factor", f"{second} is not known", f"use one of {', '.join(SECOND_FACTORS)}")
    if told["language"] not in LANGUAGES:
        remedy = f"use one of {', '.join(LANGUAGES)}"
        raise UsageError("registry.language", f"{told['language']} is not known", remedy)
    return Installation(
        data=Path(told["data"]).expanduser() if told["data"] else Path.home() / ".local" / "share" / "hepatica",
        database=told["database"],
        identities=told["identities"],
        public_url=_public(told["public_url"].rstrip("/")),
        proxy=_proxy(told["behind_proxy"]),
        as_of=_day(told["as_of"]),
        second_factor=second,
        time_zone=_zone(told["time_zone"]),
        language=told["language"],
        notice_accepted=notice_accepted(values),
    )


def _told(written: dict[str, Any]) -> dict[str, str]:
    """Return every key of [registry] as text: from the environment, else from the file, else its default."""
    if unknown := set(written) - set(DEFAULTS):
        where = f"{configuration_file()} [registry]"
        raise UsageError(where, f"{', '.join(sorted(unknown))} is not known", f"use {', '.join(DEFAULTS)}")
    words = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in written.items()}
    return {
        name: os.environ.get(f"HEPATICA_{name.upper()}", words.get(name, default)) for name, default in DEFAULTS.items()
    }


def _zone(name: str) -> str:
    """Return a time zone that this machine knows."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError("registry.time_zone", f"{name} is not known", "write one such as Europe/Berlin") from error


def _public(url: str) -> str:
    """Return the address by which people come: a whole host, since pages and cookies are at its root."""
    parts = urlsplit(url)
    if url and not (parts.scheme in ("http", "https") and parts.hostname and url == f"{parts.scheme}://{parts.netloc}"):
        raise UsageError("registry.public_url", f"{url!r} is no address of a host", "write https://registry.example")
    return url


def _proxy(text: str) -> str:
    """Return the address of the proxy that is believed; `true` is one on this machine."""
    if text in ("", "false"):
        return ""
    try:
        return "127.0.0.1" if text == "true" else str(ip_address(text))
    except ValueError as error:
        remedy = "write true for a proxy on this machine, or the address of the one on another"
        raise UsageError(
            "registry.behind_proxy", f"{text!r} is neither true nor false nor an address", remedy
        ) from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError("registry.as_of", f"{text!r} is no date", "write it as 2024-03-05, or leave it out") from error


def kept_secrets(data: Path) -> dict[str, str]:
    """Return the installation's secrets; they are drawn at the first start into a file that only its owner reads."""
    path = data / SECRETS_FILE
    if not path.is_file():
        _write_secrets(path)
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise UsageError(str(path), "cannot be read", "restore it from a backup; it must not be made anew") from error
    if missing := [name for name in SECRET_NAMES if not found.get(name)]:
        raise UsageError(str(path), f"lacks {', '.join(missing)}", "restore it from a backup")
    return found


def _write_secrets(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({name: secrets.token_hex(32) for name in SECRET_NAMES}, indent=2)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first, and its secrets count
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
