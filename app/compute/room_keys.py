"""Who holds a room: a key in Redis per room, which its owner keeps and which expires without it.

A key is written only over what was compared: else a claim that is slow would undo a better one.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any, cast

from app.compute.room import Room

log = logging.getLogger("playground.rooms")

PREFIX = "planar:room:"
EXPIRES_SECONDS = 10
KEEP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


@dataclass(frozen=True)
class Owner:
    """What the key of a room says: the server, since when, whether the room is presented there, the
    presenter's window that took it last, and the proof of its secret."""

    server: str
    since: int
    presented: bool
    turn: int
    proof: bytes


def owner_in(found: bytes) -> Owner | None:
    """What a key says; None where it says nothing that can be read."""
    if not found:
        return None
    try:
        told = json.loads(found)
        presented, turn = bool(told.get("presented", True)), int(told.get("turn", 0))
        return Owner(str(told["server"]), int(told["since"]), presented, turn, bytes.fromhex(told["proof"]))
    except (ValueError, KeyError, TypeError):
        log.warning("the owner of a room cannot be read")
        return None


class RoomKeys:
    """The keys as the server ``me`` reads and writes them, by a client of Redis."""

    def __init__(self, redis: Any, me: str) -> None:
        self._redis, self._me = redis, me

    async def owner(self, code: str) -> Owner | None:
        """Who holds the room; None if nobody does."""
        return owner_in(await self.found(code))

    async def found(self, code: str) -> bytes:
        """What the key holds; empty without one."""
        return cast(bytes, await self._redis.get(PREFIX + code) or b"")

    async def keep(self, room: Room, found: bytes) -> bool:
        """Write that the room is here, if the key still holds what was found."""
        value = {
            "server": self._me,
            "since": room.since,
            "presented": room.presented,
            "turn": room.turn,
            "proof": room.proof.hex(),
        }
        what = found, json.dumps(value), str(EXPIRES_SECONDS)
        return bool(await self._redis.eval(KEEP, 1, PREFIX + room.code, *what))

    async def remove(self, code: str) -> None:
        """Nobody holds the room any more."""
        await self._redis.delete(PREFIX + code)
