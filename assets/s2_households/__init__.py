"""Stage 2: typed households of one round; what breaks a rule of the questionnaire is set aside whole, with reasons."""

from assets.stage import Stage
from jpt_pipeline.households.stages import make_households
from jpt_pipeline.identity.shared import make_shared_persons
from jpt_pipeline.issues import make_issues
from jpt_pipeline.partitions import PROVINCE_ROUNDS, SURVEY_YEARS

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
        "households__corrections": (CLEAN,),
        "households__edits": (CLEAN, "households__corrections"),
        "households__likely_duplicates": ("households__members",),
    },
    PROVINCE_ROUNDS,
)
# Persons in two provinces: no province's run needs another's, so the nation's compares them.
SHARED = Stage(
    "shared_persons",
    "s2_households",
    make_shared_persons,
    {
        "households__shared_persons": ("households__members",),
        "nation/households__findings": ("households__shared_persons",),
    },
    SURVEY_YEARS,
)
# What has become of every finding: its own last version is an input, and so are the acts of people. It is made again with
# the states, once persons were compared between provinces.
ISSUES = Stage(
    "issues",
    "s2_households",
    make_issues,
    {
        "households__issues": (*("households__findings", "nation/households__findings", "register__areas", "ledger"),),
    },
    PROVINCE_ROUNDS,
)
