"""An emulated AWS on loopback, to deploy the environments to."""
