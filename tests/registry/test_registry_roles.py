"""Every page and every operation with every role, against what permissions.yaml states. Nothing is left out."""

from __future__ import annotations

import inspect

import pytest
from django.urls import URLPattern, get_resolver, reverse

from hepatica.evidence.library import studies
from hepatica.guidance.rules import rules
from hepatica.registry.access.needs import EVERYBODY, SIGNED_IN
from hepatica.registry.access.roles import permissions, refusal, roles
from hepatica.registry.models import AuditEntry

# What stands in an address: a patient of the centre, or a row that exists. A page with a new kind of parameter adds it.
ARGUMENTS = {
    "key": lambda cast: cast.patient.key,
    "number": lambda cast: cast.people["clinician"].pk,
    "token": lambda cast: "no-such-token",
    "centre_number": lambda cast: cast.here.pk,
    "study": lambda cast: "response",
    "article": lambda cast: next(iter(studies())),
    "rule_name": lambda cast: next(iter(rules())),
    "purpose": lambda cast: 1,
    "erasure": lambda cast: 1,
    "export": lambda cast: 1,
    "own": lambda cast: 1,
    "query": lambda cast: 1,
    "protocol": lambda cast: "easl_2025",
    "table": lambda cast: "measurements",
    "row": lambda cast: cast.patient.measurements.first().pk,
    "upload": lambda cast: cast.patient.key,
    "import_number": lambda cast: 1,
    "waiting": lambda cast: 1,
    "package_name": None,
}
READ = "get"


def patterns(under=None, prefix=""):
    for pattern in under if under is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern
        else:
            yield from patterns(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else prefix)


def guarded():
    """Every page and operation: name of the address, method, permission, and the parameters of the address."""
    for name, pattern in patterns():
        parameters = list(pattern.pattern.converters)
        # A page is a function; an address of the JSON interface is a function around all of its operations.
        view = inspect.getclosurevars(pattern.callback).nonlocals.get("self") if name.startswith("api:") else None
        operations = getattr(view, "operations", None)
        if operations is None:
            yield name, READ, getattr(pattern.callback, "needs", None), parameters
            continue
        for operation in operations:
            for method in operation.methods:
                yield name, method.lower(), getattr(operation.view_func, "needs", None), parameters


ALL = list(guarded())
IDS = [f"{name} {method}" for name, method, _, _ in ALL]


def test_the_walk_finds_pages_and_operations():
    names = {name for name, _, _, _ in ALL}
    assert {"worklist", "patient", "people", "audit", "api:worklist", "api:openapi-json"} <= names


@pytest.mark.parametrize(("name", "method", "permission", "parameters"), ALL, ids=IDS)
def test_everything_names_a_permission_that_exists(name, method, permission, parameters):
    assert permission in {*permissions(), EVERYBODY, SIGNED_IN}


def address(cast, name, parameters):
    return reverse(name, kwargs={parameter: ARGUMENTS[parameter](cast) for parameter in parameters})


def outcome(response):
    """Return what an answer means: to sign in, refused, or let in (whatever it then said)."""
    if response.status_code == 401 or (response.status_code == 302 and "/sign-in/?next=" in response["Location"]):
        return "sign in"
    return "refused" if response.status_code == 403 else "let in"


@pytest.mark.parametrize(("name", "method", "permission", "parameters"), ALL, ids=IDS)
def test_every_role_is_answered_as_stated(cast, name, method, permission, parameters):
    if name == "sign-out":
        pytest.skip("ends the session whoever asks; tested with the sign-in")
    where = address(cast, name, parameters)
    found, stated = {}, {}
    for role in [None, *roles()]:
        response = getattr(cast.browser(role), method)(where)
        assert response.status_code < 500
        found[role] = outcome(response)
        holds = permission in (EVERYBODY, SIGNED_IN) or (role is not None and permission in roles()[role].permissions)
        stated[role] = "let in" if holds else "refused"
    stated[None] = "let in" if permission == EVERYBODY else "sign in"
    assert found == stated


PATIENT_PAGES = [one for one in ALL if "key" in one[3]]


@pytest.mark.parametrize(
    ("name", "method", "permission", "parameters"), PATIENT_PAGES, ids=[f"{one[0]} {one[1]}" for one in PATIENT_PAGES]
)
def test_another_centres_patient_is_not_there_and_the_attempt_is_recorded(cast, name, method, permission, parameters):
    cast.patient = cast.other
    role = next(name for name, one in roles().items() if permission in one.permissions and one.at_centre)
    response = getattr(cast.browser(role), method)(address(cast, name, parameters))
    assert response.status_code == 404
    assert cast.other.patient_id.encode() not in response.content
    entry = AuditEntry.objects.order_by("-seq").first()
    assert (entry.act, entry.patient, entry.actor) == ("hidden", cast.other.pk, f"person {cast.people[role].pk}")


def test_the_administrator_holds_no_permission_about_patients():
    assert roles()["administrator"].permissions == {"people.manage", "settings.manage"}
    assert roles()["auditor"].permissions == {"audit.read"}


def test_whoever_rules_the_accounts_gets_no_second_role():
    assert refusal(["administrator"], "clinician") is not None
    assert refusal(["clinician"], "auditor") is not None
    assert refusal(["clinician"], "coordinator") is None
