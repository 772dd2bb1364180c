"""A signed certification form as a scan: is it the paper of these figures?

Put here: limits, the call of the reader, the refusals. Keep out: looking at pictures (scan_reader.py runs in a process of
its own, so that a hostile file ends that process and nothing else).
"""

import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.certification.form_mark import FormMark
from jpt_pipeline.certification.messages import say
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

READER = "jpt_pipeline.certification.scan_reader"


class ScanLimits(BaseModel):
    """How much of a scan is looked at: bytes, pages, pixels of a picture, seconds and bytes of memory of the reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    bytes_max: int = Field(gt=0)
    pages_max: int = Field(gt=0)
    pixels_max: int = Field(gt=0)
    dpi: tuple[int, ...] = Field(min_length=1)
    seconds_max: int = Field(gt=0)
    memory_max: int = Field(gt=0)


class FormRefused(Exception):
    """A scan is not the signed form of an area's figures. `code` is stable, the message is Thai, with its code."""

    def __init__(self, code: str, **places: object):
        self.code = code
        super().__init__(say(code, **places))


@cache
def load_limits(definitions: Path | None = None) -> ScanLimits:
    """Read forms/limits.yaml. Raises ValueError for an unknown or missing key."""
    return ScanLimits.model_validate(load_yaml((definitions or Settings().definitions) / "forms" / "limits.yaml"))


def check_form(path: Path, mark: FormMark) -> str:
    """The SHA-256 of a scan (PDF, PNG or JPEG) that carries this mark and no other.

    Raises:
        FormRefused: C-FORM-UNREADABLE (not there, not a picture, too large, no mark that can be read), C-FORM-AREA (a mark
            of another area, round, stream or form), C-FORM-ROOT (a mark of other figures of the area).
    """
    limits = load_limits()
    content = _read(path, limits)
    marks = _marks(path, content, limits)
    if not marks:
        raise FormRefused("C-FORM-UNREADABLE", file=path.name)
    for other in marks:
        if other.about != mark.about:
            raise FormRefused("C-FORM-AREA", file=path.name, found=_about(other), asked=_about(mark))
    for other in marks:
        if other != mark:
            raise FormRefused("C-FORM-ROOT", file=path.name, found=other.short_root, asked=mark.short_root)
    return sha256(content).hexdigest()


def read_marks(path: Path, limits: ScanLimits | None = None) -> list[FormMark]:
    """The different marks on a scan, in the order of its pages; empty if none can be read.

    Args:
        limits: others than those of the definitions.

    Raises:
        FormRefused: C-FORM-UNREADABLE: the file cannot be looked at.
    """
    limits = limits or load_limits()
    return _marks(path, _read(path, limits), limits)


def _read(path: Path, limits: ScanLimits) -> bytes:
    """The bytes of a file within the limit; those that are looked at are those whose digest is stored."""
    most = limits.bytes_max
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError:
        raise FormRefused("C-FORM-UNREADABLE", file=path.name) from None
    if len(content) > most:
        raise FormRefused("C-FORM-UNREADABLE", file=path.name)
    return content


def _marks(path: Path, content: bytes, limits: ScanLimits) -> list[FormMark]:
    # -P: nothing is imported from the folder in which the command was given.
    reader = [sys.executable, "-P", "-m", READER, limits.model_dump_json()]
    try:
        run = subprocess.run(reader, input=content, capture_output=True, check=False, timeout=2 * limits.seconds_max)
    except subprocess.TimeoutExpired:
        raise FormRefused("C-FORM-UNREADABLE", file=path.name) from None
    if run.returncode:
        raise FormRefused("C-FORM-UNREADABLE", file=path.name)
    return [FormMark.parse(line) for line in run.stdout.decode().splitlines()]


def _about(mark: FormMark) -> str:
    year, stream, level, area, form_no = mark.about
    return f"{year} {stream} {level} {area} ({form_no or '-'})"
