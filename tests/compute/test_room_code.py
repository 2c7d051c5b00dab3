"""The code of a room: it follows from the secret, and is read and typed without mistakes."""

from hypothesis import given
from hypothesis import strategies as st

from app.compute.room_code import ALPHABET, LENGTH, as_typed, code_of, proof_of

SECRET = "0123456789abcdef" * 2


def test_the_same_secret_has_the_same_code_on_every_server():
    assert code_of(SECRET) == code_of(SECRET)
    # Of this very function, whatever the version: rooms come back under the code that is on the wall.
    assert code_of(SECRET) == "XCVSFEVN"


def test_secrets_that_differ_in_one_digit_have_other_codes_and_proofs():
    other = "1" + SECRET[1:]
    assert code_of(other) != code_of(SECRET)
    assert proof_of(other) != proof_of(SECRET)


def test_a_proof_does_not_hold_the_secret():
    assert SECRET.encode() not in proof_of(SECRET)
    assert len(proof_of(SECRET)) == 32


def test_no_two_digits_are_mistaken_for_one_another():
    assert not set(ALPHABET) & set("01ILOU")
    assert len(set(ALPHABET)) == len(ALPHABET) == 30


@given(st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_a_code_is_read_however_it_is_typed(code):
    for typed in (code, code.lower(), f"{code[:4]}-{code[4:]}", f" {code[:4]} {code[4:]}\n"):
        assert as_typed(typed) == code


@given(st.text(max_size=20))
def test_what_is_read_as_a_code_is_one(text):
    code = as_typed(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))
