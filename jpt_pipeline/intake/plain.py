"""Rows that are written as the contract asks, typed by columns of bytes: the same as staging_sql.py gives them, faster.

A row is plain when nothing about it needs a note, a code or a mend: digits where digits belong, a real date, codes of one
way of writing. What is not plainly so is left to SQL, which knows every way of writing. Keep out: verdicts.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jpt_pipeline.intake.formats import MEMBER_CODES, PAYLOAD_TEXT, Declared
from jpt_pipeline.intake.limits import Limits
from jpt_pipeline.intake.texts import (
    Mask,
    by_row,
    bytes_of,
    digits_of,
    fixed_bytes,
    flags,
    joined,
    number_of,
    rows_where,
)

Columns = dict[str, pa.Array]
WHOLE = re.compile("[0-9]{1,9}").fullmatch
_COUNTED = re.compile("[1-9][0-9]{0,8}").fullmatch
_DIGITS = re.compile("[0-9]+").fullmatch
_DEGREES = re.compile("-?[0-9]{1,3}([.][0-9]+)?").fullmatch
_LETTER = re.compile("[A-Za-z]").search
_UP, _DOWN = "123456789012345678901234567890", "987654321098765432109876543210"
# First twelve digits of numbers that nobody was given.
_INVENTED = np.array(
    [int(digit * 12) for digit in "0123456789"] + [int(run[at : at + 12]) for run in (_UP, _DOWN) for at in range(19)],
    np.int64,
)
_DAY, _MICROSECOND = "datetime64[D]", "datetime64[us]"
ZONE_HOURS, BUDDHIST_ERA = 7, 543
_PHOTO, _SIGNATURE = ("present", "refused", "missing"), ("signed", "refused", "absent_witnessed", "missing")


def plain_members(raw: Columns, can_be: Mask, longest: int) -> tuple[Mask, Columns]:
    """Which rows are plain, and columns of which those rows' values hold.

    Args:
        raw: columns of text of one batch of members. can_be: rows that nothing is known against so far.
        longest: characters that a name may have.
    """
    digits, is_number = digits_of(fixed_bytes(raw["citizen_id"], 13))
    is_plain = can_be & (is_number & ~np.isin(number_of(digits[:12]), _INVENTED) | _is_null(raw["citizen_id"]))
    born, is_born = _born(raw["birth_date"])
    is_plain &= is_born | _is_null(raw["birth_date"])
    is_plain &= _is_house_code(raw["household_id"]) | _is_null(raw["household_id"])
    is_plain &= rows_where(raw["village_code"], _DIGITS, of_null=True) & rows_where(raw["member_no"], _COUNTED)
    for name in ("first_name", "last_name"):
        is_plain &= _is_name(raw[name], longest)
    is_plain &= rows_where(raw["prefix"], lambda text: len(text) <= longest, of_null=True)
    sums = 11 - (digits[:12] * np.arange(13, 1, -1)[:, None]).sum(axis=0) % 11
    birth_date = pa.array(born, pa.date32(), mask=~is_born)
    return is_plain, raw | {
        "is_id_valid": pa.array(is_number & (digits[0] > 0) & (sums % 10 == digits[12])),
        "birth_date": birth_date,
        "own_text": joined(
            [
                *(raw["member_no"], raw["citizen_id"], birth_date.cast(pa.string())),
                *(raw[name] for name in ("prefix", "first_name", "last_name", *MEMBER_CODES)),
            ]
        ),
        "member_no": _numbers(raw["member_no"]),
    }


def plain_households(
    raw: Columns, can_be: Mask, declared: Declared, provinces: tuple[str, ...], limits: Limits, received_at: datetime
) -> tuple[Mask, Columns]:
    """As `plain_members`, for households that came in tables. provinces: codes that there are."""
    is_plain = can_be & np.all([_is_null(raw[name]) for name in PAYLOAD_TEXT], axis=0)
    is_plain &= declared.enumerator_id is None or bool(_LETTER(declared.enumerator_id))
    years = _numbers(raw["survey_year"], declared.survey_year)
    is_plain &= rows_where(raw["survey_year"], WHOLE, of_null=declared.survey_year is not None)
    first, last = (declared.survey_year,) * 2 if declared.survey_year else (limits.first_year, limits.last_year)
    year = years.fill_null(0).to_numpy(False)
    is_plain &= (year >= max(first, limits.first_year)) & (year <= min(last, limits.last_year))
    streams = (declared.stream,) if declared.stream else ("jpt", "basic")
    is_plain &= rows_where(raw["stream"], streams.__contains__, of_null=declared.stream is not None)
    is_plain &= rows_where(raw["village_code"], lambda code: _is_village(code, provinces, declared.province_code))
    is_plain &= _is_house_code(raw["household_id"])
    is_plain &= rows_where(raw["enumerator_id"], _LETTER, of_null=True)
    is_plain &= rows_where(raw["revision"], WHOLE, of_null=True) & rows_where(raw["satisfaction"], WHOLE, of_null=True)
    photo, signature = raw["evidence_photo"], raw["evidence_signature"]
    is_plain &= rows_where(photo, _PHOTO.__contains__, of_null=True)
    is_plain &= rows_where(signature, _SIGNATURE.__contains__, of_null=True)
    submitted, is_moment = _moments(raw["submitted_at"])
    latest = np.datetime64((received_at + timedelta(days=1)).astimezone(UTC).replace(tzinfo=None), "us")
    utc_year = submitted.astype("datetime64[Y]").astype(np.int64) + 1970
    is_plain &= is_moment & (submitted <= latest) & (utc_year >= year - BUDDHIST_ERA)
    columns = {
        "survey_year": years,
        "stream": raw["stream"].fill_null(declared.stream) if declared.stream else raw["stream"],
        "enumerator_id": _else(raw["enumerator_id"], declared.enumerator_id),
        "submitted_at": pa.array(submitted, mask=~is_moment),
        "survey_date": pa.array((submitted + np.timedelta64(ZONE_HOURS, "h")).astype(_DAY), mask=~is_moment),
        "revision": _numbers(raw["revision"], 1),
        "satisfaction": _numbers(raw["satisfaction"]),
        "evidence_photo": photo.fill_null("missing"),
        "evidence_signature": signature.fill_null("missing"),
    }
    latitude, longitude = _degrees(raw["latitude"]), _degrees(raw["longitude"])
    is_plain &= (latitude.is_plain) & (longitude.is_plain)
    columns["is_gps_valid"] = _is_in_thailand(latitude, longitude)
    texts = [raw["house_no"], latitude.texts, longitude.texts, columns["evidence_photo"], columns["evidence_signature"]]
    columns["own_text"] = joined([*texts, columns["satisfaction"].cast(pa.string())])
    return is_plain, raw | columns


def _is_null(column: pa.Array) -> Mask:
    nulls: Mask = column.is_null().to_numpy(False)
    return nulls


def _is_house_code(column: pa.Array) -> Mask:
    """Texts of 4 or 11 digits."""
    return digits_of(fixed_bytes(column, 11))[1] | digits_of(fixed_bytes(column, 4))[1]


def _is_village(code: str, provinces: tuple[str, ...], declared: str | None) -> bool:
    return len(code) == 8 and bool(_DIGITS(code)) and code[:2] in provinces and declared in (None, code[:2])


def _is_name(column: pa.Array, longest: int) -> Mask:
    """Names without letters or digits that Thai names do not have, not too long in bytes; and none at all."""
    offsets, data = bytes_of(column)
    is_plain: Mask = np.diff(offsets) <= longest
    if _IS_FOREIGN[data[offsets[0] : offsets[-1]]].any():
        is_plain &= ~flags(pc.match_substring_regex(column, "[0-9A-Za-z\uff00-\uffef]"))
    return is_plain


_IS_FOREIGN = np.zeros(256, bool)
_IS_FOREIGN[[*b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 0xEF]] = True


def _numbers(column: pa.DictionaryArray, of_null: int | None = None) -> pa.Array:
    """Whole numbers of up to nine digits; of any other text some number that nobody may use."""
    numbers = [int(text) if WHOLE(text) else 0 for text in column.dictionary.to_pylist()]
    found = by_row(column, np.array(numbers, np.int64), of_null or 0)
    return pa.array(found, mask=_is_null(column) if of_null is None and column.null_count else None)


def _else(column: pa.DictionaryArray, declared: str | None) -> pa.Array:
    return column.fill_null(declared) if declared is not None and column.null_count else column


def _days(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], Mask]:
    """Days of the common era, and which of them there are."""
    is_month = (month >= 1) & (month <= 12)
    months = (year - 1970) * 12 + np.where(is_month, month, 1) - 1
    first, following = (at.astype("datetime64[M]").astype(_DAY) for at in (months, months + 1))
    length = (following - first).astype(np.int64)
    return first + (day - 1).astype("timedelta64[D]"), is_month & (day >= 1) & (day <= length)


def _born(column: pa.Array) -> tuple[NDArray[np.datetime64], Mask]:
    """Birthdays written dd/mm/yyyy of the Buddhist Era, and which rows have one."""
    found = fixed_bytes(column, 10)
    digits, is_date = digits_of(found[[0, 1, 3, 4, 6, 7, 8, 9]])
    is_date &= (found[2] == ord("/")) & (found[5] == ord("/")) & (digits[4] == 2)
    days, there = _days(number_of(digits[4:]) - BUDDHIST_ERA, number_of(digits[2:4]), number_of(digits[:2]))
    return days, is_date & there


def _moments(column: pa.Array) -> tuple[NDArray[np.datetime64], Mask]:
    """Moments written yyyy-mm-ddThh:mm:ss+07:00, in UTC, and which rows have one."""
    found = fixed_bytes(column, 25)
    digits, is_moment = digits_of(found[[0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]])
    for place, mark in zip((4, 7, 10, 13, 16, *range(19, 25)), b"--T::+07:00", strict=True):
        is_moment &= found[place] == mark
    year = number_of(digits[:4])
    hour, minute, second = (number_of(digits[at : at + 2]) for at in (8, 10, 12))
    days, there = _days(year, number_of(digits[4:6]), number_of(digits[6:8]))
    is_moment &= there & (year >= 1900) & (year < 2100) & (hour < 24) & (minute < 60) & (second < 60)
    seconds = (hour - ZONE_HOURS) * 3600 + minute * 60 + second
    return days.astype(_MICROSECOND) + seconds.astype("timedelta64[s]"), is_moment


@dataclass(frozen=True)
class _Degrees:
    """Coordinates: as numbers (not a number where there are none), as texts for the digest, which rows are plain."""

    numbers: NDArray[np.float64]
    texts: pa.Array
    is_plain: Mask


def _degrees(column: pa.Array) -> _Degrees:
    """Degrees written as a number that has one way to be written out again."""
    if column.null_count == len(column):
        return _Degrees(np.full(len(column), np.nan), column, np.ones(len(column), bool))
    texts = column.to_pylist()
    numbers = [float(text) if text and _DEGREES(text) else np.nan for text in texts]
    values = np.array(numbers, np.float64)
    is_plain = _is_null(column) | (np.abs(values) >= 1)
    return _Degrees(values, pa.array([repr(n) if n == n else None for n in numbers], pa.string()), is_plain)


def _is_in_thailand(latitude: _Degrees, longitude: _Degrees) -> pa.Array:
    """Whether a position lies in the box around Thailand; NULL where there is none."""
    north, east = latitude.numbers, longitude.numbers
    is_in = (north >= 5.6) & (north <= 20.5) & (east >= 97.3) & (east <= 105.7)
    return pa.array(is_in, mask=np.isnan(north) & np.isnan(east))
