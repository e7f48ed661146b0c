"""What a caller demands and what a query says, kept apart where joining them would let through what only one allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from indexes.errors import BadInput
from indexes.query.filters import LANGUAGE_NAMES, Filters, merged
from indexes.records import PaperRole

_ALTERNATIVES = ("authors", "categories", "venues", "sections", "kinds")
"""Fields whose entries are alternatives: two such lists cannot both be asked for by one."""


def intersected(given: Filters, read: Filters) -> tuple[Filters, Filters]:
    """Return two filters that a hit meets just where it meets both of these.

    Args:
        given: by the caller.
        read: in the query and its instruction.

    Returns:
        all that one filter can ask, and the alternatives read where others were given; mostly the second is empty.

    Raises:
        BadInput: the periods share no day, the languages differ, or no role is in both.
    """
    _check_languages(given, read)
    roles = _roles(given, read)
    contested: dict[str, Any] = {
        name: names
        for name in _ALTERNATIVES
        if (names := getattr(read, name)) and getattr(given, name) and set(names) != set(getattr(given, name))
    }
    cleared: dict[str, Any] = dict.fromkeys(contested, ())
    return merged(replace(given, roles=roles), replace(read, roles=roles, **cleared)), Filters(**contested)


def _check_languages(given: Filters, read: Filters) -> None:
    if given.language and read.language and given.language is not read.language:
        raise BadInput(
            f"the filters ask for papers in {LANGUAGE_NAMES[given.language]}, "
            f"the query for papers in {LANGUAGE_NAMES[read.language]}",
            hint="Leave one of the two out.",
        )


def _roles(given: Filters, read: Filters) -> tuple[PaperRole, ...]:
    """Return the roles that both allow; no roles allow all."""
    if not given.roles or not read.roles:
        return given.roles or read.roles
    roles = tuple(role for role in given.roles if role in read.roles)
    if not roles:
        raise BadInput(
            f"the filters ask for {_named(given.roles)}, the query for {_named(read.roles)}",
            hint="Leave one of the two out.",
        )
    return roles


def _named(roles: tuple[PaperRole, ...]) -> str:
    return " or ".join(f"{role.value}s" for role in roles)
