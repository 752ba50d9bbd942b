"""The OpenAPI document of the HTTP interface, made from the descriptors and the documentation of the RPCs."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, ServiceDescriptor

from gateway.http.rules import HttpRule
from gateway.http.streams import MEDIA_TYPE

OPENAPI_VERSION = "3.1.0"

Schema: TypeAlias = dict[str, Any]

_INTEGER: Schema = {"type": "integer", "format": "int32"}
_LONG: Schema = {"type": "string", "format": "int64"}
_NUMBER: Schema = {"oneOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}]}

SCALARS: Mapping[int, Schema] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "format": "byte"},
    FieldDescriptor.TYPE_DOUBLE: _NUMBER,
    FieldDescriptor.TYPE_FLOAT: _NUMBER,
    FieldDescriptor.TYPE_INT32: _INTEGER,
    FieldDescriptor.TYPE_INT64: _LONG,
    FieldDescriptor.TYPE_STRING: {"type": "string"},
}
TEXT_MESSAGES: Mapping[str, Schema] = {"google.protobuf.Timestamp": {"type": "string", "format": "date-time"}}

STATUS_SCHEMA: Schema = {
    "type": "object",
    "description": "google.rpc.Status",
    "properties": {
        "code": {"type": "integer", "description": "The gRPC status code."},
        "message": {"type": "string", "description": "One clear sentence."},
        "details": {
            "type": "array",
            "description": "google.rpc.ErrorInfo (reason), BadRequest (fieldViolations), ResourceInfo, RetryInfo.",
            "items": {"type": "object", "properties": {"@type": {"type": "string"}}, "additionalProperties": True},
        },
    },
}


def describe_service(service: ServiceDescriptor, rules: Sequence[HttpRule], documented: object) -> Schema:
    """Return the document of a service; `documented` has the methods' documentation as docstrings of its base."""
    schemas: dict[str, Schema] = {"google.rpc.Status": STATUS_SCHEMA}
    paths: dict[str, Schema] = {}
    for rule in rules:
        operation = _describe_method(rule, _documentation(documented, rule.method.name), schemas)
        paths.setdefault(rule.path, {})[rule.verb.lower()] = operation
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": service.full_name, "version": service.file.package.rsplit(".", 1)[-1]},
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _documentation(documented: object, method: str) -> str:
    generated = type(documented).__mro__[1]
    return (getattr(generated, method).__doc__ or "").strip()


def _describe_method(rule: HttpRule, documentation: str, schemas: dict[str, Schema]) -> Schema:
    media_type = MEDIA_TYPE if rule.method.server_streaming else "application/json"
    operation: Schema = {
        "operationId": rule.method.name,
        "summary": documentation.split(". ")[0].split(".\n")[0].rstrip(".").replace("\n", " "),
        "description": documentation,
        "parameters": _describe_parameters(rule, schemas),
        "responses": {
            "200": {"description": "OK", "content": _content(media_type, _message(rule.method.output_type, schemas))},
            "default": {
                "description": "The error, with the HTTP status of its gRPC status.",
                "content": _content("application/json", _reference("google.rpc.Status")),
            },
        },
    }
    if rule.has_body:
        body = _content("application/json", _message(rule.method.input_type, schemas))
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _describe_parameters(rule: HttpRule, schemas: dict[str, Schema]) -> list[Schema]:
    text = {"type": "string"}
    parameters: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in rule.placeholders
    ]
    if not rule.has_body:
        parameters += [
            {"name": name, "in": "query", "schema": schema}
            for name, schema in _query_fields(rule.method.input_type, "", schemas)
            if name not in rule.variables
        ]
    if rule.method.server_streaming:
        parameters.append({"name": "Last-Event-ID", "in": "header", "schema": text})
    return parameters


def _query_fields(descriptor: Descriptor, prefix: str, schemas: dict[str, Schema]) -> list[tuple[str, Schema]]:
    found: list[tuple[str, Schema]] = []
    for field in descriptor.fields:
        name = prefix + field.name
        if field.message_type is None or field.message_type.full_name in TEXT_MESSAGES:
            found.append((name, _describe_field(field, schemas)))
        else:
            found += _query_fields(field.message_type, f"{name}.", schemas)
    return found


def _message(descriptor: Descriptor, schemas: dict[str, Schema]) -> Schema:
    name = descriptor.full_name
    if name in TEXT_MESSAGES:
        return TEXT_MESSAGES[name]
    if name not in schemas:
        schemas[name] = {"type": "object"}  # a message may hold itself
        properties = {field.json_name: _describe_field(field, schemas) for field in descriptor.fields}
        schemas[name] = {"type": "object", "properties": properties, "additionalProperties": False}
    return _reference(name)


def _enum(descriptor: EnumDescriptor, schemas: dict[str, Schema]) -> Schema:
    names = [value.name for value in descriptor.values]
    schemas.setdefault(descriptor.full_name, {"type": "string", "enum": names})
    return _reference(descriptor.full_name)


def _describe_field(field: FieldDescriptor, schemas: dict[str, Schema]) -> Schema:
    if field.message_type is not None:
        schema = _message(field.message_type, schemas)
    elif field.enum_type is not None:
        schema = _enum(field.enum_type, schemas)
    else:
        schema = SCALARS[field.type]
    return {"type": "array", "items": schema} if field.is_repeated else schema


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(media_type: str, schema: Schema) -> Schema:
    return {media_type: {"schema": schema}}
