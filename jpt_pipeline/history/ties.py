"""Does a published sheet tie out? Arithmetic and completeness, row by row; what does not is a finding, never repaired.

Put here: the checks, as functions of the stored figures alone. Keep out: reading, storing, words. Whole numbers only: a
percentage is compared in hundredths, an order by exact fractions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from jpt_pipeline.history.figures import Figure, Sheet
from jpt_pipeline.history.spec import SheetSpec
from jpt_pipeline.history.values import printed

ARITHMETIC = ("J-PUBPCT", "J-PUBZERO", "J-PUBBELOW", "J-PUBRANK")
SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """What does not tie out, where: row and indicator (None: the whole sheet), as printed and as computed."""

    rule_id: str
    row_no: int | None = None
    indicator_no: int | None = None
    printed: str | None = None
    computed: str | None = None


@dataclass(frozen=True)
class Judgement:
    """Findings of a sheet, and to how many rows each arithmetic check applied."""

    findings: list[Finding] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)


def judge(sheet: Sheet, spec: SheetSpec, names: Mapping[str, str]) -> Judgement:
    """Check one sheet; names are the official ones by province code."""
    made = Judgement(findings=[*_whole(sheet, spec, names)])
    for figure in sheet.figures:
        made.findings.extend(_cells(figure))
        for rule_id, wrong in _row(figure):
            made.checked[rule_id] += 1
            made.findings.extend([wrong] if wrong else [])
    for rule_id, wrong in _order(sheet):
        made.checked[rule_id] += 1
        made.findings.extend([wrong] if wrong else [])
    return made


def percent_passed(passed_n: int, surveyed_n: int) -> int:
    """Hundredths of a percent, ROUND_HALF_UP (the rule of the published sheets)."""
    return (20_000 * passed_n + surveyed_n) // (2 * surveyed_n)


def _whole(sheet: Sheet, spec: SheetSpec, names: Mapping[str, str]) -> Iterator[Finding]:
    if sheet.province_code is None:
        yield Finding("J-PUBAREA", printed=sheet.province_name)
    elif sheet.province_name and spec.bare_name(sheet.province_name) != names[sheet.province_code]:
        yield Finding("J-PUBNAME", printed=sheet.province_name, computed=names[sheet.province_code])
    if sheet.is_empty:
        yield Finding("J-PUBEMPTY")
    seen: set[int] = set()
    for figure in sheet.figures:
        if figure.indicator_no in seen:
            yield Finding("J-PUBTWIN", figure.row_no, figure.indicator_no)
        seen.add(figure.indicator_no)
    missing = [number for number in range(1, max(seen, default=0)) if number not in seen]
    if missing:
        shown = ", ".join(map(str, missing[:SHOWN])) + (" …" if len(missing) > SHOWN else "")
        yield Finding("J-PUBGAP", computed=shown)


def _cells(figure: Figure) -> Iterator[Finding]:
    """Cells that were no number, and percentages with more decimals than a sheet prints."""
    for cell in figure.raw_cells:
        name = cell.partition("=")[0]
        rule_id = "J-PUBCELL" if getattr(figure, name) is None else "J-PUBDIGITS"
        yield Finding(rule_id, figure.row_no, figure.indicator_no, cell)


def _row(figure: Figure) -> Iterator[tuple[str, Finding | None]]:
    """The checks that apply to a row, each with what is wrong. 100.00 with failures is right when it is rounded so."""
    surveyed_n, pct = figure.surveyed_n, figure.passed_pct
    where = (figure.row_no, figure.indicator_no)
    if surveyed_n == 0:
        yield "J-PUBZERO", None if pct is None else Finding("J-PUBZERO", *where, printed(pct), printed(None))
    elif surveyed_n and pct is not None and figure.passed_n is not None:
        right = percent_passed(figure.passed_n, surveyed_n)
        wrong = Finding("J-PUBPCT", *where, printed(pct), printed(right))
        yield "J-PUBPCT", None if pct == right else wrong
    if figure.target_pct is not None and figure.below_target_pct is not None and (pct is not None or surveyed_n == 0):
        right = figure.target_pct - (pct or 0)
        wrong = Finding("J-PUBBELOW", *where, printed(figure.below_target_pct), printed(right))
        yield "J-PUBBELOW", None if figure.below_target_pct == right else wrong


def _order(sheet: Sheet) -> Iterator[tuple[str, Finding | None]]:
    """Target - passed %, unrounded, falls from rank to rank; a zero denominator lacks its whole target; ties are free."""
    keyed = [(f.rank_no, _below(f), f) for f in sheet.figures if f.rank_no is not None]
    before: tuple[int, Fraction] | None = None
    for rank_no, below, figure in sorted(
        ((rank, below, figure) for rank, below, figure in keyed if below is not None), key=lambda found: found[0]
    ):
        wrong = None
        if before and below > before[1] and rank_no > before[0]:
            wrong = Finding("J-PUBRANK", figure.row_no, figure.indicator_no, str(rank_no), f"{float(below):.6f}")
        yield "J-PUBRANK", wrong
        before = (rank_no, below)


def _below(figure: Figure) -> Fraction | None:
    """Target - passed in percent, exactly; None where a number is missing."""
    surveyed_n = figure.surveyed_n
    if surveyed_n is None or figure.passed_n is None or figure.target_pct is None:
        return None
    target = Fraction(figure.target_pct, 100)
    return target - Fraction(100 * figure.passed_n, surveyed_n) if surveyed_n else target
