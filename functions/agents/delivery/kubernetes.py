"""A service as objects of Kubernetes: nobody is root, nothing is writable, and little is reachable."""

import hashlib
from typing import Any

import msgspec

from functions.agents.delivery.service import Probe, Scaling, Service
from subjects import names

NOBODY = 10001
_LANES = ("critical", "high", "medium", "low")

Object = dict[str, Any]


def objects(service: Service) -> list[Object]:
    """Everything that the service needs, in the order in which it is applied."""
    found = [_config(service)] if service.env else []
    found.append(_deployment(service))
    if service.port is not None:
        found.append(_service(service))
    if service.replicas > 1 or service.scaling is not None:
        found.append(_budget(service))
    found.append(_network(service))
    if service.scaling is not None:
        found.append(_scaled(service, service.scaling))
    return found


def _head(service: Service, kind: str, api: str = "v1") -> Object:
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": service.name, "labels": _labels(service)},
    }


def _labels(service: Service) -> dict[str, str]:
    version = service.version.replace("+", "_").rstrip("._-")
    return {"app.kubernetes.io/name": service.name, "app.kubernetes.io/version": version}


def _chosen(service: Service) -> Object:
    return {"matchLabels": {"app.kubernetes.io/name": service.name}}


def _config(service: Service) -> Object:
    return {**_head(service, "ConfigMap"), "data": dict(sorted(service.env.items()))}


def _deployment(service: Service) -> Object:
    # A changed configuration starts new pods only where the pod itself changes.
    digest = hashlib.sha256(msgspec.json.encode(service.env, order="sorted")).hexdigest()[:16]
    template = {
        "metadata": {
            "labels": _labels(service),
            "annotations": {"revoagent.dev/config": digest},
        },
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": service.grace,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": NOBODY,
                "runAsGroup": NOBODY,
                "fsGroup": NOBODY,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(service)],
            "volumes": [{"name": name, "emptyDir": {"sizeLimit": "1Gi"}} for name, _ in _mounts(service)],
        },
    }
    # Where KEDA counts the copies, a number here would undo its count at each apply.
    copies = {} if service.scaling is not None else {"replicas": service.replicas}
    spec = {**copies, "selector": _chosen(service), "template": template}
    return {**_head(service, "Deployment", "apps/v1"), "spec": spec}


def _container(service: Service) -> Object:
    own = service.resources
    container: Object = {
        "name": service.name,
        "image": service.image,
        "command": list(service.command),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": own.cpu, "memory": own.memory},
            "limits": {"cpu": own.cpu_limit, "memory": own.memory_limit},
        },
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in _mounts(service)],
    }
    if service.env:
        container["envFrom"] = [{"configMapRef": {"name": service.name}}]
    if service.secrets:
        container["env"] = [
            {"name": own.variable, "valueFrom": {"secretKeyRef": {"name": own.secret, "key": own.key}}}
            for own in service.secrets
        ]
    if service.port is not None:
        container["ports"] = [{"name": "http", "containerPort": service.port}]
    if service.probe is not None:
        asked = _probe(service.probe)
        container["startupProbe"] = {**asked, "failureThreshold": 30}
        container["readinessProbe"] = asked
        if service.probe.restarts:
            container["livenessProbe"] = {**asked, "failureThreshold": 6}
    return container


def _mounts(service: Service) -> list[tuple[str, str]]:
    return [(f"writes-{number}", path) for number, path in enumerate(("/tmp", *service.writes))]  # noqa: S108


def _probe(probe: Probe) -> Object:
    how: Object = {"exec": {"command": list(probe.command)}}
    if probe.path is not None:
        how = {"httpGet": {"path": probe.path, "port": "http"}}
    return {**how, "periodSeconds": probe.period, "timeoutSeconds": 5}


def _service(service: Service) -> Object:
    port = {"name": "http", "port": service.port, "targetPort": "http"}
    selector = _chosen(service)["matchLabels"]
    return {**_head(service, "Service"), "spec": {"selector": selector, "ports": [port]}}


def _budget(service: Service) -> Object:
    spec = {"maxUnavailable": 1, "selector": _chosen(service)}
    return {**_head(service, "PodDisruptionBudget", "policy/v1"), "spec": spec}


def _network(service: Service) -> Object:
    inward = [] if service.port is None else [{"from": [{"podSelector": {}}], "ports": [_tcp(service.port)]}]
    outward: list[Object] = [{"ports": [{"port": 53, "protocol": "UDP"}, _tcp(53)]}]
    if service.reaches:
        outward.append({"to": [{"podSelector": {}}], "ports": [_tcp(port) for port in service.reaches]})
    if service.outside:
        world = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_PRIVATE)}}
        outward.append({"to": [world], "ports": [_tcp(80), _tcp(443)]})
    spec = {
        "podSelector": _chosen(service),
        "policyTypes": ["Ingress", "Egress"],
        "ingress": inward,
        "egress": outward,
    }
    return {**_head(service, "NetworkPolicy", "networking.k8s.io/v1"), "spec": spec}


_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")


def _tcp(port: int) -> Object:
    return {"port": port, "protocol": "TCP"}


def _scaled(service: Service, scaling: Scaling) -> Object:
    triggers = [
        {
            "type": "nats-jetstream",
            "metadata": {
                "natsServerMonitoringEndpoint": scaling.monitor,
                "account": "$G",
                "stream": "TASKS",
                "consumer": names.lane_consumer(queue, lane),
                "lagThreshold": str(scaling.lag),
            },
        }
        for queue in scaling.queues
        for lane in _LANES
    ]
    spec = {
        "scaleTargetRef": {"name": service.name},
        "minReplicaCount": scaling.least,
        "maxReplicaCount": scaling.most,
        "triggers": triggers,
    }
    return {**_head(service, "ScaledObject", "keda.sh/v1alpha1"), "spec": spec}
