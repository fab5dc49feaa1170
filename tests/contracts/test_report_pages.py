"""What every page keeps to: nothing from outside, nothing of a patient's text as code, nothing missing unsaid."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polars as pl
import pytest
from report_patients import AS_OF, EMPTY, HOSTILE, LONG, invented

from hepatica.course import derive
from hepatica.course.explain import explain
from hepatica.errors import UsageError
from hepatica.record import Reading
from hepatica.record.record import TableCount
from hepatica.report.cohort_page import PatientLink, cohort_html
from hepatica.report.patient_page import patient_html
from hepatica.report.patient_view import view_of

VOID = {"meta", "img", "br", "hr", "link", "input", "path"}
RECORD = invented()
TABLES = derive(RECORD, as_of=AS_OF)


def patient_page(patient, *, synthetic=True, interactive=False, notices=()):
    milestones = explain(RECORD, patient, as_of=AS_OF)
    return patient_html(
        RECORD,
        TABLES,
        patient,
        milestones,
        TABLES["worklist"],
        synthetic=synthetic,
        notices=notices,
        interactive=interactive,
    )


def cohort_page(*, synthetic=True, patients=(), shown=(LONG, HOSTILE, EMPTY)):
    reading = Reading(counts={"patients": TableCount(4, 3, 0, 1)}, notes=["<b>Latin-1</b> & more"])
    return cohort_html(
        TABLES,
        reading,
        TABLES["worklist"],
        as_of=AS_OF,
        source="centre/<script>",
        synthetic=synthetic,
        interactive=False,
        patients=patients,
        shown=[view_of(RECORD, TABLES, one) for one in shown],
    )


class Page(HTMLParser):
    """Reads a page: which elements are open, what points where, what people read."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.targets, self.headings, self.words, self.tags = [], [], [], [], []
        self.ids, self.policy = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in VOID:
            self.stack.append(tag)
        self.targets += [found[name] for name in ("src", "href", "action", "data", "xlink:href") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.stack, f"</{tag}> closes nothing"
        opened = self.stack.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data):
        if "script" not in self.stack and "style" not in self.stack:
            self.words.append(data)
        if self.stack and self.stack[-1] in {"h1", "h2"}:
            self.headings.append(data.strip())

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


PAGES = {
    "long": patient_page(LONG),
    "hostile": patient_page(HOSTILE, notices=["2 rows <here>"]),
    "empty": patient_page(EMPTY),
    "cohort": cohort_page(patients=[PatientLink(HOSTILE, "patients/1.html", "<i>why</i>")]),
}


@pytest.fixture(params=PAGES, ids=list(PAGES))
def text(request):
    return PAGES[request.param]


def test_page_is_well_formed_and_its_ids_are_unique(text):
    page = Page(text)
    assert page.stack == []
    assert len(page.ids) == len(set(page.ids))


def test_page_asks_nothing_of_the_outside(text):
    page = Page(text)
    assert all(target.startswith("#") or target == "patients/1.html" for target in page.targets)
    assert not re.search(r"@import|url\(", text)
    assert page.policy.startswith("default-src 'none'")


def test_page_says_in_which_language_and_how_wide(text):
    page = Page(text)
    assert ("html", {"lang": "en"}) in page.tags
    assert any(found.get("name") == "viewport" for _, found in page.tags)
    tables = [tag for tag, _ in page.tags if tag == "table"]
    assert len(tables) == sum(tag == "caption" for tag, _ in page.tags)
    assert all(found.get("scope") in {"col", "row"} for tag, found in page.tags if tag == "th")


def test_patients_text_never_becomes_an_element(text):
    page = Page(text)
    own = [found for tag, found in page.tags if tag == "script"]
    assert all(found.get("type") == "application/json" for found in own)
    assert "<script>alert" not in text
    assert "onerror" not in str([found for _, found in page.tags if "onerror" in found])
    assert not any(tag in {"img", "b", "i", "iframe"} for tag, _ in page.tags)


def test_no_machine_word_for_missing_reaches_a_person(text):
    words = Page(text).text
    assert not re.search(r"\b(None|NaN|nan|null|undefined|Infinity)\b", words)


