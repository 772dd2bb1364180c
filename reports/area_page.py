"""The page of one area: everything published about it in one file that opens from disk, prints, and reads aloud.

Put here: which tables and charts stand on it, in which order. Keep out: the tables themselves (they are those of the other
reports), markup (html/). It links to no other page: whether their files are there depends on what was made.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from reports import charts, coverage, economy, failing_rank, maps, population
from reports.cells import count_cell, indicator_counts, indicator_shares, percent_cell, ratio_cell
from reports.counts import AreaIndicator, area_indicators
from reports.drawing import style
from reports.html.blocks import Block, Chart, DataTable, Figures, Section, Text
from reports.html.page import HIDDEN_TH, Status, page, write_page
from reports.labels import NOBODY_TH, OWN_LAYOUT_TH, labels
from reports.numbers import HIDDEN, count_text, mean_text, percent_text
from reports.order import Order
from reports.release import Release
from reports.tables import HIDDEN_CELL, Band, Cell, Column, Hidden, Table, cell_text
from reports.words import words

NAME, TITLE_TH = "area-page", "หน้าข้อมูลของพื้นที่ (HTML)"
WORST_N = 10
ALL_PASSED_TH = "ผ่านครบทุกตัวชี้วัดที่มีข้อมูล"
PYRAMID = charts.Size(118, 104, 9)
CERTIFIED_TH = {True: "รับรองแล้ว", False: "ยังไม่รับรอง"}
MAPPED_TH = "แผนที่ระบายตามชั้นของตัวเลขจริงก่อนปัดเศษ ตัวเลขของทุกพื้นที่อยู่ในตารางเปรียบเทียบ"
FULLY_TH = "ตัวชี้วัดที่ผ่านครบ = ทุกคนหรือทุกครัวเรือนที่เข้าข่ายผ่าน; ผู้ที่ไม่มีข้อมูลให้นับไม่อยู่ในตัวหาร"


def make(order: Order) -> list[Path]:
    """Write the page.

    Raises:
        reports.release.ReleaseError: the release lacks the area or was changed.
        jpt_pipeline.store.lake.NotSealed: the home's boundaries are not those that were registered.
    """
    heads = labels(order.release, order.level, order.area_code)
    with style():
        blocks = list(_blocks(order))
    html = page(
        f"ข้อมูล จปฐ. {heads.area}",
        [*heads.lines(), OWN_LAYOUT_TH],
        blocks,
        order.thai_digits,
        Status(" ".join(heads.status[: 1 if heads.certified else 2]), heads.certified),
    )
    return [write_page(order.path(NAME, ".html"), html)]


def _blocks(order: Order) -> Iterator[Block]:
    release, at = order.release, (order.level, order.area_code)
    indicators, mapped = area_indicators(release, *at), maps.shown(release, *at)
    ranked = failing_rank.ranked(release, *at, release.instrument.targets)
    yield Figures(_figures(release, *at, indicators))
    yield Section("ตัวชี้วัดที่ควรแก้ไขก่อน", "worst")
    yield from _worst(release, ranked)
    if len(mapped.codes) > 1:
        yield Section("แผนที่", "maps")
        yield from _maps(order, mapped, ranked[0])
    yield Section("ตัวชี้วัดตามหมวด", "indicators")
    yield DataTable(indicator_table(release, *at, indicators), bars={"passed_percent": "good"}, row_head=1)
    yield Section("เปรียบเทียบพื้นที่", "areas")
    for beside, codes in _beside(release, *at, mapped):
        table = area_table(release, beside, codes)
        yield DataTable(table, bars={"surveyed_of_target_percent": "plain"}, row_head=1)
    yield Section("ประชากร", "population")
    people = population.people(release, *at)
    yield Chart(charts.pyramid(people.bands, PYRAMID, order.thai_digits), "พีระมิดประชากร", _people_alt(people))
    yield DataTable(population.band_table(people), sortable=False, bars={"both_percent": "plain"})
    yield Section("รายได้ รายจ่าย และเงินคงเหลือ", "economy")
    own, then = economy.economy(release, *at), economy.economy_before(order)
    yield DataTable(economy.own_table(own, then, order.before), sortable=False, bars={"share_percent": "plain"})
    yield Section("ความครอบคลุมเทียบทะเบียนเป้าหมาย", "coverage")
    yield DataTable(coverage.own_table(coverage.coverage(release, *at)), sortable=False, bars={"percent": "plain"})


def _worst(release: Release, ranked: list[AreaIndicator]) -> Iterator[Block]:
    """The first of the ranking that somebody failed; in words where there is none, and how many are hidden."""
    worst = [one for one in ranked if one.counted.failed_n][:WORST_N]
    if worst:
        table = failing_rank.rank_table(worst, release.instrument.targets)
        yield DataTable(table, bars={"failed_percent": "bad"}, row_head=2)
    else:
        yield Text(ALL_PASSED_TH if any(one.counted.surveyed_n for one in ranked) else NOBODY_TH)
    hidden_n = sum(one.is_hidden for one in ranked)
    if hidden_n:
        yield Text(f"{HIDDEN} {HIDDEN_TH}: {hidden_n} ตัวชี้วัดไม่อยู่ในลำดับ", "note")


def _figures(
    release: Release, level: str, area_code: str, indicators: list[AreaIndicator]
) -> list[tuple[str, str, str]]:
    """Key figures; averages are sum over sum, in whole baht a person and year."""
    covered, sums = release.coverage(level, area_code), economy.economy(release, level, area_code)
    people = population.people(release, level, area_code)
    surveyed, target = covered["surveyed_n"], covered["target_n"]
    of_target = f"ร้อยละ {percent_text(surveyed, target)} ของเป้าหมายในทะเบียน {count_text(target)}"
    sexes = " · ".join(f"{name} {count_text(people.of_sex(sex))}" for sex, name in words().sexes.items())
    passed = cell_text(fully_passed(indicators), "count")
    means = [
        (mean_text(total, sums.persons_n), name, "บาทต่อคนต่อปี")
        for total, name in (
            (sums.side(economy.INCOME), "รายได้เฉลี่ย"),
            (sums.side(economy.EXPENSE), "รายจ่ายเฉลี่ย"),
            (sums.remains, "คงเหลือเฉลี่ย"),
        )
    ]
    return [
        (count_text(surveyed), "ครัวเรือนที่สำรวจ", of_target),
        (count_text(sums.persons_n), "คน", sexes),
        (f"{passed} / {len(indicators)}", "ตัวชี้วัดที่ผ่านครบ", "ทุกคนหรือทุกครัวเรือนที่เข้าข่าย"),
        *means,
    ]


def fully_passed(indicators: list[AreaIndicator]) -> Cell:
    """Indicators that not one failed; hidden as soon as one of them is."""
    marks = [one.mark for one in indicators]
    return HIDDEN_CELL if "hidden" in marks else marks.count("passed")


def indicator_table(release: Release, level: str, area_code: str, indicators: list[AreaIndicator]) -> Table:
    """All indicators by dimension, with the share passed in the area above."""
    columns = [
        Column("ข้อ", "count", 6, "indicator_no"),
        Column("ตัวชี้วัด", "text", 70, "indicator"),
        Column("หน่วย", "text", 10, "unit"),
        Column("สำรวจ", "count", 12, "surveyed_n"),
        Column("ผ่าน", "count", 12, "passed_n"),
        Column("ไม่ผ่าน", "count", 12, "failed_n"),
        Column("ร้อยละที่ผ่าน", "percent", 12, "passed_percent"),
    ]
    above = release.parent(level, area_code)
    beside = area_indicators(release, *above) if above and release.has(*above) else None
    if above and beside:
        columns.append(Column(f"ร้อยละที่ผ่านของ {release.area_name(*above)}", "percent", 16, "above_passed_percent"))
    names = {one.number: f"หมวดที่ {one.number} {one.name_th}" for one in release.instrument.dimensions}
    rows: list[list[Cell] | Band] = []
    opened = None
    for place, one in enumerate(indicators):
        if one.dimension_no != opened:
            opened = one.dimension_no
            rows.append(Band(names[opened]))
        cells: list[Cell] = [
            one.counted.number,
            one.name_th,
            one.unit_th,
            *indicator_counts(one),
            indicator_shares(one)[0],
        ]
        rows.append([*cells, indicator_shares(beside[place])[0]] if beside else cells)
    return Table("ตัวชี้วัด", "ตัวชี้วัดทั้งหมดตามหมวด", columns, rows, 2)


def _beside(release: Release, level: str, area_code: str, mapped: maps.Shown) -> list[tuple[str, list[str]]]:
    """(level, codes) of the areas to compare: those below, by the chain and by the map; of a leaf, its sisters."""
    found = []
    children = release.children(level, area_code)
    if not children.empty:
        found.append((str(children["level"].iloc[0]), list(children["area_code"])))
    if (mapped.level, list(mapped.codes)) not in found:
        found.append((mapped.level, list(mapped.codes)))
    return found


def area_table(release: Release, level: str, codes: list[str]) -> Table:
    """Areas of one level side by side: households against the register, persons, indicators, income, certificate."""
    columns = [
        Column("รหัส", "text", 12, "area_code"),
        Column("พื้นที่", "text", 36, "area"),
        Column("ครัวเรือนเป้าหมาย", "count", 12, "target_n"),
        Column("ครัวเรือนที่สำรวจ", "count", 12, "surveyed_n"),
        Column("สำรวจ ร้อยละของเป้าหมาย", "percent", 12, "surveyed_of_target_percent"),
        Column("คน", "count", 12, "persons_n"),
        Column("ตัวชี้วัดที่ผ่านครบ", "count", 12, "fully_passed_n"),
        Column("รายได้เฉลี่ย (บาท/คน/ปี)", "baht", 14, "income_per_person_baht"),
        Column("คงเหลือเฉลี่ย (บาท/คน/ปี)", "baht", 14, "remains_per_person_baht"),
        Column("การรับรอง", "text", 20, "certification"),
    ]
    title = f"เปรียบเทียบ{words().levels[level].name_th}"
    return Table(title[:31], title, columns, [_area_row(release, level, code) for code in codes], 2, FULLY_TH)


def _area_row(release: Release, level: str, code: str) -> list[Cell]:
    counts, sums = coverage.coverage(release, level, code), economy.economy(release, level, code)
    return [
        code,
        sums.name,
        count_cell(counts.target_n),
        count_cell(counts.surveyed_n),
        percent_cell(counts.surveyed_n, counts.target_n),
        count_cell(sums.persons_n),
        fully_passed(area_indicators(release, level, code)),
        ratio_cell(sums.side(economy.INCOME), sums.persons_n),
        ratio_cell(sums.remains, sums.persons_n),
        _state(release, level, code),
    ]


def _state(release: Release, level: str, code: str) -> str:
    """Certified or not, and by which area's certificate where it is not its own."""
    found = release.certification(level, code)
    is_own = (found.level, found.area_code) == (level, code)
    holder = "" if is_own or not found.certified else f"ในชั้น {release.area_name(found.level, found.area_code)}"
    return f"{CERTIFIED_TH[found.certified]}{holder}"


