"""The CDK app: every environment, under the rules that must hold before a deploy."""

import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

import environments
from constructs_lib.specs.base import ConfigurationError
from guardrails.plugin import Guardrails
from stacks.platform import PlatformStage


def main() -> None:
    """Synthesize every environment into cdk.out."""
    try:
        configs = environments.load()
    except ConfigurationError as error:
        sys.exit(str(error))
    app = cdk.App()
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), Guardrails())
    for config in configs:
        PlatformStage(app, config)
    app.synth()


if __name__ == "__main__":
    main()
