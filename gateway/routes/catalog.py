"""What there is to run: functions."""

from litestar import get
from litestar.params import FromPath

from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects.messages import FunctionInfo


@get("/api/functions", operation_id="listFunctions", opt=says(list[FunctionInfo]))
async def functions(request: Ask) -> Answer:
    """Every function that was ever announced, with the schemas of its input and output."""
    return said([info for _, info in sorted((await parts_of(request).catalog.functions()).items())])


@get("/api/functions/{name:str}", operation_id="getFunction", opt=says(FunctionInfo))
async def function(request: Ask, name: FromPath[str]) -> Answer:
    """One function by its full name, for example security.scan."""
    return said(await parts_of(request).catalog.function(name))


HANDLERS = [functions, function]
