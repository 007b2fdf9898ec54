"""The environments of this project: each is a module in this folder, listed here.

This is also the order of delivery (docs/delivery.md). Names in parentheses of their own are deployed
together, as one wave: ENVIRONMENTS = ("dev", ("prod_eu", "prod_us")).

A module that is no environment, such as values that several share, has an underscore in front.
"""

ENVIRONMENTS = ("dev", "prod")
