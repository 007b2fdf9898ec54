from __future__ import annotations

from pathlib import Path

import pytest

from constructs_lib.specs.manifest_files import ManifestError, load_manifests, read_manifests


def written(folder: Path, **documents: str) -> Path:
    """Write manifests into a folder."""
    for name, short in documents.items():
        text = short.replace("kind: ", "apiVersion: v1\nkind: ")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_missing_value_is_an_error(tmp_path: Path) -> None:
    """The message names file and value."""
    written(tmp_path, service="kind: Service\nname: ${name}\nport: ${port}\n")
    with pytest.raises(
        ManifestError,
        match=r"^service\.yaml line 4: no value for \$\{port\} \(values and images have name\); add one",
    ):
        load_manifests(tmp_path, name="web")


def test_a_missing_value_inside_a_text_is_an_error(tmp_path: Path) -> None:
    """All that are missing in a scalar are named."""
    written(tmp_path, service="kind: Service\nurl: http://${host}:${port}/\n")
    with pytest.raises(
        ManifestError, match=r"for \$\{host\} \(values and images have nothing\).*for \$\{port\}"
    ):
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
        {"apiVersion": "v1", "kind": "Deployment", "name": value, "text": f"={value}="}
    ]


def test_values_reach_every_depth(tmp_path: Path) -> None:
    """Lists and mappings are walked; what is no text is left alone."""
    written(
        tmp_path,
        pod="kind: Pod\nspec:\n  containers:\n  - image: ${image}\n    port: 80\n    stdin: yes\n",
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
    assert load_manifests(tmp_path / "b.yaml") == [{"apiVersion": "v1", "kind": "B"}]


def test_other_dollar_signs_are_left_alone(tmp_path: Path) -> None:
    """Shell variables and regular expressions have them too."""
    written(tmp_path, a="kind: A\ntext: $HOME $(VAR) ^x$ $${\n")
    assert load_manifests(tmp_path)[0]["text"] == "$HOME $(VAR) ^x$ $${"


def test_two_dollar_signs_are_the_text_itself(tmp_path: Path) -> None:
    """A shell script has variables of its own; what looks like no name of a value is left alone."""
    written(tmp_path, a="kind: A\nscript: echo $${HOME} ${HOME:-x} ${a}\n")
    assert load_manifests(tmp_path, a=1)[0]["script"] == "echo ${HOME} ${HOME:-x} 1"


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (None, "null"), (1.5, "1.5"), (3, "3"), ("True", "True")]
)
def test_inside_a_text_a_value_is_written_as_json(value: object, text: str, tmp_path: Path) -> None:
    """Python's own spelling means nothing to Kubernetes."""
    written(tmp_path, a="kind: A\ntext: x=${value}\n")
    assert load_manifests(tmp_path, value=value)[0]["text"] == f"x={text}"


def test_a_key_may_be_a_placeholder(tmp_path: Path) -> None:
    """Labels and annotations have names that an environment decides."""
    written(tmp_path, a="kind: A\nlabels: {'${team}/app': web}\n")
    assert load_manifests(tmp_path, team="blue")[0]["labels"] == {"blue/app": "web"}


LISTED = "apiVersion: v1\nkind: {kind}\nitems:\n- {{apiVersion: v1, kind: A}}\n- {items}\n"


def test_a_list_is_its_objects(tmp_path: Path) -> None:
    """`kubectl get -o yaml` writes them so, and kubectl apply takes them."""
    inner = "{apiVersion: v1, kind: BList, items: [{apiVersion: v1, kind: B}]}"
    text = LISTED.format(kind="List", items=inner)
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert [item["kind"] for item in load_manifests(tmp_path)] == ["A", "B"]


def test_a_typed_list_says_what_its_items_are(tmp_path: Path) -> None:
    """As kubectl infers it, for items that say neither themselves."""
    text = (
        "apiVersion: v1\nkind: PodList\nitems: [{spec: 1}, {apiVersion: v2, kind: B}, {kind: A}]\n"
    )
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    found, problems = read_manifests(tmp_path, {})
    assert [each.content for each in found] == [
        {"apiVersion": "v1", "kind": "Pod", "spec": 1},
        {"apiVersion": "v2", "kind": "B"},
    ]
    assert problems == [
        "a.yaml line 3: not a Kubernetes object without apiVersion; add this, or move the file"
    ]


