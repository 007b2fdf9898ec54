"""A cluster's controllers: `python -m local_aws.kubernetes.controllers` with a JSON text of what it needs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from local_aws import leash
from local_aws.kubernetes.client import Client
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.loop import RECONCILERS, Loop
from local_aws.state import ServiceRecord


def main() -> None:
    """Run until told to stop, or until the process that started this one is gone."""
    leash.exit_with_parent()
    given = json.loads(sys.argv[1])
    record, authority = ServiceRecord(**given["record"]), Path(given["certificate"])
    token = Path(given["token"]).read_text(encoding="utf-8")
    with Client(given["server"], certificate_authority=authority, token=token) as api:
        where = {"cluster": given["cluster"], "region": record.region}
        where["certificate_authority"] = authority.read_text(encoding="utf-8")
        context = Context(api=api, aws=record.client, **where)
        Loop([make(context) for make in RECONCILERS]).run()


if __name__ == "__main__":
    main()
