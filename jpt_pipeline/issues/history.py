"""The previous version of a table that is its own input: kept whole until the next one is sealed.

A stage takes the seal away before it computes, and a failed gate takes the file: a history would be lost with them. So
the sealed file gets a second name first, `before.parquet`, and `before.json` says which one it is; both go when the
next version is sealed. A history that cannot be read stops the stage; it never begins anew by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jpt_pipeline.store.files import make_folder, read_json, replacing, second_name, sha256_file, write_json
from jpt_pipeline.store.lake import Lake, NotSealed, Part


class HistoryLost(Exception):
    """The previous version of a table is missing or is not the one that was sealed; nothing was changed."""

    def __init__(self, table: str, part: Part, folder: Path):
        super().__init__(f"{table} {part}: {folder}")


@contextmanager
def kept(lake: Lake, table: str, part: Part) -> Iterator[Path | None]:
    """Path of the previous version's file, or None when there was none; it stays readable until the block is done.

    One process at a time may be inside, for a table and part. After an error in the block, or a kill, the next call
    gives the same version again.

    Raises:
        HistoryLost: there was a version, and it cannot be read.
    """
    path = lake.path(table, part)
    before, note = path.with_name("before.parquet"), path.with_name("before.json")
    try:
        digest: str | None = lake.seal(table, part).sha256
    except NotSealed:
        digest = _left_by_a_kill(lake, table, part)
    else:
        with replacing(before) as temporary:
            second_name(path, temporary)
        write_json(note, {"sha256": digest})
    yield before if digest else None
    before.unlink(missing_ok=True)
    note.unlink(missing_ok=True)


def _left_by_a_kill(lake: Lake, table: str, part: Part) -> str | None:
    """Digest of the version that an unfinished run kept; None if it was the first, or nothing was ever made."""
    path = lake.path(table, part)
    before, note = path.with_name("before.parquet"), path.with_name("before.json")
    if not note.exists():
        if any(file.exists() for file in (path, lake.seal_path(table, part), before)):
            raise HistoryLost(table, part, path.parent)
        make_folder(path.parent)
        write_json(note, {"sha256": None})
        return None
    digest: str | None = read_json(note)["sha256"]
    if digest and (not before.exists() or sha256_file(before) != digest):
        raise HistoryLost(table, part, path.parent)
    return digest
