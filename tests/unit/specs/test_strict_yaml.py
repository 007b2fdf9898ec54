"""YAML is read as kubectl 1.36 reads it; the expected values are those that it printed."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.specs.strict_yaml import documents


def read(text: str) -> tuple[Any, list[str]]:
    """Return what a text of one document holds, and what is wrong with it."""
    (document,) = documents(text, lambda value, _: value)
    return document.content, document.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(each, True) for each in ("true", "TRUE", "yes", "Y", "On")],
        *[(each, False) for each in ("false", "no", "n", "OFF")],
        *[(each, None) for each in ("~", "null", "NULL", "")],
        *[(each, each) for each in ("2026-01-01", "22:22", "190:20:30", "1e400", "=", "<<", "+")],
        *[("1e3", 1000), ("0644", 420), ("0o644", 420), ("1_000", 1000), ("0b11", 3)],
        *[
            ("0x1F", 31),
            ("+1", 1),
            ("1.", 1),
            (".5", 0.5),
            ("099", 99),
            ("1_0.5", 10.5),
            ("-010", -8),
        ],
        *[("-0", 0), ("_1", "_1"), ("tRue", "tRue"), ("'yes'", "yes"), ('"1"', "1")],
        *[("!!str 1", "1"), ("!!int '3'", 3), ("!!binary aGFsbG8=", "hallo")],
        *[(r'"\U0001F600"', "😀"), (r'"\ud83d\ude00"', "😀"), ('"\\t"', "\t")],
    ],
)
def test_a_scalar_is_what_kubectl_makes_of_it(text: str, value: object) -> None:
    """Neither YAML 1.1 nor 1.2 alone."""
    assert read(f"a: {text}\n") == ({"a": value}, [])
    assert type(read(f"a: {text}\n")[0]["a"]) is type(value)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_json_may_be_indented_with_tabs(mark: str) -> None:
    """JSON calls a tab a blank, and forbids it in a string, where YAML folds it."""
    text = '{\n\t"a":\t[1],\n\t"b\\"\tc": "\\t",\n\t"d": \'\te\'\n}\n'
    assert read(mark + text) == ({"a": [1], 'b"\tc': "\t", "d": "\te"}, [])


def test_mappings_are_merged() -> None:
    """The own keys win, then the first of several."""
    text = "- &b {x: 1, z: 3}\n- {<<: *b, z: 2}\n- {<<: [{a: 1}, {a: 2, b: 3}]}\n"
    assert read(text) == ([{"x": 1, "z": 3}, {"x": 1, "z": 2}, {"a": 1, "b": 3}], [])


def test_a_key_is_a_text() -> None:
    """JSON has no others."""
    assert read("8080: a\ntrue: b\n") == ({"8080": "a", "true": "b"}, [])


BOMB = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{f'*a{n - 1},' * 10}]" for n in range(1, 9))])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is already in line 1; remove one of them"),
        ("1: a\n'1': b\n", "line 2: the key '1' is already in line 1"),
        ("a: 1\non: push\n", "line 2: the key on means true in YAML; quote it"),
        ("null: 1\n", "line 1: the key null means null in YAML; quote it"),
        ("0644: a\n", "line 1: the key 0644 means 420 in YAML; quote it"),
        ("a:\n- 9007199254740992\n", "line 2: 9007199254740992 is too large for an exact JSON"),
        ("a: .nan\n", "line 1: '.nan' is not a valid float"),
        ("a: !!int x\n", "line 1: 'x' is not a valid int"),
        ("a: !!binary '%'\n", "line 1: '%' is not a valid binary"),
        ("a: !Ref Queue\n", "line 1: the tag !Ref, which JSON can't represent; remove it"),
        ("a: !!set {b}\n", "line 1: the tag !!set, which JSON can't represent"),
        ("? [a]\n: b\n", "line 1: a key that is a list or a mapping; use a string"),
        ("<<: 1\n", "line 1: << needs a mapping or a list of mappings"),
        ("a: &x\n  b: *x\n", "line 1: an alias that contains itself; write the value"),
        ("a:\n\tb: 1\n", "line 2: indented with a tab; use spaces"),
        ("a: 1\nb: [\n", "line 3: invalid YAML: expected the node content"),
        ("a: 1\nb: {c: ${d}}\n", "quote a placeholder: {a: '${a}'}"),
        ("a: [${b}, ${c}]\n", "quote a placeholder: {a: '${a}'}"),
        ('a: 1\nb: "\\U00110000"\n', "line 2: an escape beyond \\U0010FFFF; write a character"),
        ('a: "\\UFFFFFFFF"\n', "line 1: an escape beyond \\U0010FFFF; write a character"),
        ('a: "\\ud800"\n', "line 1: '\\ud800' is not a valid str"),
        ('{"a": 1}\n{"a": 2}\n', "line 2: more after the object; use a file for each, or a List"),
        ("a: 1\nb: '\0'\n", "line 2: YAML doesn't allow the character 0x0; remove it"),
        ("[" * 1000, "line 1: nested too deeply; flatten it"),
        (f"{'[' * 201}{']' * 201}", "line 1: nested too deeply; flatten it"),
        (BOMB, "more than 200,000 values, including aliases; use fewer"),
    ],
)
def test_what_is_not_read_as_written_is_told_by_its_line(text: str, words: str) -> None:
    """Nothing is dropped or changed without a word, and nothing raises."""
    _, problems = read(text)
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize("text", ["a: ${b}-${c}: d\n", "a: {b: '${c}': d}\n"])
def test_a_placeholder_that_is_read_as_one_is_not_blamed(text: str) -> None:
    """Outside braces, or in quotes."""
    _, problems = read(text)
    assert len(problems) == 1
    assert "quote a placeholder" not in problems[0]
