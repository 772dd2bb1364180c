"""The meter: what pieces take, pieces within pieces, and a journal that outlives a kill."""

import os
from pathlib import Path

import pytest

from jpt_pipeline.benchmark.meter import Cost, Meter, machine
from jpt_pipeline.store.watch import watched, watching


def work() -> int:
    return sum(range(200_000))


def test_a_piece_within_a_piece_is_taken_off_the_outer_one(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "journal.jsonl")
    with meter.piece("outer"):
        block = bytearray(64 << 20)
        with meter.piece("inner", "38"):
            work()
            (tmp_path / "file").write_bytes(b"x" * 500_000)
        del block
    inner, outer = meter.total("inner"), meter.total("outer")
    assert inner.seconds > 0 and outer.seconds > 0
    assert inner.bytes_n >= 500_000 > outer.bytes_n
    assert outer.peak_mib >= 64
    assert meter.total().seconds == pytest.approx(inner.seconds + outer.seconds)
    assert (meter.parts("inner"), meter.has("inner", "39")) == ({"38"}, False)


def test_what_was_measured_before_a_kill_counts(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    first = Meter(journal)
    with first.piece("intake", "38"):
        work()
    assert not first.is_resumed
    journal.write_text(
        journal.read_text().replace(f'"process": {os.getpid()}', '"process": 0') + '{"stage": "intake", "par'
    )
    second = Meter(journal)
    assert not second.is_resumed
    assert second.total("intake") == first.total("intake")
    second.add("intake", Cost(1.0, 2.0, 3, 4, 1), "39")
    assert second.is_resumed
    assert Meter(journal).total("intake").pieces_n == 2


def test_a_piece_that_fails_is_not_kept(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "journal.jsonl")
    with pytest.raises(RuntimeError), meter.piece("outer"), meter.piece("inner"):
        raise RuntimeError
    assert not meter.pieces
    with meter.piece("outer"):
        work()
    assert meter.has("outer")


def test_a_run_tells_its_pieces_to_whoever_watches(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "journal.jsonl")
    with watched("rollups", "2561/38"):
        work()
    assert not meter.pieces
    with watching(meter.piece), watched("rollups", "2561/38"):
        work()
    with watched("rollups", "2561/38"):
        work()
    assert meter.total("rollups").pieces_n == 1


def test_the_machine_says_what_it_is() -> None:
    known = machine()
    assert int(known["cores"]) >= 1 and int(known["memory_mib"]) > 100
    assert {"python", "duckdb", "pyarrow", "processor", "system"} <= set(known)
