"""`jpt intake`: takes deliveries in, whole or not at all, and accounts for every record.

The order of work: land the bytes, split, type and stage batch by batch, join members to households, write parts by
round and province, check the accounting, write the receipt. What happens to an accepted record later (superseded,
conflict, a broken rule) is decided by the run, over all deliveries.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock

from jpt_pipeline.codes import load_codes
from jpt_pipeline.intake.container import Holds, Refused, SourceFile, land_delivery, open_landed
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.full import check_full
from jpt_pipeline.intake.limits import load_limits
from jpt_pipeline.intake.manifest import Manifest, check_sequence, is_manifest, read_manifest
from jpt_pipeline.intake.receipts import MARKS, Container, Receipt, UnitReceipt, read_receipts, write_receipt
from jpt_pipeline.intake.recognise import Kind, kind_of
from jpt_pipeline.intake.unit import Terms, take_unit
from jpt_pipeline.intake.workbook_scan import inspect_workbook
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.discreet import discreet
from jpt_pipeline.store.files import private_folder, sha256_text, write_json
from jpt_pipeline.vault import read_key

_THAILAND = timedelta(hours=7)
_BUDDHIST = 543


@dataclass(frozen=True)
class Keys:
    """The keys of a home: of the tokens, and of the vault."""

    token: bytes
    vault: bytes

    @classmethod
    def of(cls, settings: Settings) -> "Keys":
        """Raises KeyMissing."""
        return cls(read_key(settings, "token"), read_key(settings, "vault"))


@dataclass
class DeliveryReport:
    """What became of one delivery: taken in, already known (since when), or refused with a code and detail."""

    name: str
    status: str
    receipt: Receipt | None = None
    code: str | None = None
    detail: str | None = None
    file_name: str | None = None


@dataclass(frozen=True)
class Told:
    """What somebody says along with deliveries: what they are, and what is accepted of them, and why."""

    declared: Declared
    accepted: frozenset[str]
    because: str | None


def hold_codes() -> frozenset[str]:
    """Codes of what is held until somebody accepts it."""
    return frozenset(code for code, found in load_codes().items() if found.action == "hold")


def take_in(
    paths: list[Path],
    settings: Settings,
    declared: Declared | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[str], None] = lambda name: None,
    accepted: Collection[str] = (),
    because: str | None = None,
    moved: Callable[[int], None] = lambda n: None,
) -> list[DeliveryReport]:
    """Take in deliveries in the given order; loose files households.* and members.* of one folder are one delivery.

    Args:
        accepted: codes of holds (`hold_codes`) that do not stop these deliveries, `because` of what.
        progress: told the name of each delivery before it is taken in. moved: told the bytes that were landed since.

    Raises:
        KeyMissing: no key, or another one. OSError: the home cannot be written (disk full): nothing half is kept.
        Withheld: a fault of ours; says where in the code, and nothing of the delivery.
    """
    reports = []
    keys = Keys.of(settings)
    told = Told(declared or Declared(), frozenset(accepted), because)
    settings.root.mkdir(parents=True, exist_ok=True)
    private_folder(settings.scratch)
    with FileLock(settings.root / ".lock"):
        for name, group in _grouped(paths):
            progress(name)
            scratch = settings.scratch / "intake"
            shutil.rmtree(scratch, ignore_errors=True)
            try:
                landed = [entry for path in group for entry in land_delivery(path, settings.landing, moved)]
                with discreet("intake"):
                    reports.append(_take_one(name, landed, settings, told, keys, now, scratch))
            except Refused as refused:
                report = DeliveryReport(name, "refused", None, refused.code, refused.detail, refused.file_name)
                _note_refusal(settings, report, now())
                reports.append(report)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return reports


_TWINS = {"households": "members", "members": "households"}


def _grouped(paths: list[Path]) -> Iterator[tuple[str, list[Path]]]:
    """Deliveries among the paths: a loose pair of households.* and members.* in one folder belongs together."""
    done: set[Path] = set()
    for path in paths:
        if path in done:
            continue
        twin = _TWINS.get(_role(path.name))
        others = [p for p in paths if twin and p.parent == path.parent and _role(p.name) == twin and p not in done]
        group = [path, *others[:1]]
        done.update(group)
        yield path.name, group


def is_loose_table(name: str) -> bool:
    """Whether a file of this name belongs together with one beside it: households.csv with members.csv."""
    return _role(name) in _TWINS


def _role(name: str) -> str:
    """Name of a file without its suffixes: households.csv.gz is households."""
    return name.lower().partition(".")[0]


def _note_refusal(settings: Settings, report: DeliveryReport, at: datetime) -> None:
    entry = {"name": report.name, "file_name": report.file_name, "code": report.code, "detail": report.detail}
    folder = settings.landing / "refused"
    write_json(folder / f"{sha256_text(json.dumps(entry, sort_keys=True))[:16]}.json", entry | {"at": at.isoformat()})


def restage(settings: Settings, progress: Callable[[str], None] = lambda name: None) -> list[Receipt]:
    """Stage all deliveries again from their landed bytes, in their order and with their time of intake.

    Needed when a new version of the software stages differently (StagedByOther); what was delivered does not change, and
    what was taken in is not held now.

    Raises:
        KeyMissing: a key of the home is missing or another one. Refused: landed bytes are not what they were.
    """
    keys = Keys.of(settings)
    scratch = settings.scratch / "intake"
    private_folder(settings.scratch)
    done = []
    with FileLock(settings.root / ".lock"), discreet("intake"):
        for old in read_receipts(settings.landing):
            progress(old.name)
            shutil.rmtree(scratch, ignore_errors=True)
            landed = [(container.name, container.sha256) for container in old.containers]
            declared = Declared(old.survey_year, old.stream, old.enumerator_id, old.province_code)
            opened = _open(old.name, landed, settings, declared, scratch, Holds(hold_codes()))
            wanted = {unit.unit_id for unit in old.units}
            terms = Terms(opened.manifest.declared, old.received_at, keys.token, keys.vault)
            units = [
                take_unit(i, files, settings, terms, opened.manifest.files, scratch)
                for i, files in opened.units.items()
                if i in wanted
            ]
            done.append(old.model_copy(update={"units": units}))
            write_receipt(settings.landing, done[-1])
    shutil.rmtree(scratch, ignore_errors=True)
    return done


@dataclass(frozen=True)
class _Opened:
    """A delivery unpacked: its manifest, its units by their id, and notes (code and place) about its files."""

    manifest: Manifest
    units: dict[str, list[SourceFile]]
    notes: list[str]


def _open(
    name: str, landed: list[tuple[str, str]], settings: Settings, declared: Declared, scratch: Path, holds: Holds
) -> _Opened:
    limits = load_limits(settings.definitions)
    files = open_landed(landed, settings.landing, scratch, limits)
    manifest = read_manifest(files, declared, name)
    # A copy of a file within its delivery (a backup folder) is that file.
    data = list({f.sha256: f for f in reversed(files) if not is_manifest(f)}.values())[::-1]
    if not data:
        raise Refused("F-HEADERONLY", name)
    notes = [note for file in files for note in file.notes]
    kinds = {file: kind_of(file, limits) for file in data}
    for file, kind in kinds.items():
        if file.bytes_n > limits.big_file_bytes:
            holds.stop("F-BIG", file.name, f"{file.bytes_n:,}")
        if kind is Kind.XLSX:
            notes += inspect_workbook(file, holds)
    digests = sorted(file.sha256 for file in data)
    return _Opened(manifest, {_unit_id(unit, manifest, digests): unit for unit in _units(kinds)}, notes)


def _take_one(
    name: str,
    landed: list[tuple[str, str]],
    settings: Settings,
    told: Told,
    keys: Keys,
    now: Callable[[], datetime],
    scratch: Path,
) -> DeliveryReport:
    holds = Holds(told.accepted)
    opened = _open(name, landed, settings, told.declared, scratch, holds)
    manifest, units = opened.manifest, opened.units
    receipts = read_receipts(settings.landing)
    seen = {unit_id: _seen(unit_id, unit, receipts, manifest) for unit_id, unit in units.items()}
    if earlier := [receipt for receipt in seen.values() if receipt]:
        if len(earlier) == len(units):
            return DeliveryReport(name, "known", None, "F-DUPFILE", _day(max(r.received_at for r in earlier)), name)
        opened.notes.extend(
            f"F-DUPFILE {file.name}: {_day(receipt.received_at)}"
            for unit_id, receipt in seen.items()
            if receipt
            for file in units[unit_id]
        )
    check_sequence(manifest, receipts, name)
    fresh = {unit_id: unit for unit_id, unit in units.items() if not seen[unit_id]}
    terms = Terms(manifest.declared, now(), keys.token, keys.vault)
    done = [take_unit(i, unit, settings, terms, manifest.files, scratch) for i, unit in fresh.items()]
    check_full(manifest, done, receipts, settings, holds, name)
    receipt = Receipt(
        order_no=max((r.order_no for r in receipts), default=0) + 1,
        delivery_id=sha256_text("|".join(sorted(units)))[:16],
        name=name,
        received_at=terms.received_at,
        **vars(manifest.declared),
        sequence=manifest.sequence,
        mode=manifest.mode,
        accepted=sorted(holds.used),
        because=told.because if holds.used else None,
        notes=[*opened.notes, *_extra_columns(done)],
        containers=[Container(name=file_name, sha256=digest) for file_name, digest in landed],
        units=done,
    )
    write_receipt(settings.landing, receipt)
    return DeliveryReport(name, "taken", receipt)


def _extra_columns(units: list[UnitReceipt]) -> Iterator[str]:
    for file in (file for unit in units for file in unit.files):
        if file.extra_columns:
            yield f"H-EXTRA {file.file_name}: {', '.join(file.extra_columns)}"


def _day(moment: datetime) -> str:
    """The day of a moment in Thailand, dd/mm/yyyy of the Buddhist era."""
    there = moment.astimezone(UTC) + _THAILAND
    return f"{there:%d/%m}/{there.year + _BUDDHIST}"


def _units(kinds: dict[SourceFile, Kind]) -> Iterator[list[SourceFile]]:
    """Payload files stand alone; all tables of a delivery belong together."""
    yield from ([file] for file, kind in kinds.items() if not kind.is_table)
    if tables := [file for file, kind in kinds.items() if kind.is_table]:
        yield tables


def _unit_id(files: list[SourceFile], manifest: Manifest, delivered: list[str]) -> str:
    """Names a unit by its files and what was declared of it. A full delivery is a statement of its own: its number and
    all its files (`delivered`: their digests) belong to the name."""
    stated = [f"{name}={value}" for name, value in sorted(vars(manifest.declared).items()) if value is not None]
    stated += [f"full={manifest.sequence}", *delivered] if manifest.mode == "full" else []
    return sha256_text("|".join([*sorted(file.sha256 for file in files), *stated]))[:32]


def _seen(unit_id: str, files: list[SourceFile], receipts: list[Receipt], manifest: Manifest) -> Receipt | None:
    """The delivery with which a unit was taken in before: the same files, however declared, unless nothing of them could
    be used then (bare households without year, stream and enumerator), and they come again declared otherwise. A full
    delivery says more than its files do: it is known when it came whole, as one and under the same number."""
    digests = sorted(file.sha256 for file in files)
    for receipt in receipts:
        for unit in receipt.units:
            same = sorted(file.file_sha256 for file in unit.files) == digests and manifest.mode != "full"
            used = any(part.table == MARKS and part.rows_n for part in unit.parts)
            if unit.unit_id == unit_id or (same and used):
                return receipt
    return None
