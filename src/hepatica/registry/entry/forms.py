"""The forms of the six tables, made from the record's one list of columns. A form never judges a value itself."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hepatica.record.tables import TABLES, Column, Kind
from hepatica.registry.entry.checking import Judgement
from hepatica.registry.entry.labels import COLUMN_LABELS, HINTS
from hepatica.registry.language.engine_words import CONTEXT
from hepatica.registry.language.said import said_in_language
from hepatica.registry.models import stored_columns
from hepatica.vocabulary import analytes, drugs, unit_conversions

LONGEST_CELL = 2_000
_ISO = re.compile(r"^(\d{4}-\d{2}-\d{2})?$")
_DECIMAL_COMMA = re.compile(r"\s*[<>]?=?\s*-?(\d+|\d{1,3}(\.\d{3})+),\d+\s*")
_WITH_NUMBERS = (Kind.NUMBER, Kind.INTEGER, Kind.RESULT)
_LISTS = {Kind.ANALYTE: "analytes", Kind.DRUG: "drugs", Kind.UNIT: "units"}


def suggestions() -> dict[str, list[str]]:
    """Return the words that a form suggests: analytes, drugs, and units. Any other spelling may be written too."""
    return {
        "analytes": sorted(analytes()),
        "drugs": sorted(drugs()),
        "units": unit_conversions()["unit"].unique().sort().to_list(),
    }


class RowForm(forms.Form):
    """A row of a table, its cells as text; what cannot be used is said at its field and kept only when asked for."""

    keep_anyway = forms.BooleanField(label=_("Keep the row although it cannot be used as it is"), required=False)

    def __init__(self, table: str, *args: Any, pseudonym: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        keep = self.fields.pop("keep_anyway")
        for column in TABLES[table].columns:
            shown = pseudonym if column.name == "patient_id" else column.name in stored_columns(table)
            if shown:
                self.fields[column.name] = _field(column, str(self.initial.get(column.name, "")))
        if self.data.get("keep_anyway") or self.data.get("refused"):
            self.fields["keep_anyway"] = keep

    def begin(self) -> None:
        """Put the cursor where typing begins: into the first field that is wrong, else the first that is empty."""
        shown = [field for field in self.visible_fields() if field.name != "keep_anyway"]
        empty = [field for field in shown if not field.value()]
        for field in [*(field for field in shown if field.errors), *empty][:1]:
            field.field.widget.attrs["autofocus"] = True

    @property
    def cells(self) -> dict[str, str]:
        """Return the cells as they were written; a number as the record writes it, with a point."""
        given = self.cleaned_data
        return {
            column.name: _with_point(given[column.name]) if column.kind in _WITH_NUMBERS else given[column.name]
            for column in TABLES[self.table].columns
            if column.name in given
        }

    def accepts(self, judgement: Judgement) -> bool:
        """Say whether the row may be kept; what cannot be used is put at its field, unless it is to be kept anyway."""
        if not judgement.problems or self.cleaned_data.get("keep_anyway"):
            return True
        for problem in judgement.problems:
            place = problem["column"] if problem["column"] in self.fields else None
            self.add_error(place, said_in_language(problem["explanation"]))
        self.fields["keep_anyway"] = forms.BooleanField(
            label=_("Keep the row although it cannot be used as it is"), required=False
        )
        return False


class ReasonForm(forms.Form):
    """Why a row is changed or removed, and from which version of it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label=_("Reason"), max_length=500, help_text=_("It stays in the history of the row."))


class CentreForm(forms.Form):
    """At which centre a patient is added."""

    centre = forms.ModelChoiceField(label=_("Centre"), queryset=None, empty_label=None)

    def __init__(self, centres: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["centre"]
        field.queryset = centres


def _field(column: Column, written: str) -> forms.CharField:
    """Return the field of a column. A cell that its list lacks, or that is no day, can still be seen and corrected."""
    return forms.CharField(
        label=COLUMN_LABELS[column.name],
        help_text=HINTS.get(column.name, ""),
        required=column.required,
        strip=False,
        max_length=LONGEST_CELL,
        widget=_widget(column, written),
    )


def _with_point(written: str) -> str:
    """Return a number with a decimal comma as the record writes it, on pages whose language writes commas."""
    if get_format("DECIMAL_SEPARATOR") == "," and _DECIMAL_COMMA.fullmatch(written):
        return written.replace(".", "").replace(",", ".")
    return written


def _widget(column: Column, written: str) -> forms.Widget:
    if column.kind is Kind.CHOICE:
        words = [*column.choices, *([written] if written and written not in column.choices else [])]
        said = [(word, pgettext_lazy(CONTEXT, word.replace("_", " "))) for word in words]
        return forms.Select(choices=[("", "–"), *said])
    if column.kind is Kind.DATE and _ISO.match(written):
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if column.kind in _LISTS:
        return forms.TextInput(attrs={"list": _LISTS[column.kind], "autocomplete": "off"})
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.TextInput(attrs={"autocomplete": "off"})
