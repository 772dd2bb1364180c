"""The field app's household object -> the three parts that the instrument reads. A test's own reading, not intake's.

Ages by the rulings: completed years and months on the survey date; a birthday on 29 February falls on 1 March in other
years; a month is complete when its day number is reached.
"""

from collections import Counter
from datetime import date

RENAMED = {"gender": "sex", "jobname": "occupation", "welfareCard": "welfare_card"}
TEXTS = ["sex", "occupation", "education", "religion", "relation", "health", "ability", "informant", "welfare_card"]


def unset(value):
    return None if value in (None, "", "-") else value


def months_between(birth, day):
    return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)


def born(text):
    day, month, year = (int(part) for part in text.split("/"))
    return date(year - 543, month, day)


def is_id(text):
    """13 digits, the last of them the check digit; the first is not 0."""
    if not text or len(text) != 13 or not text.isdigit() or text[0] == "0":
        return False
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(text[:12]))
    return (11 - total % 11) % 10 == int(text[12])


def parts_of(instrument, family, survey_date):
    """(answers, members, fields) of a payload's family object on the day of the survey."""
    day = date.fromisoformat(survey_date)
    known = {answer.code for answer in instrument.answers}
    answers = {code: value for code, value in family["answer"].items() if unset(value) is not None and code in known}
    numbers = Counter(person["idcard"] for person in family["hmember"])
    members = []
    for place, person in enumerate(family["hmember"], 1):
        fields = {RENAMED.get(name, name): unset(value) for name, value in person.items()}
        months = months_between(born(person["birthdate"]), day)
        members.append(
            {name: fields.get(name) for name in [*TEXTS, "prefix"]}
            | {"member_no": place, "age_years": months // 12, "age_months": months, "is_birth_valid": True}
            | {"is_id_valid": is_id(person["idcard"]), "is_id_repeated": numbers[person["idcard"]] > 1}
        )
    return answers, members, fields_of(family, known)


def fields_of(family, known):
    province, district, tambon = family["hprovince"], family["hamphur"], family["htumbon"]
    hid, village = family["hid"], family["community"]
    return {
        "unknown_keys_n": len(set(family["answer"]) - known),
        "satisfaction": family["satisfaction"],
        "is_area_nested": district[:2] == province and tambon[:4] == district and village[:6] == tambon,
        "is_house_code_valid": hid.isdigit() and len(hid) in (4, 11),
        "is_house_code_local": hid[:4] == district,
        "is_land_valid": True,
        "is_gps_valid": True,
        "has_signature_image": bool(family["photoSignature"]),
    }
