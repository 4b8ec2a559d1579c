"""Settings as commented YAML: `audiences config show`, and the text of `conf/base.yaml`."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel

from audiences.config.section import Section


def as_yaml(section: Section, indent: int = 0) -> str:
    """Every setting of the section with its value and its description as a comment."""
    pad = "  " * indent
    lines: list[str] = []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        comment = f"  # {field.description}" if field.description else ""
        if isinstance(value, Section):
            about = (type(value).__doc__ or "").strip().splitlines()[0]
            lines += ["" if indent == 0 else None, f"{pad}# {about}", f"{pad}{name}:", as_yaml(value, indent + 1)]  # type: ignore[list-item]
            continue
        plain = _plain(value)
        if isinstance(plain, (list, dict)) and len(_flow(plain)) > 60:
            block = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
            lines += [f"{pad}{name}:{comment}", *(f"{pad}  {line}" for line in block.rstrip().splitlines())]
        else:
            lines.append(f"{pad}{name}: {_flow(plain)}{comment}")
    return "\n".join(line for line in lines if line is not None)


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
