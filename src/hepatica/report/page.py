"""One self-contained page: its pictures, its script, and its style inside, no request to anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hepatica.report.chart_script import chart_script
from hepatica.report.wording import UNKNOWN, number, place, said, with_analytes, word

if TYPE_CHECKING:
    from collections.abc import Sequence

# The language version of the charts, for which the script and the still pictures are made.
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
NOT_A_DEVICE = "Research and education; not a medical device."
SYNTHETIC = "SYNTHETIC DATA: these patients are invented."


@dataclass(frozen=True)
class Picture:
    """A chart for a page in two widths (screen or paper, and phone), with its words for a screen reader."""

    name: str
    title: str
    description: str
    wide: alt.TopLevelMixin
    narrow: alt.TopLevelMixin
    note: str = ""


@dataclass(frozen=True)
class PageTable:
    """A table of a page: caption, headings, rows of words, and what is said where there is no row."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str = "Nothing is recorded."


@dataclass(frozen=True)
class Drawn:
    """A picture ready for the template: two still drawings and two specifications, safe inside the page."""

    name: str
    title: str
    description: str
    note: str
    still: dict[str, Markup] = field(default_factory=dict)
    specs: dict[str, Markup] = field(default_factory=dict)


def render(template: str, pictures: Sequence[Picture | Drawn], *, interactive: bool, **values: Any) -> str:
    """Return a page from its template; with `interactive` the chart script is inside it, else pictures are still."""
    drawn = {one.name: one if isinstance(one, Drawn) else draw(one, interactive=interactive) for one in pictures}
    scripts = [chart_script(VEGA_LITE), _page_script()] if interactive else []
    return (
        _environment()
        .get_template(template)
        .render(
            pictures=drawn,
            style=Markup(_resource("page.css")),  # noqa: S704  (our own file)
            scripts=[Markup(script) for script in scripts],  # noqa: S704  (our own, and the chart library's)
            policy=_policy(scripts),
            not_a_device=NOT_A_DEVICE,
            synthetic_words=SYNTHETIC,
            **values,
        )
    )


@lru_cache
def _environment() -> Environment:
    """Return the templates' environment: everything escaped, a missing value said as unknown."""
    environment = Environment(
        loader=PackageLoader("hepatica.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: UNKNOWN if value is None else value,
    )
    environment.tests["date_like"] = lambda text: bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text))
    environment.filters.update(said=said, word=word, number=number, place=place, with_analytes=with_analytes)
    return environment


def draw(picture: Picture, *, interactive: bool) -> Drawn:
    """Return a picture drawn in both widths; drawing takes longer than anything else of a page."""
    specs = {"wide": silent_spec(picture.wide), "narrow": silent_spec(picture.narrow)}
    still = {
        width: Markup(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE))  # noqa: S704  (texts are escaped)
        for width, spec in specs.items()
    }
    inside = {width: _json(spec) for width, spec in specs.items()} if interactive else {}
    return Drawn(picture.name, picture.title, picture.description, picture.note, still, inside)


def silent_spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return a chart's specification; the page says the picture in words, so its marks are silent, layers too."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    config = spec.get("config", {})
    return {**spec, "config": {**config, "aria": False, "mark": {**config.get("mark", {}), "aria": False}}}


def _json(spec: dict[str, Any]) -> Markup:
    """Return a specification that cannot end the element that holds it, whatever a patient's row says."""
    text = json.dumps(spec, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _page_script() -> str:
    return _resource("page.js")


@lru_cache
def _resource(name: str) -> str:
    return files("hepatica.report").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str]) -> str:
    """Return the page's content security policy: these scripts by their hash, and nothing from outside."""
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts) or "'none'"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {hashes}"


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
