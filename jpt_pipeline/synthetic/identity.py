"""Invented numbers and names: 13-digit ids with a right check digit, house codes, birth dates, names.

The ids begin with 8 and the province's code, the rest is a seeded permutation: unique, and issued to nobody on purpose.
"""

import numpy as np
import pyarrow as pa

from jpt_pipeline.synthetic.draw import Ints, scattered

FIRST_DIGIT = 8
_SERIALS = 10**9
_HOUSES = 10**7
_WEIGHTS = np.arange(13, 1, -1)


def citizen_ids(positions: Ints, province_code: str, seed: int) -> pa.Array:
    """13-digit texts, one per position, unique over the province; positions below 10**9."""
    base = (FIRST_DIGIT * 100 + int(province_code)) * _SERIALS + scattered(positions, _SERIALS, seed)
    digits = base[:, None] // 10 ** np.arange(11, -1, -1) % 10
    check = (11 - (digits * _WEIGHTS).sum(axis=1) % 11) % 10
    return pa.array(base * 10 + check).cast(pa.string())


def wrong_check_digit(citizen_id: str) -> str:
    """The same id with another last digit."""
    return citizen_id[:-1] + str((int(citizen_id[-1]) + 1) % 10)


def house_codes(positions: Ints, district_codes: Ints, seed: int) -> pa.Array:
    """11-digit texts: district and 7 digits, unique over the province; positions below 10**7."""
    return pa.array(district_codes * _HOUSES + scattered(positions, _HOUSES, seed)).cast(pa.string())


def buddhist_dates(days: "np.ndarray[tuple[int], np.dtype[np.datetime64]]") -> pa.Array:
    """dd/mm/yyyy of the Buddhist Era for days."""
    unique, positions = np.unique(days, return_inverse=True)
    written = [f"{day.day:02d}/{day.month:02d}/{day.year + 543}" for day in unique.tolist()]
    return pa.DictionaryArray.from_arrays(pa.array(positions.astype(np.int32)), pa.array(written, pa.string()))
