"""Every setting of the server, with the environment variable that changes it."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from typing import Any

MOST_PORT = 65_535
OF_THIS_MACHINE = "localhost,127.0.0.1,[::1]"
LARGEST_HELD = 5
"""Times the largest: one wide character makes four bytes of every other one, and nobody is alone."""


def _setting(default: Any, variable: str, about: str, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"variable": variable, "about": about, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """Read once at the start; see ``from_environment``."""

    host: str = _setting("127.0.0.1", "PLAYGROUND_HOST", "address to listen on")
    port: int = _setting(8000, "PLAYGROUND_PORT", "port to listen on; 0 takes a free one")
    workers: int = _setting(0, "PLAYGROUND_WORKERS", "worker processes; 0 is one per core")
    scheduler: str = _setting(
        "",
        "PLAYGROUND_SCHEDULER",
        "tcp:// or tls:// address of a Dask scheduler whose workers compute instead",
    )
    allowed_hosts: str = _setting(
        "",
        "PLAYGROUND_ALLOWED_HOSTS",
        "host names that are answered, separated by commas, or * for any; if empty, localhost, 127.0.0.1 and "
        "[::1] where PLAYGROUND_HOST is of this machine alone, else any",
    )
    frame_ancestors: str = _setting(
        "'none'", "PLAYGROUND_FRAME_ANCESTORS", "pages that may show this one in a frame, as CSP sources"
    )
    trusted_proxies: str = _setting(
        "",
        "PLAYGROUND_TRUSTED_PROXIES",
        "addresses or networks, separated by commas, whose X-Forwarded-For is believed",
    )
    max_sessions: int = _setting(400, "PLAYGROUND_MAX_SESSIONS", "live sessions at the same time")
    max_sessions_per_address: int = _setting(
        0,
        "PLAYGROUND_MAX_SESSIONS_PER_ADDRESS",
        "of them, of followers, of rooms, and of whole runs and sweeps at once, from one address; 0 is no "
        "limit, since a lecture hall is one address behind its router",
    )
    max_messages_per_second: float = _setting(
        200.0,
        "PLAYGROUND_MAX_MESSAGES_PER_SECOND",
        "messages of one page over some seconds; 0 is no limit",
    )
    max_rooms: int = _setting(50, "PLAYGROUND_MAX_ROOMS", "rooms at the same time")
    max_followers: int = _setting(
        1000, "PLAYGROUND_MAX_FOLLOWERS", "followers at the same time, of all rooms"
    )
    redis_url: str = _setting(
        "",
        "PLAYGROUND_REDIS_URL",
        "Redis through which several servers share rooms, redis://host:port; none if empty",
    )
    room_idle_seconds: float = _setting(
        900.0, "PLAYGROUND_ROOM_IDLE_SECONDS", "how long a room waits for a presenter who left"
    )
    max_runs: int = _setting(50, "PLAYGROUND_MAX_RUNS", "requests for whole runs at the same time")
    max_body_bytes: int = _setting(
        4_000_000, "PLAYGROUND_MAX_BODY_BYTES", "size of a request, or of a message on the stream"
    )
    max_held_bytes: int = _setting(
        64_000_000,
        "PLAYGROUND_MAX_HELD_BYTES",
        "size of all requests and messages together that are not whole or not read yet, at least 5 times "
        "PLAYGROUND_MAX_BODY_BYTES; beyond it the largest, or those held longest, are refused",
    )
    max_run_seconds: float = _setting(
        60.0, "PLAYGROUND_MAX_RUN_SECONDS", "predicted length above which a run is refused"
    )
    cache_bytes: int = _setting(
        64_000_000, "PLAYGROUND_CACHE_BYTES", "size of the answers to runs that are kept; 0 keeps none"
    )
    ping_seconds: float = _setting(
        20.0,
        "PLAYGROUND_PING_SECONDS",
        "between two pings; a page that answers none for as long again is taken to have gone",
    )
    max_sweep_runs: int = _setting(10_000, "PLAYGROUND_MAX_SWEEP_RUNS", "runs of one sweep")
    max_sweep_seconds: float = _setting(
        600.0, "PLAYGROUND_MAX_SWEEP_SECONDS", "predicted length above which a sweep is refused"
    )
    chunk_timeout_seconds: float = _setting(
        60.0, "PLAYGROUND_CHUNK_TIMEOUT_SECONDS", "after this a worker is taken to hang and is ended"
    )
    read_seconds: float = _setting(
        30.0,
        "PLAYGROUND_READ_SECONDS",
        "within which a request must have come whole, and something of an answer been taken",
    )
    drain_seconds: float = _setting(
        0.0,
        "PLAYGROUND_DRAIN_SECONDS",
        "after SIGTERM, time for a proxy to notice that /api/ready says no before pages are sent elsewhere",
    )
    log_format: str = _setting(
        "text", "PLAYGROUND_LOG_FORMAT", "text, or json for one object a line", ("text", "json")
    )
    log_level: str = _setting(
        "info", "PLAYGROUND_LOG_LEVEL", "debug tells of every request", ("debug", "info", "warning", "error")
    )
    metrics: str = _setting(
        "local",
        "PLAYGROUND_METRICS",
        "who may read /metrics: local is this machine and no proxy on it; on is everybody",
        ("local", "on", "off"),
    )


def answered_hosts(settings: Settings) -> str:
    """The host names that a server on ``settings.host`` answers to.

    Another name that leads to this machine alone is a page's that wants to pass for ours (DNS rebinding).
    """
    if settings.allowed_hosts:
        return settings.allowed_hosts
    return OF_THIS_MACHINE if _is_of_this_machine(settings.host) else "*"


def _is_of_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that ``environment`` asks for; a ValueError names the variable, the rule and the value."""
    given: dict[str, Any] = {}
    for setting in fields(Settings):
        variable = setting.metadata["variable"]
        text = environment.get(variable)
        if text is None:
            continue
        kind: type[Any] = type(setting.default)
        try:
            given[setting.name] = kind(text)
        except ValueError:
            named = {int: "a whole number", float: "a number"}[kind]
            raise ValueError(f"{variable} must be {named}; got {text!r}") from None
        if setting.name == "frame_ancestors" and not re.fullmatch(r"[\w'*:/.\- ]+", text, re.ASCII):
            raise ValueError(f"{variable} must be CSP sources with spaces between them; got {text!r}")
        choices = setting.metadata["choices"]
        if choices and text not in choices:
            raise ValueError(f"{variable} must be one of {', '.join(choices)}; got {text!r}")
        if setting.name == "trusted_proxies":
            _check_networks(variable, text)
        if kind is not str and given[setting.name] < 0:
            raise ValueError(f"{variable} must be at least 0; got {text!r}")
        if setting.name == "port" and given["port"] > MOST_PORT:
            raise ValueError(f"{variable} must be at most {MOST_PORT}; got {text!r}")
        if kind is float and not math.isfinite(given[setting.name]):
            raise ValueError(f"{variable} must be a finite number; got {text!r}")
    found = Settings(**given)
    _check_held(found)
    return found


def _check_held(settings: Settings) -> None:
    """Or the largest that may be sent could never be read, however often somebody tries."""
    least = LARGEST_HELD * settings.max_body_bytes
    if settings.max_held_bytes < least:
        rule = f"at least {least}, {LARGEST_HELD} times PLAYGROUND_MAX_BODY_BYTES"
        raise ValueError(f"PLAYGROUND_MAX_HELD_BYTES must be {rule}; got '{settings.max_held_bytes}'")


def _check_networks(variable: str, text: str) -> None:
    """Names are no addresses, and ``*`` would let anybody be anybody."""
    for network in filter(None, (part.strip() for part in text.split(","))):
        try:
            ip_network(network)
        except ValueError:
            rule = "addresses or networks, separated by commas"
            raise ValueError(f"{variable} must be {rule}; got {network!r}") from None
