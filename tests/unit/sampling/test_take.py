"""Taking a filled form: agreement, non-contacts, replacements, the verdict, and every way in which a form is refused."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from jpt_pipeline.ledger import SampleResult, only
from jpt_pipeline.reinterview.stored import SAMPLES
from jpt_pipeline.sampling.items import load_questions
from jpt_pipeline.sampling.words import Refused
from jpt_pipeline.store.lake import Lake
from tests.unit.sampling.world import Field

CONTACT = load_questions().contact.th


def codes(error: Refused) -> list[str]:
    return [reason.split(" ", 1)[0] for reason in error.reasons]


def refused(drawn_once: Field, tmp_path: Path, **options: object) -> list[str]:
    """Why a form is refused; the home stays as it is."""
    field = replace(drawn_once, folder=tmp_path)
    assert field.sample is not None
    with pytest.raises(Refused) as error:
        field.take(field.fill(field.sample, **options))  # type: ignore[arg-type]
    assert only(field.entries, SampleResult) == []
    return list(error.value.reasons)


def test_a_sample_that_agrees_everywhere_confirms(drawn: Field) -> None:
    taken = drawn.take(drawn.fill(drawn.sample))
    result = taken.result
    assert (result.examined_n, result.agreed_n, result.not_reached_n, result.replaced_n) == (18, 18, 0, 0)
    assert (result.observed, result.verdict, result.further_n) == ("100.00", "ยืนยันแล้ว", 0)
    assert float(result.lower_bound) >= 90
    assert taken.standing.verdict is not None and taken.standing.verdict.outcome == "pass"
    assert all(one.differing_n == 0 for one in taken.items.values())
    with pytest.raises(Refused, match="RI-DONE ตัวเลขชุดนี้มีผลแล้ว \\(ยืนยันแล้ว\\)"):
        drawn.draw()


def test_a_miss_of_a_critical_item_counts_and_one_of_another_item_does_not(drawn: Field) -> None:
    sample = drawn.sample
    income = 5 if sample.lines[1].answers["income"] == 1 else 1
    taken = drawn.take(drawn.fill(sample, answers={1: {"roster": 9}, 2: {"income": income}}))
    assert (taken.result.examined_n, taken.result.agreed_n) == (18, 17)
    assert (taken.result.differing["roster"], taken.result.differing["income"]) == (1, 1)
    roster = taken.items["roster"]
    assert (roster.compared_n, roster.gross, roster.net) == (18, Fraction(1, 18), Fraction(8, 18))


def test_a_household_that_does_not_exist_is_a_miss_and_needs_no_further_answer(drawn: Field) -> None:
    gone = dict.fromkeys(drawn.sample.lines[0].answers) | {"i8": None, "i20": None, "i22": None, "exists": 2}
    taken = drawn.take(drawn.fill(drawn.sample, answers={1: gone}))
    assert (taken.result.examined_n, taken.result.agreed_n) == (18, 17)


def test_an_undecided_sample_says_how_many_more_and_a_further_draw_decides(drawn: Field) -> None:
    first = drawn.sample
    taken = drawn.take(drawn.fill(first, answers={3: {"roster": 7}}))
    assert taken.result.observed == "94.44"
    assert taken.result.verdict == f"ยังไม่พอยืนยัน: อีก {taken.result.further_n} ครัวเรือน"
    second = drawn.draw()
    assert second.is_new and second.entry.size_n == taken.result.further_n
    assert second.entry.beacon == first.entry.beacon
    earlier = {line.household_id for line in first.lines}
    assert not earlier & {line.household_id for line in second.lines}
    done = drawn.take(drawn.fill(second, name="second.xlsx"))
    assert done.result.verdict == "ยืนยันแล้ว"
    assert (done.standing.examined_n, done.standing.agreed_n) == (18 + second.entry.size_n, 17 + second.entry.size_n)


def test_too_many_misses_fail(drawn: Field) -> None:
    taken = drawn.take(drawn.fill(drawn.sample, answers={n: {"roster": 7} for n in (1, 2)}))
    assert (taken.result.observed, taken.result.verdict) == ("88.89", "ต่ำกว่าเกณฑ์")


def test_the_same_form_again_changes_nothing_and_a_mended_one_stands_from_then_on(drawn: Field) -> None:
    sample = drawn.sample
    path = drawn.fill(sample, answers={n: {"roster": 7} for n in (1, 2)})
    first, again = drawn.take(path), drawn.take(path)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.result == first.result
    mended = drawn.take(drawn.fill(sample, name="mended.xlsx"))
    assert (mended.standing.examined_n, mended.standing.agreed_n) == (18, 18)
    assert len(only(drawn.entries, SampleResult)) == 2
    kept = {path.name for path in (drawn.settings.landing / "samples").iterdir()}
    assert kept == {result.file_sha256 for result in only(drawn.entries, SampleResult)}


def test_households_not_reached_are_counted_and_replaced_in_order(drawn: Field) -> None:
    sample = drawn.sample
    taken = drawn.take(drawn.fill(sample, not_reached=(2, 5), used=(19, 20)))
    assert (taken.result.examined_n, taken.result.not_reached_n, taken.result.replaced_n) == (18, 2, 2)
    part = sample.part
    import duckdb

    path = Lake(drawn.settings.lake).sealed(SAMPLES, part)
    found = duckdb.execute("SELECT found, count(*) FROM read_parquet(?) GROUP BY 1 ORDER BY 1", [path]).fetchall()
    assert found == [("agrees", 18), ("not_reached", 2), ("unused", 7)]


def test_a_replacement_that_is_not_reached_itself_lets_in_the_next(drawn: Field) -> None:
    taken = drawn.take(drawn.fill(drawn.sample, not_reached=(2, 19), used=(20,)))
    assert (taken.result.examined_n, taken.result.not_reached_n, taken.result.replaced_n) == (18, 2, 2)


def test_without_replacements_fewer_are_examined(drawn: Field) -> None:
    taken = drawn.take(drawn.fill(drawn.sample, not_reached=(1, 2, 3)))
    assert (taken.result.examined_n, taken.result.not_reached_n) == (15, 3)
    assert taken.result.verdict.startswith("ยังไม่พอยืนยัน")


def test_replacements_out_of_order_or_without_need_are_refused(drawn_once: Field, tmp_path: Path) -> None:
    assert refused(drawn_once, tmp_path, not_reached=(1,), used=(20,)) == [
        "RI-ORDER แถว 23: ใช้ครัวเรือนสำรองข้ามลำดับ - ใช้ลำดับ 19 ก่อน"
    ]
    assert refused(drawn_once, tmp_path, not_reached=(1,), used=(19, 20)) == [
        "RI-SPARE อำเภอ 3801 ใช้ครัวเรือนสำรอง 2 ครัวเรือน แต่ไม่พบเพียง 1 ครัวเรือน"
    ]


def test_thai_digits_and_columns_in_another_order_are_read_and_extra_columns_told(drawn: Field) -> None:
    def thai(rows):
        for row in rows:
            for name in row:
                row[name] = (
                    row[name].translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")) if name != "รหัสหมู่บ้าน" else row[name]
                )
            row["หมายเหตุ"] = "ฝนตก"

    taken = drawn.take(drawn.fill(drawn.sample, change=thai, extra=("หมายเหตุ",)))
    assert taken.result.agreed_n == 18
    assert taken.remarks == ["RI-EXTRA คอลัมน์ที่ 21 ไม่อยู่ในแบบ จึงไม่ได้ใช้"]


def put(number: int, column: str, text: str):
    """Change one cell of the row with this number in the form."""

    def change(rows):
        rows[number - 1][next(name for name in rows[0] if column in name)] = text

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put(1, "ผลการติดต่อ", ""), "RI-BLANK แถว 4 คอลัมน์ “ผลการติดต่อ”: ยังไม่ได้กรอก"),
        (put(1, "ผลการติดต่อ", "พบ"), "RI-VALUE แถว 4 คอลัมน์ “ผลการติดต่อ”: ค่าที่ใช้ได้คือ 1 สัมภาษณ์ได้"),
        (put(2, "จำนวนสมาชิก", ""), "RI-BLANK แถว 5 คอลัมน์ “จำนวนสมาชิกในครัวเรือน (คน)”"),
        (put(2, "จำนวนสมาชิก", "1.5"), "RI-VALUE แถว 5 คอลัมน์ “จำนวนสมาชิกในครัวเรือน (คน)”: ค่าที่ใช้ได้คือ 0-99"),
        (put(2, "จำนวนสมาชิก", "-1"), "RI-VALUE แถว 5"),
        (put(2, "จำนวนสมาชิก", "9" * 30), "RI-VALUE แถว 5"),
        (put(3, "รหัสผู้สัมภาษณ์", ""), "RI-BLANK แถว 6"),
        (put(3, "รหัสผู้สัมภาษณ์", "e1"), "RI-SAME แถว 6: ผู้สัมภาษณ์ซ้ำต้องไม่ใช่ผู้จัดเก็บเดิม"),
        (put(3, "ผลการติดต่อ", "2"), "RI-NOTREACHED แถว 6"),
        (put(3, "รหัสประจำบ้าน", "38010009999"), "RI-ROW แถว 6"),
        (put(3, "ลำดับ", "99"), "RI-ROW แถว 6"),
        (put(3, "ลำดับ", "2"), "RI-ROW แถว 6"),
        (lambda rows: rows.pop(4), "RI-ROWGONE ไม่มีแถวของลำดับ 5"),
        (lambda rows: rows.insert(5, rows[4]), "RI-ROWTWICE แถว 9: ลำดับ 5"),
    ],
)  # fmt: skip
def test_a_wrong_cell_refuses_the_form_with_its_row(drawn_once: Field, tmp_path: Path, change, told: str) -> None:
    reasons = refused(drawn_once, tmp_path, change=change)
    assert any(reason.startswith(told) for reason in reasons), reasons


def test_every_fault_is_told_at_once(drawn_once: Field, tmp_path: Path) -> None:
    def spoil(rows):
        put(1, "ผลการติดต่อ", "")(rows)
        put(2, "จำนวนสมาชิก", "x")(rows)

    assert [reason.split()[0] for reason in refused(drawn_once, tmp_path, change=spoil)] == ["RI-BLANK", "RI-VALUE"]


@pytest.mark.parametrize(("content", "code"), [(b"", "RI-FILE"), (b"hello", "RI-FILE"), (b"PK\x03\x04x", "RI-FILE")])
def test_what_is_no_workbook_is_refused(drawn: Field, content: bytes, code: str) -> None:
    path = drawn.folder / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(Refused) as error:
        drawn.take(path)
    assert codes(error.value) == [code]


def test_a_form_of_another_home_and_another_workbook_are_refused(drawn: Field) -> None:
    sample = drawn.sample
    path = drawn.fill(sample)
    for entry in drawn.settings.ledger.glob("*"):
        entry.unlink()
    with pytest.raises(Refused, match="RI-SAMPLE"):
        drawn.take(path)
    import xlsxwriter

    other = drawn.folder / "other.xlsx"
    with xlsxwriter.Workbook(other) as book:
        book.add_worksheet("x").write_string(0, 0, "y")
    with pytest.raises(Refused, match="RI-FORM"):
        drawn.take(other)


def test_no_message_quotes_what_was_typed(drawn_once: Field, tmp_path: Path) -> None:
    def secret(rows):
        for name in rows[0]:
            rows[0][name] = "สมชาย 1100000000001"

    assert "สมชาย" not in "".join(refused(drawn_once, tmp_path, change=secret))
