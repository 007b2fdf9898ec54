"""One engine for the resource types of EKS: a row of `types.json` and the calls that serve it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from local_aws.emulator.eks import store
from local_aws.emulator.internals import EKS, PROVISIONERS, patch
from local_aws.emulator.registry import ROWS, Request
from local_aws.emulator.replies import Operation, Record, Reply, missing
from local_aws.emulator.schemas import Properties
from local_aws.emulator.stacks import physical_name


class Calls(NamedTuple):
    """How EKS makes, changes and removes what a type describes, and how its words differ.

    `make` takes the cluster and the request, `change` the record and what it is to be, `remove` the
    cluster and the name in it.
    `body` returns the parts of a request, `read` those of a record, that are no plain translation.
    """

    make: Callable[..., Record]
    remove: Callable[..., Record]
    change: Callable[..., None] = lambda *_: None
    body: Callable[[Properties], Record] = lambda _: {}
    read: Callable[[Record], Properties] = lambda _: {}


class EksType:
    """A type whose records are in one of EKS's stores.

    Its row names the `store`, the physical `id` in the template's words and what to `split` it by,
    the `key` of a record where it is no plain path, the properties that `create` sends as they are,
    and, where a name can be made up, that property and its longest value.
    """

    def __init__(self, name: str, calls: Calls) -> None:
        """Take the calls that serve a type."""
        self.name, self.row = name, ROWS[name]
        self._calls = calls

    def _names(self, physical_id: str) -> list[str]:
        """Return the cluster and the name in it, as EKS's API takes them."""
        names = physical_id.split(self.row["split"])[-2:]
        return names[::-1] if self.row["id"].endswith("{ClusterName}") else names

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Return the record in the store."""
        kept = _records(self.row)
        names = self._names(physical_id)
        key = getattr(EKS, self.row["key"])(*names) if "key" in self.row else "/".join(names)
        found: Record | None = kept.get(key)
        return found

    def create(self, request: Request) -> str:
        """Call the API with the properties in its own words."""
        name, longest = self.row.get("named", ("Name", 0))
        properties = request.properties
        if longest and name not in properties:
            properties = {**properties, name: physical_name(request, longest=longest)}
        body = camel(properties, name, *self.row["create"])
        body.update(self._calls.body(properties), tags=_tags(properties))
        made = self._calls.make(properties.get("ClusterName", ""), body)
        return str(self.row["id"].format(**properties) or made["associationArn"])

    def update(self, physical_id: str, request: Request) -> None:
        """Change what can be changed, then the tags."""
        record = self.find(physical_id, request.properties)
        if record is None:
            raise missing(f"{physical_id} does not exist")
        properties = request.properties
        wanted = camel(properties, *self.row["create"])
        wanted.update(self._calls.body(properties))
        self._calls.change(record, wanted)
        record["tags"] = _tags(properties)
        EKS.tags[record[next(iter(self.row["attributes"].values()))]] = dict(record["tags"])

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Call the API, if there is something to delete."""
        if self.find(physical_id, properties) is not None:
            self._calls.remove(*self._names(physical_id))

    def read(self, record: Record, properties: Properties) -> Properties:  # noqa: ARG002
        """Return the record in the template's words."""
        plain = {key[:1].upper() + key[1:]: value for key, value in record.items()}
        return {**plain, **self._calls.read(record)}


def _records(row: Record) -> dict[str, Record]:
    """Return the store of a type, by its row."""
    found: dict[str, Record] = (
        getattr(EKS, row["store"]) if row["store"] else store.FARGATE_PROFILES
    )
    return found


@patch("services.eks", "_tag_resource")
@patch("services.eks", "_untag_resource")
def _tag(original: Operation, arn: str, *rest: object) -> Reply:
    """Change the tags of a record, too, which is what the other calls describe."""
    reply = original(arn, *rest)
    for row in (each for name, each in ROWS.items() if name.startswith("AWS::EKS::")):
        path = next(iter(row["attributes"].values()))
        for record in _records(row).values():
            if record[path] == arn:
                record["tags"] = dict(EKS.tags.get(arn, {}))
    return reply


def camel(properties: Properties, *names: str) -> Record:
    """Return the properties of these names that are there, spelled and typed as the API's.

    Not for maps whose keys are the user's.
    """
    return {
        name[:1].lower() + name[1:]: _typed(PROVISIONERS.pascal_to_camel(properties[name]))
        for name in names
        if name in properties
    }


def _typed(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return booleans as such: CloudFormation takes them as strings too. No `value` of EKS's is one."""
    if isinstance(value, dict):
        return {key: item if key == "value" else _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _tags(properties: Properties) -> dict[str, str]:
    """Return the tags, a list in most types and a map in some, as a map."""
    found: dict[str, str] = PROVISIONERS.tag_map(properties.get("Tags"))
    return found
