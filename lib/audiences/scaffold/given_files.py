"""The files that a person gives to `init`: their own, or those below a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audiences.errors import InputError
from audiences.scaffold.raw_rows import files_below
from audiences.scaffold.sample import Sample, read_sample
from audiences.sources.connectors.paths import folder_columns


def samples_of(paths: Sequence[Path]) -> list[Sample]:
    """A sample of each file meant.

    Raises:
        InputError: a file is missing, a folder holds none, or one cannot be read.
    """
    return [_with_folder(read_sample(path), paths) for path in _files(paths)]


def _with_folder(sample: Sample, paths: Sequence[Path]) -> Sample:
    """The sample with the folder that was given, where the names of folders below it are columns."""
    folders = [path for path in paths if path.is_dir() and path in Path(sample.path).parents]
    columns = folder_columns(sample.path, [str(folder) for folder in folders])
    if not columns:
        return sample
    note = f"the names of its folders are columns: {', '.join(columns)}"
    return replace(sample, folder=str(folders[0]), notes=(*sample.notes, note))


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files meant; of a folder those below it that are neither hidden nor empty, by name."""
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError("the file does not exist", where=path)
        inside = files_below(path) if path.is_dir() else [path]
        inside = [file for file in inside if file.stat().st_size or not path.is_dir()]
        if not inside:
            raise InputError("the folder holds no file", where=path)
        files += inside
    return files
