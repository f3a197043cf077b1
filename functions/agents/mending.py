"""The security agent mends what it found: a model proposes, and bandit, the compiler and the tests decide."""

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct

from functions.agents import bandit, checked, patching, quoting, reading
from functions.agents.patch_trial import Before, Mending, Trial, baseline, marked, tried
from functions.agents.patching import Proposal, Task
from functions.agents.reading import Project
from functions.agents.transforming import diff_of
from functions.api import function
from functions.context import Context
from functions.findings import Finding, Report, at_least, ranked, status_of
from functions.ports import ModelUse
from functions.sources import is_test
from subjects.errors import ModelFailed, NoModel

MOST_FINDINGS = 15
ATTEMPTS = 2
ABOUT = "Bandit found weak spots in the files; change the code so that it finds them no more."


class Mended(Report, frozen=True):
    """A patch that passed, as a unified diff for `git apply`; nothing was written to the project."""

    diff: str = ""
    mended: Annotated[tuple[Finding, ...], Meta(description="Found before the patch, and not after it.")] = ()


@function("security.mend", timeout=1200, max_attempts=2)
async def mend(input: Mending, ctx: Context) -> Mended:
    """Mend weak spots in Python code: a model proposes a patch, and it counts only once it has passed.

    Passed: it compiles, names are there, bandit finds the spots no more and nothing new, nothing is silenced,
    and the project's tests pass as before. Needs a model; secrets are not mended but revoked.
    """
    if input.model == "off" or not ctx.model.available:
        raise NoModel("mending needs a language model; `security.scan` finds and advises without one")
    project = await reading.opened(input, ctx)
    scan = await bandit.scan(ctx, project)
    before = marked(scan.findings, project)
    files, targets = await asyncio.to_thread(_chosen, project, at_least(before, input.min_severity))
    if scan.ran.tool.status != "ran" or not targets:
        said = "nothing to mend" if scan.ran.tool.status in ("ran", "skipped") else "bandit did not run"
        return Mended(status_of([scan.ran.tool]), said, [], [scan.ran.tool], notes=project.sources.notes())
    tests = await baseline(input, ctx, project)
    if tests.status not in ("ran", "unknown"):
        said = "the project's tests do not pass as it is: no patch could be judged"
        notes = [*project.sources.notes(), tests.reason]
        return Mended("failed", said, targets, [scan.ran.tool, tests], {}, notes)
    task = Task(ABOUT, [_shown(own) for own in targets], files, input.model)
    wrong, use, trial, proposal = "", None, Trial("nothing was proposed", [scan.ran.tool]), Proposal([], "")
    notes = project.sources.notes()
    known = Before(files, before, scan.suppressed, targets, tests)
    for number in range(1, ATTEMPTS + 1):
        ctx.progress(number / (ATTEMPTS + 1), f"proposal {number}")
        try:
            proposal, reply = await patching.proposed(ctx, task, wrong)
        except ModelFailed as error:
            notes.append(f"proposal {number}: {error.message[:300]}")
            break
        use = reply.use if use is None else use.plus(reply.use)
        trial = await tried(input, ctx, project, known, proposal)
        wrong = trial.wrong
        if not wrong:
            break
        notes.append(f"proposal {number} did not pass: {wrong[:500]}")
    return await _told(ctx, _Work(task, targets, trial, proposal.why, notes, use))


def _chosen(project: Project, findings: list[Finding]) -> tuple[dict[str, str], list[Finding]]:
    """The files with the worst findings, as far as a model can be shown them, and those findings."""
    files: dict[str, str] = {}
    targets: list[Finding] = []
    room = patching.MOST_TEXT
    for finding in ranked(findings):
        if finding.tool != "bandit" or finding.cwe in quoting.SECRETS or is_test(finding.file):
            continue
        if finding.file not in files:
            data = checked.contents(project.directory, finding.file)
            if data is None or len(data) > room:
                continue
            try:
                files[finding.file] = data.decode()
            except UnicodeDecodeError:
                continue
            room -= len(data)
        targets.append(finding)
        if len(targets) == MOST_FINDINGS:
            break
    return files, targets


def _shown(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line,
        "rule": finding.rule,
        "message": quoting.safe(finding.message, 300),
        "hint": finding.fix,
    }


class _Work(Struct, frozen=True):
    """All that came of it."""

    task: Task
    targets: list[Finding]
    trial: Trial
    why: str
    notes: list[str]
    use: ModelUse | None


async def _told(ctx: Context, work: _Work) -> Mended:
    """The report: with a diff where the patch has passed, and without any where it has not."""
    trial, targets = work.trial, work.targets
    notes = work.notes + [
        f"{own.name} {own.status}: {own.reason}" for own in trial.tools if own.status != "ran"
    ]
    if trial.wrong or not trial.files:
        return Mended("failed", "no patch has passed", targets, trial.tools, {}, notes, model=work.use)
    diff = diff_of({name: text.encode() for name, text in work.task.files.items()}, trial.files)
    left = {own.fingerprint for own in trial.after}
    mended = [own for own in targets if own.fingerprint not in left]
    return Mended(
        status_of(trial.tools),
        f"{len(mended)} of {len(targets)} findings mended, {len(trial.files)} files changed",
        [own for own in targets if own.fingerprint in left],
        trial.tools,
        {"mended": len(mended), "asked": len(targets), "files": len(trial.files)},
        notes,
        [await ctx.artifacts.put("mend.diff", diff.encode("utf-8", "replace"), "text/x-diff")],
        work.use,
        work.why,
        diff,
        tuple(mended),
    )


FUNCTIONS = (mend,)
