"""Settings as commented YAML (`audiences config show`; conf/base.yaml has the common ones) and as docs/settings.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import BaseModel

from audiences.config.section import Section

COMMON = (
    "time_zone", "currency", "store.root", "store.catalog", "store.retention_days", "session.master",
    "session.driver_memory", "session.stages_at_once", "sources.transactions.path", "sources.transactions.format",
    "sources.transactions.encoding", "sources.transactions.timestamp_format", "sources.transactions.grain",
    *(f"sources.transactions.columns.{name}" for name in (
        "customer_id", "ts", "invoice_id", "quantity", "unit_price", "line_amount", "order_amount", "product_id",
        "description", "category", "country", "currency",
    )),
    "sources.activity.path", "sources.reviews.path", "sources.customers.path", "categories.keywords",
    "value_segments.features", "value_segments.method",
    "value_segments.choose", "value_segments.k", "value_segments.k_max", "density.eps", "text.topics.method",
    "report.path", "report.title",
)  # fmt: skip
"""What people change; docs/settings.md has the rest."""


def as_yaml(section: Section, indent: int = 0, *, only: Sequence[str] | None = None) -> str:
    """Settings with their values and their descriptions as comments.

    Args:
        only: dotted paths below the section, such as `store.root`; a section stands for all that is in it. None: every
            setting.
    """
    pad = "  " * indent
    lines: list[str] = []
    for name, field in type(section).model_fields.items():
        below = None if only is None or name in only else [path[len(name) + 1 :] for path in only if _is_in(path, name)]
        if below == []:
            continue
        value = getattr(section, name)
        comment = f"  # {field.description}" if field.description else ""
        if isinstance(value, Section):
            about = (type(value).__doc__ or "").strip().splitlines()[0]
            if indent == 0:
                lines.append("")
            lines += [f"{pad}# {about}", f"{pad}{name}:", as_yaml(value, indent + 1, only=below)]
            continue
        plain = _plain(value)
        if isinstance(plain, (list, dict)) and len(_flow(plain)) > 60:
            block = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
            lines += [f"{pad}{name}:{comment}", *(f"{pad}  {line}" for line in block.rstrip().splitlines())]
        else:
            lines.append(f"{pad}{name}: {_flow(plain)}{comment}")
    return "\n".join(lines)


def as_page(section: Section) -> str:
    """docs/settings.md: a table per section with every setting, its default and its meaning."""
    heading = [
        "# Settings",
        "",
        "Written by `make docs` from the declarations in `lib/audiences/config`; a test keeps it equal to them.",
        "`--set a.b=value` wins over the environment (`AUDIENCES__A__B=value`), that over `--config` files (the last",
        "one first), and those over these defaults.",
    ]
    return "\n".join([*heading, *_tables(section, "")]) + "\n"


def _tables(section: Section, above: str) -> list[str]:
    """The section's own settings as a table, then the sections in it."""
    own, inside = [], []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        dotted = f"{above}{name}"
        if isinstance(value, Section):
            inside += _tables(value, f"{dotted}.")
        else:
            own.append(f"| `{dotted}` | {_cell(_flow(_plain(value)))} | {_text(field.description)} |")
    about = (type(section).__doc__ or "").strip().splitlines()[0]
    title = ["", f"## {above.rstrip('.')}", "", about] if above else []
    table = ["", "| setting | default | meaning |", "|---|---|---|", *own] if own else []
    return [*title, *table, *inside]


def _cell(text: str) -> str:
    short = text if len(text) <= 120 else f"{text[:117]}…"
    return f"`{short}`".replace("|", "\\|")


def _text(description: str | None) -> str:
    return (description or "").replace("\n", " ").replace("<", "&lt;").replace("|", "\\|")


def _is_in(path: str, section: str) -> bool:
    return path.startswith(f"{section}.")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        given = value.model_fields_set or type(value).model_fields
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields if name in given}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _flow(plain: Any) -> str:
    text = yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
