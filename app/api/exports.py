"""``POST /api/exports/{form}``: a run to take away, as a script, a notebook, JSON, CSV, npz or a report."""

from fastapi import APIRouter, HTTPException, Request, Response

from app.api.problems import documented
from app.api.reading import described_body
from app.api.running import place, run_to
from app.api.runs import RunRequest, asked_run
from app.experiments.answers import answer
from app.experiments.experiment import Experiment
from app.experiments.exports import RUN_FORMATS, run_file
from app.experiments.report import report
from app.experiments.run import State
from app.experiments.schema import as_json, to_fragment
from app.interface.plotly_script import plotly_script

router = APIRouter()


@router.post(
    "/api/exports/{form}",
    responses=documented(400, 404, 413, 422, 503),
    openapi_extra=described_body(RunRequest),
)
async def export(form: str, request: Request) -> Response:
    """The body is that of ``POST /api/runs``; the script and the notebook print the same costs."""
    if form not in RUN_FORMATS:
        raise HTTPException(404, f"there is no form {form[:100]!r}; there are {', '.join(RUN_FORMATS)}")
    asked, experiment = await asked_run(request)
    async with place(request) as pool:
        state, records = await run_to(request, pool, experiment, asked.steps, asked.record_every)
        if form == "json":
            told = as_json(experiment)
            content = await pool.call(answer, told, experiment, state, records, asked.include, asked.arrays)
        elif form == "html":
            script, script_hash = plotly_script()
            told = as_json(experiment)
            link = link_of(request, experiment, state)
            parts = await pool.call(report, told, experiment, state, records, link, "light", script_hash)
            content = script.join(parts)
        else:
            link = link_of(request, experiment, state)
            content = await pool.call(run_file, form, experiment, state, records, asked.record_every, link)
    ending, media_type = RUN_FORMATS[form]
    headers = {"Content-Disposition": f'attachment; filename="run.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


def link_of(request: Request, experiment: Experiment, state: State) -> str:
    """The address of this run on the page."""
    return f"{request.base_url}#{to_fragment(experiment)}@{state.step}"
