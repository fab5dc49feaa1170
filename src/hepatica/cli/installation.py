"""What an installation has switched on, for the verbs. Advice is off until its notice is accepted there."""

from __future__ import annotations

from hepatica.errors import UsageError
from hepatica.registry import installation
from hepatica.registry.installation import configuration_file


def notice_accepted() -> bool:
    """Say whether this installation has accepted that advice is for research and education, not a medical device."""
    return installation.notice_accepted(installation.configuration())


def require_notice(notice: str) -> None:
    """Raise `UsageError`, with what to write where, as long as the notice is not accepted."""
    if not notice_accepted():
        raise UsageError(
            "advice",
            f"is off in this installation. {notice}",
            f"to accept this, write the two lines `[advice]` and `notice_accepted = true` to {configuration_file()}",
        )
