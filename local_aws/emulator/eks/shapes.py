"""From a template's words to those of EKS's API."""

from __future__ import annotations

from local_aws.emulator.internals import PROVISIONERS
from local_aws.emulator.network import Record
from local_aws.emulator.schemas import Properties


def camel(properties: Properties, *names: str) -> Record:
    """Return the properties of these names that are there, spelled and typed as the API's.

    Not for maps whose keys are the user's.
    """
    return {
        name[:1].lower() + name[1:]: _typed(PROVISIONERS.pascal_to_camel(properties[name]))
        for name in names
        if name in properties
    }


def tags(properties: Properties) -> dict[str, str]:
    """Return the tags, a list in most types and a map in some, as a map."""
    found: dict[str, str] = PROVISIONERS.tag_map(properties.get("Tags"))
    return found


def _typed(value: object) -> object:
    """Return booleans and numbers as such: CloudFormation takes them as strings too."""
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
