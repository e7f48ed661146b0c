"""A failed request to the seconds to wait before the next one, or to the decision that there is none.

The wait doubles with each attempt and is jittered, so that many readers do not come back at once; what the server
states in Retry-After (RFC 9110, 10.2.3) counts where it is longer.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_ATTEMPTS = 4
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
"""A server that asks for more patience than this is left alone; its source fails and says when to come back."""

_TOO_MANY = 429


def is_passing(status: int) -> bool:
    """Say whether a status may go away by itself: too many requests, or the server's own trouble."""
    return status == _TOO_MANY or 500 <= status <= 599


def backoff_s(attempt: int, *, asked_s: float | None = None) -> float | None:
    """Return the seconds to wait after attempt number `attempt` (from 1), or None to give up."""
    if attempt >= MAX_ATTEMPTS or (asked_s is not None and asked_s > LONGEST_WAIT_S):
        return None
    own: float = FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)
    return max(own, asked_s or 0.0)


def asked_wait_s(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return the seconds that Retry-After asks for (a number or a date), or None where it says nothing sensible."""
    stated = headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated[:9])
    try:
        at = parsedate_to_datetime(stated)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def stated_interval_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds between requests that X-Rate-Limit-Limit and -Interval ("50" per "1s") come to, or None."""
    limit = headers.get("x-rate-limit-limit", "").strip()
    interval = headers.get("x-rate-limit-interval", "").strip().removesuffix("s")
    if not (limit.isascii() and limit.isdigit() and interval.isascii() and interval.isdigit() and int(limit[:9])):
        return None
    return min(LONGEST_WAIT_S, int(interval[:9]) / int(limit[:9]))
