"""The code of a room follows from its presenter's secret, so no server has to remember whose it is.

    code = the last 8 digits, in base 30, of scrypt(secret)

A code is shown to the whole room, and who finds another secret with the same code could open that room
after a restart. A plain hash of 39 bits is searched through in minutes; scrypt makes every guess cost
some 40 ms and 16 MB, and 30^8 = 6.6e11 of them some eight hundred years of one core.
"""

import hashlib
import re

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 and O, 1, I and L, and U, which are mistaken for one another when read from a wall."""
LENGTH = 8
SECRET = re.compile(r"[0-9a-f]{32}")


def code_of(secret: str) -> str:
    """Takes some 40 ms, in a thread of its own if others wait."""
    digest = hashlib.scrypt(secret.encode(), salt=b"a room of the playground", n=2**14, r=8, p=1, dklen=16)
    number, code = int.from_bytes(digest), ""
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        code += ALPHABET[digit]
    return code


def proof_of(secret: str) -> bytes:
    """What a server keeps of a secret to know it again: 128 random bits need no slow hash."""
    return hashlib.sha256(b"proof " + secret.encode()).digest()


def as_typed(text: str) -> str | None:
    """The code that somebody typed, in small letters or with a dash perhaps; None if it cannot be one."""
    code = re.sub(r"[\s-]", "", text).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
