"""Settings text to plain values: YAML with bounds, and every fault with its line.

PyYAML lets several kinds of faults through that are no YAMLError (an impossible date is a ValueError, an unknown
character in a number a KeyError), recurses as deep as the text asks for, and follows aliases without a limit, so that a
text of a few hundred bytes can stand for a billion values. Here every fault is a YamlError, and depth, size and the
number of values that aliases stand for are bounded before anything is built.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.reader import ReaderError

MAX_CHARACTERS = 1_000_000
"""Longest settings text that is parsed."""

MAX_DEPTH = 40
"""Deepest nesting of mappings and lists; the settings themselves are six levels deep."""

MAX_VALUES = 50_000
"""Most values of one text, counting each alias as all the values that it stands for."""

_TOO_MANY = f"more than {MAX_VALUES:,} values, each alias counted as all that it stands for"


class YamlError(Exception):
    """Why a text is not acceptable YAML, and in which line (counted from 1) where that is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class _BoundedLoader(yaml.SafeLoader):
    """SafeLoader that refuses deep nesting and repeated keys, and says the line of every value it cannot build."""

    depth = 0
    values = 0

    def _next_line(self) -> int | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        return _line(event.start_mark)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.depth >= MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} levels deep", self._next_line())
        self.values += 1
        if self.values > MAX_VALUES:  # before the rest of the text is read
            raise YamlError(_TOO_MANY, self._next_line())
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (YamlError, yaml.YAMLError):
            raise
        except Exception as fault:  # what PyYAML's own constructors let through, such as the ValueError of 2024-02-30
            raise YamlError(f"{_shortened(node.value)}: {fault}", _line(node.start_mark)) from None

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.value != "<<":
                key = (key_node.tag, key_node.value)
                if key in seen:
                    raise YamlError(
                        f"{_shortened(key_node.value)} stands twice in one mapping, first in line {seen[key]}",
                        _line(key_node.start_mark),
                    )
                seen[key] = _line(key_node.start_mark) or 0
        return super().construct_mapping(node, deep=deep)


def parse(text: str) -> Any:
    """The values of one YAML document; None where the text is empty.

    Raises:
        YamlError: the text is no YAML, holds an impossible value, a repeated key or a tag that is not plain YAML, or
            exceeds one of the bounds.
    """
    if len(text) > MAX_CHARACTERS:
        raise YamlError(f"longer than {MAX_CHARACTERS:,} characters")
    try:
        loader = _BoundedLoader(text)
        try:
            return _built(loader)
        finally:
            loader.dispose()
    except ReaderError as fault:
        raise YamlError(
            f"the character #x{_code_of(fault):04x} is not allowed", _line_at(text, fault.position)
        ) from None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        reason = ", ".join(part for part in (fault.context, fault.problem) if part) or "not YAML"
        raise YamlError(reason, _line(mark)) from None
    except yaml.YAMLError as fault:
        raise YamlError(str(fault)) from None


def _built(loader: _BoundedLoader) -> Any:
    try:
        node = loader.get_single_node()
    except (YamlError, yaml.YAMLError):
        raise
    except Exception as fault:  # the scanner lets some through too, such as the OverflowError of "\\UFFFFFFFF"
        raise YamlError(str(fault), loader.line + 1) from None
    if node is None:
        return None
    _check_size(node)
    return loader.construct_document(node)


def _code_of(fault: ReaderError) -> int:
    """The code of the character that the reader refused; PyYAML gives it as a number or as text."""
    return fault.character if isinstance(fault.character, int) else ord(fault.character[:1] or "\0")


def _check_size(node: yaml.Node) -> None:
    """Raises YamlError for a value that contains itself, and for aliases that stand for too many values."""
    sizes: dict[int, int] = {}
    _count(node, sizes, set())
    if sizes[id(node)] > MAX_VALUES:
        raise YamlError(_TOO_MANY)


def _count(node: yaml.Node, sizes: dict[int, int], above: set[int]) -> int:
    """Values that the node stands for; each node is looked at once. Recursion is bounded by MAX_DEPTH."""
    if id(node) in above:
        raise YamlError("a value that contains itself", _line(node.start_mark))
    if id(node) in sizes:
        return sizes[id(node)]
    total = 1
    if not isinstance(node, yaml.ScalarNode):
        above.add(id(node))
        for part in node.value:
            for child in part if isinstance(part, tuple) else (part,):
                total += _count(child, sizes, above)
        above.remove(id(node))
    sizes[id(node)] = total
    return total


def _line(mark: Any) -> int | None:
    return None if mark is None else mark.line + 1


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _shortened(value: object, length: int = 60) -> str:
    text = str(value)
    return text if len(text) <= length else f"{text[:length]}…"
