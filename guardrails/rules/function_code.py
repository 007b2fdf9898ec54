"""What is in the code and the layers of a Lambda function, as the assembly has them."""

from __future__ import annotations

import functools
import re
import zipfile
from itertools import chain
from pathlib import Path

from assembly.environment import Environment
from assembly.resource import Resource
from kube.values import Json, items, known, text
from kube.words import nearest

_LIBRARY = r"^(python/(lib/[^/]+/site-packages/)?|nodejs/(node\d+/)?node_modules/)"
_MODULE = r"(/__init__)?\.(py|[cm]?js)$"


def code_of(environment: Environment, function: Resource) -> Json:
    """Return the module that a function's Handler names, the nearest one, and the layers' files.

    None stands for what can't be read here: code and layers that were made elsewhere.
    """
    named = items(function.properties, "Layers")
    layers = [_files(each) for each in environment.targets(named)]
    below = None if None in layers or len(layers) < len(named) else [*chain(*filter(None, layers))]
    own, handler = _files(function), text(function.properties, "Handler")
    facts = {**function.properties, "layers": below}
    if own is None or below is None or not known(handler):
        return facts
    module = handler.rpartition(".")[0]
    modules = _modules(own, *filter(None, layers))
    near = module if module in modules else nearest(module, modules, 0)
    return {**facts, "module": module.replace(".", "/"), "modules": modules, "near": near}


# The layers of the kubectl handler have thousands of files, and each rule of versions asks.
@functools.cache
def _modules(*files: tuple[str, ...]) -> list[str]:
    found = (re.sub(_LIBRARY, "", each) for each in chain(*files))
    return sorted({re.sub(_MODULE, "", each) for each in found if re.search(_MODULE, each)})


def _files(resource: Resource) -> tuple[str, ...] | None:
    name = text(resource.body, "Metadata", "aws:asset:path")
    return _in(Path(resource.scope.stack.template_path).parent / name) if name else None


@functools.cache
def _in(place: Path) -> tuple[str, ...] | None:
    """Return the files of an asset, whose name changes with what is in it."""
    if not zipfile.is_zipfile(place):
        return tuple(each.relative_to(place).as_posix() for each in place.rglob("*")) or None
    with zipfile.ZipFile(place) as archive:
        return tuple(archive.namelist())
