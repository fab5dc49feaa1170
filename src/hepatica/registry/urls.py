"""Every address of the registry. Each view says which permission it needs (access/needs.py)."""

from __future__ import annotations

from django.urls import path

from hepatica.registry.api.interface import addresses
from hepatica.registry.views import (
    audit,
    centres,
    cohort,
    consent,
    erasure,
    evidence,
    exports,
    home,
    patient,
    patients,
    people,
    protocols,
    purposes,
    quality,
    second_factor,
    set_up,
    signing_in,
    studies,
    worklist,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/code/", signing_in.sign_in_code, name="sign-in-code"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("set-up/<str:token>/", set_up.set_up, name="set-up"),
    path("second-factor/", second_factor.second_factor, name="second-factor"),
    path("worklist/", worklist.worklist, name="worklist"),
    path("patients/", patients.patients, name="patients"),
    path("patients/<uuid:key>/", patient.patient, name="patient"),
    path("patients/<uuid:key>/course.json", patient.patient_chart, name="patient-chart"),
    path("patients/<uuid:key>/course.svg", patient.patient_picture, name="patient-picture"),
    path("patients/<uuid:key>/consent/", consent.consent, name="consent"),
    path("patients/<uuid:key>/erasure/", erasure.erasure, name="erasure"),
    path("consent/", consent.consents_of_centre, name="consents"),
    path("purposes/", purposes.purposes, name="purposes"),
    path("purposes/<int:purpose>/", purposes.purpose, name="purpose"),
    path("erasures/", erasure.erasures, name="erasures"),
    path("erasures/<int:erasure>/", erasure.erasure_certificate, name="erasure-certificate"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:export>/manifest.json", exports.export_manifest, name="export-manifest"),
    path("protocols/", protocols.protocols, name="protocols"),
    path("protocols/compared/", protocols.protocols_compared, name="protocols-compared"),
    path("protocols/copy/", protocols.protocol_copy, name="protocol-copy"),
    path("protocols/use/", protocols.protocol_use, name="protocol-use"),
    path("protocols/own/<int:own>/edit/", protocols.protocol_edit, name="protocol-edit"),
    path("protocols/<str:protocol>/", protocols.protocol, name="protocol"),
    path("people/", people.people, name="people"),
    path("people/<int:number>/", people.person, name="person"),
    path("people/<int:number>/change/", people.person_change, name="person-change"),
    path("cohort/", cohort.cohort, name="cohort"),
    path("cohort/<str:study>/", cohort.cohort_study, name="cohort-study"),
    path("studies/", studies.studies, name="studies"),
    path("studies/<str:study>/", studies.study_of_agreed, name="study-of-agreed"),
    path("quality/", quality.quality, name="quality"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/<str:article>/", evidence.evidence_study, name="evidence-study"),
    path("rules/", evidence.rules, name="rules"),
    path("rules/<str:rule_name>/", evidence.rule, name="rule"),
    path("centres/", centres.centres, name="centres"),
    path("centres/<int:centre_number>/", centres.centre, name="centre"),
    path("centres/<int:centre_number>/change/", centres.centre_change, name="centre-change"),
    path("audit/", audit.audit, name="audit"),
    path("api/", addresses()),
    path("audit/verification/", audit.audit_verification, name="audit-verification"),
]
handler404 = "hepatica.registry.views.errors.not_found"
handler403 = "hepatica.registry.views.errors.forbidden"
handler400 = "hepatica.registry.views.errors.bad_request"
handler500 = "hepatica.registry.views.errors.broken"
