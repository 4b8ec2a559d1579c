"""One self-contained HTML report: `write(path, render(collect(frames, …)))`."""

from audiences.report.collect import collect
from audiences.report.data import ReportData
from audiences.report.render import SECTIONS, render, write

__all__ = ["SECTIONS", "ReportData", "collect", "render", "write"]