def test_an_object_of_a_list_has_a_line_of_its_own(tmp_path: Path) -> None:
    """In lists of lists, in JSON, and where the list says what it is."""
    inner = '{"kind": "PodList", "items": [\n{"a": 1},\n null]}'
    text = LISTED.format(kind="List", items=inner)
    (tmp_path / "a.yaml").write_text(f"# Two\n{text}", encoding="utf-8")
    found, problems = read_manifests(tmp_path, {})
    assert [each.place for each in found] == ["a.yaml line 5"]
    assert problems == [
        "a.yaml line 7: not a Kubernetes object without apiVersion; add this, or move the file",
        "a.yaml line 2: not a Kubernetes object; write apiVersion, kind and metadata",
    ]


def test_a_custom_kind_may_be_called_a_list(tmp_path: Path) -> None:
    """Only items make it one."""
    (tmp_path / "a.yaml").write_text("apiVersion: a.test/v1\nkind: AllowList\n", encoding="utf-8")
    assert [item["kind"] for item in load_manifests(tmp_path)] == ["AllowList"]


def test_the_files_are_those_that_kubectl_reads(tmp_path: Path) -> None:
    """All endings, a byte order mark, Windows' line ends; others and subfolders are left alone."""
    (tmp_path / "a.yml").write_bytes(b"\xef\xbb\xbfapiVersion: v1\r\nkind: A\r\n")
    (tmp_path / "b.json").write_text('{"apiVersion": "v1", "kind": "B"}', encoding="utf-8")
    (tmp_path / "c.yaml").write_text("# nothing\n---\n", encoding="utf-8")
    (tmp_path / "d.yaml").mkdir()
    (tmp_path / "README.md").write_text("# kind", encoding="utf-8")
    assert [item["kind"] for item in load_manifests(tmp_path)] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n", "a.yaml line 1: not a Kubernetes object without apiVersion and kind"),
        ("- a\n", "a.yaml line 1: not a Kubernetes object; write apiVersion, kind and metadata"),
        ("kind: A\n---\n\napiVersion: v1\n", "a.yaml line 4: not a Kubernetes object without kind"),
        (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            "kustomize is not supported; use the output of `kubectl kustomize`",
        ),
        ("# nothing yet\n---\n", "the files are empty"),
        *[
            (
                f"apiVersion: {version}\nkind: {kind}\n{items}",
                f"line 1: a {kind} without objects in",
            )
            for version, kind, items in (
                *(("v1", "List", "items: []"), ("v1", "List", ""), ("v1", "List", "items: {a: 1}")),
                *(("v1", "PodList", "items:"), ("a.test/v1", "FooList", "items: []")),
            )
        ],
        (b"\xff\xfea", "a.yaml can't be read: not UTF-8"),
        ("apiVersion: v1\nkind: A\nx: =${list}\n", "line 3: ${list} is a list or a mapping"),
        ("apiVersion: v1\nkind: A\nx: ${ list }\n", "no value for ${ list } (values and images"),
        ("apiVersion: v1\nkind: A\nx: ${AWS::Region}\n", "line 3: no value for ${AWS::Region} ("),
    ],
)
def test_what_is_no_object_is_told_by_its_place(
    text: str | bytes, words: str, tmp_path: Path
) -> None:
    """File and line, and what to do."""
    (tmp_path / "a.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ManifestError) as raised:
        load_manifests(tmp_path, list=[1])
    assert words in str(raised.value)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "nowhere", "nowhere/" * 2000])
def test_a_path_that_nobody_can_read_is_told(name: str, tmp_path: Path) -> None:
    """However odd it is."""
    with pytest.raises(ManifestError, match="can't be read"):
        load_manifests(tmp_path / name)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """A file that is wrong doesn't hide the next."""
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text("kind: [\n", encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        load_manifests(tmp_path)
    assert [each[:6] for each in raised.value.problems] == ["a.yaml", "b.yaml"]


def test_what_is_read_twice_is_as_in_the_file(tmp_path: Path) -> None:
    """Whoever gets an object may change it, and a value that is equal may be another one."""
    file = tmp_path / "map.yaml"
    file.write_text("{apiVersion: v1, kind: ConfigMap, data: '${x}'}", encoding="utf-8")
    (first,) = load_manifests(file, x="a")
    first["data"] = "b"
    assert load_manifests(file, x="a") == [{**first, "data": "a"}]

    for value in (1, True, 1.0):
        (item,) = load_manifests(file, x=value)
        assert type(item["data"]) is type(value)
    assert load_manifests(file, x=[1])[0]["data"] == [1]
    file.write_text("{apiVersion: v1, kind: Secret, data: '${x}'}", encoding="utf-8")
    assert load_manifests(file, x="a")[0]["kind"] == "Secret"
