"""What is built, in order: the table of contents of the pipeline. STAGES and nothing else."""

from assets.s1_submissions import DELIVERIES, RECORDS
from assets.s2_households import HOUSEHOLDS, ISSUES, SHARED
from assets.s3_indicators import INDICATORS
from assets.s4_rollups import NATION, ROLLUPS
from assets.s5_certified import CERTIFIED, CERTIFIED_NATION, HASHED

STAGES = (
    RECORDS,
    HOUSEHOLDS,
    SHARED,
    ISSUES,
    DELIVERIES,
    INDICATORS,
    ROLLUPS,
    NATION,
    HASHED,
    CERTIFIED,
    CERTIFIED_NATION,
)
