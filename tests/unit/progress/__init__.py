"""Tests of progress: days and rhythms, forecasts, what is late, snapshots, pages; on tables that can be read."""
