"""Settings of the HTML report."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audiences.config.section import Section


class Report(Section):
    """The HTML report."""

    path: str | None = Field(
        None,
        description="local file to write; null: report-<as_of>.html in store.root, or in the working folder where "
        "store.root is an address such as s3a://",
    )
    show_raw: bool = Field(
        False, description="show raw values: an example of the rejected rows, and ids of the most anomalous users"
    )
    title: str = Field("Audience report", description="heading of the report")
    sample_customers: int = Field(5_000, ge=10, le=100_000, description="points in the 3-D scatter at the most")
    maps: tuple[Literal["pca", "tsne", "umap"], ...] = Field(
        ("pca",), description="maps of hybrid segments: pca, tsne, umap; the last two need the extra maps"
    )
    map_customers: int = Field(1_000, ge=10, le=1_500, description="customers on each of these maps at the most")
