"""What the failed step of a run said, in the words that people are shown: no class names, no traces.

Put here: reading Dagster's events. Keep out: what is done about it.
"""

from collections.abc import Iterable

import dagster as dg


def reason_of(events: Iterable[dg.DagsterEvent]) -> str:
    """The words of the first step that failed; '?' when none of the events is a failed step."""
    for event in events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            text = event.step_failure_data.user_failure_data
            if text and text.description:
                return str(text.description)
            said = str(error.cause.message if error and error.cause else error.message if error else "").strip()
            return said.partition(": ")[2] or said  # without the class of the error
    return "?"
