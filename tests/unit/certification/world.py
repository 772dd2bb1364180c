"""A small country in tables, for tests of certification: two districts of province 38 and one of 39.

Province 38: district 3801 has LAOs L1 (villages 38010101, 38010202) and L2 (38010103), and tambons 380101 (38010101,
38010103) and 380102, so that LAO and tambon cross. District 3802 has LAO L3 with one village. Province 39: L4, one.
Every village has 10 target households, 9 surveyed, 1 refused, and a hash tree over 9 leaves; levels above are summed
here, not by the engine.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.certification.gates import Rules
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.hashtree.merkle import leaf_hash, root
from jpt_pipeline.ledger import Committee
from jpt_pipeline.rounds import Round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import make_keys

YEAR = 2561
STREAM = "jpt"
GATES = ["coverage_complete", "answers_complete", "totals_tie_out", "evidence_complete", "findings_decided"]
VILLAGES = [
    # village, tambon, lao, district, province
    ("38010101", "380101", "L1", "3801", "38"),
    ("38010202", "380102", "L1", "3801", "38"),
    ("38010103", "380101", "L2", "3801", "38"),
    ("38020101", "380201", "L3", "3802", "38"),
    ("39010101", "390101", "L4", "3901", "39"),
]
TABLES = ("areas", "indicators", "population", "economy", "coverage")
HOUSEHOLDS_N = 9
COMMITTEE = Committee(
    order_no="12/2560", members_n=20, present_n=15, meeting_date=date(2018, 3, 15), place="ศาลากลาง", by="พัฒนากร"
)
RULES = Rules(incomplete=("REQ-1",), blocking=("J-PERSON",), provinces_expected=("38", "39"))
NOON = datetime(2018, 3, 20, 5, 0, tzinfo=UTC)


def clock(day: datetime = NOON) -> Any:
    return lambda: day


def make_round(levels: Sequence[str] = ("lao", "district", "province", "nation"), **more: Any) -> Round:
    """A round of stream jpt that asks these levels; `more` replaces fields, e.g. amendments."""
    chain = []
    for number, level in enumerate(levels):
        gates = [*GATES, *(["children_certified"] if number else []), *(["all_provinces"] if level == "nation" else [])]
        basis = {
            "level": "letter",
            "form_no": "letter",
            "due_date": "letter",
            "committee": "unknown",
            "gates": "project",
        }
        due = date(2018, 3, 20 + number)
        chain.append({"level": level, "form_no": str(number + 1), "due_date": due, "gates": gates, "basis": basis})
    fields: dict[str, Any] = {
        "survey_year": YEAR,
        "title_th": "รอบทดสอบ",
        "instrument": "plan12",
        "instrument_basis": "confirmed",
        "collecting": {"basis": "unknown"},
        "streams": [{"key": STREAM, "name_th": "จปฐ.", "chain": chain, "basis": "letter"}],
        "excluded_provinces": tuple(code for code in province_codes() if code not in ("38", "39")),
        "progress": {"rhythm": "unknown", "basis": "unknown"},
        "sources": [],
    }
    return Round.model_validate(fields | more)


_START: list[tuple[str, str, pa.Table]] = []  # the tables of a new world: name, DDL, rows; computed once per process
_SEALED: dict[str, Path] = {}  # the lake of a new world, sealed once per process


class World:
    """The tables in memory (`sql`), written to the lake of a home by `write`."""

    def __init__(self, home: Path, threads: int = 2):
        self.settings = Settings(home=home, threads=threads)
        make_keys(self.settings, keys_inside=True)
        self.lake = Lake(self.settings.lake)
        self.db = duckdb.connect(":memory:", config={"threads": 1})
        if not _START:
            self._compute()
            tables = self.sql("SELECT table_name, sql FROM duckdb_tables()")
            _START.extend((name, ddl, self.db.execute(f"FROM {name}").to_arrow_table()) for name, ddl in tables)
            return
        for name, ddl, rows in _START:
            self.db.execute(ddl)
            self.db.register("start_rows", rows)
            self.db.execute(f"INSERT INTO {name} FROM start_rows")
            self.db.unregister("start_rows")

    def _compute(self) -> None:
        """The tables as they are in the beginning."""
        for table in TABLES:
            self.db.execute(load_dictionary().ddl(f"rollups__{table}"))
        self.db.execute(load_dictionary().ddl("households__findings"))
        self.db.execute(load_dictionary().ddl("certification__trees"))
        names = ("village", "tambon", "district", "province", "lao")
        columns = ", ".join(f"{name}_code VARCHAR, {name}_name VARCHAR" for name in names)
        self.db.execute(
            f"CREATE TABLE register ({columns}, lao_type VARCHAR, stream VARCHAR, valid_from BIGINT, valid_to BIGINT)"
        )
        for village, tambon, lao, district, province in VILLAGES:
            self.sql(
                "INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'อบต.', 'jpt', NULL, NULL)",
                village, village, tambon, tambon, district, district, province, province, lao, lao,
            )  # fmt: skip
            self.add_village(village)
        self.sum_up()

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(statement, list(values)).fetchall()

    def plant(self, village: str, *households: str) -> None:
        """The hash tree of a village, over leaves that are made up."""
        tree = root([leaf_hash(f"{village} {household}".encode()) for household in households])
        self.sql("DELETE FROM certification__trees WHERE village_code = ?", village)
        size = len(households)
        self.sql(
            "INSERT INTO certification__trees VALUES (?, 'jpt', ?, ?, ?, ?)", YEAR, village, size, size, tree.hex()
        )

    def add_village(self, village: str) -> None:
        """Figures of one village: indicator 1 counts persons, 2 households."""
        self.plant(village, *(str(number) for number in range(HOUSEHOLDS_N)))
        area = "?, 'jpt', 'village', ?"
        self.sql(f"INSERT INTO rollups__indicators VALUES ({area}, 1, 'persons', 20, 18, 2, 9, 1, 0)", YEAR, village)
        self.sql(f"INSERT INTO rollups__indicators VALUES ({area}, 2, 'households', 9, 8, 1, 9, 1, 0)", YEAR, village)
        self.sql(f"INSERT INTO rollups__population VALUES ({area}, '1', '0-4', 12)", YEAR, village)
        self.sql(f"INSERT INTO rollups__population VALUES ({area}, '2', '100+', 13)", YEAR, village)
        self.sql(
            f"INSERT INTO rollups__economy VALUES ({area}, 9, 25, 900, 90, 9, 1, 1000, 100, 200, 50, 50, 400)",
            YEAR,
            village,
        )
        self.sql(
            f"INSERT INTO rollups__coverage VALUES ({area}, 10, 9, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2)", YEAR, village
        )

    def sum_up(self) -> None:
        """Make all levels above the village anew."""
        for table in TABLES:
            self.sql(f"DELETE FROM rollups__{table} WHERE level <> 'village'")
        self.sql("DELETE FROM rollups__areas")
        parents = {"village": "lao_code", "tambon": "district_code", "lao": "district_code"}
        parents |= {"district": "province_code", "province": "'TH'", "nation": "NULL"}
        for level, parent in parents.items():
            code = "'TH'" if level == "nation" else f"{level}_code"
            row = f"{YEAR}, 'jpt', '{level}', {code}, {code}, {parent}"
            self.sql(f"INSERT INTO rollups__areas SELECT DISTINCT {row} FROM register")
            if level == "village":
                continue
            for table in TABLES[1:]:
                definition = load_dictionary().tables[f"rollups__{table}"]
                keys = [key for key in definition.keys if key not in ("survey_year", "stream", "level", "area_code")]
                keys += ["unit"] if table == "indicators" else []
                measures = [name for name in definition.columns if name not in (*definition.keys, "unit")]
                chosen = ", ".join(key if key in keys else f"sum({key})" for key in definition.columns[4:])
                assert set(definition.columns[4:]) == {*keys, *measures}
                self.sql(
                    f"INSERT INTO rollups__{table} SELECT {YEAR}, 'jpt', '{level}', {code}, {chosen} "
                    f"FROM rollups__{table} r JOIN register g ON g.village_code = r.area_code "
                    "WHERE r.level = 'village' GROUP BY ALL"
                )

    def write(self, *, order: str = "ALL", nation: bool = True) -> None:
        """Seal all tables in the lake, rows in some order."""
        keyed = "SELECT 'village' AS level, village_code AS area_code, province_code FROM register"
        for level in ("tambon", "lao", "district", "province"):
            keyed += f" UNION SELECT '{level}', {level}_code, province_code FROM register"
        for province in sorted({row[0] for row in self.sql("SELECT province_code FROM register")}):
            for table in TABLES:
                query = (
                    f"SELECT t.* FROM rollups__{table} t JOIN ({keyed}) k USING (level, area_code) "
                    f"WHERE k.province_code = '{province}' ORDER BY {order}"
                )
                self._seal(f"rollups__{table}", Part(YEAR, province), query)
            findings = f"SELECT * FROM households__findings WHERE village_code LIKE '{province}%'"
            self._seal("households__findings", Part(YEAR, province), findings)
            trees = f"SELECT * FROM certification__trees WHERE village_code LIKE '{province}%'"
            self._seal("certification__trees", Part(YEAR, province), trees)
        for table in TABLES if nation else ():
            self._seal(f"rollups__{table}", Part(YEAR), f"SELECT * FROM rollups__{table} WHERE level = 'nation'")
        self._seal("register__areas", Part(0), "SELECT * FROM register")

    def finding(self, village: str, household: str, rule: str) -> None:
        self.sql(
            "INSERT INTO households__findings VALUES (?, 'jpt', ?, ?, ?, 'error', NULL)", YEAR, village, household, rule
        )

    def move(self, village: str) -> None:
        """A correction: one household of the village now passes indicator 2."""
        self.sql(
            "UPDATE rollups__indicators SET passed_n = passed_n + 1, failed_n = failed_n - 1, "
            "households_failed_n = households_failed_n - 1 WHERE indicator_no = 2 AND area_code = ?",
            village,
        )
        self.sum_up()
        self.write()

    @contextmanager
    def session(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with session(self.settings) as connection:
            yield connection

    def _seal(self, table: str, part: Part, query: str) -> None:
        self.lake.write(self.db, table, part, query, fingerprint="test", inputs={})


def make_world(home: Path, *, write: bool = True) -> World:
    """A world whose tables are sealed in the lake."""
    world = World(home)
    if not write:
        return world
    if "lake" not in _SEALED:
        world.write()
        _SEALED["lake"] = Path(tempfile.mkdtemp(prefix="jpt-world-")) / "lake"
        shutil.copytree(world.settings.lake, _SEALED["lake"])
        atexit.register(shutil.rmtree, _SEALED["lake"].parent, ignore_errors=True)
    else:
        shutil.copytree(_SEALED["lake"], world.settings.lake, dirs_exist_ok=True)
    return world
