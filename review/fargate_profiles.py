"""Which Fargate profile takes a pod."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

from review.environment import Environment, Resource
from review.kubernetes_objects import KubernetesObject


def profile_of(environment: Environment, deployment: KubernetesObject) -> Resource | None:
    """Return the profile that takes the pods of a Deployment; of several, EKS takes one at random.

    A selector's namespace and labels may have the wildcards * and ? (EKS user guide, "Fargate
    profile wildcards").
    """
    labels = deployment.content["spec"]["template"]["metadata"].get("labels", {})
    return next(
        (
            profile
            for profile in environment.of_type("AWS::EKS::FargateProfile")
            for selector in profile.properties["Selectors"]
            if _selects(selector, deployment.namespace, labels)
        ),
        None,
    )


def _selects(selector: Mapping[str, Any], namespace: str, labels: Mapping[str, str]) -> bool:
    return fnmatch.fnmatchcase(namespace, selector["Namespace"]) and all(
        any(
            fnmatch.fnmatchcase(key, wanted["Key"]) and fnmatch.fnmatchcase(value, wanted["Value"])
            for key, value in labels.items()
        )
        for wanted in selector.get("Labels", ())
    )
