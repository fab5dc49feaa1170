"""The guard before every operation: the same as before every page, answered in JSON."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError

from hepatica.registry.access.asking import Asking
from hepatica.registry.access.needs import SAFE, HiddenPatient, must_set_up_code, record_hidden, request_id, route
from hepatica.registry.access.roles import permissions
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.entries import record

Operation = Callable[..., Any]


def operation_needs(permission: str) -> Callable[[Operation], Operation]:
    """Guard an operation by a permission of permissions.yaml; it stands below the decorator of the path.

    The operation finds `request.asking`; one that may write runs in one transaction with its audit entries.
    """
    if permission not in permissions():
        raise ValueError(f"{permission} is not in permissions.yaml")

    def guard(operation: Operation) -> Operation:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            request.asking = Asking(request.user)
            if must_set_up_code(request) or not request.asking.may(permission):
                with acting(request.user, request=request_id(request)):
                    record("refused", detail=f"{route(request)} needs {permission}")
                raise HttpError(403, f"this needs the permission to {permissions()[permission]}")
            try:
                if request.method in SAFE:
                    return operation(request, *args, **kwargs)
                with acting(request.user, request=request_id(request)):
                    return operation(request, *args, **kwargs)
            except HiddenPatient as hidden:
                record_hidden(request, hidden)
                raise HttpError(404, "there is no such patient") from hidden

        # The interface reads the operation's parameters from its signature, which the guard must not hide.
        guarded.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
        guarded.needs = permission  # type: ignore[attr-defined]  # the generated test reads it
        return guarded

    return guard
