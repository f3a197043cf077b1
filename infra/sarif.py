"""A review as a SARIF 2.1.0 document, for code hosts and editors that show findings at their lines."""

from typing import Any
from urllib.parse import quote

from functions.engines.reviews import Review
from functions.findings import Finding, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "revoagent/v1"

_LEVELS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}
_SCORES: dict[Severity, str] = {
    "critical": "9.5",
    "high": "8.0",
    "medium": "5.5",
    "low": "3.0",
    "info": "0.5",
}
"""`security-severity`, by which code hosts sort."""


def document(review: Review, version: str) -> dict[str, Any]:
    """The review as one run of one tool, ready to be written as JSON."""
    rules = _rules(review.findings)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "reVoAgent", "version": version, "rules": rules},
                    "extensions": [
                        {"name": run.name, "version": run.version or "not installed"} for run in review.tools
                    ],
                },
                "originalUriBaseIds": {
                    "PROJECT": {"description": {"text": "The directory that was reviewed."}}
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(review)],
                "results": [_result(finding, places) for finding in review.findings],
            }
        ],
    }


def rule_id(finding: Finding) -> str:
    """The name of a finding's rule, apart from the same name in another tool."""
    return f"{finding.tool}/{finding.rule}"


def _rules(findings: list[Finding]) -> list[dict[str, Any]]:
    """Every rule once; its text and level come from its worst finding, which stands first."""
    rules: dict[str, dict[str, Any]] = {}
    for finding in findings:
        tags = [finding.tool]
        if finding.cwe:
            tags += ["security", f"external/cwe/{finding.cwe.lower()}"]
        properties: dict[str, Any] = {"tags": tags, "precision": finding.confidence}
        if finding.cwe:
            properties["security-severity"] = _SCORES[finding.severity]
        rule = {
            "id": rule_id(finding),
            "shortDescription": {"text": finding.rule.replace("_", " ").replace("-", " ")},
            "defaultConfiguration": {"level": _LEVELS[finding.severity]},
            "properties": properties,
        }
        if finding.fix:
            rule["help"] = {"text": finding.fix}
        rules.setdefault(rule_id(finding), rule)
    return list(rules.values())


def _result(finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.file), "uriBaseId": "PROJECT"}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "endLine": max(finding.line, finding.end_line)}
    return {
        "ruleId": rule_id(finding),
        "ruleIndex": places[rule_id(finding)],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "agreed": finding.agreed,
        },
    }


def _invocation(review: Review) -> dict[str, Any]:
    """What did not run is an error here, so that an empty list of results is not taken for a clean bill."""
    told = [
        {"level": "error", "message": {"text": f"{run.name} {run.status}: {run.reason}"}}
        for run in review.tools
        if run.status not in ("ran", "skipped")
    ]
    told += [
        {"level": "error", "message": {"text": f"{part.key}: {part.error}"}}
        for part in review.parts
        if part.error
    ]
    told += [{"level": "note", "message": {"text": note}} for note in review.notes]
    return {"executionSuccessful": review.status == "ok", "toolExecutionNotifications": told}
