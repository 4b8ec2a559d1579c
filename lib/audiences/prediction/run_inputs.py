"""What a published run was made with: its fitted models and the settings of its stages."""

from __future__ import annotations

from typing import Any, TypeVar

from audiences.config.section import Section
from audiences.engine.manifest import Published
from audiences.engine.stage import Fit, Stage
from audiences.errors import InputError
from audiences.store import saved_models

Chosen = TypeVar("Chosen", bound=Section)


def fitted_model(run: Published, stage: Fit) -> Any:
    """The model that the stage fitted.

    Raises:
        InputError: it is not there any more.
    """
    return saved_models.load(run.store, name=stage.model_name, fingerprint=run.receipt(stage).fingerprint)


def settings_of(run: Published, stage: Stage, name: str, kind: type[Chosen]) -> Chosen:
    """One of a stage's settings, as the run had them: they stand in the commit.

    Raises:
        InputError: the log does not hold the commit any more.
    """
    receipt = run.receipt(stage)
    commits = run.store.commits(stage.makes)
    found = [one.metadata["settings"][name] for one in commits if one.metadata["fingerprint"] == receipt.fingerprint]
    if not found:
        raise InputError("the log no longer holds what the run was made with", where=run.store.path(stage.makes))
    return kind.model_validate(found[0])