def _maps(order: Order, areas: maps.Shown, worst: AreaIndicator) -> Iterator[Block]:
    """Maps of the indicator that most fail, of coverage, and of the certificates where the mapped level has its own."""
    release = order.release
    scales = maps.map_style()
    if worst.counted.failed_n:
        number = worst.counted.number
        passed = {code: _share(area_indicators(release, areas.level, code), number) for code in areas.codes}
        yield _map(order, areas, passed, scales.scale("passed"), f"ตัวชี้วัดที่ {number} {worst.name_th}")
    covered = {code: release.coverage(areas.level, code) for code in areas.codes}
    shares = {code: percent_cell(row["surveyed_n"], row["target_n"]) for code, row in covered.items()}
    yield _map(order, areas, shares, scales.scale("coverage"), "ครัวเรือนที่สำรวจเทียบทะเบียนเป้าหมาย")
    found = {code: release.certification(areas.level, code) for code in areas.codes}
    if all((one.level, one.area_code) == (areas.level, code) for code, one in found.items()):
        states: dict[str, Cell] = {code: Fraction(one.certified) for code, one in found.items()}
        yield _map(order, areas, states, scales.scale("certified"), "การรับรองข้อมูล")
    yield Text(MAPPED_TH, "note")


def _share(indicators: list[AreaIndicator], number: int) -> Cell:
    return next(indicator_shares(one)[0] for one in indicators if one.counted.number == number)


def _map(order: Order, areas: maps.Shown, cells: Mapping[str, Cell], scale: maps.Scale, caption: str) -> Chart:
    values = {code: cell for code, cell in cells.items() if cell is None or isinstance(cell, Fraction | Hidden)}
    told = [
        f"{order.release.area_name(areas.level, code)} {maps.figure_text(value, scale)}"
        for code, value in values.items()
    ]
    return Chart(maps.map_svg(order, areas, values, scale), caption, "; ".join(told))


def _people_alt(people: population.People) -> str:
    sexes = [f"{name} {count_text(people.of_sex(sex))} คน" for sex, name in words().sexes.items()]
    return f"{' '.join(sexes)} ตัวเลขทุกกลุ่มอายุอยู่ในตารางถัดไป"
