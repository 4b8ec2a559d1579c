"""From plain data to one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from audiences.config import Settings
from audiences.errors import MachineError
from audiences.output_file import private_draft, why_not_written
from audiences.report import (
    data_sections,
    density_sections,
    hybrid_sections,
    quality_sections,
    rfm_sections,
    scoring_sections,
    sections,
    text_sections,
)
from audiences.report.data import ReportData
from audiences.report.page import Page, Section, as_script_json
from audiences.report.theme import segment_colours, themes

SECTIONS = (
    Section("overview", "At a glance", sections.overview),
    Section("segments", "Segments", sections.segments),
    Section("profiles", "What sets them apart", sections.profiles),
    Section("customers", "Customers", sections.customers),
    Section("choice", "Why this many", sections.choice),
    Section("rfm", "RFM", rfm_sections.rfm),
    Section("categories", "What they buy", sections.categories),
    Section("said", "What they say", text_sections.said),
    Section("hybrids", "What they do and say", hybrid_sections.hybrids),
    Section("newcomers", "What newcomers become", scoring_sections.newcomers),
    Section("density", "Users and anomalies", density_sections.density),
    Section("features", "Before you trust it", data_sections.features),
    Section("quality", "Data quality", quality_sections.quality),
    Section("run", "This run", data_sections.run),
    Section("glossary", "Definitions", data_sections.glossary),
)
"""In the page's order. To add one: a function, a line here, and a macro of its id in sections.html.jinja."""


def render(data: ReportData, *, title: str = "Audience report", settings: Settings | None = None) -> str:
    """One self-contained HTML page: the same data, title and settings give the same bytes.

    Everything from data is escaped; the page's content policy runs only the two scripts that are in it by hash and
    lets nothing be fetched.

    Args:
        data: from `collect`.
        title: heading of the report.
        settings: for the list of settings of note; None leaves it out.
    """
    from plotly.offline import get_plotlyjs

    page = Page(data, title, settings)
    built = [{"id": section.id, "title": section.title, **section.build(page)} for section in SECTIONS]
    plotly, script = get_plotlyjs(), _resource("report.js.jinja")
    template = _environment().get_template("report.html.jinja")
    return template.render(
        title=title,
        data=data,
        sections=built,
        style=Markup(_resource("report.css")),
        colours=segment_colours(),
        themes=as_script_json(json.dumps(themes(), sort_keys=True)),
        plotly=Markup(plotly),
        script=Markup(script),
        policy=_policy(plotly, script),
    )


def write(path: str | Path, html: str) -> Path:
    """Write the page to a local file, whole or not at all, readable by its owner alone; return its absolute path.

    Raises:
        MachineError: when the file cannot be written there.
    """
    target = Path(path).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        reason = why_not_written(target, may_replace=True)  # the report of the same run, made again
        if reason is None:
            with private_draft(target) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
                file.write(html)
    except OSError as fault:
        reason = fault.strerror or str(fault)
    if reason is not None:
        raise MachineError(
            "the report cannot be written", where=target, found=reason, advice="give another file with report.path"
        )
    return target


def _resource(name: str) -> str:
    """A file of this package, also from inside a zipped wheel."""
    return files("audiences.report").joinpath(name).read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(*scripts: str) -> str:
    """A content security policy that allows these scripts and no others, and no request at all."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
