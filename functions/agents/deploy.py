"""The deploy agent: renders and checks the files that deploy a service, builds it, releases it."""

from functions.agents.advice import advised
from functions.agents.delivery import build, release, rendering
from functions.agents.delivery.building import MEMORY
from functions.agents.delivery.preset import NOTES
from functions.agents.delivery.rendering import Render
from functions.agents.delivery.service import File
from functions.agents.delivery.validating import Validate, Validation, validated
from functions.api import function
from functions.context import Context
from functions.findings import Report


class Rendering(Report, frozen=True, kw_only=True):
    """Files to deploy with; none of them was applied anywhere."""

    files: list[File]


@function("deploy.render", timeout=60, memory=MEMORY)
async def render(input: Render, ctx: Context) -> Rendering:
    """Files that run a service: process, systemd, Kubernetes, compose, Dockerfile, or all of them."""
    files = rendering.rendered(input)
    notes = list(NOTES) if input.preset is not None else []
    if any(file.path == "Dockerfile" for file in files):
        notes.append("no image was built: that needs a container engine, and this has none")
    found = await validated(ctx, {file.path: file.text for file in files})
    summary = f"{len(files)} files; {found.summary}"
    return Rendering(
        found.status, summary, found.findings, found.tools, found.metrics, notes + found.notes, files=files
    )


@function("deploy.validate", timeout=120, memory=MEMORY)
async def validate(input: Validate, ctx: Context) -> Validation:
    """Check deployment files: schemas of Kubernetes and KEDA, systemd's own check, rules for containers."""
    found = await advised(ctx, await input.checked(ctx), "It checked deployment files.", input.model)
    assert isinstance(found, Validation)
    return found


FUNCTIONS = (render, validate, *build.FUNCTIONS, *release.FUNCTIONS)
