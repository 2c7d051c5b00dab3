"""A question to the class, and how many chose each answer."""

from dataclasses import dataclass

MAX_ANSWERS = 5_000


@dataclass(frozen=True)
class Question:
    """What the class is asked: a lesson's question, and whether its answer has been shown."""

    lesson: str
    choices: int
    revealed: bool = False


class Tally:
    """The answers to the present question, one for each voter."""

    def __init__(self) -> None:
        self.question: Question | None = None
        self._answers: dict[str, int] = {}

    def ask(self, question: Question | None) -> None:
        """Ask the class; the same lesson's question again keeps its answers."""
        if question is None or self.question is None or question.lesson != self.question.lesson:
            self._answers = {}
        self.question = question

    def answer(self, voter: str, lesson: str, choice: int) -> bool:
        """Count an answer, or let somebody change theirs; False where it is too late or one too many."""
        question = self.question
        if question is None or question.revealed or question.lesson != lesson or choice >= question.choices:
            return False
        if voter not in self._answers and len(self._answers) >= MAX_ANSWERS:
            return False
        self._answers[voter] = choice
        return True

    def counts(self) -> list[int] | None:
        """How many chose each answer."""
        if self.question is None:
            return None
        given = list(self._answers.values())
        return [given.count(choice) for choice in range(self.question.choices)]
