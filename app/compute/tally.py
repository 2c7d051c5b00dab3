"""A question to the class, and how many chose each answer."""

import time
from dataclasses import dataclass

MAX_ANSWERS = 5_000


@dataclass(frozen=True)
class Question:
    """What the class is asked: a lesson's question, and whether its answer has been shown."""

    lesson: str
    choices: int
    revealed: bool = False


class Tally:
    """The answers to the present question, one for each voter.

    They are kept here only. Pages that see another ``round`` than before give their answers again.
    """

    def __init__(self) -> None:
        self.question: Question | None = None
        self.round = 0
        self._answers: dict[str, int] = {}
        self._counted_before: tuple[int, ...] | None = None
        self.begin_anew()

    def begin_anew(self) -> None:
        """Answers may be missing: another round."""
        self.round = max(self.round + 1, time.time_ns() // 1_000_000)

    def ask(self, question: Question | None, counted_before: tuple[int, ...] | None = None) -> None:
        """Ask the class; the same lesson's question again keeps its answers.

        Whoever has seen the answer no longer votes. So a question that comes here revealed, after a restart
        perhaps, shows what its presenter had ``counted_before``, until it is put to the class again.
        """
        if question is None or self.question is None or question.lesson != self.question.lesson:
            self._answers = {}
            self._counted_before = counted_before if question and question.revealed else None
        elif self._counted_before and not question.revealed:
            self._counted_before = None
            self.begin_anew()
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
        if self._counted_before:
            return list(self._counted_before)
        given = list(self._answers.values())
        return [given.count(choice) for choice in range(self.question.choices)]
