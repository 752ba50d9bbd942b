"""The HTTP rules of a service, read from the ``google.api.http`` options of its methods."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

VARIABLE = re.compile(r"\{(?P<field>[a-z_.]+)(?:=(?P<pattern>[^}]*))?\}")


@dataclass(frozen=True)
class HttpRule:
    """How one method is called over HTTP.

    `path` is the path with one placeholder per variable segment, as Starlette and OpenAPI write it; `variables` maps
    each request field in the path to its value with the same placeholders.

    >>> from officers.gateway.v1.gateway_pb2 import DESCRIPTOR
    >>> rule = read_rule(DESCRIPTOR.services_by_name["GatewayService"].methods_by_name["CancelPlan"])
    >>> rule.verb, rule.path, rule.variables
    ('POST', '/v1/areas/{area}/plans/{plan}:cancel', {'name': 'areas/{area}/plans/{plan}'})
    """

    method: MethodDescriptor
    verb: str
    path: str
    variables: Mapping[str, str]
    has_body: bool

    @property
    def placeholders(self) -> Sequence[str]:
        """The names of the variable segments of the path."""
        return re.findall(r"\{([a-z_]+)\}", self.path)

    def bind(self, segments: Mapping[str, str]) -> dict[str, str]:
        """Return the request fields of a path whose variable segments have these values."""
        return {field: pattern.format_map(segments) for field, pattern in self.variables.items()}


def read_rules(service: ServiceDescriptor) -> Sequence[HttpRule]:
    """Return the rules of a service, those with a custom verb (``:watch``) first: their paths are more specific."""
    rules = [read_rule(method) for method in service.methods]
    return sorted(rules, key=lambda rule: ":" not in rule.path)


def read_rule(method: MethodDescriptor) -> HttpRule:
    """Return the rule of a method.

    Raises
    ------
    ValueError
        The method has no rule, or one with a part that is not supported here.
    """
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    if verb is None or rule.additional_bindings or rule.body not in ("", "*"):
        raise ValueError(f"Expected one binding with body '*' or none at {method.full_name}.")
    template: str = getattr(rule, verb)
    variables = {match["field"]: _name_segments(match) for match in VARIABLE.finditer(template)}
    path = VARIABLE.sub(_name_segments, template)
    return HttpRule(method, verb.upper(), path, variables, rule.body == "*")


def _name_segments(match: "re.Match[str]") -> str:
    """Turn ``areas/*/plans/*`` into ``areas/{area}/plans/{plan}``."""
    pattern = match["pattern"] or "*"
    named: list[str] = []
    for segment in pattern.split("/"):
        if segment == "**":
            raise ValueError(f"Expected single-segment wildcards, got {pattern!r}.")
        if segment == "*":
            collection: Any = named[-1] if named else match["field"]
            named.append(f"{{{collection.removesuffix('s')}}}")
        else:
            named.append(segment)
    return "/".join(named)
