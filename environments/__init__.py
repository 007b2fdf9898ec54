"""The environments of this project: each is a module of this folder, named here.

A module that is no environment, such as values that several share, has an underscore in front.
"""

ENVIRONMENTS = ("dev", "prod")
