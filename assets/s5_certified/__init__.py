"""Stage 5: which areas may be certified, which are, and the figures that stand under a valid certificate.

A run can never certify: people do, with `jpt certify`, and the ledger of their acts is an input of these assets.
"""

from assets.stage import Stage
from jpt_pipeline.certification.stage import make_certified
from jpt_pipeline.hashtree.stage import LEAVES, TREES, make_leaves
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS
from jpt_pipeline.rollup.areas import ROLLUPS

GROUP = "s5_certified"
STATE = "certification__state"
HOUSEHOLDS = ("households__clean", "households__members", "register__areas")
HASHED = Stage("hashed", GROUP, make_leaves, dict.fromkeys((LEAVES, TREES), HOUSEHOLDS), PROVINCE_ROUNDS)
CERTIFIED = Stage(
    "certified",
    GROUP,
    make_certified,
    {
        "certification__nodes": (*ROLLUPS, TREES),
        STATE: (
            *("certification__nodes", "households__findings", "nation/households__findings", "households__issues"),
            *("households__clean", "register__enumerators", "register__visits", "ledger"),
        ),
        "certification__confidence": ("certification__nodes", "register__visits", "ledger"),
        "certified__village": (STATE,),
        "certified__lao": (STATE,),
        "certified__district": (STATE, "certified__lao"),
        "certified__province": (STATE, "certified__district"),
    },
    PROVINCE_ROUNDS,
)
CERTIFIED_NATION = Stage(
    "certified_nation",
    GROUP,
    make_certified,
    {
        "nation/certification__nodes": (*(f"nation/{table}" for table in ROLLUPS), TREES),
        f"nation/{STATE}": ("nation/certification__nodes", "ledger"),
        "certified__nation": (f"nation/{STATE}", "certified__province"),
    },
    SURVEY_YEARS,
)
