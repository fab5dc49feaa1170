"""What an installation has switched on: a TOML file of its own. Advice is off until its notice is accepted there."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from hepatica.errors import UsageError

# The file named by this variable, else ~/.config/hepatica/config.toml.
VARIABLE = "HEPATICA_CONFIG"


def configuration_file() -> Path:
    """Return where this installation's configuration lies, whether or not the file is there."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".config" / "hepatica" / "config.toml"


def notice_accepted() -> bool:
    """Say whether this installation has accepted that advice is for research and education, not a medical device."""
    path = configuration_file()
    if not path.is_file():
        return False
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(str(path), f"is not readable TOML: {error}", "repair or remove the file") from error
    accepted = values.get("advice", {}).get("notice_accepted", False)
    if not isinstance(accepted, bool):
        raise UsageError(str(path), "advice.notice_accepted is neither true nor false", "write true or false")
    return accepted


def require_notice(notice: str) -> None:
    """Raise `UsageError`, with what to write where, as long as the notice is not accepted."""
    if not notice_accepted():
        raise UsageError(
            "advice",
            f"is off in this installation. {notice}",
            f"to accept this, write the two lines `[advice]` and `notice_accepted = true` to {configuration_file()}",
        )
