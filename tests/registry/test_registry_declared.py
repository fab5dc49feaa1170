"""Files that write days as 05.03.2024 and numbers with a comma: declared when they are sent, and never guessed."""

from __future__ import annotations

import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hepatica.errors import SourceError
from hepatica.registry.intake.declared import COMMA, DAYS, as_the_record_writes
from hepatica.registry.models import Import, Measurement

LABS = (
    "patient_id;date;analyte;value;unit;upper_limit\n"
    "P-1;05.03.2024;IGG;12,5;g/L;16,0\nP-1;06.03.2024;ALT;<10;U/L;40\nP-1;2024-03-07;IGG;1.350,5;mg/dL;1600\n"
    "P-1;08.03.2042;ALT;31;U/L;40\nP-1;09.03.2024;ANA;1:80;;\n"
)


@pytest.fixture
def browser(cast):
    return cast.browser("coordinator")


def send(cast, browser, text, **declared):
    file = SimpleUploadedFile("measurements.csv", text.encode())
    return browser.post(reverse("imports"), {"centre": cast.here.pk, "files": [file], **declared})


def test_a_declared_file_comes_in_without_correcting_each_row(cast, browser):
    report = send(cast, browser, LABS, days="DD.MM.YYYY", numbers=COMMA)["Location"]
    said = browser.get(report)
    assert "As declared, the files write: 05.03.2024; 12,5." in said.content.decode()
    assert [one["value"] for one in said.context["problems"]] == ["2042-03-08"], "only the day that lies ahead"
    assert browser.post(report, {"confirm": "1"}).status_code == 302
    rows = Measurement.objects.filter(brought_by=Import.objects.latest("pk")).order_by("line")
    assert list(rows.values_list("date", "value", "upper_limit")) == [
        ("2024-03-05", "12.5", "16.0"),
        ("2024-03-06", "<10", "40"),
        ("2024-03-07", "1350.5", "1600"),
        ("2042-03-08", "31", "40"),
        ("2024-03-09", "1:80", ""),
    ]
    again = browser.get(send(cast, browser, LABS, days="DD.MM.YYYY", numbers=COMMA)["Location"])
    assert again.context["report"].new == 0


def test_nothing_is_read_so_without_a_declaration(cast, browser):
    said = browser.get(send(cast, browser, LABS)["Location"])
    assert {one["value"] for one in said.context["problems"]} == {
        "05.03.2024", "06.03.2024", "08.03.2042", "09.03.2024", "1.350,5"
    }  # fmt: skip


def test_a_number_with_a_point_is_refused_where_the_comma_was_declared(cast, browser):
    answer = send(cast, browser, LABS.replace("1.350,5", "1.350"), days="DD.MM.YYYY", numbers=COMMA)
    assert answer.status_code == 400
    assert "measurements.csv, line 4: value: 1.350 has a point" in answer.content.decode()


@pytest.mark.parametrize(("declared", "written"), DAYS.items())
def test_each_way_that_is_offered_is_read_as_the_day_that_it_shows(declared, written):
    frame = pl.DataFrame({"date": [written, "2024-03-05", "no day", None, "31.31.2024", "05.03.24"]})
    columns = ("patient_id", "event", "detail", "serious", "related_drug", "cause")
    frame = frame.with_columns(pl.lit(None, pl.String).alias(one) for one in columns)
    found = as_the_record_writes({"events": frame}, days=declared, comma=False)["events"]["date"].to_list()
    assert found == ["2024-03-05", "2024-03-05", "no day", None, "31.31.2024", "05.03.24"]


@pytest.mark.parametrize("value", ["1.350", "<1.350", "1.234.567", "> 0.5", "-1.5"])
def test_no_point_is_taken_for_a_comma_or_for_thousands(value):
    frame = pl.DataFrame(
        {
            **{key: ["x"] for key in ("patient_id", "date", "analyte", "unit", "lower_limit", "upper_limit", "file")},
            "value": [value], "line": [7],
        }
    )  # fmt: skip
    with pytest.raises(SourceError, match="two readings"):
        as_the_record_writes({"measurements": frame}, days="", comma=True)
