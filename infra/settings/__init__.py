"""The settings of a stack, read from the environment.

>>> load({"REVOAGENT_PORT": "0", "REVOAGENT_SLOTS": "4"}).worker.slots
4
>>> load({"REVOAGENT_PROT": "1"})
Traceback (most recent call last):
    ...
infra.settings.reading.WrongSetting: there is no setting REVOAGENT_PROT; did you mean REVOAGENT_PORT?
"""

from infra.settings.reading import WrongSetting, check_bind, decode, default, encode, load
from infra.settings.table import BY_VARIABLE, PREFIX, SETTINGS, Setting
from infra.settings.tree import LogLevel, Settings

__all__ = [
    "BY_VARIABLE",
    "PREFIX",
    "SETTINGS",
    "LogLevel",
    "Setting",
    "Settings",
    "WrongSetting",
    "check_bind",
    "decode",
    "default",
    "encode",
    "load",
]
