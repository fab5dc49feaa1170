"""Running the registry: first start, sign-in, sessions, headers, logs, backup and restore."""

from __future__ import annotations

import json
import logging
import time

import pytest
from django.conf import settings
from django.db import connection, connections
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from registry_cast import PASSWORD, Cast, an_identity

from hepatica.errors import SourceError, UsageError
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.verify import head, verify
from hepatica.registry.models import AuditEntry, Invitation, Measurement, Membership, Person
from hepatica.registry.operation import starting
from hepatica.registry.operation.backups import back_up, restore
from hepatica.registry.operation.dumps import is_empty
from hepatica.registry.operation.serving import listening

LONG = "a longer sentence of words"


def sign_in(browser, username="clinician", password=PASSWORD, **more):
    return browser.post(reverse("sign-in"), {"username": username, "password": password, **more})


# First start


def test_the_first_start_gives_a_link_once_and_no_password(registry):
    token = starting.administrator_token()
    person = Person.objects.get()
    assert not person.has_usable_password()
    assert Membership.objects.get().role == "administrator"
    assert token not in str(Invitation.objects.values())


def test_the_link_sets_a_password_within_the_policy_and_counts_once(registry, client):
    address = reverse("set-up", args=[starting.administrator_token()])
    for weak in ("short", "administrator1", "12345678901234"):
        assert client.post(address, {"password": weak, "again": weak}).status_code == 400
    assert client.post(address, {"password": LONG, "again": f"{LONG}."}).status_code == 400
    assert client.post(address, {"password": LONG, "again": LONG}).status_code == 302
    assert client.get(reverse("people")).status_code == 200
    assert client.get(address).status_code == 404
    assert starting.administrator_token() is None


def test_a_link_that_was_never_used_is_replaced_at_the_next_start(registry, client):
    first, second = starting.administrator_token(), starting.administrator_token()
    assert client.get(reverse("set-up", args=[first])).status_code == 404
    assert client.get(reverse("set-up", args=[second])).status_code == 200
    with acting("test"):
        Invitation.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert client.get(reverse("set-up", args=[second])).status_code == 404


# Sign-in


def test_signing_in_and_out(cast):
    browser = cast.browser()
    answer = sign_in(browser, next="/patients/")
    assert (answer.status_code, answer["Location"]) == (302, "/patients/")
    assert browser.post(reverse("sign-out")).status_code == 302
    assert browser.get(reverse("patients")).status_code == 302
    acts = list(AuditEntry.objects.filter(act__startswith="sign").values_list("act", "subject_key"))
    number = str(cast.people["clinician"].pk)
    assert acts == [("sign-in", number), ("sign-out", number)]


def test_a_wrong_name_and_a_wrong_password_are_told_alike_and_what_was_typed_is_not_kept(cast):
    wrong = sign_in(cast.browser(), password="my other password")  # noqa: S106
    nobody = sign_in(cast.browser(), username="my password by mistake")
    assert wrong.status_code == nobody.status_code == 400
    assert b"do not belong together" in wrong.content
    assert b"do not belong together" in nobody.content
    text = str(list(AuditEntry.objects.values()))
    assert "my other password" not in text
    assert "by mistake" not in text


def test_five_wrong_passwords_lock_the_name_from_this_address(cast):
    browser = cast.browser()
    for _ in range(5):
        sign_in(browser, password="wrong")  # noqa: S106
    assert sign_in(browser).status_code == 429
    assert browser.get(reverse("worklist")).status_code == 302
    assert sign_in(browser, username="coordinator").status_code == 302


def test_a_closed_account_cannot_sign_in_and_its_session_ends(cast):
    browser = cast.browser("clinician")
    with acting("test"):
        Person.objects.filter(username="clinician").update(is_active=False)
    assert browser.get(reverse("worklist")).status_code == 302
    assert sign_in(cast.browser()).status_code == 400


def test_no_address_of_somebody_else_is_gone_to_after_the_sign_in(cast):
    assert sign_in(cast.browser(), next="https://elsewhere.example/")["Location"] == "/"


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    return f"{totp(device.bin_key, drift=steps):06d}"


