"""Tables as sealed files: what may be read, and when a file counts as made from the same inputs."""

import json

import duckdb
import pytest

from jpt_pipeline.store.lake import GateFailed, Lake, NotSealed, Part, Verdict

PART = Part(2561, "38")
ROWS = "SELECT * FROM (VALUES (1, 'ก'), (2, 'ข')) t(n, word) ORDER BY n"


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "it's a lake")


def write(lake, query=ROWS, passed=True, table="stage__table", part=PART, fingerprint="f1"):
    def check(connection, source):
        yield Verdict("check", passed, 0 if passed else 1, "words", () if passed else ("#1",))

    with duckdb.connect() as connection:
        return lake.write(
            connection, table, part, query, fingerprint=fingerprint, inputs={"b": "2", "a": "1"}, checks=[check]
        )


def files(lake):
    return sorted(path.name for path in lake.path("stage__table", PART).parent.iterdir())


def test_what_is_written_can_be_read(lake):
    seal = write(lake)
    assert (seal.rows_n, seal.part, list(seal.inputs)) == (2, "2561/38", ["a", "b"])
    assert duckdb.execute("FROM read_parquet(?)", [lake.sealed("stage__table", PART)]).fetchall()[0][:2] == (1, "ก")
    assert lake.seal("stage__table", PART) == seal
    assert files(lake) == ["part.parquet", "seal.json"]


def test_partitions_lie_in_their_folders(lake):
    assert lake.path("t", PART).relative_to(lake.root).as_posix() == "t/survey_year=2561/province=38/part.parquet"
    assert lake.path("t", Part(2561)).relative_to(lake.root).as_posix() == "t/survey_year=2561/part.parquet"
    assert lake.path("t", Part(None)).relative_to(lake.root).as_posix() == "t/part.parquet"


def test_parts_are_those_with_a_seal_in_order_and_without_the_nation(lake):
    for code in ("39", "10", "38"):
        write(lake, part=Part(2561, code))
    write(lake, part=Part(2561))
    write(lake, part=Part(2563, "11"))
    lake.unseal(["stage__table"], Part(2561, "10"))
    assert lake.parts("stage__table", 2561) == [Part(2561, "38"), Part(2561, "39")]


def test_a_failed_check_closes_the_gate_and_keeps_the_rows_aside(lake):
    write(lake)
    with pytest.raises(GateFailed, match=r"stage__table 2561/38 .*check: words \(1 rows, e\.g\. #1\)"):
        write(lake, "SELECT 3 AS n, 'ค' AS word", passed=False)
    assert files(lake) == ["rejected.parquet"]
    with pytest.raises(NotSealed):
        lake.sealed("stage__table", PART)
    write(lake)
    assert files(lake) == ["part.parquet", "seal.json"]


def test_a_query_that_fails_changes_nothing(lake):
    seal = write(lake)
    with pytest.raises(duckdb.Error):
        write(lake, "SELECT nothing FROM nowhere")
    assert lake.seal("stage__table", PART) == seal
    assert files(lake) == ["part.parquet", "seal.json"]


def test_a_kill_between_file_and_seal_leaves_nothing_to_read(lake, monkeypatch):
    write(lake)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("jpt_pipeline.store.lake.write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        write(lake, "SELECT 3 AS n, 'ค' AS word")
    with pytest.raises(NotSealed):
        lake.sealed("stage__table", PART)


def test_without_seal_without_file_or_with_a_failed_verdict_nothing_is_read(lake):
    with pytest.raises(NotSealed, match="no seal"):
        lake.sealed("stage__table", PART)
    write(lake)
    seal_path = lake.seal_path("stage__table", PART)
    content = json.loads(seal_path.read_text())
    content["verdicts"][0]["passed"] = False
    seal_path.write_text(json.dumps(content))
    with pytest.raises(NotSealed, match="did not pass"):
        lake.sealed("stage__table", PART)
    lake.path("stage__table", PART).unlink()
    with pytest.raises(NotSealed, match="no seal"):
        lake.sealed("stage__table", PART)


def test_every_single_flipped_byte_is_noticed(lake):
    write(lake)
    path = lake.path("stage__table", PART)
    content = path.read_bytes()
    for place in range(0, len(content), 17):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(NotSealed, match="not the file"):
            Lake(lake.root).sealed("stage__table", PART)
    path.write_bytes(content)
    assert Lake(lake.root).sealed("stage__table", PART)


def test_a_file_is_current_only_for_its_fingerprint_and_its_bytes(lake):
    write(lake, fingerprint="f1")
    assert lake.is_current("stage__table", PART, "f1")
    assert not lake.is_current("stage__table", PART, "f2")
    assert not lake.is_current("stage__table", Part(2561, "39"), "f1")
    with lake.path("stage__table", PART).open("ab") as stream:
        stream.write(b"x")
    assert not Lake(lake.root).is_current("stage__table", PART, "f1")


def test_unsealing_what_has_no_seal_is_fine(lake):
    write(lake)
    lake.unseal(["stage__table", "stage__other"], PART)
    lake.unseal(["stage__table"], PART)
    with pytest.raises(NotSealed):
        lake.seal("stage__table", PART)
