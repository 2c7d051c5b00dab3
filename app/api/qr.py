"""``GET /api/qr?text=``: a QR code of a link, drawn here so that no link is sent to anybody else."""

import io
from dataclasses import dataclass
from typing import Annotated

import segno
from fastapi import APIRouter, Request, Response

from app.api.problems import documented
from app.api.reading import described_query
from app.experiments.check import ExperimentError, FieldError
from app.experiments.experiment import STRICT
from app.experiments.fields import About

router = APIRouter()

MOST_BYTES = 2_300
"""What a code of the lowest error correction still holds with room to spare, about 170 dots a side."""


@dataclass(frozen=True)
class Query:
    """What the code says."""

    __pydantic_config__ = STRICT
    text: Annotated[str, About(f"1 to {MOST_BYTES} bytes of text", "what the code says")] = ""


@router.get("/api/qr", responses=documented(422), openapi_extra=described_query(Query))
def qr(request: Request) -> Response:
    """The code as SVG, dark on light, with the quiet zone around it."""
    text = request.query_params.get("text", "")
    length = len(text.encode("utf-8", "surrogatepass"))
    if not 0 < length <= MOST_BYTES:
        rule = f"1 to {MOST_BYTES} bytes of text, which is what a QR code holds"
        raise ExperimentError(FieldError("text", rule, f"{length} bytes"))
    code = segno.make(text.encode("utf-8", "replace"), error="l", micro=False, mode="byte")
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", scale=4, border=4, light="#ffffff", xmldecl=False)
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