def test_the_authenticator_app_is_set_up_and_asked_for(cast):
    browser = cast.browser("clinician")
    page = browser.get(reverse("second-factor"))
    assert b"data:image/svg+xml" in page.content
    device = TOTPDevice.objects.get()
    assert browser.post(reverse("second-factor"), {"code": "000000"}).status_code == 400
    device.refresh_from_db()
    device.throttle_reset()
    assert browser.post(reverse("second-factor"), {"code": code_of(device)}).status_code == 302

    another = cast.browser()
    assert sign_in(another)["Location"] == reverse("sign-in-code")
    assert another.get(reverse("worklist")).status_code == 302
    device.refresh_from_db()
    used = another.post(reverse("sign-in-code"), {"code": code_of(device)})
    assert used.status_code == 400  # each code counts once
    device.refresh_from_db()
    device.throttle_reset()
    device.last_t = -1
    device.save()
    assert another.post(reverse("sign-in-code"), {"code": code_of(device)}).status_code == 302
    assert another.get(reverse("worklist")).status_code == 200


def with_installation(monkeypatch, **values):
    changed = type(settings.INSTALLATION)(**{**vars(settings.INSTALLATION), **values})
    monkeypatch.setattr(settings, "INSTALLATION", changed)


def test_where_the_second_factor_is_required_nothing_is_shown_before_it_is_set_up(cast, monkeypatch):
    with_installation(monkeypatch, second_factor="required")
    browser = cast.browser("clinician")
    assert browser.get(reverse("worklist"))["Location"] == reverse("second-factor")
    assert browser.get(reverse("second-factor")).status_code == 200
    assert browser.get(reverse("api:worklist")).status_code == 403


@pytest.mark.parametrize("limit", ["SESSION_IDLE_SECONDS", "SESSION_LONGEST_SECONDS"])
def test_a_session_ends_by_itself(cast, monkeypatch, limit):
    browser = cast.browser("clinician")
    assert browser.get(reverse("worklist")).status_code == 200
    later = time.time() + getattr(settings, limit) + 61
    session = browser.session
    if limit == "SESSION_LONGEST_SECONDS":
        session["seen"] = int(later)
        session.save()
    monkeypatch.setattr("hepatica.registry.security.expiry.time.time", lambda: later)
    assert browser.get(reverse("worklist")).status_code == 302


def test_a_new_session_begins_at_the_sign_in(cast):
    browser = cast.browser()
    browser.get(reverse("sign-in"))
    before = browser.session.session_key
    sign_in(browser)
    assert browser.session.session_key != before


def test_a_form_of_another_site_is_refused(cast):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.cookies = cast.browser("administrator").cookies
    assert browser.post(reverse("people"), {"username": "x", "name": "x", "role": "auditor"}).status_code == 403
    assert not Person.objects.filter(username="x").exists()


# People


def test_the_administrator_adds_a_person_who_sets_the_password_by_the_link(cast, client):
    browser = cast.browser("administrator")
    given = {"username": "anna", "name": "Anna", "email": "", "role": "clinician", "centre": cast.here.pk}
    page = browser.post(reverse("people"), given).content.decode()
    link = page.split("http://testserver")[1].split("<")[0]
    assert client.post(link, {"password": LONG, "again": LONG}).status_code == 302
    assert client.get(reverse("worklist")).status_code == 200
    assert verify().problems == []


@pytest.mark.parametrize(("role", "at_centre"), [("clinician", False), ("auditor", True), ("administrator", True)])
def test_a_role_is_given_where_it_can_be_held(cast, role, at_centre):
    given = {"username": "anna", "name": "Anna", "role": role, "centre": cast.here.pk if at_centre else ""}
    assert cast.browser("administrator").post(reverse("people"), given).status_code == 400
    assert not Person.objects.filter(username="anna").exists()


def test_the_administrator_takes_a_role_and_closes_an_account(cast):
    browser, person = cast.browser("administrator"), cast.people["clinician"]
    change = reverse("person-change", args=[person.pk])
    browser.post(change, {"do": "take-role", "membership": person.memberships.get().pk})
    assert cast.browser("clinician").get(reverse("worklist")).status_code == 403
    browser.post(change, {"do": "close"})
    assert not Person.objects.get(pk=person.pk).is_active


# Answers and logs


def test_every_answer_carries_the_security_headers(cast):
    for role, name in ((None, "sign-in"), ("clinician", "worklist"), (None, "health")):
        answer = cast.browser(role).get(reverse(name))
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "camera=()" in answer["Permissions-Policy"]
        assert answer["Cache-Control"] == "no-store"


