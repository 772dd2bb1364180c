"""The committee (คณะทำงาน) behind a certificate: named in an order, met on a day, with a quorum.

Put here: what must be said of a committee and when it suffices. Keep out: what it decides.
Sources: the letters of 2557, 2561 and 2567 (orders, members, meetings); Administrative Procedure Act B.E. 2539 s. 79
(a committee meets with no less than half of its members).
"""

from datetime import date
from typing import TYPE_CHECKING

from jpt_pipeline.areas.committees import Order
from jpt_pipeline.certification.messages import say
from jpt_pipeline.certification.request import ActRefused
from jpt_pipeline.ledger import Committee

if TYPE_CHECKING:
    from jpt_pipeline.rounds import ChainLevel


def completed(level: "ChainLevel", given: Committee, order: Order | None, on: date) -> Committee:
    """What the certificate says of the committee: as given, completed from its registered order, with the quorum.

    A round that does not demand a committee, and an area without a registered one, may leave it out whole; the
    certificate then says so.

    Raises:
        ActRefused: something is missing; another order or number of members than registered; more present than
            members; no quorum; a meeting in the future.
    """
    order_no = given.order_no or (order.order_no if order else None)
    members = given.members_n if given.members_n is not None else (order.members_n if order else None)
    needed = {
        "--order-no": order_no,
        "--members": members,
        "--present-n": given.present_n,
        "--meeting-date": given.meeting_date,
    }
    missing = [name for name, value in needed.items() if value in (None, "")]
    if len(missing) == len(needed) and not level.committee_required:
        return given
    if missing:
        raise ActRefused([say("C-COMMITTEE", missing=" ".join(missing))])
    attending, meeting = given.present_n, given.meeting_date
    assert members is not None and attending is not None and meeting is not None
    if order and (order_no, members) != (order.order_no, order.members_n):
        raise ActRefused([say("C-ORDER", order_no=order.order_no, members_n=order.members_n)])
    if not 1 <= attending <= members:
        raise ActRefused([say("C-PRESENT-N", present_n=attending, members_n=members)])
    quorum = order.quorum_n if order and order.quorum_n else -(-members * level.quorum_percent // 100)
    if attending < quorum:
        raise ActRefused([say("C-QUORUM", present_n=attending, members_n=members, quorum_n=quorum)])
    if meeting > on:
        raise ActRefused([say("C-MEETING", meeting_date=meeting.isoformat(), today=on.isoformat())])
    return given.model_copy(update={"order_no": order_no, "members_n": members, "quorum_n": quorum})
