"""Stage 2: typed households of one round; what breaks a rule of the questionnaire is set aside whole, with reasons."""

from assets.stage import Stage
from jpt_pipeline.households.stages import make_households
from jpt_pipeline.partitions import PROVINCE_ROUNDS

CLEAN = "households__clean"
HOUSEHOLDS = Stage(
    "households",
    "s2_households",
    make_households,
    {
        CLEAN: ("submissions__records",),
        "households__members": (CLEAN,),
        "households__quarantine": ("submissions__records",),
        "households__findings": (CLEAN, "register__enumerators"),
        "households__accounting": (CLEAN, "households__quarantine"),
    },
    PROVINCE_ROUNDS,
)