def test_a_page_has_no_inline_script_style_or_handler_and_no_outside_address(cast):
    import re

    browser = cast.browser("clinician")
    for where in (reverse("worklist"), reverse("patients"), reverse("patient", args=[cast.patient.key])):
        page = browser.get(where).content.decode()
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page) == []
        assert re.findall(r"\s(?:style|on\w+)=", page) == []
        assert re.findall(r"(?:src|href|action)=[\"']?(?:https?:)?//", page) == []


def test_the_log_names_no_patient(cast, caplog):
    caplog.set_level(logging.INFO)
    browser = cast.browser("clinician")
    browser.get(reverse("patient", args=[cast.patient.key]))
    browser.get(f"{reverse('patients')}?q=P-1")
    browser.get(f"/patients/{cast.other.key}/")
    told = json.dumps([{**vars(line), "args": str(line.args)} for line in caplog.records], default=str)
    assert "patient" in told
    for secret in ("P-1", "P-2", str(cast.patient.key), str(cast.other.key)):
        assert secret not in told


def test_an_error_says_nothing_of_what_it_was_about(cast, monkeypatch, caplog):
    def breaks(*_):
        raise ValueError("P-1 has ALT 4000")

    monkeypatch.setattr("hepatica.registry.views.patient.patient_course", breaks)
    browser = cast.browser("clinician")
    browser.raise_request_exception = False
    answer = browser.get(reverse("patient", args=[cast.patient.key]))
    assert answer.status_code == 500
    formatter = settings.LOGGING["formatters"]["json"]["()"]
    module, name = formatter.rsplit(".", 1)
    lines = [getattr(__import__(module, fromlist=[name]), name)().format(line) for line in caplog.records]
    assert "ValueError" in "".join(lines)
    assert "4000" not in answer.content.decode() + "".join(lines)


def test_the_registry_says_that_it_is_well(registry, client):
    assert client.get("/health").json()["status"] == "ok"


def test_beyond_this_machine_only_behind_https(registry, monkeypatch):
    with pytest.raises(UsageError, match="unprotected"):
        listening("0.0.0.0", 0)  # noqa: S104
    with_installation(monkeypatch, public_url="https://registry.example")
    listening("0.0.0.0", 0).close()  # noqa: S104


# Backup and restore


def everything(alias: str) -> dict[str, list]:
    """Every row of every table of a database."""
    found = connections[alias]
    with found.cursor() as cursor:
        rows = {}
        for table in sorted(found.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            rows[table] = sorted(map(str, cursor.fetchall()))
    return rows


def filled() -> Cast:
    cast = Cast()
    an_identity(cast.patient.key)
    with acting("test", reason="a reason"):
        Measurement.objects.filter(patient=cast.patient).update(value="50")
    return cast


def test_what_is_restored_equals_what_was_backed_up(registry):
    filled()
    before = {alias: everything(alias) for alias in connections}
    archives = back_up(registry / "backup")
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in archives)
    for alias in connections:
        connections[alias].close()
        connections.databases[alias]["NAME"] = str(registry / f"restored-{alias}.sqlite3")
    outcome = restore(registry / "backup")
    assert outcome.problems == []
    assert {alias: everything(alias) for alias in connections} == before
    with acting("test"):
        Measurement.objects.update(value="51")
    assert verify().problems == []


def test_nothing_is_overwritten_by_a_restore(registry):
    filled()
    back_up(registry / "backup")
    before = head()
    with pytest.raises(UsageError, match="not empty"):
        restore(registry / "backup")
    assert head() == before


def test_a_damaged_backup_is_refused(registry):
    filled()
    (archive, _) = back_up(registry / "backup")
    content = bytearray(archive.read_bytes())
    place = content.index(b"SQLite format 3") + 5000
    content[place] ^= 0xFF
    archive.write_bytes(content)
    for alias in connections:
        connections[alias].close()
        connections.databases[alias]["NAME"] = str(registry / f"restored-{alias}.sqlite3")
    with pytest.raises(SourceError, match="damaged"):
        restore(registry / "backup")
    assert all(is_empty(connections.databases[alias]) for alias in connections)


def test_a_backup_on_postgresql_is_restored_to_the_same(postgres_registry, postgres_template):
    filled()
    before = {alias: everything(alias) for alias in connections}
    back_up(postgres_registry / "backup")
    for alias in connections:
        connections[alias].close()
        name = f"restored_{alias}"
        postgres_template.database(name)
        connections.databases[alias]["NAME"] = name
    outcome = restore(postgres_registry / "backup")
    assert outcome.problems == []
    assert {alias: everything(alias) for alias in connections} == before
    assert connection.vendor == "postgresql"
