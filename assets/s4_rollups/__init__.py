"""Stage 4: figures of every area, village to province, then the nation."""

from assets.stage import Stage
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS
from jpt_pipeline.rollup.areas import ROLLUPS as TABLES
from jpt_pipeline.rollup.areas import make_nation, make_rollups

GROUP = "s4_rollups"
SOURCES = {
    "rollups__indicators": ("indicators__results",),
    "rollups__population": ("households__members",),
    "rollups__economy": ("households__clean",),
    "rollups__coverage": (
        *("households__clean", "households__quarantine", "register__targets", "register__nonresponse"),
    ),
    "rollups__areas": ("register__areas",),
}
ROLLUPS = Stage("rollups", GROUP, make_rollups, {table: SOURCES[table] for table in TABLES}, PROVINCE_ROUNDS)
NATION = Stage("nation_rollups", GROUP, make_nation, {f"nation/{table}": (table,) for table in TABLES}, SURVEY_YEARS)
