"""What a function may ask of the world, as Protocols. The worker hands in what is there."""

from functions.ports.artifacts import Artifact, Artifacts
from functions.ports.deployments import Deployed, Deployments
from functions.ports.egress import Bounds, Decision, Egress, Gate, Verdict, Ways
from functions.ports.fleet import Circuit, Fleet, Seat
from functions.ports.memory import Memory
from functions.ports.model import Embedded, Model, ModelUse, Prompt, Reply, Role, Tool, ToolCall, Turn
from functions.ports.outbox import Mail, Outbox, Posted
from functions.ports.projects import Projects
from functions.ports.sandbox import Command, Limits, Outcome, Sandbox, SandboxLevel

__all__ = [
    "Artifact",
    "Artifacts",
    "Bounds",
    "Circuit",
    "Command",
    "Decision",
    "Deployed",
    "Deployments",
    "Egress",
    "Embedded",
    "Fleet",
    "Gate",
    "Limits",
    "Mail",
    "Memory",
    "Model",
    "ModelUse",
    "Outbox",
    "Outcome",
    "Posted",
    "Projects",
    "Prompt",
    "Reply",
    "Role",
    "Sandbox",
    "SandboxLevel",
    "Seat",
    "Tool",
    "ToolCall",
    "Turn",
    "Verdict",
    "Ways",
]
