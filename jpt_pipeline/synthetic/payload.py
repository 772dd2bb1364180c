"""The field app's payload of a household: envelope and `family` object, one JSON line.

Put here: keys and encodings of the code book's payload. Keep out: tables (writers.py), drawing (population.py).
"""

import json
from collections.abc import Iterator
from typing import Any

from jpt_pipeline.synthetic.population import Batch
from jpt_pipeline.synthetic.spec import Spec

_DISTRICT_DIGITS = 4


def payload_key(row: dict[str, Any]) -> str:
    """household_id of a row in payload lines; a house without a number is known by district, enumerator and record."""
    if not row["x_unnumbered"]:
        return str(row["household_id"])
    return f"{row['household_id'][:_DISTRICT_DIGITS]}-{row['enumerator_id']}-{row['x_id']}"


def payload_lines(spec: Spec, batch: Batch) -> Iterator[str]:
    """JSON text per household, without line end."""
    members = batch.members.to_pylist()
    start = 0
    for row, size in zip(batch.households.to_pylist(), batch.sizes.tolist(), strict=True):
        yield json.dumps(_envelope(spec, row, members[start : start + size]), ensure_ascii=False, separators=(",", ":"))
        start += size


def _envelope(spec: Spec, row: dict[str, Any], members: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "survey_year": row["survey_year"],
        "stream": row["stream"],
        "enumerator_id": row["enumerator_id"],
        "submitted_at": row["submitted_at"],
        "revision": row["revision"],
        "evidence": {"photo": row["evidence_photo"], "signature": row["evidence_signature"]},
        "family": _family(spec, row, members),
    }


def _family(spec: Spec, row: dict[str, Any], members: list[dict[str, Any]]) -> dict[str, Any]:
    village, house = row["village_code"], row["household_id"]
    return {
        "id": row["x_id"],
        "hid": house[:_DISTRICT_DIGITS] if row["x_unnumbered"] else house,
        "hnum": row["house_no"],
        "hname": None,
        "haddr": row["x_haddr"],
        "htumbon": village[:6],
        "hamphur": village[:4],
        "hprovince": village[:2],
        "community": village,
        "harea": row["x_harea"],
        "hlive": row["x_hlive"],
        "hjob": row["x_hjob"],
        "satisfaction": row["satisfaction"],
        "latitude": row["latitude"] or "",
        "longitude": row["longitude"] or "",
        "photoSignature": spec.survey.signature_png if row["evidence_signature"] == "signed" else None,
        "photoHome": None,
        "hmember": [_member(member) for member in members],
        "answer": _answers(spec, row),
    }


def _member(member: dict[str, Any]) -> dict[str, Any]:
    return {
        "hostStatus": 0,
        "prefix": member["prefix"],
        "prefixName": member["x_prefix_name"],
        "firstname": member["first_name"],
        "lastname": member["last_name"],
        "gender": member["sex"],
        "idcard": member["citizen_id"],
        "birthdate": member["birth_date"],
        "jobname": member["occupation"],
        "education": member["education"],
        "religion": member["religion"],
        "relation": member["relation"],
        "health": member["health"],
        "ability": member["ability"],
        "informant": member["informant"],
        "welfareCard": member["welfare_card"],
        "welfareUsage": None,
        "welfareCash": None,
    }


def _answers(spec: Spec, row: dict[str, Any]) -> dict[str, str]:
    """Touched keys only: what is answered, and '' for what the app empties beside it."""
    answers = {name[1:]: value for name, value in row.items() if name[0] == "a" and name[1:].isdigit() and value}
    for code, cleared in spec.clears.items():
        if code in answers:
            answers |= {other: "" for other in cleared if other not in answers}
    return answers
