from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

from tests.unit.local_aws.emulator.cloud import Cloud, Stack
from tests.unit.local_aws.emulator.templates import function
from tests.unit.local_aws.test_leash import is_alive

CODE = """
import subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    with open(event["file"], "w") as file:
        file.write(str(child.pid))
    child.wait()
"""

SHOWING = """
import inside, os
def handler(event, context):
    return {"word": inside.WORD, "from": os.path.realpath(inside.__file__)}
"""


def test_a_function_that_waits_for_ever_fails_soon_with_all_that_it_started(
    cloud: Cloud, base: Stack, tmp_path: Path
) -> None:
    """As Lambda fails it after a quarter of an hour, which the API goes on to report."""
    stack = cloud.create({"Function": function(base, Code={"ZipFile": CODE}, Timeout=900)})
    name = stack["Function"]
    client = cloud.client("lambda")
    started = time.monotonic()
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"file": str(tmp_path / "pid")}))
    assert time.monotonic() - started < 20
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 2.00 seconds" in answer["Payload"].read().decode()
    assert client.get_function_configuration(FunctionName=name)["Timeout"] == 900
    child = (tmp_path / "pid").read_text(encoding="utf-8")
    assert not is_alive(int(child))


def test_functions_share_a_layer_that_is_unpacked_once(cloud: Cloud, base: Stack) -> None:
    """The AWS CLI's has thousands of files, and every cold start would write them."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("python/inside.py", "WORD = 'from the layer'")
    client, wanted = cloud.client("lambda"), {}
    for name in ("One", "Other"):
        layer = client.publish_layer_version(LayerName=name, Content={"ZipFile": zipped.getvalue()})
        layers = [layer["LayerVersionArn"]]
        wanted[name] = function(base, Code={"ZipFile": SHOWING}, Layers=layers)
    stack = cloud.create(wanted)
    answers = [
        json.load(client.invoke(FunctionName=stack[name])["Payload"]) for name in ("One", "Other")
    ]
    assert answers[0]["word"] == "from the layer"
    assert answers[0] == answers[1]
    stack.destroy()
