"""The CDK app: every environment, with the rules that must pass before a deploy."""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from configuration.build_date import today
from configuration.loading import load
from configuration.model import EnvironmentConfig
from configuration.size_limits import size_problems
from configuration.synth_problems import cause_of, problems_of
from constructs_lib.specs.base import ConfigurationError

Configs = Iterable[EnvironmentConfig]


def main(chosen: Callable[[Configs], Configs] = tuple) -> None:
    """Check every environment, then synthesize all, or those that are chosen, into cdk.out."""
    try:
        configs = load()
    except ConfigurationError as error:
        if os.environ.get("TRACEBACK"):
            raise cause_of(error) from None
        sys.exit(str(error))
    synthesize(chosen(configs))


def synthesize(configs: Configs) -> None:
    """Start the CDK; the imports are here because an environment with problems never needs it."""
    # The CDK CLI hands over the flags of cdk.json. Without it they would be off, and their findings false.
    if "CDK_CONTEXT_JSON" not in os.environ:
        from assembly.synthesis import context  # noqa: PLC0415

        os.environ["CDK_CONTEXT_JSON"] = json.dumps(context())
        # Or the CDK would print the findings that we tell by field.
        os.environ.setdefault("CDK_APP_MODE", "inmemory")
    import aws_cdk as cdk  # noqa: PLC0415
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

    from guardrails.plugin import Guardrails  # noqa: PLC0415
    from stacks.platform import PlatformStage  # noqa: PLC0415

    environments = tuple(configs)
    # What was imported stays: the collector would walk over all of it for a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000)
    try:
        app = cdk.App()
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), Guardrails(today=today()))
        for config in environments:
            PlatformStage(app, config)
        problems = size_problems(Path(app.synth().directory), environments)
    except (Exception, SystemExit) as error:
        if os.environ.get("TRACEBACK"):
            raise
        problems = problems_of(error, environments)
    if problems:
        sys.exit(str(ConfigurationError(problems, outcome="Don't deploy the contents of cdk.out.")))


if __name__ == "__main__":
    main()
