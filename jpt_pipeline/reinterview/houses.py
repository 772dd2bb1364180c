"""House numbers of drawn households, opened from the vault for their form alone.

Put here: from a household of the figures to its row in a vault file. Keep out: any copy; they go onto the form and nowhere
else.
"""

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from jpt_pipeline.households.sources import open_forms
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.sampling.form import Line
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import sha256_file
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import VAULT_TABLE, read_key, read_vault

CLEAN = "households__clean"


def house_numbers(settings: Settings, part: Part, stream: str, lines: Sequence[Line]) -> dict[int, str]:
    """draw_no -> house number as delivered; households without one are left out.

    Raises:
        KeyMissing: the vault key is missing or another one. VaultBroken: a vault file cannot be opened.
        NotSealed: a staged file or a vault file is not the one of its receipt.
    """
    key = read_key(settings, "vault")
    receipts = read_receipts(settings.landing)
    wanted = _places(settings, part, stream, lines)
    found: dict[int, str] = {}
    units = [(receipt, unit) for receipt in receipts for unit in receipt.units]
    for number, (_, unit) in enumerate(units):
        files = [file for file in unit.parts if file.table == VAULT_TABLE] if wanted[number] else []
        for file in files:
            path = settings.lake / file.path
            if not path.exists() or sha256_file(path) != file.sha256:
                raise NotSealed(f"{VAULT_TABLE} {part} is not what was taken in")
            for chunk in read_vault(path, key, unit.unit_id, "household", ["form", "house_no"]):
                for form, house in zip(*(column.to_pylist() for column in chunk.columns), strict=True):
                    if house and form in wanted[number]:
                        found[wanted[number][form]] = house
    return found


def _places(settings: Settings, part: Part, stream: str, lines: Sequence[Line]) -> dict[int, dict[int, int]]:
    """Number of the delivered unit -> household within it -> draw_no."""
    lake = Lake(settings.lake)
    listed = pa.table(
        {
            "draw_no": pa.array([line.draw_no for line in lines], pa.int64()),
            "village_code": pa.array([line.village_code for line in lines], pa.string()),
            "household_id": pa.array([line.household_id for line in lines], pa.string()),
        }
    )
    with session(settings) as connection:
        open_forms(connection, settings, read_receipts(settings.landing), part, [])
        connection.register("listed", listed)
        rows = connection.execute(
            "SELECT f.unit_no, f.form, l.draw_no FROM listed l "
            "JOIN read_parquet(?, hive_partitioning = false) c USING (village_code, household_id) "
            "JOIN forms f USING (delivery_id, file_sha256, record_no, village_code, household_id) WHERE c.stream = ?",
            [lake.sealed(CLEAN, part), stream],
        ).fetchall()
    places: dict[int, dict[int, int]] = defaultdict(dict)
    for unit_no, form, draw_no in rows:
        places[unit_no][form] = draw_no
    return places
