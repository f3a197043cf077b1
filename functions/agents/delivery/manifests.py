"""What is unwise in objects of Kubernetes though it is allowed. Used by `check.py` in the sandbox."""

import re
from collections.abc import Iterator
from typing import Any

Where = tuple[Any, ...]
Advice = tuple[str, str, Where, str, str]
"""Rule, severity, place, message, fix."""

_PODS = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_SECRET = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL)", re.IGNORECASE)


def safety(value: dict[str, Any]) -> Iterator[Advice]:
    """What is unwise though it is allowed."""
    path = _PODS.get(value["kind"])
    if path is None:
        return
    pod: Any = value
    for key in path:
        pod = pod.get(key) if isinstance(pod, dict) else None
    if not isinstance(pod, dict):
        return
    general = pod.get("securityContext")
    general = general if isinstance(general, dict) else {}
    for kind in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(kind) is True:
            yield (
                "k8s-host",
                "high",
                (*path, kind),
                f"{kind}: the pod is on the host as if it were no pod",
                "",
            )
    for group in ("initContainers", "containers"):
        for number, container in enumerate(pod.get(group) or []):
            if isinstance(container, dict):
                yield from one(container, general, (*path, group, number), probed=_probed(value, group))


def _probed(value: dict[str, Any], group: str) -> bool:
    return group == "containers" and value["kind"] in ("Deployment", "StatefulSet", "DaemonSet")


def one(container: dict[str, Any], general: dict[str, Any], path: Where, *, probed: bool) -> Iterator[Advice]:
    """A container."""
    own = container.get("securityContext") or {}
    both = {**general, **own} if isinstance(own, dict) else {}
    if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
        yield "k8s-root", "medium", path, "it may run as root", "securityContext.runAsNonRoot: true"
    if both.get("privileged") is True:
        yield "k8s-privileged", "high", (*path, "securityContext"), "it has all rights on the host", ""
    if both.get("allowPrivilegeEscalation") is not False:
        yield "k8s-escalation", "medium", path, "it may gain rights", "allowPrivilegeEscalation: false"
    if both.get("readOnlyRootFilesystem") is not True:
        yield (
            "k8s-writable-root",
            "low",
            path,
            "it may write over its own files",
            "readOnlyRootFilesystem: true",
        )
    resources = container.get("resources") or {}
    limits = resources.get("limits") if isinstance(resources, dict) else None
    if not isinstance(limits, dict) or "memory" not in limits:
        yield "k8s-no-limit", "medium", path, "no limit of memory: it can take the whole node", ""
    if probed and "command" in container and not {"livenessProbe", "readinessProbe"} & container.keys():
        yield "k8s-no-probe", "info", path, "nobody asks whether it is well", "readinessProbe"
    name = str(container.get("image") or "")
    last = name.rpartition("/")[2]
    if name and "@" not in last and (":" not in last or last.endswith(":latest")):
        yield (
            "image-latest",
            "medium",
            (*path, "image"),
            f"{name[:200]} is another image tomorrow",
            "name a version",
        )
    for number, variable in enumerate(container.get("env") or []):
        if isinstance(variable, dict) and variable.get("value") and _SECRET.search(str(variable.get("name"))):
            message = f"{variable['name']} has its value in the file"
            yield "secret-in-environment", "high", (*path, "env", number), message, "valueFrom.secretKeyRef"
