"""What the service is told by its root, and the rule about who may reach it: loopback, or keys."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from indexes.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """Limits and addresses of one service; the root fills it from `Settings`.

    `max_queue` bounds waiting jobs and, on its own, waiting questions. `warm_encoder` loads the encoder in the
    background at start; until then `/readyz` answers 503. After `answer_timeout_s` an answer that is not there fails
    with `busy`; None sets no limit.
    """

    host: str
    api_keys: tuple[str, ...]
    max_upload_bytes: int
    max_queue: int
    ask_workers: int
    evidence_passages: int
    max_files: int = 100
    read_workers: int = 4
    render_workers: int = 2
    warm_encoder: bool = False
    heartbeat_s: float = 15.0
    answer_timeout_s: float | None = None


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`; a name other than `localhost` counts as reachable."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(options: ServiceOptions) -> None:
    """Refuse a service that others could reach without a key.

    Raises:
        BadInput: the host is not loopback and there is no key, or a key is too short to be one.
    """
    if not options.api_keys and not is_loopback(options.host):
        raise BadInput(
            f"host {options.host!r} can be reached from other machines, and no API key is set",
            hint="Set RONBUN_API_KEYS to one or more keys separated by commas, or listen on 127.0.0.1.",
        )
    short = [key for key in options.api_keys if len(key) < MIN_KEY_LENGTH]
    if short:
        raise BadInput(
            f"an API key has {len(short[0])} characters; at least {MIN_KEY_LENGTH} are needed",
            hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(24))'",
        )


MIN_KEY_LENGTH = 16  # characters; 16 of base64 are 96 bits, beyond guessing over a network
