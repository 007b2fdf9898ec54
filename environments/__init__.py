"""The environments of this project: each is a module in this folder, listed here.

This is also the order of delivery (docs/delivery.md). Names in nested parentheses are deployed together,
as one wave: ENVIRONMENTS = ("dev", ("prod_eu", "prod_us")).

The name of a module that is not an environment, such as shared values, begins with an underscore.
"""

ENVIRONMENTS = ("dev", "prod")
