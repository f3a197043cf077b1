"""Deployment files are made of data; what is wrong with files of others is found, by line."""

import subprocess

import msgspec
import pytest
import yaml

from subjects.errors import InvalidInput

NASTY = "a: b #c \"d\" 'e' $HOME ${X} $(id) `id` %n {{ x }} !!python/object yes 012 \\ &a *b"
SHOP = {
    "name": "shop",
    "version": "1.2.3",
    "image": "example.org/shop:1.2.3",
    "command": ["python", "-m", "shop", NASTY],
    "env": {"NASTY": NASTY, "YES": "yes", "OCTAL": "012", "FLOAT": "1e3", "EMPTY": ""},
    "port": 8080,
    "probe": {"path": "/healthz"},
    "replicas": 2,
    "scaling": {"queues": ["security"], "most": 5},
}


@pytest.fixture(params=["bwrap"])
async def sandbox(bwrap):
    return bwrap


def documents(found):
    texts = [file.text for file in found.files if file.path.endswith("yaml")]
    return [own for text in texts for own in yaml.safe_load_all(text)]


def rules(found):
    return {(finding.rule, finding.file, finding.line) for finding in found.findings}


async def test_our_own_system_is_rendered_without_a_finding(host):
    found = await host.call(
        "deploy.render",
        {"target": "bundle", "preset": "revoagent", "image": "example.org/r:1.0.0", "version": "1.0.0"},
    )
    assert (found.findings, found.status) == ([], "ok")
    assert {tool.name for tool in found.tools if tool.status == "ran"} == {
        "revoagent", "kubernetes-validate", "systemd-analyze",
    }  # fmt: skip
    kinds = [own["kind"] for own in documents(found) if "kind" in own]
    assert {
        "Deployment",
        "Service",
        "PodDisruptionBudget",
        "NetworkPolicy",
        "ConfigMap",
        "ScaledObject",
    } <= set(kinds)
    lanes = {
        trigger["metadata"]["consumer"]
        for own in documents(found)
        if own.get("kind") == "ScaledObject"
        for trigger in own["spec"]["triggers"]
    }
    assert {"security_critical", "security_low", "browser_medium"} <= lanes


async def test_every_value_arrives_as_it_was_given_whatever_stands_in_it(host, tmp_path):
    found = await host.call("deploy.render", {"target": "k8s", "service": SHOP})
    by_kind = {own["kind"]: own for own in documents(found)}
    assert by_kind["ConfigMap"]["data"] == SHOP["env"]
    pod = by_kind["Deployment"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["command"] == SHOP["command"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert found.findings == []

    shell = {**SHOP, "command": ["printenv", "NASTY"]}
    (run,) = (await host.call("deploy.render", {"target": "process", "service": shell})).files
    script = tmp_path / "run"
    script.write_text(run.text)
    assert subprocess.check_output(["sh", script], text=True) == NASTY + "\n"  # noqa: ASYNC221 - 2 ms

    compose = await host.call("deploy.render", {"target": "compose", "service": SHOP})
    (own,) = documents(compose)
    assert own["services"]["shop"]["environment"]["NASTY"] == NASTY.replace("$", "$$")
    unit = (await host.call("deploy.render", {"target": "systemd", "service": SHOP})).files[0].text
    escaped = NASTY.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    assert f'Environment="NASTY={escaped}"\n' in unit
    assert len(unit.splitlines()) == len((unit + "").split("\n")) - 1


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "../x"}, {"name": "a\nb"}, {"name": "A"}, {"name": "a; rm -rf /"}, {"version": "$(id)"},
        {"version": ""}, {"image": "a b"}, {"image": "a\n  privileged: true"}, {"env": {"A=B": "c"}},
        {"env": {"A": "b\nc"}}, {"command": []}, {"command": ["a\0b"]}, {"port": 0}, {"replicas": -1},
        {"probe": {"path": "/a b"}}, {"resources": {"memory": "lots"}}, {"scaling": {"queues": ["a.b"]}},
        {"writes": ["../x"]}, {"unknown": 1},
    ],
    ids=repr,
)  # fmt: skip
async def test_what_cannot_be_is_refused(host, bad):
    with pytest.raises(InvalidInput):
        await host.call("deploy.render", {"target": "k8s", "service": {**SHOP, **bad}})


BAD_KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: "two"
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      hostNetwork: true
      containers:
        - name: a
          image: nginx
          imagePullPolcy: Always
          env:
            - name: DB_PASSWORD
              value: hunter2
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: b}
spec:
  scaleTargetRef: {name: a}
  triggers:
    - type: nats-jetstream
      metadata: {stream: TASKS, lagThreshold: "ten"}
