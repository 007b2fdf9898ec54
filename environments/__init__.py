"""The environments of this project: each is a module of this folder, named here."""

ENVIRONMENTS = ("dev", "prod")
