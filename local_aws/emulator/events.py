"""CloudFormation's events: an update has some of what it makes and changes, and of nothing else."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from local_aws.emulator import iam
from local_aws.emulator.internals import CLOUDFORMATION, Function, patch
from local_aws.emulator.schemas import Properties

UNTOLD: dict[tuple[object, ...], Callable[[], None]] = {}
"""By stack and resource, what tells that an update begins, until it is known to change something."""

NEW: set[tuple[str, ...]] = set()
"""What an update is making."""


@patch("services.cloudformation.stacks", "_add_event")
def _add_event(original: Function, *event: str, **more: object) -> None:
    """MiniStack looks at every resource in turn, and calls each an update."""
    place, status = event[1:3], event[4]
    stack, name = place
    began = status == "UPDATE_IN_PROGRESS" and name != stack
    if began and name not in CLOUDFORMATION.stacks[stack].get("_resources", {}):
        NEW.add(place)
    if place in NEW:
        status = status.replace("UPDATE", "CREATE")
    if not status.endswith("IN_PROGRESS"):
        NEW.discard(place)
    untold = UNTOLD.pop(place, None)
    tell = functools.partial(original, *event[:4], status, *event[5:], **more)
    # The CDK CLI prints events of the same millisecond backwards.
    time.sleep(0.001)
    if began and place not in NEW and not untold:
        UNTOLD[place] = tell
    elif not untold:
        tell()
    elif status != "UPDATE_COMPLETE":
        untold()
        time.sleep(0.001)
        tell()


@patch("services.cloudformation.provisioners", "_update_resource")
def _update_resource(
    original: Function, kind: str, name: str, old: Properties, new: Properties, *place: object
) -> object:
    """Tell that a resource changes, and refuse a policy that names somebody who doesn't exist."""
    if old != new and (untold := UNTOLD.pop(place[:2], None)):
        untold()
    iam.check_principals(kind, {key: of for key, of in new.items() if old.get(key) != of})
    return original(kind, name, old, new, *place)
