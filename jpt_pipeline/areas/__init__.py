"""Areas: the levels, the four registers that an operator hands over, and the tree that figures are added up by.

Put here: what a village belongs to, and how many households and enumerators it should have.
Keep out: survey answers and figures; they join to this by village_code.
"""

from jpt_pipeline.areas.levels import Level, load_levels

__all__ = ["Level", "load_levels"]
