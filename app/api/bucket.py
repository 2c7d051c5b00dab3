"""A bound on how often: a bucket of tokens that fills at a steady rate."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """``burst`` at once, ``rate`` a second in the long run."""

    rate: float
    burst: float
    _left: float = field(default=-1.0)
    _at: float = 0.0

    def __post_init__(self) -> None:
        self._left, self._at = self.burst, time.monotonic()

    @property
    def left(self) -> float:
        """Tokens in it now."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        return self._left

    def take(self, tokens: float = 1.0) -> bool:
        """Whether there were so many tokens; what costs more than the bucket holds costs all of it."""
        tokens = min(tokens, self.burst)
        if self.left < tokens:
            return False
        self._left -= tokens
        return True

    def wait(self, tokens: float) -> float:
        """Take so many tokens, and answer in how many seconds they will all have been there."""
        self._left = self.left - tokens
        return max(-self._left / self.rate, 0.0)


class Buckets:
    """One bucket per address; of many addresses the ones that have been quiet longest are forgotten."""

    MOST = 10_000

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._of: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, address: str) -> Bucket:
        """The bucket of this address."""
        bucket = self._of.setdefault(address, Bucket(self._rate, self._burst))
        self._of.move_to_end(address)
        if len(self._of) > self.MOST:
            self._of.popitem(last=False)
        return bucket
