"""Rows of households__clean come from the staged files by position: the same rows, the same bytes, however delivered."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jpt_pipeline.households import wide
from jpt_pipeline.instruments import load_instrument, roster_columns
from jpt_pipeline.store.parquet import write_parquet
from jpt_pipeline.store.session import make_table
from tests.unit.intake.country import YEAR, Home, household, ndjson

INSTRUMENT = load_instrument("plan12")
PLACES = "delivery_id, file_sha256, record_no, byte_start, byte_end"
COUNT = 300


def staged() -> pa.Table:
    """Households as intake stages them: rare texts, missing texts, and answers of which the files have two only."""
    numbers = range(COUNT)
    texts = {"evidence_photo": "present", "evidence_signature": "signed", "a2911": "1"}
    return pa.table(
        {
            "form": pa.array(numbers, pa.int64()),
            "submitted_at": pa.array([n * 10**6 for n in numbers], pa.timestamp("us")),
            "survey_date": pa.array(numbers, pa.date32()),
            "satisfaction": pa.array([n % 6 or None for n in numbers], pa.int64()),
            "enumerator_id": [f"ผู้เก็บ {n // 50}" if n % 3 else None for n in numbers],
            "a1111": [None if n % 5 == 0 else str(n % 7) if n != 123 else "หายาก" for n in numbers],
        }
        | {name: pa.array([value] * COUNT) for name, value in texts.items()}
    )


def opened(connection: duckdb.DuckDBPyConnection, files: list[Path], corrected: pa.Table | None = None) -> None:
    """What wide_rows needs: every household of the files counts but every eleventh, hh runs against their numbers."""
    numbers = np.arange(COUNT)
    none = pa.nulls(COUNT, pa.int64())
    texts = {"stream": "jpt", "village_code": "38010101"}
    records = {name: pa.array([value] * COUNT) for name, value in texts.items()}
    records |= {"intake_no": pa.array(numbers), "household_id": pa.array([f"{n:011d}" for n in numbers])}
    records |= {"survey_year": pa.array([YEAR] * COUNT), "revision": pa.array([1] * COUNT), "record_no": none}
    records |= {"byte_start": none, "byte_end": none, "content_sha256": pa.array([f"{n:064x}" for n in numbers])}
    make_table(connection, "records", pa.table(records))
    judged = {"intake_no": numbers, "hh": COUNT - numbers, "is_quarantined": numbers % 11 == 0}
    make_table(connection, "judged", pa.table(judged))
    counts = {name: pa.array(numbers % 9, pa.uint16()) for name in roster_columns(INSTRUMENT)}
    make_table(connection, "rosters", pa.table({"hh": COUNT - numbers, **counts}))
    area = {"stream": "jpt", "village_code": "38010101", "tambon_code": "380101", "lao_code": "1"}
    area |= {"district_code": "3801", "province_code": "38"}
    make_table(connection, "villages", pa.Table.from_pylist([area]))
    source = {"unit_no": 0, "file_no": 1, "delivery_id": "d", "file_sha256": "f" * 64, "source_no": 0}
    make_table(connection, "record_files", pa.Table.from_pylist([source]))
    listed = ", ".join(f"'{path}'" for path in files)
    connection.execute(
        "CREATE TEMP VIEW forms_rows AS SELECT 0 AS unit_no, 1 AS file_no, form, CAST(file_index AS BIGINT) AS path_no, "
        f"file_row_number AS row_no FROM read_parquet([{listed}], union_by_name = true)"
    )
    changed = staged().slice(0, 0) if corrected is None else corrected
    missing = [name for name in wide.answer_columns(INSTRUMENT) if name not in changed.column_names]
    for name in missing:
        changed = changed.append_column(name, pa.nulls(changed.num_rows, pa.string()))
    make_table(connection, "answers_amended", changed.append_column("intake_no", changed["form"]))
    connection.execute("CREATE TEMP TABLE corrected AS SELECT intake_no FROM answers_amended")


def written(folder: Path, pieces: list[pa.Table], corrected: pa.Table | None = None) -> Path:
    """The table that is made of these staged files."""
    folder.mkdir()
    files = [folder / f"{number}.parquet" for number in range(len(pieces))]
    for path, piece in zip(files, pieces, strict=True):
        pq.write_table(piece, path, row_group_size=23)
    with duckdb.connect() as connection:
        opened(connection, files, corrected)
        write_parquet(connection, wide.wide_rows(connection, INSTRUMENT, files), folder / "clean.parquet")
    return folder / "clean.parquet"


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(wide, "GROUP_ROWS", 64)


@pytest.mark.usefixtures("small_groups")
def test_the_rows_stand_in_the_order_of_hh_with_their_own_values(tmp_path):
    table = pq.read_table(written(tmp_path / "a", [staged()]))
    wanted = staged().to_pylist()
    kept = [n for n in reversed(range(COUNT)) if n % 11]
    assert table["hh"].to_pylist() == [COUNT - n for n in kept]
    for name in ("submitted_at", "survey_date", "satisfaction", "enumerator_id", "evidence_photo", "a1111", "a2911"):
        assert table[name].to_pylist() == [wanted[n][name] for n in kept], name
    assert set(table["a1121"].to_pylist()) == {None}
    assert pq.read_metadata(tmp_path / "a" / "clean.parquet").num_row_groups == 5


@pytest.mark.usefixtures("small_groups")
def test_rows_out_of_order_in_two_deliveries_give_the_same_bytes(tmp_path):
    shuffled = staged().take(np.random.default_rng(7).permutation(COUNT))
    alone = written(tmp_path / "one", [staged()])
    parts = written(tmp_path / "two", [shuffled.slice(170), shuffled.slice(0, 170)])
    assert parts.read_bytes() == alone.read_bytes()


@pytest.mark.usefixtures("small_groups")
def test_corrected_rows_take_the_place_of_the_delivered_ones(tmp_path):
    rows = staged().to_pylist()
    for number in (5, 6, 200, 299):
        rows[number] |= {"a1111": f"แก้ {number}", "satisfaction": None}
    mended = pa.Table.from_pylist(rows, staged().schema)
    corrected = mended.take([299, 200, 6, 5])
    found = written(tmp_path / "corrected", [staged().slice(100), staged().slice(0, 100)], corrected)
    table, wanted = pq.read_table(found), pq.read_table(written(tmp_path / "mended", [mended]))
    assert table.drop("is_corrected").equals(wanted.drop("is_corrected"))
    assert table["hh"].filter(table["is_corrected"]).to_pylist() == [1, 100, 294, 295]


def test_nobody_counts(tmp_path):
    path = written(tmp_path / "none", [staged().slice(0, 1)])
    assert pq.read_table(path).num_rows == 0


def test_two_deliveries_out_of_order_make_the_households_of_one_in_order(tmp_path):
    """Through the whole stage; only the places where the records lie differ."""
    homes = [household(n, village=f"3801010{1 + n % 2}", a2911=str(n % 2)) for n in range(1, 7)]
    homes.sort(key=lambda one: (one["village_code"], one["household_id"]))
    one = Home(tmp_path / "one").registers()
    one.take_bytes("all.ndjson", ndjson(homes))
    two = Home(tmp_path / "two").registers()
    two.take_bytes("late.ndjson", ndjson(homes[:2:-1]))
    two.take_bytes("rest.ndjson", ndjson(homes[2::-1]))
    for made in (one, two):
        made.households()
    for table, places in (("households__clean", f"* EXCLUDE ({PLACES})"), ("households__members", "*")):
        rows = [made.rows(table, places.replace("*", "* EXCLUDE (person_token)") if table.endswith("members") else places)
                for made in (one, two)]  # fmt: skip
        assert rows[0] == rows[1], table
        assert rows[0]
