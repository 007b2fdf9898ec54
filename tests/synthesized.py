"""What several tests read, synthesized in one process: the CDK's start is most of each.

A program: `python -m tests.synthesized DIRECTORY` writes a folder for each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.compliance import packs
from tests.support import uncollected
from tests.unit.constructs_lib import variants
from tests.unit.guardrails import peers

if __name__ == "__main__":
    uncollected()
    for each in (variants, peers, packs):
        each.main(Path(sys.argv[1], each.__name__.rpartition(".")[2]))
