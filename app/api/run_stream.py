"""``POST /api/runs/stream``: a run that tells how far it is."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from fastapi import APIRouter, Request

from app.api.lines import Lines, line
from app.api.problems import documented
from app.api.reading import described_body
from app.api.running import chunks, place
from app.api.runs import RunRequest, asked_run
from app.experiments.answers import answer, entry_of
from app.experiments.run import Record
from app.experiments.schema import as_json

router = APIRouter()


@router.post(
    "/api/runs/stream",
    status_code=200,
    response_class=Lines,
    responses=documented(400, 413, 422, 503),
    openapi_extra=described_body(RunRequest),
)
async def run_stream(request: Request) -> Lines:
    """The run of ``POST /api/runs`` as newline-delimited JSON, while it is computed.

    Lines of progress, ``{"progress": {"step", "steps", "history": [...]}}``, bring the entries of the
    history since the line before; the last line is the whole answer, as ``POST /api/runs`` gives it.
    Where the computing fails after the first line, the last one is ``{"problem": {...}}``, a problem
    document. The run ends when its client leaves.
    """
    asked, experiment = await asked_run(request)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(place(request))
        following = chunks(pool, experiment, asked.steps, asked.record_every)
        state, passed = await anext(following)  # what cannot be started is refused before the first line
        held = stack.pop_all()

    async def lines() -> AsyncIterator[bytes]:
        at, new, records = state, passed, list[Record]()
        while True:
            told = [record for record in new if record.step < at.step]
            records += told
            history = [entry_of(record) for record in told]
            yield line({"progress": {"step": at.step, "steps": asked.steps, "history": history}})
            try:
                at, new = await anext(following)
            except StopAsyncIteration:
                break
        whole = as_json(experiment)
        yield await pool.call(answer, whole, experiment, at, records, asked.include, asked.arrays) + b"\n"

    return Lines(lines(), held)
