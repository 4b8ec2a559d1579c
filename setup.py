"""Packaging: `pip install -c constraints-3.5.txt .[query,dev]`."""

import re
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
version = re.search(r'__version__ = "([^"]+)"', (here / "lib/audiences/__init__.py").read_text()).group(1)

query = ["deltalake>=1.6", "duckdb>=1.4", "pyarrow>=17"]
experiments = ["statsmodels>=0.14"]
serve = ["fastapi>=0.115", "uvicorn>=0.30", "prometheus-client>=0.20"]
setup(
    name="audiences",
    version=version,
    description="Audience segmentation on Spark and Delta Lake: versioned tables of segments, what defines them, who is anomalous.",
    long_description=(here / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    package_dir={"": "lib"},
    packages=find_packages("lib"),
    package_data={"audiences": ["py.typed", "report/*.jinja", "report/*.css", "text/*.txt", "text/*.LICENSE"]},
    install_requires=[
        "pyspark>=3.5,<4.2",
        "delta-spark>=3.3,<4.5",
        "numpy>=1.26",
        "pandas>=2.2",
        "pyarrow>=17",
        "scipy>=1.11",
        "pydantic>=2.9",
        "PyYAML>=6",
        "charset-normalizer>=3.4",
        "typer>=0.15",
        "rich>=13",
        "jinja2>=3.1",
        "plotly>=6",
    ],
    extras_require={
        "nlp": ["spark-nlp>=5.5"],
        "query": query,
        "dbscan": ["numba>=0.61"],
        "serve": serve,
        "experiments": experiments,
        "mlflow": ["mlflow>=3.4"],
        "wandb": ["wandb>=0.21"],
        "maps": ["scikit-learn>=1.5", "umap-learn>=0.5.7"],
        "dev": [
            *query,
            *serve,
            *experiments,
            "tea-tasting>=1,<2",
            "httpx2>=2",
            "mlflow>=3.4",
            "wandb>=0.21",
            "numba>=0.61",
            "polars>=1.30",
            "pytest>=8",
            "pytest-cov>=7",
            "pytest-timeout>=2.3",
            "filelock>=3.13",
            "pytest-xdist>=3.6",
            "chispa>=0.11",
            "scikit-learn>=1.5",
            "nbclient>=0.10",
            "nbformat>=5.10",
            "ipykernel>=6.29",
            "ruff>=0.9",
            "mypy>=1.14",
            "pandas-stubs",
            "types-PyYAML",
            "databricks-bundles>=1.0",
            "moto[server]>=5",
            "pex>=2.60",
        ],
    },
    entry_points={"console_scripts": ["audiences=audiences.cli.app:entry"]},
)
