"""What a page may say on the stream: one union, told apart by ``type``."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, cast

from app.api.room_messages import Ask, CloseRoom, OpenRoom
from app.experiments.check import ExperimentError
from app.experiments.experiment import MAX_STEP, STRICT, Coordinate, Experiment, Label, Unit
from app.experiments.fields import About, Items, Number, OneOf, names, whole
from app.experiments.observe import View
from app.experiments.panels import PANELS
from app.experiments.schema import adapter, one_of

Step = Annotated[int, whole(0, MAX_STEP, "a step of the run")]
Speed = Annotated[float, Number(0, 1_000_000, "steps per second; null is as fast as it goes", above=True)]
Side = Annotated[int, whole(0, 100, "cells along one side; 0 leaves it out")]


@dataclass(frozen=True)
class Looks:
    """What the page shows, and so what travels."""

    __pydantic_config__ = STRICT
    boundary: Side = 0
    maps: Annotated[int, whole(0, 60, "cells along one side of a unit's map; 0 leaves them out")] = 0
    units: Annotated[int, whole(1, 64, "units of a layer in view")] = 8
    activations: bool = False
    panel: Annotated[str, OneOf(names(PANELS), "the tab that is open")] = "activations"
    example: Annotated[int, whole(0, 9_999, "the training point that By hand shows")] = 0
    point: (
        Annotated[tuple[Coordinate, Coordinate, Label], About("[x1, x2, label]", "instead of it")] | None
    ) = None
    layer: Annotated[int, whole(0, 13, "the layer that Hidden space shows; 0 are the inputs")] = 1
    script: Annotated[bool, About("true or false", "send By hand as a program too")] = False
    pair: tuple[Unit, Unit] = (0, 1)
    corner: tuple[Unit, Unit] = (0, 0)
    check: bool = False
    lines: bool = False

    def view(self) -> View:
        """As the workers understand it."""
        return View(
            self.boundary,
            self.maps,
            self.units,
            self.activations,
            panel=self.panel,
            example=self.example,
            point=self.point,
            script=self.script,
            layer=self.layer,
            pair=self.pair,
            corner=self.corner,
            check=self.check,
            lines=self.lines,
        )


@dataclass(frozen=True)
class Open:
    """Show one or two experiments at a step."""

    __pydantic_config__ = STRICT
    type: str
    lanes: Annotated[tuple[Experiment, ...], Items(1, 2, "the experiments, one lane each")]
    step: Step = 0
    playing: bool = False
    speed: Speed | None = 200.0
    until: Step | None = None
    view: Looks = field(default_factory=Looks)
    curves: Annotated[
        tuple[Annotated[int, whole(0, 1, "a lane before this message")], ...],
        Items(0, 2, "where the curve that the page shows in each lane was before; its own lane if not given"),
    ] = ()
    request: Annotated[int, whole(0, 2**53, "a number of the page's own, repeated in every frame since")] = 0


@dataclass(frozen=True)
class Play:
    """Run on, to ``until`` if given."""

    __pydantic_config__ = STRICT
    type: str
    until: Step | None = None


@dataclass(frozen=True)
class Pause:
    """Stop here; a seek under way ends where it is."""

    __pydantic_config__ = STRICT
    type: str


@dataclass(frozen=True)
class Forward:
    """Pause, and take some steps."""

    __pydantic_config__ = STRICT
    type: str
    steps: Annotated[int, whole(1, 100_000, "steps to take")] = 1


@dataclass(frozen=True)
class Seek:
    """Go to a step, forwards or backwards."""

    __pydantic_config__ = STRICT
    type: str
    step: Step


@dataclass(frozen=True)
class Reset:
    """To step 0, without interventions, the values in force kept."""

    __pydantic_config__ = STRICT
    type: str


@dataclass(frozen=True)
class SetSpeed:
    """Steps per second; null is as fast as it goes."""

    __pydantic_config__ = STRICT
    type: str
    steps_per_second: Speed | None


@dataclass(frozen=True)
class Look:
    """Show these things from now on."""

    __pydantic_config__ = STRICT
    type: str
    view: Looks


@dataclass(frozen=True)
class Ack:
    """Frame ``frame`` and all before it have been drawn."""

    __pydantic_config__ = STRICT
    type: str
    frame: Annotated[int, whole(0, 2**53, "number of a frame")]


Message = Open | Play | Pause | Forward | Seek | Reset | SetSpeed | Look | Ack | OpenRoom | Ask | CloseRoom

MESSAGES: dict[str, type[Any]] = {
    "open": Open,
    "play": Play,
    "pause": Pause,
    "step": Forward,
    "seek": Seek,
    "reset": Reset,
    "speed": SetSpeed,
    "look": Look,
    "ack": Ack,
    "room": OpenRoom,
    "ask": Ask,
    "close_room": CloseRoom,
}


def read_message(text: str, kinds: dict[str, type[Any]] = MESSAGES) -> Any:
    """The message in ``text``, one of ``kinds``.

    MalformedJSON, or an ExperimentError that names field, rule and value.
    """
    try:
        return one_of(**cast(Any, kinds)).read(text)
    except ExperimentError as error:
        lanes = _lanes_in(text) if any(e.field.startswith("lanes[0].") for e in error.errors) else 0
        raise named_by_experiment(error, lanes) from None


def named_by_experiment(error: ExperimentError, lanes: int) -> ExperimentError:
    """With a single lane its fields go by their own names, as in a request for a run."""
    if lanes != 1:
        return error
    return ExperimentError(*(replace(e, field=e.field.removeprefix("lanes[0].")) for e in error.errors))


@dataclass(frozen=True)
class _Lane:
    """Whatever it holds: nothing is made of what no field asks for."""


@dataclass(frozen=True)
class _Lanes:
    lanes: list[_Lane] = field(default_factory=list)


def _lanes_in(text: str) -> int:
    try:
        return len(adapter(_Lanes).validate_json(text).lanes)
    except ValueError:
        return 0
