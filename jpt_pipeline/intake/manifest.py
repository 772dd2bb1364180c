"""manifest.json: what a sender says of a delivery (contract, section 3), held against the files and the command line.

A missing manifest means a patch. Put here: the model and what must agree. Keep out: what a full delivery retires
(full.py, households/resolve.py).
"""

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from jpt_pipeline.intake.container import MANIFEST, Refused, SourceFile
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.receipts import Receipt

Mode = Literal["full", "patch"]


class _SaidFile(BaseModel):
    name: str
    sha256: str
    records: NonNegativeInt | None = None


class _Said(BaseModel):
    """manifest.json as a sender writes it."""

    survey_year: int | None = None
    stream: Literal["jpt", "basic"] | None = None
    province_code: Annotated[str, Field(pattern=r"^[0-9]{2}$", strict=True)] | None = None
    mode: Mode = "patch"
    sequence: int | None = None
    files: list[_SaidFile] = []


@dataclass(frozen=True)
class Manifest:
    """A sender's own list of what is delivered: digest of each file -> its number of records, where stated."""

    declared: Declared
    sequence: int | None = None
    mode: Mode = "patch"
    files: dict[str, int | None] = field(default_factory=dict)

    @property
    def scope(self) -> tuple[int | None, str | None, str | None]:
        """What a full delivery is full of: round, stream, province."""
        return self.declared.survey_year, self.declared.stream, self.declared.province_code


def is_manifest(file: SourceFile) -> bool:
    return PurePosixPath(file.name).name.lower() == MANIFEST


def read_manifest(files: list[SourceFile], declared: Declared, name: str) -> Manifest:
    """The delivery's manifest, merged with the command line.

    Raises:
        Refused: M-MANIFEST, naming the field or the file that does not fit.
    """
    found = [file for file in files if is_manifest(file)]
    if not found:
        return Manifest(declared)
    if len(found) > 1:
        raise Refused("M-MANIFEST", name, ", ".join(file.name for file in found))
    said = _said(found[0], name)
    stated = Declared(said.survey_year, said.stream, None, said.province_code)
    for option in ("survey_year", "stream", "province_code"):
        mine, theirs = getattr(declared, option), getattr(stated, option)
        if mine is not None and theirs is not None and mine != theirs:
            raise Refused("M-MANIFEST", name, f"{option}: {mine} / {theirs}")
        declared = replace(declared, **{option: mine if mine is not None else theirs})
    _check_files(said, found[0], files, name)
    manifest = Manifest(declared, said.sequence, said.mode, {entry.sha256: entry.records for entry in said.files})
    if said.mode == "full" and None in manifest.scope:
        raise Refused("M-MANIFEST", name, f"{MANIFEST}: mode full: survey_year, stream, province_code")
    return manifest


def _said(file: SourceFile, name: str) -> _Said:
    try:
        return _Said.model_validate_json(file.path.read_bytes())
    except ValidationError as error:
        # Only names of fields: what stands in them is content.
        fields = sorted({".".join(str(part) for part in one["loc"]) for one in error.errors()} - {""})
        raise Refused("M-MANIFEST", name, ": ".join([MANIFEST, *([", ".join(fields)] if fields else [])])) from None
    except (ValueError, RecursionError):
        raise Refused("M-MANIFEST", name, MANIFEST) from None


def _check_files(said: _Said, manifest: SourceFile, files: list[SourceFile], name: str) -> None:
    """The list of files, where there is one, is that of the delivery, with the same digests."""
    listed = {entry.name: entry.sha256 for entry in said.files}
    base = PurePosixPath(manifest.name).parent
    present = {f.name.removeprefix(f"{base}/"): f.sha256 for f in files if f is not manifest}
    if listed and (wrong := sorted(set(listed) ^ set(present))):
        raise Refused("M-MANIFEST", name, ", ".join(wrong))
    if wrong := sorted(entry for entry, digest in listed.items() if present[entry] != digest):
        raise Refused("M-MANIFEST", name, f"sha256: {', '.join(wrong)}")


def check_sequence(manifest: Manifest, receipts: list[Receipt], name: str) -> None:
    """A lower sequence after a higher one of the same round, stream and province is refused (contract, ruling 6)."""
    earlier = [r.sequence or 0 for r in receipts if (r.survey_year, r.stream, r.province_code) == manifest.scope]
    if manifest.sequence is not None and manifest.sequence < max(earlier, default=0):
        raise Refused("M-MANIFEST", name, f"sequence {manifest.sequence} < {max(earlier)}")
