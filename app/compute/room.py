"""A room: a presenter's session, watched by many, with their answers to its questions counted.

A room knows no socket. The presenter hands it the frames of a session; each follower runs a task of its own.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from app.compute.broadcast import Broadcast
from app.compute.seats import Follower, Presenter
from app.compute.tally import Question, Tally

PACES = ((0, math.inf), (1, 20.0), (100, 15.0), (200, 12.0))
"""From so many followers on, so many frames a second at most."""
EXPECTED_SECONDS = 5.0
EMPTY_SECONDS = 10.0
AWAY_SECONDS = 60.0
"""So long a class may be away as a whole, as when its network fails, before its room gives way to another."""
STILL_SECONDS = 300.0
"""After so long a room that nobody ever followed is unused: if it shows nothing, or stands still."""


class Room:
    """One code. ``version`` counts the changes of what followers are told beside the frames."""

    def __init__(self, code: str, proof: bytes) -> None:
        self.code = code
        self.proof = proof
        self.presenter: Presenter | None = None
        self.left_at = time.monotonic()
        self.followers: set[Follower] = set()
        self.tally = Tally()
        self.version = 1
        self.closed = False
        self.address = ""
        self.turn = 0
        self._why_closed = ""
        self.broadcast = Broadcast(self._wake)
        # Of several servers one holds the room, the others mirror it (relay.py).
        self.since = 0
        self.alone = False
        self._expected_until = 0.0
        self.outlet: Follower | None = None
        self.others: dict[str, tuple[int, float]] = {}
        self.empty_since = time.monotonic()
        self._shown_at = time.monotonic()
        self.ever_followed = False
        self._followed = False
        self._unfollowed_at = time.monotonic()
        self._answer_there: Callable[[dict[str, Any]], None] | None = None
        self._status_there: dict[str, Any] = {}

    # What the presenter does.

    def may_take(self, turn: int | None) -> bool:
        """Whether a window that took the room at this turn has it still, or takes it now.

        A presenter's browser counts the turns, so that its windows agree whatever a server has forgotten;
        who says none takes it in any case.
        """
        if turn is None:
            return True
        if turn < self.turn:
            return False
        self.turn = turn
        return True

    def present(self, presenter: Presenter) -> None:
        """From now on this one steers; the one before, another window perhaps, is told so."""
        before, self.presenter = self.presenter, presenter
        self._shown_at = time.monotonic()  # who comes back has a moment to show something
        if before is not None:
            before.changed.set()
        self._changed()

    def leave(self, presenter: Presenter) -> None:
        """The presenter's connection has ended; the room waits for another."""
        if self.presenter is presenter:
            self.presenter, self._expected_until = None, 0.0
            self.left_at = time.monotonic()
            self._changed()

    def feed(self, presenter: Presenter, frame: bytes) -> None:
        """A frame of the presenter's session, unless another has taken its place."""
        if self.presenter is presenter:
            self._shown_at = time.monotonic()
            self.broadcast.feed(frame)

    def ask(self, question: Question | None, counted_before: tuple[int, ...] | None = None) -> None:
        """Ask the class; the same question again keeps its answers."""
        if question != self.tally.question:
            self.tally.ask(question, counted_before)
            self._changed()

    def close(self, why: str = "") -> None:
        """For everybody; the presenter is told why, if it was not their own wish."""
        self.closed, self._why_closed = True, why
        self._changed()

    # What followers do.

    def join(self, follower: Follower) -> None:
        self.followers.add(follower)
        self._counted()

    def go(self, follower: Follower) -> None:
        self.followers.discard(follower)
        self._counted()

    def answer(self, voter: str, lesson: str, choice: int) -> None:
        """Count an answer, or let somebody change theirs; one to another question comes too late."""
        if self._answer_there is not None:
            self._answer_there({"voter": voter, "lesson": lesson, "choice": choice})
        elif self.tally.answer(voter, lesson, choice):
            self._tell_presenter()

    # What they are told.

    def status(self) -> dict[str, Any]:
        """What followers are told beside the frames."""
        if self._answer_there is not None:
            there = self._status_there
            presented = there.get("presented", False) and not self.alone
            return {
                **there,
                "type": "room",
                "code": self.code,
                "presented": presented,
                "reached": not self.alone,
            }
        asked = self.tally.question
        question = asked and {"lesson": asked.lesson, "revealed": asked.revealed}
        return {
            "type": "room",
            "code": self.code,
            "presented": self.presenter is not None,
            "round": self.tally.round,
            "question": question,
            "counts": self.tally.counts() if asked and asked.revealed else None,
            "reached": True,
        }

    def summary(self, presenter: Presenter) -> dict[str, Any]:
        """What the presenter is told; one whose place another has taken, only that."""
        if self.closed and self._why_closed:
            return {"type": "room", "code": None, "why": "refused", "detail": self._why_closed}
        if self.closed or self.presenter is not presenter:
            why = "closed" if self.closed else "taken"
            return {"type": "room", "code": None, "why": why}
        return {
            "type": "room",
            "code": self.code,
            "followers": len(self.followers) + sum(count for count, _ in self.others.values()),
            "alone": self.alone,
            "question": self.tally.question and self.tally.question.lesson,
            "counts": self.tally.counts(),
        }

    @property
    def deserted(self) -> bool:
        """Whether nobody presents it and nobody follows it, here or elsewhere."""
        return self.presenter is None and self.unfollowed

    @property
    def deserted_at(self) -> float:
        """When the last of them left, if it is deserted."""
        return max(self.left_at, self._unfollowed_at)

    @property
    def gives_way(self) -> bool:
        """Whether it is deserted, and its class, if it ever had one, has been away for long."""
        away = time.monotonic() - self.deserted_at
        return self.deserted and (away > AWAY_SECONDS or not self.ever_followed)

    @property
    def unfollowed(self) -> bool:
        """Whether nobody follows it, here or elsewhere."""
        return not (self.followers or self.others or self.elsewhere)

    @property
    def used(self) -> bool:
        """Whether somebody has ever followed it, or its run goes on."""
        return self.ever_followed or self.broadcast.playing

    @property
    def unused(self) -> bool:
        """Whether it is not used, and its presenter has shown nothing for a while that is long enough."""
        seconds = STILL_SECONDS if self.broadcast.number else EMPTY_SECONDS
        return not self.used and time.monotonic() - self._shown_at > seconds

    @property
    def presented(self) -> bool:
        """Whether its presenter is here, or about to come."""
        return self.presenter is not None or time.monotonic() < self._expected_until

    @property
    def elsewhere(self) -> bool:
        """Whether another server holds it."""
        return self._answer_there is not None

    # Where several servers share it.

    def is_elsewhere(self, answer: Callable[[dict[str, Any]], None]) -> None:
        """Another server holds the room from now on; answers go there."""
        self._status_there, self._answer_there = self.status(), answer
        before, self.presenter, self.outlet = self.presenter, None, None
        if before is not None:
            before.changed.set()
        self._changed()

    def expect_presenter(self) -> None:
        """Whoever proved the secret presents it in a moment."""
        self._expected_until = time.monotonic() + EXPECTED_SECONDS

    def is_here(self) -> None:
        """This server holds the room from now on, and begins to count anew."""
        self._answer_there, self._status_there = None, {}
        self.tally = Tally()
        self.left_at = time.monotonic()  # its presenter is about to come
        self._changed()

    def mirror_status(self, status: dict[str, Any]) -> None:
        """What the server that holds the room tells followers."""
        if self._answer_there is not None and status != self._status_there:
            self._status_there = status
            self._changed()

    def others_have(self, server: str, followers: int, until: float) -> None:
        """So many follow on another server, which says so again before ``until``."""
        self.others[server] = followers, until
        self._counted()

    def forget_silent(self, now: float) -> None:
        """Servers that have not said so again have gone, and those who followed there."""
        heard = {server: seen for server, seen in self.others.items() if seen[1] > now}
        if len(heard) < len(self.others):
            self.others = heard
            self._counted()

    def answers_may_be_missing(self) -> None:
        """Pages are to give theirs again, as long as the question stands."""
        if self.tally.question and not self.tally.question.revealed:
            self.tally.begin_anew()
            self._changed()

    def set_alone(self, alone: bool) -> None:
        """Whether the other servers cannot be reached."""
        if self.alone != alone:
            self.alone = alone
            self._changed()

    def _counted(self) -> None:
        if self._followed and self.unfollowed:
            self._unfollowed_at = time.monotonic()
        self._followed = not self.unfollowed
        self.ever_followed |= self._followed
        if self.presenter is not None:
            many = len(self.followers) + sum(count for count, _ in self.others.values())
            pace = [frames for least, frames in PACES if many >= least][-1]
            self.presenter.pace(1 / pace)
        self._tell_presenter()

    def _changed(self) -> None:
        self.version += 1
        self._counted()
        self._wake()

    def _tell_presenter(self) -> None:
        if self.presenter is not None:
            self.presenter.changed.set()

    def _wake(self) -> None:
        for follower in self.followers:
            follower.wake.set()
        if self.outlet is not None:
            self.outlet.wake.set()
