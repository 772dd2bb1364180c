"""`jpt intake`: takes deliveries in, whole or not at all, and accounts for every record.

The order of work: land the bytes, split, type and stage batch by batch, join members to households, write parts by
round and province, check the accounting, write the receipt. What happens to an accepted record later (superseded,
conflict, a broken rule) is decided by the run, over all deliveries.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from filelock import FileLock
from pydantic import BaseModel, Field

from jpt_pipeline.intake.container import DATA_SUFFIXES, MANIFEST, Refused, SourceFile, land_delivery, open_landed
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.receipts import MARKS, Container, Receipt, read_receipts, write_receipt
from jpt_pipeline.intake.tokens import read_key
from jpt_pipeline.intake.unit import TABLE_READERS, take_unit
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_text, write_json


@dataclass
class DeliveryReport:
    """What became of one delivery: taken in, already known, or refused with a code and detail."""

    name: str
    status: str
    receipt: Receipt | None = None
    code: str | None = None
    detail: str | None = None
    file_name: str | None = None


class _SaidFile(BaseModel):
    name: str
    sha256: str
    records: int | None = None


class _Said(BaseModel):
    """manifest.json as a sender writes it (contract, section 3)."""

    survey_year: int | None = None
    stream: Literal["jpt", "basic"] | None = None
    province_code: Annotated[str, Field(pattern=r"^[0-9]{2}$", strict=True)] | None = None
    mode: Literal["full", "patch"] = "patch"
    sequence: int | None = None
    files: list[_SaidFile] = []


@dataclass(frozen=True)
class Manifest:
    """A sender's own list of what is delivered: digest of each file -> its number of records, where stated."""

    declared: Declared
    sequence: int | None
    is_full: bool = False
    files: dict[str, int | None] = field(default_factory=dict)


def take_in(
    paths: list[Path],
    settings: Settings,
    declared: Declared | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[str], None] = lambda name: None,
) -> list[DeliveryReport]:
    """Take in deliveries in the given order; loose files households.* and members.* of one folder are one delivery.

    Raises:
        KeyMissing: no token key. OSError: the home cannot be written (disk full): nothing half is kept.
    """
    reports = []
    key = read_key(settings.token_key_file)
    settings.root.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.root / ".lock"):
        for name, group in _grouped(paths):
            progress(name)
            scratch = settings.scratch / "intake"
            shutil.rmtree(scratch, ignore_errors=True)
            try:
                reports.append(_take_one(name, group, settings, declared or Declared(), key, now, scratch))
            except Refused as refused:
                report = DeliveryReport(name, "refused", None, refused.code, refused.detail, refused.file_name)
                _note_refusal(settings, report, now())
                reports.append(report)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return reports


def _grouped(paths: list[Path]) -> Iterator[tuple[str, list[Path]]]:
    """Deliveries among the paths: a loose pair of households.* and members.* in one folder belongs together."""
    done: set[Path] = set()
    for path in paths:
        if path in done:
            continue
        twin = {"households": "members", "members": "households"}.get(_role(path))
        others = [p for p in paths if twin and p.parent == path.parent and _role(p) == twin and p not in done]
        group = [path, *others[:1]]
        done.update(group)
        yield path.name, group


def _role(path: Path) -> str:
    """Name of a file without its suffixes: households.csv.gz is households."""
    return path.name.lower().partition(".")[0]


def _note_refusal(settings: Settings, report: DeliveryReport, at: datetime) -> None:
    entry = {"name": report.name, "file_name": report.file_name, "code": report.code, "detail": report.detail}
    folder = settings.landing / "refused"
    write_json(folder / f"{sha256_text(json.dumps(entry, sort_keys=True))[:16]}.json", entry | {"at": at.isoformat()})


def restage(settings: Settings, progress: Callable[[str], None] = lambda name: None) -> list[Receipt]:
    """Stage all deliveries again from their landed bytes, in their order and with their time of intake.

    Needed when a new version of the software stages differently (StagedByOther); what was delivered does not change.

    Raises:
        KeyMissing: no token key. Refused: landed bytes are not what they were.
    """
    key = read_key(settings.token_key_file)
    scratch = settings.scratch / "intake"
    done = []
    with FileLock(settings.root / ".lock"):
        for old in read_receipts(settings.landing):
            progress(old.name)
            shutil.rmtree(scratch, ignore_errors=True)
            landed = [(container.name, container.sha256) for container in old.containers]
            declared = Declared(old.survey_year, old.stream, old.enumerator_id, old.province_code)
            opened = _open(old.name, landed, settings, declared, scratch)
            wanted = {unit.unit_id for unit in old.units}
            units = [
                take_unit(i, files, settings, opened.manifest.declared, opened.manifest.files, key, scratch)
                for i, files in opened.units.items()
                if i in wanted
            ]
            done.append(old.model_copy(update={"units": units}))
            write_receipt(settings.landing, done[-1])
    shutil.rmtree(scratch, ignore_errors=True)
    return done


@dataclass(frozen=True)
class _Opened:
    """A delivery unpacked: its manifest, and its units by their id."""

    manifest: Manifest
    units: dict[str, list[SourceFile]]


