"""What the CDK CLI runs in place of `docker`, by its variable CDK_DOCKER.

The CLI calls `inspect`, `build`, `tag`, `login` and `push`; anything else is refused. `push` writes
to the repository through its API, so `login` has nothing to do.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.images import registry
from local_aws.images.builders import (
    INSTALL,
    Builder,
    BuildFailedError,
    CannotBuildError,
    Nothing,
    Request,
)
from local_aws.images.choice import choose
from local_aws.images.ledger import Ledger, ledger_in
from local_aws.images.manifests import NoManifestError
from local_aws.images.settings import BUILDER, Settings, UnusableSettingsError

MISSING = 1
"""What `docker inspect` ends with for an unknown image; the CLI takes no other number for it."""

logger = logging.getLogger("images")


@dataclass(frozen=True, kw_only=True)
class Commands:
    """The commands; each takes its arguments and returns the exit code."""

    settings: Settings
    ledger: Ledger

    def inspect(self, arguments: Sequence[str]) -> int:
        """Tell whether an image is there, and not only remembered."""
        build = self.ledger.find(arguments[-1])
        builder = self._builder()
        there = build and build.builder == builder.name and builder.has(build.name)
        return 0 if there else MISSING

    def build(self, arguments: Sequence[str]) -> int:
        """Build the folder that the CLI runs this in."""
        request = read_request(arguments, context=Path.cwd())
        builder = self._builder()
        try:
            build = builder.build(request)
        except CannotBuildError as error:
            build = Nothing(f"{error} {INSTALL}").build(request)
        except (BuildFailedError, NoManifestError) as error:
            logger.error("%s To deploy without images: %s=none", error, BUILDER)  # noqa: TRY400
            return 2
        self.ledger.add(build)
        logger.info("%s", build.sentence())
        return 0

    def tag(self, arguments: Sequence[str]) -> int:
        """Give an image a second name."""
        name, also = arguments
        if not self.ledger.name(name, also=also):
            logger.error("There is no image %s.", name)
            return MISSING
        return 0

    def login(self, _arguments: Sequence[str]) -> int:
        """Take the password, so that the CLI can write it, and forget it."""
        sys.stdin.read()
        return 0

    def push(self, arguments: Sequence[str]) -> int:
        """Tell the repository about an image."""
        address = registry.Address.read(arguments[-1])
        build = self.ledger.find(arguments[-1])
        if build is None:
            logger.error("There is no image %s.", arguments[-1])
            return MISSING
        registry.put(address, build.manifest)
        return 0

    def _builder(self) -> Builder:
        return choose(self.settings)


def read_request(arguments: Sequence[str], *, context: Path) -> Request:
    """Pick what matters here from the arguments of `docker build`; keep the rest as it is."""
    parser = argparse.ArgumentParser(prog="build", allow_abbrev=False)
    parser.add_argument("--tag", required=True)
    parser.add_argument("--file", default="Dockerfile")
    parser.add_argument("--platform")
    # The context comes last; the CLI runs the build inside it.
    known, rest = parser.parse_known_args(arguments[:-1])
    return Request(
        name=known.tag,
        context=context / arguments[-1],
        file=known.file,
        platform=known.platform,
        options=tuple(rest),
    )


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    logger.setLevel(logging.INFO)
    words = list(arguments)
    # The CLI names a folder with credentials for registries, if the user configured some.
    if words[:1] == ["--config"]:
        del words[:2]
    try:
        settings = Settings.from_environ(environ)
        commands = Commands(settings=settings, ledger=ledger_in(settings.folder))
        known: dict[str, Callable[[Sequence[str]], int]] = {
            "inspect": commands.inspect,
            "build": commands.build,
            "tag": commands.tag,
            "login": commands.login,
            "push": commands.push,
        }
        if not words or words[0] not in known:
            sys.stderr.write(f"Of docker's commands only these work here: {', '.join(known)}.\n")
            return 2
        return known[words[0]](words[1:])
    except (UnusableSettingsError, ValueError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
