"""Records to Weights & Biases: a run each, trained models as artifacts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import wandb

from audiences.config.tracking import Wandb
from audiences.errors import MachineError
from audiences.sinks.tracking_records import Record
from audiences.store.address import is_elsewhere, local_folder


def log(records: Sequence[Record], settings: Wandb, root: str) -> None:
    """Logs what is not there yet; a run's id is its record's key, so a second log of it goes into the same run.

    Raises:
        MachineError: the service refuses or does not answer.
    """
    place = Path("_wandb") if is_elsewhere(root) else Path(local_folder(root), "_wandb")
    place.mkdir(parents=True, exist_ok=True)
    for record in records:
        if (place / f"{record.key}.logged").exists():
            continue
        try:
            _logged(record, settings, place)
        except wandb.Error as fault:
            raise MachineError(
                "Weights & Biases refuses", where=f"tracking.wandb: project {settings.project}", found=fault,
                advice="wandb login, or tracking.wandb.mode=offline; the tables are complete, run again to log",
            ) from fault  # fmt: skip
        (place / f"{record.key}.logged").touch()


def _logged(record: Record, settings: Wandb, place: Path) -> None:
    run = wandb.init(
        project=settings.project, mode=settings.mode, dir=str(place), id=record.key, resume="allow", name=record.name,
        job_type=record.kind, config={**record.params, **record.tags}, reinit="finish_previous",
        settings=wandb.Settings(silent=True, console="off"),
    )  # fmt: skip
    with run:
        run.summary.update(dict(record.metrics))
        tables = {f"tables/{name}": wandb.Table(dataframe=table.astype(str)) for name, table in record.tables.items()}
        figures = {f"figures/{name}": wandb.Plotly(figure) for name, figure in record.figures.items()}
        if tables or figures:
            run.log({**tables, **figures})
        for file in record.files:
            run.save(str(file), base_path=str(file.parent), policy="now")
        if record.model is not None and record.folder is not None and not is_elsewhere(record.folder):
            artifact = wandb.Artifact("early-segment", type="model", metadata={"gate_passed": record.is_champion})
            artifact.add_dir(record.folder)
            run.log_artifact(artifact, aliases=["latest", *(["champion"] if record.is_champion else [])])
