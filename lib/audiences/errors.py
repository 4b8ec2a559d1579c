"""One base error and few children; every message says what is wrong, where, what was found and what is allowed."""

from __future__ import annotations

import errno
import os
import tempfile


class AudiencesError(Exception):
    """What went wrong, told so that the reader knows what to do.

    Args:
        what: one sentence: the fault.
        where: the setting, file, table or column that it concerns.
        found: the offending value or figure.
        allowed: what would be accepted.
        advice: what to do about it.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        found: object = None,
        allowed: object = None,
        advice: object = None,
    ) -> None:
        self.what = what
        self.details = {
            label: str(value)
            for label, value in (("where", where), ("found", found), ("allowed", allowed), ("advice", advice))
            if value is not None
        }
        super().__init__("\n".join([what, *(f"  {label + ':':<9}{text}" for label, text in self.details.items())]))


class ConfigError(AudiencesError):
    """A setting or a command-line argument is wrong; nothing has been read or written."""

    exit_code = 2


class InputError(AudiencesError):
    """A source or a frame is not what it was declared to be."""


class MachineError(AudiencesError):
    """This machine lacks something: Java, a JAR, an optional package, write access."""


class QualityGateError(AudiencesError):
    """The data or a model stays below a configured floor; nothing is published."""

    exit_code = 3


class ConflictError(AudiencesError):
    """Another run wrote the same table at the same time; a retry is safe."""

    exit_code = 4


class DeliveryError(AudiencesError):
    """The tables are complete, but a catalog, report or tracker was reached only partly; a retry is safe."""

    exit_code = 5


def java_cause(fault: Exception) -> str:
    """The root cause in one line, of a fault that came out of the JVM: for the `found` of a message."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by:")]
    named = [line.removeprefix(": ") for line in lines if line.startswith(": ")]  # py4j: "An error occurred …" is above
    return (causes[-1:] or named[:1] or lines[:1] or [type(fault).__name__])[0]


def extra_advice(*extras: str) -> str:
    """How to install optional packages of this product: from its checkout or its wheel.

    No message names the product to a package index: what is registered there under that name may be anybody's.
    """
    names = ",".join(extras)
    return f"in the checkout: pip install '.[{names}]'; from the wheel: pip install 'PATH/TO/WHEEL.whl[{names}]'"


_FULL = (errno.ENOSPC, errno.EDQUOT)


def disk_is_full(fault: BaseException) -> bool:
    """Whether a full disk is behind the fault: Python says so by number, the JVM only in the system's words."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _FULL:
            return True
        is_of_jvm = type(cause).__module__.split(".")[0] in ("py4j", "pyspark", "delta")
        if is_of_jvm and any(os.strerror(number) in str(cause) for number in _FULL):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def disk_full(fault: Exception) -> MachineError:
    """The message of a full disk."""
    return MachineError(
        "the disk is full",
        where=f"store.root, the file being written, or temporary files in {tempfile.gettempdir()}",
        found=java_cause(fault),
        advice="free space (audiences maintain removes what no run needs), or move store.root or SPARK_LOCAL_DIRS; "
        "then run again: what was finished is kept",
    )  # fmt: skip
