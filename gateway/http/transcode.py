"""HTTP requests to messages: path, query and body as proto3 JSON has it."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from gateway.http.json_faults import explain
from gateway.http.rules import HttpRule
from serving.errors import InvalidArgument

TEXT_MESSAGES = {"google.protobuf.Timestamp", "google.protobuf.Duration"}
"""Messages that JSON writes as text; in a query they are one parameter."""


def to_request(rule: HttpRule, segments: Mapping[str, str], query: Iterable[tuple[str, str]], body: bytes) -> Message:
    """Return the request message.

    Parameters
    ----------
    segments
        Values of the variable segments of the path.
    query
        Parameters as (name, value); nested fields are written with dots, repeated ones are given repeatedly.
    body
        The JSON of the message, where the rule has a body.

    Raises
    ------
    InvalidArgument
        A parameter or field is unknown or has no such value, or the body contradicts the path.
    """
    message = GetMessageClass(rule.method.input_type)()
    if rule.has_body:
        _parse_body(message, body)
        _refuse_query(query)
    else:
        _parse_query(message, query)
    for field, value in rule.bind(segments).items():
        given = getattr(message, field)
        if given not in ("", value):
            raise InvalidArgument(field, f"Expected {value!r} as in the path or nothing, got {given!r}.")
        setattr(message, field, value)
    return message


def to_json(message: Message, *, indent: int | None = None) -> str:
    """Return the proto3 JSON of a message, zero values written out."""
    return json_format.MessageToJson(message, always_print_fields_with_no_presence=True, indent=indent)


def _parse_body(message: Message, body: bytes) -> None:
    if not body.strip():
        return
    try:
        json_format.Parse(body, message)
    except UnicodeDecodeError as error:
        raise InvalidArgument("body", f"Expected JSON in UTF-8: {error}.") from None
    except json_format.ParseError as error:
        raise explain(error, cast(Descriptor, message.DESCRIPTOR), "body") from None


def _refuse_query(query: Iterable[tuple[str, str]]) -> None:
    for name, _ in query:
        raise InvalidArgument(name, "Expected in the body, got a query parameter.")


def _parse_query(message: Message, query: Iterable[tuple[str, str]]) -> None:
    fields: dict[str, Any] = {}
    for name, text in query:
        _set_parameter(fields, cast(Descriptor, message.DESCRIPTOR), name, text)
    try:
        json_format.ParseDict(fields, message)
    except json_format.ParseError as error:
        raise explain(error, cast(Descriptor, message.DESCRIPTOR), "query") from None


def _set_parameter(fields: dict[str, Any], descriptor: Descriptor, name: str, text: str) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        field = _find_field(descriptor, parent, name)
        if field.message_type is None or field.message_type.full_name in TEXT_MESSAGES or field.is_repeated:
            raise InvalidArgument(name, f"Expected {parent!r} to be a message with fields.")
        fields = fields.setdefault(field.name, {})
        descriptor = field.message_type
    field = _find_field(descriptor, last, name)
    if field.message_type is not None and field.message_type.full_name not in TEXT_MESSAGES:
        raise InvalidArgument(name, "Expected one parameter per field of this message.")
    value = _to_json_value(field, name, text)
    if field.is_repeated:
        fields.setdefault(field.name, []).append(value)
    elif field.name in fields:
        raise InvalidArgument(name, "Expected at most once.")
    else:
        fields[field.name] = value


def _find_field(descriptor: Descriptor, part: str, name: str) -> FieldDescriptor:
    field = descriptor.fields_by_name.get(part) or descriptor.fields_by_camelcase_name.get(part)
    if field is None:
        known = ", ".join(field.name for field in descriptor.fields)
        raise InvalidArgument(name, f"Expected one of {known}.")
    return field


def _to_json_value(field: FieldDescriptor, name: str, text: str) -> Any:
    if field.type != FieldDescriptor.TYPE_BOOL:
        return text
    if text not in ("true", "false"):
        raise InvalidArgument(name, f"Expected true or false, got {text!r}.")
    return text == "true"
