"""Stage 3: pass, fail, not applicable or incomplete, for each household and indicator."""

from assets.stage import Stage
from jpt_pipeline.partitions import PROVINCE_ROUNDS
from jpt_pipeline.rollup.indicators import make_indicators

INDICATORS = Stage(
    "indicators", "s3_indicators", make_indicators, {"indicators__results": ("households__clean",)}, PROVINCE_ROUNDS
)
