"""Stage 2: typed households of one round; what breaks a rule of the questionnaire is set aside whole, with reasons."""

from assets.stage import Stage
from jpt_pipeline.households.stages import HOUSEHOLDS as TABLES
from jpt_pipeline.households.stages import make_households
from jpt_pipeline.partitions import PROVINCE_ROUNDS

HOUSEHOLDS = Stage(
    "households",
    "s2_households",
    make_households,
    {table: ("submissions__records", "register__enumerators") for table in TABLES},
    PROVINCE_ROUNDS,
)
