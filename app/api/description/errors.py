"""Errors that no single call is the reason of: problem documents that any of them may answer with."""

from app.api.problems import documented

ANYWHERE = {
    403: "Another page asks: a browser names its origin, and only the server's own page may",
    408: "The request did not come whole in time",
    421: "The server does not answer to this host name",
    500: "Something went wrong on the server; it has been logged",
    503: "Too much has come that is not read yet, and this had to give way; Retry-After says for how long",
}
"""What every call may answer, with its reason."""

ELSEWHERE = {
    404: "There is nothing at this address",
    405: "This address does not answer this method; Allow says which it does",
}
"""What is answered where there is no such call."""

ABOUT = (
    "Every error is a problem document (RFC 9457). Beside those of a call any address may answer "
    + "; ".join(
        f"{status}: {about[0].lower() + about[1:]}" for status, about in (ANYWHERE | ELSEWHERE).items()
    )
    + ". HEAD is answered wherever GET is. NaN and Infinity never stand in an answer."
)

EVERY_CALL = {
    str(status): {**response, "description": ANYWHERE[int(status)]}
    for status, response in documented(*ANYWHERE).items()
}
NO_CALL = {
    f"{status}": {**response, "description": ELSEWHERE[int(status)]}
    for status, response in documented(*ELSEWHERE).items()
}
