"""A reader of payload lines that knows the code book only: rules and indicators by `eval` of the instrument's texts.

It shares nothing with the generator: ages, rosters and counts are computed here again from birth dates and answers.
"""

import json
import re
from collections import Counter, defaultdict
from datetime import datetime
from types import SimpleNamespace

from jpt_pipeline.instruments import load_instrument


class Book:
    """The compiled rules of one instrument."""

    def __init__(self, name="plan12"):
        self.instrument = load_instrument(name)
        self.answers = {answer.code: answer for answer in self.instrument.answers}
        self.rules = [(rule, compile(rule.holds_if, rule.id, "eval")) for rule in self.instrument.rules]
        self.rosters = [(roster.name, compile(roster.where, roster.name, "eval")) for roster in self.instrument.rosters]

    def read(self, line):
        """(violated rules, {indicator: (surveyed, failed) or None when it does not apply}) of one payload line."""
        record = json.loads(line)
        family = record["family"]
        names = self.names(family, members_of(record))
        violated = [rule for rule, code in self.rules if not eval(code, dict(names))]
        return violated, {item.number: self.score(item, names) for item in self.instrument.indicators}

    def score(self, item, names):
        if eval(item.not_applicable_if, dict(names)):
            return None
        passed = bool(eval(item.pass_if, dict(names)))
        failed = eval(item.failed, {**names, "passed": passed})
        assert passed == (failed == 0), item.number
        return eval(item.surveyed, dict(names)), failed

    def names(self, family, members):
        given = {code: value for code, value in family["answer"].items() if value not in ("", "-", None)}
        counts = {name: sum(bool(eval(code, {"m": m})) for m in members) for name, code in self.rosters}
        fields = {
            "unknown_keys_n": len(given.keys() - self.answers.keys()),
            "satisfaction": family["satisfaction"],
            "is_area_nested": family["community"].startswith(family["htumbon"])
            and family["htumbon"].startswith(family["hamphur"])
            and family["hamphur"].startswith(family["hprovince"]),
            "is_house_code_valid": re.fullmatch("[0-9]{4}|[0-9]{11}", family["hid"]) is not None,
            "is_house_code_local": family["hid"].startswith(family["hamphur"]),
            "is_land_valid": re.match("[1-3],[0-9]+,[0-9]*|4,[0-9]+,[0-9]*,.+", family["hlive"]) is not None
            and re.match("5$|[1-3],[0-9]+,[0-9]*|4,[0-9]+,[0-9]*,.+", family["hjob"]) is not None,
            "is_gps_valid": 5.6 < float(family["latitude"]) < 20.5 and 97.3 < float(family["longitude"]) < 105.7,
            "has_signature_image": bool(family["photoSignature"]),
        }
        return {
            "v": lambda code: given[code].split(",")[0] if code in given else None,
            "n": lambda code: self.number(given, code, {"persons", "hours", "times"}),
            "baht": lambda code: self.number(given, code, {"baht"}),
            "r": counts.__getitem__,
            "f": fields.__getitem__,
            "s": self.setting,
            "well_formed": lambda: all(re.fullmatch(self.answers[c].pattern, value) for c, value in given.items()),
        }

    def setting(self, name):
        found = self.instrument.settings[name]
        return int(found.value) if found.is_number else found.value

    def number(self, given, code, wanted):
        parts, value = self.answers[code].parts, given.get(code, "0")
        if not self.answers[code].has_lead:
            return int(value)
        pieces = value.split(",")
        if len(pieces) == 1 or not wanted & set(parts):
            return 0
        if "text" in parts:
            return int(pieces[-1])
        return int(pieces[1:][[part in wanted for part in parts].index(True)])


def members_of(record):
    """Members of a record with the fields that rosters ask for."""
    day = datetime.fromisoformat(record["submitted_at"]).date()
    numbers = Counter(member["idcard"] for member in record["family"]["hmember"])
    return [member_of(place, raw, day, numbers) for place, raw in enumerate(record["family"]["hmember"], start=1)]


def member_of(place, raw, day, numbers):
    born, month, year = (int(part) for part in raw["birthdate"].split("/"))
    months = (day.year + 543 - year) * 12 + day.month - month - (day.day < born)
    return SimpleNamespace(
        member_no=place, age_years=months // 12, age_months=months, sex=raw["gender"], occupation=raw["jobname"],
        education=raw["education"], religion=raw["religion"], relation=raw["relation"], health=raw["health"],
        ability=raw["ability"], informant=raw["informant"], welfare_card=raw["welfareCard"], prefix=raw["prefix"],
        is_id_valid=check_digit_right(raw["idcard"]), is_id_repeated=numbers[raw["idcard"]] > 1,
        is_birth_valid=0 <= months <= 121 * 12,
    )  # fmt: skip


def check_digit_right(number):
    weighted = sum(int(digit) * weight for digit, weight in zip(number, range(13, 1, -1), strict=False))
    return len(number) == 13 and int(number[12]) == (11 - weighted % 11) % 10


def survey(lines):
    """(violations per rule id, rules by id, {indicator: [surveyed, failed]}) of many lines."""
    book, found, rules, totals = Book(), Counter(), {}, defaultdict(lambda: [0, 0])
    for line in lines:
        violated, results = book.read(line)
        found.update(rule.id for rule in violated)
        rules.update({rule.id: rule for rule in violated})
        for number, result in results.items():
            if result:
                totals[number][0] += result[0]
                totals[number][1] += result[1]
    return found, rules, totals
