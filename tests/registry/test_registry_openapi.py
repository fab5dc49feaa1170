"""The JSON interface answers anything that can be asked of it as its own description says, and never breaks."""

from __future__ import annotations

import errno

import pytest
from django.core.wsgi import get_wsgi_application
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings

from hepatica.registry.access.roles import roles
from hepatica.registry.api import courses

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed (extra test)")

FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = (
    *("not_a_server_error", "status_code_conformance"),
    *("response_schema_conformance", "content_type_conformance"),
)
PERMISSION = "patients.read"  # what every operation needs; the walk of the roles reads it from the operations
OPERATIONS = {"GET /api/worklist", "GET /api/patients/{key}/state"}


def operations(browser):
    """The operations that the interface describes, to be asked of the application itself."""
    answer = browser.get(reverse("api:openapi-json"))
    assert answer.status_code == 200
    schema = schemathesis.openapi.from_dict(answer.json())
    schema.app = get_wsgi_application()
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def held(browser, case) -> int:
    """Ask one thing as the person of a browser, and hold the answer to the description; returns its status."""
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    response = case.call(cookies=cookies)
    case.validate_response(response, checks=[getattr(schemathesis.checks, name) for name in CHECKS])
    return response.status_code


def asked(browser, operation, examples: int = FEW.max_examples) -> set[int]:
    """Ask an operation whatever can be drawn from its description; returns the statuses of the answers."""
    statuses = set()

    @settings(FEW, max_examples=examples)
    @given(case=operation.as_strategy())
    def ask(case):
        statuses.add(held(browser, case))

    ask()
    return statuses


def test_the_description_names_every_operation(cast):
    assert set(operations(cast.browser("clinician"))) == OPERATIONS


def test_nothing_that_a_clinician_can_ask_breaks_the_interface(cast):
    browser = cast.browser("clinician")
    found = operations(browser)
    assert 200 in asked(browser, found["GET /api/worklist"])
    assert asked(browser, found["GET /api/patients/{key}/state"]) <= {400, 404, 422}
    own = found["GET /api/patients/{key}/state"].Case(path_parameters={"key": str(cast.patient.key)})
    assert held(browser, own) == 200


@pytest.mark.parametrize("role", [None, *roles()])
def test_every_operation_withstands_whatever_every_role_asks(cast, role):
    browser = cast.browser(role)
    may = role is not None and PERMISSION in roles()[role].permissions
    for label, operation in operations(cast.browser("clinician")).items():
        statuses = asked(browser, operation, examples=10)
        refusal = 401 if role is None else 403
        if may:
            assert refusal not in statuses
        else:
            assert statuses <= {refusal, 400, 404, 422}, label
            assert held(browser, operation.Case(path_parameters={"key": str(cast.patient.key)})) == refusal


def test_a_broken_operation_would_be_noticed(cast, monkeypatch):
    def broken(*_asked):
        raise OSError("disk")

    monkeypatch.setattr(courses, "asked_items", broken)
    browser = cast.browser("clinician")
    with pytest.raises(schemathesis.errors.FailureGroup):
        held(browser, operations(browser)["GET /api/worklist"].Case())


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        (None, "/api/worklist", 401),
        ("auditor", "/api/worklist", 403),
        ("clinician", "/api/patients/00000000-0000-0000-0000-000000000000/state", 404),
        ("clinician", "/api/no-such-thing", 404),
        ("clinician", "/api/worklist?limit=many&offset=P-1", 422),
        ("clinician", "/api/worklist?centre=%00", 400),
    ],
)
def test_whatever_is_refused_is_told_as_json_with_a_remedy_and_without_what_was_sent(cast, role, address, status):
    answer = cast.browser(role).get(address)
    assert answer.status_code == status
    told = answer.json()
    assert set(told) == {"detail", "remedy"}
    assert all(told.values())
    assert "P-1" not in answer.content.decode()


def test_what_breaks_is_told_as_json_too(cast, monkeypatch):
    browser = cast.browser("clinician")
    browser.raise_request_exception = False
    for error, status in ((ValueError("ALT 4000"), 500), (OSError(errno.ENOSPC, "P-1"), 507)):
        monkeypatch.setattr(courses, "asked_items", raising(error))
        answer = browser.get("/api/worklist")
        assert answer.status_code == status
        assert set(answer.json()) == {"detail", "remedy"}
        assert "4000" not in answer.content.decode()


def raising(error):
    def broken(*_asked):
        raise error

    return broken
