"""Lessons: one table, read by the page, the API and the tests."""

from app.experiments.lessons.lesson import MEASURES, Claim, Lesson, holds, measured
from app.experiments.lessons.rows import LESSONS

__all__ = ["LESSONS", "MEASURES", "Claim", "Lesson", "holds", "measured"]
