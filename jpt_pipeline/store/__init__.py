"""Where tables lie and how they get there: atomic files, seals, DuckDB sessions. Knows no survey, no stage."""
