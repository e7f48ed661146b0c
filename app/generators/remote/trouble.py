"""What went wrong in one attempt: the error that a caller would get, and whether another attempt may mend it."""

from __future__ import annotations

from indexes.errors import ModelFailed, RonbunError

CHECK_SERVER = "Check RONBUN_REMOTE_URL, that the server runs, and its log."


class Trouble(Exception):
    """One attempt failed. Stays in this room: `error` is what leaves it.

    `is_passing` says that another attempt may succeed, `is_outage` that the server and not the request is at fault,
    `retry_after_s` how long the server asked to be left alone. `status` and `said` are of an answer that refuses.
    `is_wordless` marks a stream that broke off before its first event.
    """

    def __init__(
        self,
        error: RonbunError,
        *,
        is_passing: bool = False,
        is_outage: bool = False,
        retry_after_s: float | None = None,
        status: int | None = None,
        said: str = "",
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.is_passing = is_passing
        self.is_outage = is_outage
        self.retry_after_s = retry_after_s
        self.status = status
        self.said = said
        self.is_wordless = False


def outage(what: str, *, hint: str = CHECK_SERVER) -> Trouble:
    """Return the trouble of a server that could not be reached, fell silent or broke off."""
    return Trouble(ModelFailed(what, hint=hint), is_passing=True, is_outage=True)


def unreadable(what: str, *, hint: str = CHECK_SERVER) -> Trouble:
    """Return the trouble of an answer that breaks the protocol or one of our limits; asking again would not help."""
    return Trouble(ModelFailed(what, hint=hint))
