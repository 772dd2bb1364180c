"""What becomes of every finding in a run: the previous states and what stands now give the next states, in SQL.

Relations of the session that `next_states` reads (made by stage.py):
- issues_before: columns of households__issues, as the last run left them.
- issues_standing: issue_id and its KEY, of the findings that stand now.
- issues_waived (issue_id); issues_returned (stream, village_code, returned_at): the last return of an area around it.
- issues_owned (stream, village_code, owner_code); issues_due (stream, due_date); issues_now (moment), one row.
"""

from jpt_pipeline.issues.ids import KEY, KEY_TEXT

STATUSES = ("new", "open", "returned", "mended", "waived", "reopened")
STANDING = ("new", "open", "returned", "reopened")
"""Statuses in which a finding waits for its team."""

_KEYS = ", ".join(KEY)
_SAME = " AND ".join(f"b.{name} IS NOT DISTINCT FROM s.{name}" for name in KEY)

STANDING_QUERY = f"""
WITH s AS (SELECT DISTINCT {_KEYS} FROM issues_found),
known AS (SELECT s.*, b.issue_id FROM s JOIN issues_before b ON {_SAME}),
fresh AS (SELECT s.* FROM s ANTI JOIN issues_before b ON {_SAME})
SELECT {_KEYS}, issue_id FROM known UNION ALL SELECT {_KEYS}, issue_id({KEY_TEXT}) FROM fresh
"""
"""Rows of issues_standing, from issues_found (KEY); only findings never seen before are hashed."""

_LISTED = ", ".join(f"coalesce(s.{name}, b.{name}) AS {name}" for name in KEY)

NEXT_QUERY = f"""
WITH judged AS (
    SELECT coalesce(s.issue_id, b.issue_id) AS issue_id, {_LISTED}, b.status AS old_status, b.opened_at, b.changed_at,
        coalesce(b.times_n, 0) AS times_n, b.owner_code AS old_owner_code, n.moment,
        CASE
            WHEN s.issue_id IS NULL THEN 'mended'
            WHEN w.issue_id IS NOT NULL THEN 'waived'
            WHEN b.issue_id IS NULL THEN 'new'
            WHEN b.status IN ('mended', 'waived') THEN 'reopened'
            WHEN r.returned_at > b.changed_at THEN 'returned'
            WHEN b.status = 'new' THEN 'open'
            ELSE b.status
        END AS status,
        s.issue_id IS NOT NULL AND (b.status = 'mended' OR b.status = 'waived' AND w.issue_id IS NULL) AS is_back
    FROM issues_before b FULL JOIN issues_standing s ON b.issue_id = s.issue_id
    LEFT JOIN issues_waived w ON w.issue_id = s.issue_id
    LEFT JOIN issues_returned r ON r.stream = s.stream AND r.village_code = s.village_code
    CROSS JOIN issues_now n
)
SELECT j.* EXCLUDE (times_n, opened_at, changed_at), coalesce(opened_at, moment) AS opened_at,
    CASE
        WHEN old_status IS NULL THEN moment
        WHEN status = old_status OR (old_status = 'new' AND status = 'open') THEN changed_at
        ELSE greatest(moment, changed_at)
    END AS changed_at,
    times_n + CAST(coalesce(is_back, false) AS BIGINT) AS times_n,
    coalesce(o.owner_code, old_owner_code) AS owner_code, d.due_date
FROM judged j
LEFT JOIN issues_owned o USING (stream, village_code)
LEFT JOIN issues_due d USING (stream)
"""
"""Rows of households__issues. changed_at is the moment of the last change of status; that a new finding gets old is
none. opened_at and changed_at are moments of what the run rests on, so that the same inputs give the same rows."""
