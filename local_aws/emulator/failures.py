"""Failures on demand: what the creation of a resource ends with, for tests of first deploys.

`LOCAL_AWS_FAILURES` names a JSON file, a list that is read at each creation:
`{"resource": "AWS::EKS::Nodegroup", "message": "no capacity", "always": true}`. `resource` is a type
or a logical id. Unless it is `always`, it fails once. What is `late` is there when it fails, as a node
group whose nodes don't join.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from local_aws.state import setting

VARIABLE = "LOCAL_AWS_FAILURES"


def check(kind: str, logical_id: str, *, late: bool) -> None:
    """Raise `ValueError` if a resource of a type or logical id is to fail, early or late."""
    path = Path(setting(VARIABLE, os.devnull))
    wanted = json.loads(path.read_text(encoding="utf-8") or "[]") if path.exists() else []
    for failure in wanted:
        if failure["resource"] in {kind, logical_id} and failure.get("late", False) is late:
            if not failure.get("always"):
                left = [one for one in wanted if one is not failure]
                path.write_text(json.dumps(left), encoding="utf-8")
            message = failure.get("message", "Failed on demand")
            raise ValueError(
                f'Resource handler returned message: "{message}" '
                "(HandlerErrorCode: GeneralServiceException)"
            )
