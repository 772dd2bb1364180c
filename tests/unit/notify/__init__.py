"""Tests of notices: into files, by SMTP to a server of the test's own, and what never stands in one."""
