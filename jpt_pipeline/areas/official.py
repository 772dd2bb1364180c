"""Official codes and Thai names of provinces, districts and tambons, and what became of abolished codes (geothai).

Put here: the register of the state as tables. Keep out: villages and LAOs; those come from the operator.
"""

from functools import cache

import duckdb
import geothai
import pyarrow as pa
from geothai.abolished import abolished_areas


def province_codes() -> tuple[str, ...]:
    """Codes of all provinces, Bangkok included, in order."""
    return tuple(sorted(province.code for province in geothai.provinces()))


def province_names() -> dict[str, str]:
    """Official Thai names of all provinces by code, in order of code."""
    return {province.code: province.name_th for province in sorted(geothai.provinces(), key=lambda one: one.code)}


def register_official(connection: duckdb.DuckDBPyConnection) -> None:
    """Register two views: `official` (code, name_th) and `abolished` (code, successor; NULL unless exactly one)."""
    official, abolished = _tables()
    connection.register("official", official)
    connection.register("abolished", abolished)


@cache
def _tables() -> tuple[pa.Table, pa.Table]:
    names: dict[str, str] = {}
    for province in geothai.provinces():
        names[province.code] = province.name_th
        for district in geothai.districts(province.code):
            names[district.code] = district.name_th
            names.update({tambon.code: tambon.name_th for tambon in geothai.subdistricts(district.code)})
    gone = [
        (area.code, area.successors[0] if len(area.successors) == 1 and area.successors[0] in names else None)
        for area in abolished_areas()
        if area.code not in names
    ]
    return (
        pa.table({"code": pa.array(names.keys(), pa.string()), "name_th": pa.array(names.values(), pa.string())}),
        pa.table(
            {
                "code": pa.array([code for code, _ in gone], pa.string()),
                "successor": pa.array([successor for _, successor in gone], pa.string()),
            }
        ),
    )