---
apiVersion: v1
kind: Service
metadata: {name: c}
spec: {ports: [{port: http}]}
---
apiVersion: example.org/v1
kind: Strange
metadata: {name: d}
"""


async def test_every_error_of_every_document_is_found_with_its_line(host):
    found = await host.call("deploy.validate", {"files": {"all.yaml": BAD_KUBERNETES}})
    assert {
        ("schema", "all.yaml", 5), ("schema", "all.yaml", 12), ("k8s-host", "all.yaml", 10),
        ("image-latest", "all.yaml", 13), ("k8s-root", "all.yaml", 12),
        ("secret-in-environment", "all.yaml", 16),
        ("schema", "all.yaml", 26), ("schema", "all.yaml", 31), ("unknown-kind", "all.yaml", 34),
    } <= rules(found)  # fmt: skip
    assert found.findings[0].severity == "high"
    assert all(finding.fingerprint for finding in found.findings)


async def test_files_of_containers_and_units_are_checked(host):
    files = {
        "Dockerfile": "FROM python\nENV API_KEY=abc\nRUN curl https://a.example/x | sh\n"
        "FROM scratch AS b\nFRM x\n",
        "compose.yaml": "services:\n  a:\n    image: b:latest\n    privileged: true\n    ports: ['80:80']\n"
        "    volumes: ['/var/run/docker.sock:/s']\n    environment: [TOKEN=x, OK=1]\n",
        "a.service": "[Service]\nExecStart=/bin/true\nNonsense=1\nMemoryMax=x\n",
        "notes.txt": "not looked at",
    }
    found = await host.call("deploy.validate", {"files": files})
    assert {
        ("image-latest", "Dockerfile", 1), ("secret-in-image", "Dockerfile", 2),
        ("dockerfile-unknown", "Dockerfile", 5),
        ("dockerfile-pipe-to-shell", "Dockerfile", 3), ("dockerfile-root", "Dockerfile", 5),
        ("image-latest", "compose.yaml", 3), ("compose-privileged", "compose.yaml", 4),
        ("compose-open-port", "compose.yaml", 5), ("compose-docker-socket", "compose.yaml", 6),
        ("secret-in-environment", "compose.yaml", 7), ("compose-root", "compose.yaml", 2),
    } <= rules(found)  # fmt: skip
    assert {("unit", "a.service", 3), ("unit", "a.service", 4)} <= rules(found)
    assert {tool.status for tool in found.tools} == {"ran", "skipped"}
    assert found.checked == ["Dockerfile", "a.service", "compose.yaml"]


async def test_yaml_made_to_break_readers_is_a_finding_and_the_others_are_still_checked(host):
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{own}: &a{own} [{', '.join([f'*a{own - 1}'] * 9)}]\n" for own in range(1, 9)
    )
    files = {
        "laughs.yaml": laughs,
        "deep.yaml": "a: " + "[" * 5000,
        "deeper.yaml": "a: " + "[" * 200 + "]" * 200,
        "python.yaml": "a: !!python/object/apply:os.system ['id']",
        "twice.yaml": "kind: A\nkind: B\n",
        "tab.yaml": "a:\n\tb: c\n",
        "self.yaml": "&a [*a]",
        "key.yaml": "? [a]\n: b\n",
        "good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    }
    found = await host.call("deploy.validate", {"files": files})
    unreadable = {finding.file for finding in found.findings if finding.rule == "unreadable"}
    assert unreadable >= set(files) - {"good.yaml", "python.yaml"}
    assert "good.yaml" not in {finding.file for finding in found.findings}


async def test_without_the_schemas_the_answer_is_partial_and_says_what_to_install(host, monkeypatch):
    from functions.agents import reading

    monkeypatch.setattr(reading, "installed", lambda name: None)
    found = await host.call("deploy.validate", {"files": {"a.yaml": BAD_KUBERNETES}})
    assert found.status == "partial"
    assert any('pip install "revoagent[k8s]"' in note for note in found.notes)
    assert {finding.tool for finding in found.findings} == {"revoagent"}


async def test_a_project_is_searched_for_deployment_files(host, tmp_path):
    (tmp_path / "app" / "deploy").mkdir(parents=True)
    (tmp_path / "app" / "deploy" / "Dockerfile").write_text(
        "FROM python:3.11\nUSER 1\nHEALTHCHECK CMD true\n"
    )
    (tmp_path / "app" / "deploy" / "big.yaml").write_text("#" * (300 << 10))
    found = await host.call("deploy.validate", {"path": "app"})
    assert (found.checked, found.findings) == (["deploy/Dockerfile"], [])
    assert any("big.yaml" in note for note in found.notes)
    assert msgspec.json.encode(found)
