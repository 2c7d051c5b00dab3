"""What is said about rooms: by a presenter on the live stream, by a follower on the room's own."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Predicate

from app.compute.room_code import SECRET
from app.compute.tally import MAX_ANSWERS
from app.experiments.experiment import STRICT
from app.experiments.fields import About, Items, OneOf, names, whole
from app.experiments.lessons import LESSONS

MOST_CHOICES = 6
MOST_TURN = 2**53 - 1

HEX = "32 digits from 0 to 9 and a to f"


def _is_hex(text: str) -> bool:
    return SECRET.fullmatch(text) is not None


@dataclass(frozen=True)
class OpenRoom:
    """Open the room of this secret, or take it over: from now on others follow this session.

    Who connects anew says its turn again, and learns whether another window has a later one.
    """

    __pydantic_config__ = STRICT
    type: str
    secret: Annotated[
        str, About(HEX, "known to the presenter alone; the code follows from it"), Predicate(_is_hex)
    ]
    turn: (
        Annotated[int, whole(0, MOST_TURN, "rises with each window of the presenter that takes the room")]
        | None
    ) = None


@dataclass(frozen=True)
class Ask:
    """Put a lesson's question to the class, show its answer, or (null) take it back."""

    __pydantic_config__ = STRICT
    type: str
    lesson: Annotated[str, OneOf(names(LESSONS), "the lesson whose question it is")] | None
    revealed: bool = False
    counts: (
        Annotated[
            tuple[Annotated[int, whole(0, MAX_ANSWERS, "how many chose this answer")], ...],
            Items(2, MOST_CHOICES, "of a revealed question, for a server that has forgotten the answers"),
        ]
        | None
    ) = None


@dataclass(frozen=True)
class CloseRoom:
    """End the room for everybody."""

    __pydantic_config__ = STRICT
    type: str


@dataclass(frozen=True)
class Answer:
    """A follower's choice; given again it replaces the one before."""

    __pydantic_config__ = STRICT
    type: str
    voter: Annotated[str, About(HEX, "drawn by the page, so that nobody counts twice"), Predicate(_is_hex)]
    lesson: Annotated[str, OneOf(names(LESSONS), "the lesson whose question is answered")]
    choice: Annotated[int, whole(0, MOST_CHOICES - 1, "which answer")]


RoomMessage = OpenRoom | Ask | CloseRoom
