"""`jpt correct`: takes a file of corrections, whole or not at all.

The order of work: read, check each row by itself, hold it against the households as they are now (judge.py), keep the
bytes, write the rows, write the receipt. Figures change when the provinces run next.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from jpt_pipeline.corrections import stored
from jpt_pipeline.corrections.check import well_formed
from jpt_pipeline.corrections.files import CorrectionFile, read_file
from jpt_pipeline.corrections.models import CorrectionsRefused, Refusal
from jpt_pipeline.returns.judge import Judged, hold_against_present
from jpt_pipeline.settings import Settings
from jpt_pipeline.vault import read_key

NO_RULE = "-"


@dataclass(frozen=True)
class CorrectionReport:
    """What became of a file: taken, checked (dry run), known, or refused with reasons.

    changes_n: rows that change a value; already_n: rows whose new value stands there already; counts: (rule or '-',
    column) -> changes (a cell that two broken rules read counts at both); parts: (round, province) to run again.
    """

    name: str
    status: str
    file_sha256: str | None = None
    file_no: int | None = None
    kind: str | None = None
    rows_n: int = 0
    changes_n: int = 0
    already_n: int = 0
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    parts: tuple[tuple[int, str], ...] = ()
    refusals: tuple[Refusal, ...] = ()
    remarks: tuple[str, ...] = ()


def take_corrections(
    path: Path,
    settings: Settings,
    is_dry_run: bool = False,
    survey_year: int | None = None,
    area_code: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> CorrectionReport:
    """Take one correction file or filled-in return slip; the same file again changes nothing.

    Args:
        is_dry_run: look only; nothing is written.
        survey_year, area_code: refuse a file with rows of another round, or from outside of this area.

    Raises:
        KeyMissing: no token key. NotSealed: no register, or a delivered file is not what was taken in.
    """
    key = read_key(settings, "token")
    try:
        content = path.read_bytes()
    except OSError as error:
        return CorrectionReport(path.name, "refused", refusals=(Refusal("C-FILE", detail=error.strerror),))
    digest = hashlib.sha256(content).hexdigest()
    report = CorrectionReport(path.name, "checked", digest)
    with FileLock(settings.root / ".lock"):
        known = next((r for r in stored.read_receipts(settings) if r.file_sha256 == digest), None)
        if known is not None:
            places = tuple((part.survey_year, part.province_code) for part in known.parts)
            return replace(report, status="known", file_no=known.file_no, rows_n=known.rows_n, parts=places)
        try:
            file = read_file(content, key)
            judged = _judged(file, settings, survey_year, area_code)
        except CorrectionsRefused as refused:
            return replace(report, status="refused", refusals=tuple(refused.refusals))
        report = _counted(report, file, judged)
        if is_dry_run:
            return report
        rows = [one.correction for one in judged]
        receipt = stored.store(settings, content, digest, path.name, file.kind, now(), rows)
        return replace(report, status="taken", file_no=receipt.file_no)


def _judged(
    file: CorrectionFile, settings: Settings, survey_year: int | None, area_code: str | None
) -> Sequence[Judged]:
    """Every row with what it does. Raises CorrectionsRefused with all that stands against the file."""
    corrections, refusals = well_formed(file, settings)
    wrong = [one for one in corrections if survey_year not in (None, one.cell.household.survey_year)]
    refusals += [Refusal("C-SCOPE", one.row_no) for one in wrong]
    judged, more = hold_against_present([one for one in corrections if one not in wrong], settings, area_code)
    if refusals or more:
        raise CorrectionsRefused([*refusals, *more])
    return judged


def _counted(report: CorrectionReport, file: CorrectionFile, judged: Sequence[Judged]) -> CorrectionReport:
    changes = [one for one in judged if one.outcome == "applied"]
    counts = Counter(
        (rule, one.correction.cell.column) for one in changes for rule in (one.correction.rule_ids or (NO_RULE,))
    )
    return replace(
        report,
        kind=file.kind,
        rows_n=len(judged),
        changes_n=len(changes),
        already_n=len(judged) - len(changes),
        counts=dict(sorted(counts.items())),
        parts=tuple(sorted({one.part for one in judged})),
        remarks=tuple(file.remarks),
    )
