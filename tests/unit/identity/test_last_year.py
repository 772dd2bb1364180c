"""Last year's content: villages and files above 95 percent are struck, and only their equal households."""

from pathlib import Path

import duckdb
import pytest

from jpt_pipeline.identity.last_year import earlier_digests, earlier_parts, find_last_year, struck_query
from jpt_pipeline.identity.spec import load_last_year
from jpt_pipeline.intake.receipts import FORMS, MARKS, STAGING_VERSION, Container, PartFile, Receipt, UnitReceipt
from jpt_pipeline.store.files import sha256_file
from jpt_pipeline.store.lake import NotSealed, Part

YEAR = 2561
HERE = Part(YEAR, "38")


class Rounds:
    """A lake with staged deliveries of earlier years, and this year's households in a table."""

    def __init__(self, root: Path):
        self.lake, self.receipts = root, list[Receipt]()
        self.db = duckdb.connect()
        self.db.execute(
            "CREATE TABLE households (hh BIGINT, stream VARCHAR, village_code VARCHAR, household_id VARCHAR, "
            "delivery_id VARCHAR, file_sha256 VARCHAR, answers_sha256 VARCHAR)"
        )

    def earlier(self, homes: list[tuple[str, int, str]], year: int = YEAR - 1, province: str = "38") -> None:
        """A delivery of an earlier year: (village, household, content) each."""
        number = len(self.receipts) + 1
        self.db.execute(
            "CREATE OR REPLACE TABLE staged (village_code VARCHAR, household_id VARCHAR, answers_sha256 VARCHAR)"
        )
        if homes:
            self.db.executemany("INSERT INTO staged VALUES (?, ?, ?)", [(v, str(h), c) for v, h, c in homes])
        parts = []
        for table, columns in ((FORMS, "village_code, household_id"), (MARKS, "answers_sha256")):
            path = self.lake / table / f"{number}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.db.execute(f"COPY (SELECT rowid AS form, {columns} FROM staged) TO '{path}'")
            parts.append(PartFile(
                table=table, survey_year=year, province_code=province, path=str(path.relative_to(self.lake)),
                sha256=sha256_file(path), rows_n=len(homes),
            ))  # fmt: skip
        unit = UnitReceipt(unit_id=f"u{number}", staging_version=STAGING_VERSION, stream="jpt", files=[], parts=parts)
        fields = dict.fromkeys(Receipt.model_fields) | {
            "order_no": number, "delivery_id": f"d{number}", "name": "", "received_at": "2017-03-01T00:00:00Z",
            "containers": [Container(name="", sha256="")], "units": [unit],
        }  # fmt: skip
        known = {name: value for name, value in fields.items() if value is not None or name in _NULLABLE}
        self.receipts.append(Receipt.model_validate(known))

    def now(self, homes: list[tuple[str, int, str]], file: str = "f") -> "Rounds":
        first = self.db.execute("SELECT count(*) FROM households").fetchall()[0][0]
        rows = [(first + n, "jpt", v, str(h), "d", file, c) for n, (v, h, c) in enumerate(homes)]
        self.db.executemany("INSERT INTO households VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        return self

    def struck(self) -> list[tuple[str, str]]:
        find_last_year(self.db, "households", self.receipts, self.lake, [HERE])
        query = struck_query("households", load_last_year())
        return self.db.execute(
            f"SELECT village_code, household_id FROM households WHERE hh IN ({query}) ORDER BY hh"
        ).fetchall()


_NULLABLE = {
    name for name, field in Receipt.model_fields.items() if type(None) in getattr(field.annotation, "__args__", ())
}


def homes(village: int, count: int, equal: int, first: int = 1) -> list[tuple[str, int, str]]:
    """Households of a village, the first `equal` of them as they were last year."""
    code = f"3801{village:04d}"
    return [(code, n, f"content {n}" if n < first + equal else f"new {n}") for n in range(first, first + count)]


@pytest.fixture
def rounds(tmp_path: Path) -> Rounds:
    return Rounds(tmp_path)


def last_year(villages: int = 3, count: int = 100) -> list[tuple[str, int, str]]:
    return [home for village in range(1, villages + 1) for home in homes(village, count, count)]


@pytest.mark.parametrize(("count", "equal", "struck"), [
    (100, 100, 100),  # a full bleed
    (100, 96, 96),
    (100, 95, 0),  # exactly 95 percent
    (100, 40, 0),
    (20, 19, 0),  # 95 percent of 20
    (21, 20, 20),  # 95.2 percent
    (1, 1, 1),
])  # fmt: skip
def test_a_village_above_95_percent_is_struck(rounds, count, equal, struck):
    rounds.earlier(last_year())
    rounds.now(homes(1, count, equal)).now(homes(2, 100, 0), "g")
    found = rounds.struck()
    assert found == [("38010001", str(n)) for n in range(1, struck + 1)], (
        "only the equal ones, and only of that village"
    )


def test_a_file_that_bleeds_spread_over_villages_is_struck(rounds):
    """No village is above the threshold, the file of 30 households is."""
    rounds.earlier(last_year())
    for village in (1, 2, 3):
        rounds.now(homes(village, 10, 10), "old").now(homes(village, 10, 0, first=50), "new")
    assert len(rounds.struck()) == 30


def test_a_small_file_says_nothing(rounds):
    rounds.earlier(last_year())
    for village in (1, 2, 3):
        rounds.now(homes(village, 6, 6), "old").now(homes(village, 10, 0, first=50), "new")
    assert rounds.struck() == []


def test_the_same_content_elsewhere_or_of_another_house_is_not_equal(rounds):
    rounds.earlier(last_year(villages=1))
    rounds.now(homes(2, 100, 100))
    rounds.now([("38010001", n + 1, f"content {n}") for n in range(1, 100)], "g")
    assert rounds.struck() == []


def test_any_revision_of_last_year_counts(rounds):
    rounds.earlier(homes(1, 30, 0))
    rounds.earlier(homes(1, 30, 30))
    assert len(rounds.now(homes(1, 30, 30)).struck()) == 30


def test_the_latest_earlier_year_with_deliveries_is_compared(rounds):
    """2559 is the nearest; 2562 comes later; 2560 was delivered for another province only."""
    rounds.earlier(homes(1, 30, 30), year=2558)
    rounds.earlier(homes(1, 30, 0), year=2559)
    rounds.earlier(homes(1, 30, 30), year=2560, province="39")
    rounds.earlier(homes(1, 30, 30), year=2562)
    assert earlier_parts(rounds.receipts, [HERE]) == [Part(2559, "38")]
    assert rounds.now(homes(1, 30, 30)).struck() == []


def test_old_codes_of_villages_are_looked_up_in_their_old_province(rounds):
    rounds.earlier(homes(1, 30, 30), province="43")
    assert earlier_parts(rounds.receipts, [HERE, Part(YEAR, "43")]) == [Part(YEAR - 1, "38"), Part(YEAR - 1, "43")]


def test_without_an_earlier_year_nothing_is_struck(rounds):
    assert earlier_parts(rounds.receipts, [HERE]) == []
    assert rounds.now(homes(1, 30, 30)).struck() == []


def test_the_earlier_files_are_inputs_and_must_be_what_was_taken_in(rounds):
    rounds.earlier(last_year())
    digests = earlier_digests(rounds.receipts, [HERE])
    assert sorted(path.split("/")[0] for path in digests) == [FORMS, MARKS]
    (rounds.lake / next(iter(digests))).write_bytes(b"other")
    with pytest.raises(NotSealed):
        rounds.struck()