def test_banner_stands_on_invented_data_and_only_there():
    assert all("SYNTHETIC DATA" in text for text in PAGES.values())
    assert "SYNTHETIC DATA" not in patient_page(EMPTY, synthetic=False)
    assert "SYNTHETIC DATA" not in cohort_page(synthetic=False, shown=())


def test_every_page_says_what_it_is_not(text):
    assert "Research and education; not a medical device" in text


def test_notices_are_shown_escaped():
    assert '<p class="notice">2 rows &lt;here&gt;</p>' in PAGES["hostile"]


def test_patient_page_has_its_sections_in_the_order_of_a_visit():
    found = Page(PAGES["long"]).headings
    assert found == [
        f"Patient {LONG}",
        "Where does the patient stand?",
        "What is missing, and by when?",
        "The course",
        "Milestones, and the rows behind them",
        "Treatment lines",
        "Response",
        "Thiopurine metabolites",
        "Data rows behind each value",
        "Definitions used",
    ]


def test_every_measurement_stands_on_the_page_with_its_file_and_line():
    words = Page(PAGES["long"]).text
    rows = RECORD.measurements.filter(RECORD.measurements["patient_id"] == LONG)
    missing = [line for line in rows["line"] if f"measurements.csv, line {line} " not in words]
    assert missing == []


def test_patient_without_any_row_is_told_what_is_missing():
    words = Page(PAGES["empty"]).text
    assert "No ALT, AST, or IgG result that can be held against a limit is recorded." in words
    assert "No start of an immunosuppressant for AIH is recorded." in words
    assert "the response is not applicable" in words
    assert "age unknown" in words


def test_milestones_carry_what_they_need_and_where_their_rows_stand():
    words = Page(PAGES["hostile"]).text
    assert "Needs: ALT and IgG" in words
    assert "treatments.csv, line 16" in words


def test_patient_who_is_not_there_is_an_error_with_a_remedy():
    with pytest.raises(UsageError, match="there is no such patient"):
        patient_html(RECORD, TABLES, "nobody", [], TABLES["worklist"], synthetic=True)


def test_work_list_of_a_page_is_the_patients_own():
    assert TABLES["worklist"].filter(TABLES["worklist"]["patient_id"] == HOSTILE).height > 0
    own = patient_html(RECORD, TABLES, EMPTY, [], TABLES["worklist"], synthetic=True, interactive=False)
    assert "nothing is on the work list" in own


@pytest.mark.slow
def test_interactive_page_carries_one_script_allowed_by_its_hash_and_no_eval():
    text = patient_page(HOSTILE, interactive=True)
    page = Page(text)
    scripts = [found for tag, found in page.tags if tag == "script"]
    assert sum(found.get("type") != "application/json" for found in scripts) == 2  # the charts' and the page's
    assert text.count("window.vegaEmbed=") == 1
    assert page.policy.count("'sha256-") == 2
    assert "unsafe-eval" not in page.policy
    assert "<script>alert" not in text
    assert page.stack == []


def test_still_page_runs_no_script():
    page = Page(PAGES["long"])
    assert "script-src 'none'" in page.policy
    assert not any(tag == "script" for tag, _ in page.tags)


def test_cohort_page_shows_every_denominator():
    words = Page(PAGES["cohort"]).text
    assert "2 of 3 with an index date" in words
    assert "no immunosuppressant for AIH: 1" in words
    assert "1 of 1 CBR by 6 months" in words
    assert "no results in the window: 1" in words


def test_cohort_page_accounts_for_the_rows_read():
    words = Page(PAGES["cohort"]).text
    assert "patients 4 3 0 1" in words
    assert "<b>Latin-1</b> & more" in words


def test_same_input_gives_the_same_page():
    assert patient_page(EMPTY) == PAGES["empty"]


def test_work_of_a_kind_that_has_no_title_yet_is_shown_all_the_same():
    other = TABLES["worklist"].head(1).with_columns(kind=pl.lit("safety"), what=pl.lit("a blood count today"))
    text = cohort_html(TABLES, Reading(), other, as_of=AS_OF, source="centre", synthetic=True, interactive=False)
    assert "a blood count today" in text
    one = other["patient_id"][0]
    assert "a blood count today" in patient_html(RECORD, TABLES, one, [], other, synthetic=True, interactive=False)
