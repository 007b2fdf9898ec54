"""The environments of this project: each is a module in this folder, listed here.

The name of a module that is not an environment, such as shared values, begins with an underscore.
"""

ENVIRONMENTS = ("dev", "prod")
