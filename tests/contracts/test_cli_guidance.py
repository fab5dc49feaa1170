"""Guidance on the command line: a score from a record, what is missing, whose a limit is, off until accepted."""

from __future__ import annotations

import json

from cli_centre import AS_OF


def test_a_score_is_filled_from_the_record_and_names_its_rows(run, centre):
    ran = run("score", "simplified_2008", "--from", centre, "--patient", "P1", "--as-of", AS_OF, "--format", "json")
    assert ran.code == 0
    told = ran.document
    assert (told["low"], told["high"]) == (0, 8)
    items = {item["item"]: item for item in told["from_record"]}
    assert items["ana"]["unknown"] == "not known"
    assert items["ana"]["obtain"] == "ANA titre"
    assert items["paediatric"]["rows"][0]["file"] == "patients.csv"


def test_what_is_given_counts_instead_of_the_record(run, centre):
    given = ("histology=typical", "viral_hepatitis_absent=yes", "ana=1:160", "igg_xuln=1.3")
    ran = run("score", "simplified_2008", *given, "--from", centre, "--patient", "P1", "--as-of", AS_OF)
    assert ran.code == 0
    assert "8 points, definite" in ran.out
    assert "given, not from the record" in ran.out
    page = run("score", "simplified_2008", "--from", centre, "--patient", "P1", "--as-of", AS_OF, "--format", "html")
    assert "<html" in page.out


def test_a_score_of_nobody_or_of_no_record_is_refused(run, centre):
    assert "nobody is not in" in run("score", "fib4", "--from", centre, "--patient", "nobody").err
    assert "add --from SOURCE" in run("score", "fib4", "--patient", "P1").err
    assert "no record can fill it" in run("score", "steroid_equivalent", "--from", centre, "--patient", "P1").err
    assert "give a file" in run("score", "fib4", "--from", centre).err


def test_a_wrong_unit_is_refused_beside_a_record_too(run, centre):
    ran = run("score", "meld", "bilirubin=100 umol/L", "--from", centre, "--patient", "P1", "--as-of", AS_OF)
    assert ran.code == 2
    assert "17.104" in ran.err


def test_steroid_doses_are_a_score(run):
    ran = run("score", "steroid_equivalent", "drug=methylprednisolone", "dose=32", "--format", "json")
    assert ran.document["total"] == 40
    assert run("score", "steroid_equivalent", "drug=budesonide", "dose=9").code == 2


def test_advice_is_off_until_accepted_and_then_tells_scores_and_what_is_missing(run, centre, configuration):
    asked = ("advise", centre, "--patient", "P4", "--as-of", AS_OF, "--format", "json")
    refused = run(*asked)
    assert refused.code == 2
    assert refused.out == ""
    configuration.write_text("[advice]\nnotice_accepted = true\n", encoding="utf-8")
    told = run(*asked).document
    assert {"diagnosis", "missing_results", "thiopurine_level"} <= {entry["question"] for entry in told["questions"]}
    assert told["needed"]
    assert all(one["obtain"] and one["questions"] for one in told["needed"])
    scores = {score["score"] for score in told["scores"]}
    assert {"simplified_2008", "juvenile_2018_aih", "juvenile_2018_asc"} <= scores


def test_what_stands_in_from_the_default_is_marked_in_text_json_and_html(run, centre, accepted):
    asked = ("advise", centre, "--patient", "P4", "--as-of", AS_OF, "--protocol", "easl_2025")
    mark = "default, not of easl_2025"
    for form in ("text", "json", "html"):
        assert mark in " ".join(run(*asked, "--format", form).out.split()), form
    assert mark not in json.dumps(
        run("advise", centre, "--patient", "P4", "--as-of", AS_OF, "--format", "json").document
    )


def test_the_page_shows_scores_with_rows_and_what_is_missing_beside_the_course(run, centre, accepted):
    page = run("advise", centre, "--patient", "P4", "--as-of", AS_OF, "--format", "html").out
    assert "Scores, with the source of each item" in page
    assert "What is missing, and what it would answer" in page
    assert "patients.csv, line 5" in page
