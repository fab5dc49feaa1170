"""Protocols: those that come with Hepatica and the centres' own, compared, copied, edited, and used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hepatica.course.protocol import protocol_files
from hepatica.guidance.protocols import Practice, compare, comparison_rows, practice, practices, questions
from hepatica.pictures import theme
from hepatica.pictures.answers import answer_grid
from hepatica.registry.access.asking import Asking
from hepatica.registry.access.needs import needs
from hepatica.registry.models import Centre, CentreProtocol
from hepatica.registry.protocols.kept import OWN, copy_text, own_word, path_of, save, shipped_text
from hepatica.registry.protocols.lines import LineProblem, check_text
from hepatica.registry.writing import OverwriteError
from hepatica.report.page import PageTable, silent_spec

READ, EDIT = "evidence.read", "protocols.edit"
NAME = r"^[a-z][a-z0-9_]*$"


class CopyForm(forms.Form):
    """A copy of a protocol as one of a centre's own."""

    centre = forms.ModelChoiceField(label=_("Centre"), queryset=Centre.objects.none())
    of = forms.ChoiceField(label=_("Copy of"))
    name = forms.RegexField(
        label=_("Name of the copy"), regex=NAME, max_length=40,
        help_text=_("Small letters, figures, and underlines; it begins with a letter."),
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), max_length=200)

    def __init__(self, asking: Asking, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centre, of = (self.fields[name] for name in ("centre", "of"))
        centre.queryset = asking.centres(EDIT)
        if len(centre.queryset) == 1:
            centre.initial = centre.queryset[0]
        of.choices = [(name, one.title) for name, one in practices().items()]

    def clean(self) -> dict[str, Any]:
        """Refuse a name that is taken."""
        given: dict[str, Any] = super().clean() or {}
        name, centre = given.get("name"), given.get("centre")
        taken = CentreProtocol.objects.filter(centre=centre, name=name).exists() if centre and name else False
        if taken or name in protocol_files():
            self.add_error("name", _("This name is taken."))
        return given


class TextForm(forms.Form):
    """A protocol's text and the version from which it was edited."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Text"), strip=False, widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"})
    )


@needs(READ)
def protocols(request: HttpRequest) -> HttpResponse:
    """List every protocol that the reader may read, what each centre uses, and the ways to copy and compare."""
    return _listed(request, CopyForm(request.asking))


def _listed(request: HttpRequest, form: CopyForm) -> HttpResponse:
    own = _own(request)
    shipped = [(name, one.title, "") for name, one in practices().items()]
    words = [(f"{OWN}{one.pk}", practice(path_of(one)).title, one.centre.name) for one in own]
    centres = []
    for centre in request.asking.centres(READ):
        choices = [*((name, title) for name, title, _centre in shipped), *_choices(centre, own)]
        used = dict(choices)[centre.protocol]
        centres.append((centre, used, choices, request.asking.may(EDIT, centre.pk)))
    shown = {
        "shipped": shipped,
        "own": list(zip(own, words, strict=True)),
        "offered": [*shipped, *words],
        "centres": centres,
        "form": form,
        "may_copy": request.asking.may(EDIT),
    }
    return render(request, "registry/protocols.html", shown, status=400 if form.errors else 200)


def _own(request: HttpRequest) -> list[CentreProtocol]:
    found = CentreProtocol.objects.filter(centre__in=request.asking.centres(READ))
    return list(found.select_related("centre", "edited_by"))


def _choices(centre: Centre, own: list[CentreProtocol]) -> list[tuple[str, str]]:
    return [(own_word(one), practice(path_of(one)).title) for one in own if one.centre_id == centre.pk]


def _practice(request: HttpRequest, word: str) -> Practice:
    """Return a protocol by its name, or one of the centres' own by own:NUMBER; 404 where the reader has none such."""
    number = word.removeprefix(OWN)
    if word.startswith(OWN) and number.isdecimal():
        readable = CentreProtocol.objects.filter(centre__in=request.asking.centres(READ))
        return practice(path_of(get_object_or_404(readable, pk=int(number))))
    if word not in protocol_files():
        raise Http404("no such protocol")
    return practice(word)


@needs(READ)
def protocol(request: HttpRequest, protocol: str) -> HttpResponse:
    """Show every answer of a protocol with its source, and its text."""
    said = _practice(request, protocol)
    kept = CentreProtocol.objects.filter(pk=protocol.removeprefix(OWN)).first() if protocol.startswith(OWN) else None
    shown = {
        "said": said,
        "rows": comparison_rows([said]).to_dicts(),
        "kept": kept,
        "text": kept.text if kept is not None else shipped_text(protocol),
        "may_edit": kept is not None and request.asking.may(EDIT, kept.centre_id),
    }
    return render(request, "registry/protocol.html", shown)


@needs(READ)
def protocols_compared(request: HttpRequest) -> HttpResponse:
    """Put the chosen protocols side by side, as a picture and a table."""
    words = list(dict.fromkeys(request.GET.getlist("with")))
    chosen = _named_apart([_practice(request, word) for word in words])
    if not chosen:
        return redirect("protocols")
    rows, table = comparison_rows(chosen), compare(chosen)
    names = table.columns[4:]
    counts = dict(rows.unique("question").group_by("agreement").len().rows())
    shown = {
        "chosen": chosen,
        "counts": counts,
        "data": PageTable(
            str(_("Each question with the answer of each protocol")),
            (str(_("Question")), str(_("Agreement")), *names),
            table.select("asks", "agreement", *names).rows(),
        ),
        "wide": silent_spec(answer_grid(rows, width=theme.WIDE)),
        "narrow": silent_spec(answer_grid(rows, width=theme.NARROW)),
    }
    return render(request, "registry/protocols_compared.html", shown)


def _named_apart(chosen: list[Practice]) -> list[Practice]:
    """Return the protocols with names that differ, for two centres may have given one name: the second gets a (2)."""
    found: list[Practice] = []
    for one in chosen:
        before = sum(other.name.split(" (")[0] == one.name for other in found)
        found.append(replace(one, name=f"{one.name} ({before + 1})") if before else one)
    return found


@needs(EDIT)
@require_POST
def protocol_copy(request: HttpRequest) -> HttpResponse:
    """Copy a protocol as one of a centre's own, and open it for editing."""
    form = CopyForm(request.asking, request.POST)
    if not form.is_valid():
        return _listed(request, form)
    given = form.cleaned_data
    text = copy_text(given["of"], given["name"], given["title"])
    made = CentreProtocol.objects.create(
        centre=given["centre"], name=given["name"], text=text, edited_by=request.user
    )  # fmt: skip
    return redirect("protocol-edit", own=made.pk)


@needs(EDIT)
@require_POST
def protocol_use(request: HttpRequest) -> HttpResponse:
    """Have a centre's courses read by another protocol, one that comes with Hepatica or one of its own."""
    asked = request.POST.get("centre", "")
    centre = get_object_or_404(request.asking.centres(EDIT), pk=int(asked) if asked.isdecimal() else 0)
    own = [own_word(one) for one in centre.protocols.all()]
    if request.POST.get("protocol") not in {*protocol_files(), *own}:
        raise Http404("no such protocol")
    centre.protocol = request.POST["protocol"]
    centre.save(update_fields=["protocol"])
    return redirect("protocols")


@needs(EDIT)
def protocol_edit(request: HttpRequest, own: int) -> HttpResponse:
    """Edit the text of a centre's own protocol: what is wrong is said line by line, and nothing wrong is kept."""
    kept = get_object_or_404(CentreProtocol.objects.filter(centre__in=request.asking.centres(EDIT)), pk=own)
    form = TextForm(request.POST or None, initial={"text": kept.text, "version": kept.version})
    problems: list[LineProblem] = []
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        problems = _problems(text, kept)
        if not problems:
            try:
                save(kept, text, version=form.cleaned_data["version"], by=request.user)
            except OverwriteError:
                return _edited(request, kept, form, problems, status=409)
            return redirect("protocol", protocol=f"{OWN}{kept.pk}")
    return _edited(request, kept, form, problems, status=400 if form.errors or problems else 200)


def _problems(text: str, kept: CentreProtocol) -> list[LineProblem]:
    """Return what is wrong with a text, its name included: a protocol is known by it."""
    found = check_text(text)
    if found:
        return found
    lines = text.splitlines()
    named = next((number for number, line in enumerate(lines, 1) if line.startswith("name:")), None)
    if named is None or lines[named - 1].removeprefix("name:").strip().strip("\"'") != kept.name:
        return [LineProblem(named, "name", "is not the name of this protocol", f"write name: {kept.name}")]
    return []


def _edited(
    request: HttpRequest, kept: CentreProtocol, form: TextForm, problems: list[LineProblem], *, status: int
) -> HttpResponse:
    shown = {
        "kept": kept,
        "form": form,
        "problems": problems,
        "overtaken": status == 409,
        "questions": questions().values(),
    }
    return render(request, "registry/protocol_edit.html", shown, status=status)
