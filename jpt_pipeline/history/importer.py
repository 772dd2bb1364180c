"""`register published`: files of published sheets become rows of two sealed tables of the lake, or are refused.

Put here: the order of events (keep the bytes, read, settle against what is stored, seal) and what replaces what.
Keep out: formats, headings, arithmetic. The same file again changes nothing; another file of the same year and province
replaces it, and its bytes stay in landing/published.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from jpt_pipeline.areas.official import province_names
from jpt_pipeline.history.figures import Sheet
from jpt_pipeline.history.layout import Given, Source, read_sheets
from jpt_pipeline.history.report import FileReport, Notice, Places, Tie, where_is
from jpt_pipeline.history.sheets import Unreadable, read_book
from jpt_pipeline.history.spec import SheetSpec, load_sheet_spec
from jpt_pipeline.history.tables import load, store, stored_years
from jpt_pipeline.history.ties import ARITHMETIC, judge
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import keep_bytes
from jpt_pipeline.store.lake import Lake, NotSealed
from jpt_pipeline.store.session import session


def register_published(
    paths: Sequence[Path],
    settings: Settings,
    survey_year: int | None = None,
    province: str | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> list[FileReport]:
    """Import files in the order given; one report a file, and a refused file changes nothing.

    survey_year (B.E.) and province (code or name) are those of the files, where these do not say; a file that says
    another one is refused, and a province belongs to a single file. The tables are written once, at the end.
    """
    spec, names = load_sheet_spec(settings.definitions), province_names()
    code = None if province is None else _code_of(province, spec, names)
    if province is not None and (code is None or len(paths) > 1):
        return [_refused(path.name, Unreadable("H-PUBPROVINCE", province)) for path in paths]
    settings.root.mkdir(parents=True, exist_ok=True)
    lake = Lake(settings.lake)
    with FileLock(settings.root / ".lock"), session(settings) as connection:
        try:
            held = Held([sheet for year in stored_years(lake) for sheet in load(connection, lake, year)])
        except NotSealed as error:
            return [_refused(path.name, Unreadable("F-PUBLAKE", str(error))) for path in paths]
        reports = []
        for path in paths:
            progress(path.name)
            reports.append(_import(path, settings, spec, names, Given(survey_year, code), held))
        for year in sorted({*held.touched, *(y for report in reports for y in report.survey_years)}):
            store(connection, lake, year, [sheet for sheet in held.sheets if sheet.survey_year == year], spec, names)
    return reports


def _code_of(province: str, spec: SheetSpec, names: dict[str, str]) -> str | None:
    """Code of a province that is given by code or by name."""
    return province if province in names else spec.province_code(province, {name: code for code, name in names.items()})


def _import(
    path: Path, settings: Settings, spec: SheetSpec, names: dict[str, str], given: Given, held: "Held"
) -> FileReport:
    """Read one file and settle its sheets against those held."""
    digest = None
    try:
        content = _bytes(path, spec)
        digest = keep_bytes(content, settings.landing / "published")
        book = read_book(content, spec.limits)
        source = Source(digest, path.name, {name: code for code, name in names.items()})
        sheets, passed = read_sheets(book, spec, given, source)
        told = Places(path.name)
        taken, is_changed = held.take(sheets, told)
    except Unreadable as error:
        return _refused(path.name, error, digest)
    for label in passed.grids:
        told.add("J-PUBSKIP", ตาราง=label)
    for label, row_no in passed.rows:
        told.add("J-PUBROW", ตาราง=label, แถว=row_no)
    checked: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for sheet in sheets:
        judged = judge(sheet, spec, names)
        checked += judged.checked
        failed.update(found.rule_id for found in judged.findings)
        for found in judged.findings:
            told.finding(sheet, found)
    return FileReport(
        file_name=path.name,
        status="stored" if is_changed else "unchanged",
        file_sha256=digest,
        format=book.format,
        encoding=book.encoding,
        survey_years=tuple(sorted({sheet.survey_year for sheet in sheets})),
        sheets_n=len(sheets),
        rows_n=sum(len(sheet.figures) for sheet in sheets),
        stored_n=sum(len(sheet.figures) for sheet in taken),
        ties={code: Tie(checked[code], failed[code]) for code in ARITHMETIC},
        notices=told.notices(),
    )


def _bytes(path: Path, spec: SheetSpec) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(spec.limits.bytes + 1)
    except OSError as error:
        raise Unreadable("F-PUBOPEN", error.strerror) from None
    if len(content) > spec.limits.bytes:
        raise Unreadable("F-PUBLIMIT")
    return content


def _refused(file_name: str, error: Unreadable, digest: str | None = None) -> FileReport:
    told = Places(file_name)
    told.add(error.code, error.detail)
    notices: tuple[Notice, ...] = told.notices()
    return FileReport(file_name=file_name, status="refused", file_sha256=digest, notices=notices)


class Held:
    """The sheets of all years, and how those of one more file join them."""

    def __init__(self, sheets: list[Sheet]):
        self.sheets = sheets
        self.touched: set[int] = set()

    def take(self, sheets: list[Sheet], told: Places) -> tuple[list[Sheet], bool]:
        """Join the sheets of one file; gives those that are held from it now, and whether anything changed.

        Raises:
            Unreadable: two sheets of the file are of the same year and province and differ.
        """
        single = self._single(sheets, told)
        mine = [sheet for sheet in self.sheets if sheet.file_sha256 == sheets[0].file_sha256]
        others = {sheet.scope: sheet for sheet in self.sheets if sheet.file_sha256 != sheets[0].file_sha256}
        known = {sheet.content: sheet for sheet in others.values() if not sheet.is_empty}
        taken: list[Sheet] = []
        for sheet in single:
            twin, before = known.get(sheet.content), others.get(sheet.scope)
            same_place = (sheet.survey_year, sheet.province_code)
            if before is None and twin and (twin.survey_year, twin.province_code) == same_place:
                before = twin
            if before and before.content == sheet.content:
                told.add("K-PUBTWICE", before.file_name, **where_is(sheet))
                continue
            if twin:
                told.add("J-PUBSAME", " ".join(map(str, where_is(twin).values())), **where_is(sheet))
            known |= {} if sheet.is_empty else {sheet.content: sheet}
            if before:
                told.add("K-PUBREPLACE", before.file_name, **where_is(sheet))
                others.pop(sheet.scope)
            taken.append(sheet)
        gone = {sheet.scope for sheet in mine} - {sheet.scope for sheet in taken}
        for sheet in mine:
            if sheet.scope in gone:
                told.add("K-PUBMOVED", " ".join(map(str, where_is(sheet).values())))
        after = [*others.values(), *(self._as_before(sheet, mine) for sheet in taken)]
        is_changed = set(map(_identity, after)) != set(map(_identity, self.sheets))
        self.touched |= {sheet.survey_year for sheet in mine if sheet.scope in gone}
        self.sheets = after
        return taken, is_changed

    @staticmethod
    def _single(sheets: list[Sheet], told: Places) -> list[Sheet]:
        """The sheets of a file, each year and province once."""
        single: dict[tuple[int, str], Sheet] = {}
        for sheet in sheets:
            first = single.setdefault(sheet.scope, sheet)
            if first is sheet:
                continue
            if first.content != sheet.content:
                raise Unreadable("F-PUBTWO", f"ปี {sheet.survey_year} {sheet.province_name}")
            told.add("K-PUBTWICE", told.file_name, **where_is(sheet))
        return list(single.values())

    @staticmethod
    def _as_before(sheet: Sheet, mine: list[Sheet]) -> Sheet:
        """The sheet as it is held already, so that the same bytes under another name change nothing."""
        return next((held for held in mine if _identity(held) == _identity(sheet)), sheet)


def _identity(sheet: Sheet) -> tuple[object, ...]:
    return (*sheet.scope, sheet.file_sha256, sheet.sheet_no, sheet.figures, sheet.sheet_name)
