#!/usr/bin/env python3
"""Fills in the chart's templates and checks what comes out against the schemas of Kubernetes.

Helm itself is not published where this project takes its tools from, so this reads the small part of its template
language that the chart keeps to, and refuses everything else. It is no proof that Helm renders the same; `helm lint` and
`helm template` on a machine that has Helm are.
"""

import json
import re
import sys
from pathlib import Path

import kubernetes_validate
import yaml
from jsonschema import Draft7Validator

CHART = Path(__file__).resolve().parents[1] / "helm/semblance"
VERSIONS = ["1.30", "1.34"]
TAG = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.S)


class TemplateError(Exception):
    pass


def tokens(text):
    """Text and actions, with white space trimmed as `{{-` and `-}}` say."""
    position, trim = 0, False
    for match in TAG.finditer(text):
        piece = text[position : match.start()]
        piece = piece.lstrip() if trim else piece
        yield "text", piece.rstrip() if match.group(1) else piece
        yield "action", match.group(2)
        position, trim = match.end(), bool(match.group(3))
    piece = text[position:]
    yield "text", piece.lstrip() if trim else piece


def value(expression, scope, root):
    """Value of a pipeline: a path, `ne A "text"`, `toYaml A`, then `quote` or `nindent N`."""
    first, *filters = [part.strip() for part in expression.split("|")]
    words = first.split()
    if words[0] == "toYaml":
        result = yaml.safe_dump(path(words[1], scope, root), default_flow_style=False).rstrip()
    elif words[0] == "ne":
        result = path(words[1], scope, root) != words[2].strip('"')
    elif len(words) == 1:
        result = path(words[0], scope, root)
    else:
        raise TemplateError(f"{expression}: not a part of the language that is read here")
    for name, *arguments in (part.split() for part in filters):
        if name == "quote":
            result = json.dumps(str(result), ensure_ascii=False)
        elif name == "nindent":
            result = "\n" + "\n".join(" " * int(arguments[0]) + line for line in result.splitlines())
        else:
            raise TemplateError(f"{expression}: no function {name} is read here")
    return result


def path(expression, scope, root):
    if not expression.startswith("."):
        raise TemplateError(f"{expression}: no path")
    names = expression[1:].split(".")
    place = root if names[0] in ("Values", "Release") else scope
    for name in names:
        if not isinstance(place, dict) or name not in place:
            raise TemplateError(f"{expression}: there is no {name}")
        place = place[name]
    return place


def render(stream, scope, root, is_shown=True):
    """What the actions leave, up to the matching `end`."""
    out = []
    for kind, part in stream:
        if kind == "text":
            out.append(part)
        elif part == "end":
            return "".join(out) if is_shown else ""
        elif part.startswith("if "):
            shown = is_shown and bool(value(part[3:], scope, root))
            out.append(render(stream, scope, root, shown))
        elif part.startswith("range "):
            body = list(block(stream))
            items = value(part[6:], scope, root) if is_shown else []
            out += [render(iter(body), item, root) for item in items]
        elif is_shown:
            out.append(str(value(part, scope, root)))
    return "".join(out) if is_shown else ""


def block(stream):
    """The tokens up to and with the matching `end`."""
    depth = 0
    for kind, part in stream:
        yield kind, part
        if kind == "action" and part.startswith(("if ", "range ")):
            depth += 1
        elif kind == "action" and part == "end":
            if depth == 0:
                return
            depth -= 1
    raise TemplateError("a block has no end")


def merged(defaults, given):
    if isinstance(defaults, dict) and isinstance(given, dict):
        return {key: merged(defaults.get(key), given.get(key, defaults.get(key))) for key in {**defaults, **given}}
    return given


def documents(values):
    root = {"Values": values, "Release": {"Name": "hospital-north"}}
    for template in sorted((CHART / "templates").glob("*.yaml")):
        try:
            text = render(tokens(template.read_text()), root, root)
            for document in yaml.safe_load_all(text):
                if document is not None:
                    yield template.name, document
        except (TemplateError, yaml.YAMLError) as error:
            raise SystemExit(f"{template}: {error}") from error


def faults(values):
    """What is wrong with the chart for these values."""
    seen = {}
    for name, document in documents(values):
        seen[document["kind"]] = document
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name}: Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}"
    pod = seen["StatefulSet"]["spec"]["template"]["spec"]
    for container in pod["initContainers"] + pod["containers"]:
        context = container.get("securityContext", {})
        is_closed = context.get("readOnlyRootFilesystem") and context.get("allowPrivilegeEscalation") is False
        if not is_closed or context.get("capabilities", {}).get("drop") != ["ALL"]:
            yield f"statefulset.yaml: container {container['name']} may do more than it needs"
        for mount in container["volumeMounts"]:
            claims = seen["StatefulSet"]["spec"]["volumeClaimTemplates"]
            known = [volume["name"] for volume in pod["volumes"]] + [claim["metadata"]["name"] for claim in claims]
            if mount["name"] not in known:
                yield f"statefulset.yaml: container {container['name']} mounts {mount['name']}, which is no volume"
    if seen["StatefulSet"]["spec"].get("replicas") != 1:
        yield "statefulset.yaml: more than one pod would run one hospital's keys twice"
    if "Secret" in seen:
        yield "a chart with a secret in it has a default key"


def main():
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = Draft7Validator(json.loads((CHART / "values.schema.json").read_text()))
    Draft7Validator.check_schema(schema.schema)
    found = []
    if schema.is_valid(defaults):
        found.append("values.yaml: the defaults alone are accepted, so something has a default that should not")
    example = yaml.safe_load((Path(__file__).parent / "values.example.yml").read_text())
    with_metrics = merged(example, {"metrics": {
        "enabled": True, "image": "registry.example/prometheus", "remoteWrite": "https://metrics.example", "tokenSecret": "metrics",
    }})
    with_unsafe_rpc = merged(example, {"node": {"rpcUnsafePort": 9950}})
    for given in (example, with_metrics, with_unsafe_rpc):
        values = merged(defaults, given)
        found += [f"values.example.yml: {'.'.join(map(str, e.path))}: {e.message}" for e in schema.iter_errors(values)]
        found += faults(values)
    without_address = merged(defaults, merged(with_metrics, {"metrics": {"remoteWrite": ""}}))
    if schema.is_valid(without_address):
        found.append("values.schema.json: metrics without an address to send them to are accepted")
    print("\n".join(found) or "chart: all checks passed")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
