"""The gates: which checks each table must pass before it is sealed, one folder a stage, same names as assets/.

Put here: Pandera schemas and rules of a table. Keep out: how a check works (jpt_pipeline.quality), and the gates that a
committee's certificate needs (jpt_pipeline.certification).
"""

from checks import s1_submissions, s2_households, s3_indicators, s4_rollups, s5_certified
from jpt_pipeline.store.lake import Check

GATES: dict[str, tuple[Check, ...]] = {
    **s1_submissions.GATES,
    **s2_households.GATES,
    **s3_indicators.GATES,
    **s4_rollups.GATES,
    **s5_certified.GATES,
}
