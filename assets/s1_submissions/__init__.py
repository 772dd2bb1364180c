"""Stage 1: every delivered record has one fate; the files add up."""

from assets.stage import Stage
from jpt_pipeline.households.accounting import make_deliveries
from jpt_pipeline.households.stages import make_records
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS

GROUP = "s1_submissions"
RECORDS = Stage(
    "records",
    GROUP,
    make_records,
    {"submissions__records": ("landing__deliveries", "register__areas")},
    PROVINCE_ROUNDS,
)
# The account of the files follows the households: it is drawn beside them.
DELIVERIES = Stage(
    "deliveries",
    "s2_households",
    make_deliveries,
    {
        "submissions__deliveries": ("households__accounting", "landing__deliveries"),
        "nation/households__quarantine": ("landing__deliveries",),
    },
    SURVEY_YEARS,
)
