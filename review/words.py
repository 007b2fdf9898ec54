"""Template values in words: what CloudFormation fills in at deploy stands in braces."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

EXPORTED = re.compile(r"^[^:]+:ExportsOutput(?:Ref|FnGetAtt)(?P<id>.+?)(?:[0-9A-F]{8})$")
"""The name of an export that the CDK makes for a reference across stacks."""


def words(value: object) -> str:
    """Return a value as text, such as `arn:{AWS::Partition}:iam::{AWS::AccountId}:root`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping) and len(value) == 1:
        function, argument = next(iter(value.items()))
        if function == "Ref":
            return f"{{{argument}}}"
        if function == "Fn::GetAtt":
            return f"{{{argument if isinstance(argument, str) else '.'.join(argument)}}}"
        if function == "Fn::Join":
            separator, parts = argument
            text: str = separator.join(map(words, parts))
            return text
        if function == "Fn::Sub":
            text = argument if isinstance(argument, str) else argument[0]
            return re.sub(r"\$\{([^}]*)\}", r"{\1}", text)
        if function == "Fn::ImportValue":
            name = words(argument)
            match = EXPORTED.match(name)
            return f"{{{match['id'] if match else name}}}"
    return json.dumps(value, sort_keys=True)
