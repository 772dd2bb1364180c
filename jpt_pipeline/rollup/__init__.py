"""From households to areas: one aggregation for every level, additive integers only."""
