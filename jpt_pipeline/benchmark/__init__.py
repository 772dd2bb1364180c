"""How fast, beside what: intake beside DuckDB alone, the whole path, and the rollups beside hand-written SQL."""
