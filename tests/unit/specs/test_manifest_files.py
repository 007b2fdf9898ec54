from __future__ import annotations

from pathlib import Path

import pytest

from constructs_lib.specs.manifest_files import ManifestError, load_manifests


def written(folder: Path, **documents: str) -> Path:
    """Write manifests into a folder."""
    for name, text in documents.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_missing_value_is_an_error(tmp_path: Path) -> None:
    """The message names file and value."""
    written(tmp_path, service="kind: Service\nname: ${name}\nport: ${port}\n")
    with pytest.raises(ManifestError, match=r"^service\.yaml: no value for port$"):
        load_manifests(tmp_path, name="web")


def test_a_missing_value_inside_a_text_is_an_error(tmp_path: Path) -> None:
    """All that are missing in a scalar are named."""
    written(tmp_path, service="kind: Service\nurl: http://${host}:${port}/\n")
    with pytest.raises(ManifestError, match="no value for host, port"):
        load_manifests(tmp_path)


def test_an_unused_value_is_an_error(tmp_path: Path) -> None:
    """A value that nothing wants is a typing mistake."""
    written(tmp_path, service="kind: Service\nname: ${name}\n")
    with pytest.raises(ManifestError, match="no manifest uses nmae, port"):
        load_manifests(tmp_path, name="web", port=80, nmae="web")


def test_a_folder_without_manifests_is_an_error(tmp_path: Path) -> None:
    """An empty folder would apply nothing, silently."""
    with pytest.raises(ManifestError, match="no manifests in"):
        load_manifests(tmp_path)


def test_a_value_may_be_used_in_any_file(tmp_path: Path) -> None:
    """Used in one of a folder's files is used."""
    written(tmp_path, a="kind: A\nname: ${name}\n", b="kind: B\nname: fixed\n")
    assert [item["name"] for item in load_manifests(tmp_path, name="web")] == ["web", "fixed"]


@pytest.mark.parametrize("value", [3, True, None, "text", ["10.0.0.0/8"], {"a": 1}, ""], ids=repr)
def test_a_whole_scalar_keeps_the_type_of_its_value(value: object, tmp_path: Path) -> None:
    """A number stays a number and a list a list."""
    written(tmp_path, deployment="kind: Deployment\nvalue: ${value}\n")
    (item,) = load_manifests(tmp_path, value=value)
    assert item["value"] == value
    assert type(item["value"]) is type(value)


def test_inside_a_text_a_value_becomes_text(tmp_path: Path) -> None:
    """A port in an address is a part of the address."""
    written(tmp_path, deployment="kind: Deployment\nurl: http://${host}:${port}\n")
    (item,) = load_manifests(tmp_path, host="api", port=8080)
    assert item["url"] == "http://api:8080"


@pytest.mark.parametrize(
    "value",
    [
        "a\nadmin: true",
        "{admin: true}",
        "[1, 2]",
        "x\n---\nkind: Role",
        "# nothing",
        "&a",
        "${other}",
    ],
)
def test_a_value_cannot_change_the_structure(value: str, tmp_path: Path) -> None:
    """YAML is read before values are put in: a value is never read as YAML."""
    written(tmp_path, deployment="kind: Deployment\nname: ${name}\ntext: =${name}=\n")
    assert load_manifests(tmp_path, name=value) == [
        {"kind": "Deployment", "name": value, "text": f"={value}="}
    ]


def test_values_reach_every_depth(tmp_path: Path) -> None:
    """Lists and mappings are walked; what is no text is left alone."""
    written(
        tmp_path,
        pod="kind: Pod\nspec:\n  containers:\n  - image: ${image}\n    port: 80\n    on: yes\n",
    )
    (item,) = load_manifests(tmp_path, image="web:1")
    assert item["spec"]["containers"][0]["image"] == "web:1"
    assert item["spec"]["containers"][0]["port"] == 80


def test_namespaces_come_first(tmp_path: Path) -> None:
    """Whatever the names of the files, and several documents in one."""
    written(
        tmp_path,
        a="kind: ConfigMap\nname: first\n---\nkind: Namespace\nname: one\n",
        z="kind: Namespace\nname: two\n---\n---\nkind: Secret\nname: last\n",
    )
    assert [item["name"] for item in load_manifests(tmp_path)] == ["one", "two", "first", "last"]


def test_a_single_file_may_be_named(tmp_path: Path) -> None:
    """The other files of its folder are left alone."""
    written(tmp_path, a="kind: A\n", b="kind: B\n")
    assert load_manifests(tmp_path / "b.yaml") == [{"kind": "B"}]


def test_other_dollar_signs_are_left_alone(tmp_path: Path) -> None:
    """Shell variables and regular expressions have them too."""
    written(tmp_path, a="kind: A\ntext: $HOME $(VAR) ^x$ $${\n")
    assert load_manifests(tmp_path)[0]["text"] == "$HOME $(VAR) ^x$ $${"
