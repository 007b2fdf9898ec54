"""Container images for the emulated account: a stand-in for the `docker` program of the CDK CLI."""
