"""What is wrong with JSON that is no such message: the field at fault, and what it may be."""

import re

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.json_format import ParseError

from serving.errors import InvalidArgument

OUTER_FIELD = re.compile(r"Failed to parse (\w+) field: ")
UNKNOWN_FIELD = re.compile(r'has no field named "([^"]*)"')
JSON_SYNTAX = "Failed to load JSON"

WHOLE_NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: "a whole number from -2^31 to 2^31 - 1",
    FieldDescriptor.CPPTYPE_INT64: "a whole number from -2^63 to 2^63 - 1",
}
TEXTS = {FieldDescriptor.TYPE_BYTES: "bytes as base64 text", FieldDescriptor.TYPE_STRING: "text"}
TIME = "google.protobuf.Timestamp"


def explain(error: ParseError, message: Descriptor, place: str) -> InvalidArgument:
    """Return the error that names the field at fault and says what is allowed there.

    Parameters
    ----------
    error
        What the JSON parser said: the fields on the way to the fault, outermost first, then the fault.
    message
        The message that the JSON should have been.
    place
        What to name where no field is at fault: "body" or "query".
    """
    path: list[str] = []
    text, at = str(error), message
    while (match := OUTER_FIELD.match(text)) and (field := _find(at, match[1])) is not None:
        path.append(field.name)
        text = text[match.end() :]
        if field.message_type is None or field.message_type.full_name == TIME:
            return InvalidArgument(".".join(path), f"Expected {_allowed(field)}.")
        at = field.message_type
    unknown = UNKNOWN_FIELD.search(text)
    if unknown and JSON_SYNTAX not in text:
        names = ", ".join(field.name for field in at.fields)
        return InvalidArgument(".".join([*path, unknown[1]]), f"Expected one of the fields {names}.")
    fault = f": {text.replace(JSON_SYNTAX + ': ', '').rstrip('.')}" if JSON_SYNTAX in text else ""
    return InvalidArgument(".".join(path) or place, f"Expected the JSON object of {at.name}{fault}.")


def _find(message: Descriptor, name: str) -> FieldDescriptor | None:
    found = message.fields_by_name.get(name) or message.fields_by_camelcase_name.get(name)
    return found if isinstance(found, FieldDescriptor) else None


def _allowed(field: FieldDescriptor) -> str:
    one = _allowed_once(field)
    return f"a list, each {one}" if field.is_repeated else one


def _allowed_once(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        return "a time with offset such as 2015-01-31T08:00:00Z"
    if field.enum_type is not None:
        return f"one of {', '.join(_names(field.enum_type))}"
    if field.cpp_type in WHOLE_NUMBERS:
        return WHOLE_NUMBERS[field.cpp_type]
    if field.type in TEXTS:
        return TEXTS[field.type]
    return "true or false" if field.type == FieldDescriptor.TYPE_BOOL else "a number"


def _names(enum: EnumDescriptor) -> list[str]:
    return [value.name for value in enum.values if value.number]