def _open(name: str, landed: list[tuple[str, str]], settings: Settings, declared: Declared, scratch: Path) -> _Opened:
    files = open_landed(landed, settings.landing, scratch)
    manifest = _manifest(files, declared, name)
    # A copy of a file within its delivery (a backup folder) is that file.
    data = list({f.sha256: f for f in reversed(files) if PurePosixPath(f.name).name.lower() != MANIFEST}.values())[::-1]
    if unknown := [file.name for file in data if file.suffix not in DATA_SUFFIXES]:
        raise Refused("F-TYPE", unknown[0])
    if not data:
        raise Refused("F-NORECORDS", name)
    return _Opened(manifest, {_unit_id(unit, manifest.declared): unit for unit in _units(data)})


def _take_one(
    name: str,
    group: list[Path],
    settings: Settings,
    declared: Declared,
    key: bytes,
    now: Callable[[], datetime],
    scratch: Path,
) -> DeliveryReport:
    landed = [entry for path in group for entry in land_delivery(path, settings.landing)]
    opened = _open(name, landed, settings, declared, scratch)
    manifest, units = opened.manifest, opened.units
    receipts = read_receipts(settings.landing)
    fresh = {unit_id: unit for unit_id, unit in units.items() if not _is_known(unit_id, unit, receipts)}
    if not fresh:
        return DeliveryReport(name, "known")
    _check_sequence(manifest, receipts, name)
    stated = manifest.files
    done = [take_unit(i, unit, settings, manifest.declared, stated, key, scratch) for i, unit in fresh.items()]
    receipt = Receipt(
        order_no=max((r.order_no for r in receipts), default=0) + 1,
        delivery_id=sha256_text("|".join(sorted(units)))[:16],
        name=name,
        received_at=now(),
        **vars(manifest.declared),
        sequence=manifest.sequence,
        containers=[Container(name=file_name, sha256=digest) for file_name, digest in landed],
        units=done,
    )
    write_receipt(settings.landing, receipt)
    return DeliveryReport(name, "taken", receipt)


def _units(files: list[SourceFile]) -> Iterator[list[SourceFile]]:
    """Payload files stand alone; all tables of a delivery belong together."""
    tables = [file for file in files if file.suffix in TABLE_READERS]
    yield from ([file] for file in files if file.suffix not in TABLE_READERS)
    if tables:
        yield tables


def _unit_id(files: list[SourceFile], declared: Declared) -> str:
    """Names a unit by its files and what was declared of it."""
    stated = [f"{name}={value}" for name, value in sorted(vars(declared).items()) if value is not None]
    return sha256_text("|".join([*sorted(file.sha256 for file in files), *stated]))[:32]


def _is_known(unit_id: str, files: list[SourceFile], receipts: list[Receipt]) -> bool:
    """Whether a unit was taken in before: the same files, however declared, unless nothing of them could be used then
    (bare households without year, stream and enumerator), and they come again declared otherwise."""
    digests = sorted(file.sha256 for file in files)
    for unit in (unit for receipt in receipts for unit in receipt.units):
        same = sorted(file.file_sha256 for file in unit.files) == digests
        used = any(part.table == MARKS and part.rows_n for part in unit.parts)
        if unit.unit_id == unit_id or (same and used):
            return True
    return False


def _manifest(files: list[SourceFile], declared: Declared, name: str) -> Manifest:
    """The delivery's manifest, merged with the command line. Raises Refused(M-MANIFEST) where they disagree."""
    found = [file for file in files if PurePosixPath(file.name).name.lower() == MANIFEST]
    if not found:
        return Manifest(declared, None)
    if len(found) > 1:
        raise Refused("M-MANIFEST", name, ", ".join(file.name for file in found))
    try:
        said = _Said.model_validate_json(found[0].path.read_bytes())
    except (ValueError, RecursionError):
        raise Refused("M-MANIFEST", name, MANIFEST) from None
    stated = Declared(said.survey_year, said.stream, None, said.province_code)
    listed = {entry.name: (entry.sha256, entry.records) for entry in said.files}
    for option in ("survey_year", "stream", "province_code"):
        mine, theirs = getattr(declared, option), getattr(stated, option)
        if mine is not None and theirs is not None and mine != theirs:
            raise Refused("M-MANIFEST", name, f"{mine} / {theirs}")
    base = PurePosixPath(found[0].name).parent
    present = {f.name.removeprefix(f"{base}/"): f for f in files if f is not found[0]}
    if listed and (wrong := sorted(set(listed) ^ set(present))):
        raise Refused("M-MANIFEST", name, ", ".join(wrong))
    if wrong := sorted(entry for entry, (digest, _) in listed.items() if present[entry].sha256 != digest):
        raise Refused("M-MANIFEST", name, f"sha256: {', '.join(wrong)}")
    merged = replace(
        declared,
        survey_year=declared.survey_year or said.survey_year,
        stream=declared.stream or stated.stream,
        province_code=declared.province_code or stated.province_code,
    )
    return Manifest(merged, said.sequence, said.mode == "full", dict(listed.values()))


def _check_sequence(manifest: Manifest, receipts: list[Receipt], name: str) -> None:
    """A lower sequence after a higher one is refused; so is a full delivery after others: what it lacks would have to be
    retired, and that is decided by people, not here."""
    scope = (manifest.declared.survey_year, manifest.declared.stream, manifest.declared.province_code)
    if manifest.is_full and any((r.survey_year, r.stream, r.province_code) == scope for r in receipts):
        raise Refused("M-MANIFEST", name, "mode full")
    earlier = [r.sequence or 0 for r in receipts if (r.survey_year, r.stream, r.province_code) == scope]
    if manifest.sequence is not None and manifest.sequence < max(earlier, default=0):
        raise Refused("M-MANIFEST", name, f"sequence {manifest.sequence} < {max(earlier)}")
