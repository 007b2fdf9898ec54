"""A specification never raises when it is made; `checked` raises once, with everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field, ValidationError

from constructs_lib.specs import base
from constructs_lib.specs.base import (
    LONGEST_VALUE,
    ConfigurationError,
    Problem,
    Spec,
    UncheckedError,
    checked,
    readable,
    refused,
    rule,
)


def _even(value: int) -> int:
    if value % 2:
        raise refused("an even number", f"take {value + 1}")
    return value


class Lock(Spec):
    """A lock."""

    code: str
    """The code that opens it. Kept secret."""


class Door(Spec):
    """A door."""

    width: Annotated[int, Field(ge=1)]
    """How wide it is."""
    height: int = 2
    """How high it is."""
    colour: Literal["red", "green"] = "red"
    """Its colour."""
    lock: Lock | None = None
    """Its lock."""
    bolts: Annotated[int, AfterValidator(_even)] = 0
    """How many bolts it has."""
    signs: Mapping[str, str] = {}
    """What is written on it."""

    @property
    def area(self) -> int:
        """Return the area of the door."""
        return self.width * self.height

    @rule
    def higher_than_wide(self) -> Iterator[Problem]:
        """A door stands upright."""
        if self.height < self.width:
            yield Problem(at="height", got=self.height, allowed="more", fix="turn it")

    @rule
    def not_too_large(self) -> Iterator[Problem]:
        """A door fits the wall."""
        if self.area > 100:
            yield Problem(at="", got=self.area, allowed="at most 100", fix="shrink it")


class Gate(Door):
    """A wide door."""

    def higher_than_wide(self) -> Iterator[Problem]:
        """Forget that a door stands upright."""
        raise AssertionError

    @rule
    def gates_are_green(self) -> Iterator[Problem]:
        """A gate is painted."""
        if self.colour != "green":
            yield Problem(at="colour", got=self.colour, allowed="green", fix="paint it")


class House(Spec):
    """A house."""

    doors: tuple[Door, ...] = ()
    """Its doors."""
    front: Door = Door(width=1)
    """The one to the street."""


def told(spec: Spec) -> list[tuple[str, object]]:
    """Return path and value of every problem."""
    return [(problem.at, problem.got) for problem in spec.problems()]


def door(**fields: object) -> Door:
    """Return a door with any values, wrong ones too."""
    return Door(**fields)  # type: ignore[arg-type]  # what a user may write


def test_a_field_cannot_be_set() -> None:
    """A specification stays what it was made as."""
    spec = Door(width=1)

    with pytest.raises(ValidationError, match="frozen"):
        spec.width = 2  # type: ignore[misc]

    assert spec.width == 1


def test_a_field_of_a_broken_specification_cannot_be_set() -> None:
    """A wrong value can't be fixed behind the back of `checked`."""
    spec = door(width="1")

    with pytest.raises(ValidationError, match="frozen"):
        spec.width = 1  # type: ignore[misc]


def test_specifications_with_equal_fields_are_equal() -> None:
    """A specification is a value: defaults count as if they were written."""
    lock = Lock(code="1234")

    assert Lock(code="1234") == lock
    assert hash(Lock(code="1234")) == hash(lock)
    assert Lock(code="4321") != lock
    assert Door(width=1, height=2).height == Door(width=1).height


def test_a_broken_specification_equals_no_good_one() -> None:
    """What was refused makes a difference."""
    assert door(width=1, height="3") != Door(width=1)
    assert door(width=1, height="3") == door(width=1, height="3")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        pytest.param({"width": "1"}, "width", id="a number in quotes"),
        pytest.param({"width": 1.0}, "width", id="a number with a point"),
        pytest.param({"width": True}, "width", id="a truth value"),
        pytest.param({"width": None}, "width", id="nothing"),
        pytest.param({"width": 1, "lock": {"code": "1234"}}, "lock", id="a dict"),
        pytest.param({"width": 1, "lock": Door(width=1)}, "lock", id="another specification"),
        pytest.param({"width": 1, "signs": {"front": 1}}, "signs['front']", id="a value in a map"),
        pytest.param({"width": 1, "signs": {1: "one"}}, "signs", id="a key of a map"),
        pytest.param({"width": 1, "signs": ["a"]}, "signs", id="a list for a map"),
    ],
)
def test_nothing_is_converted(fields: dict[str, object], path: str) -> None:
    """A value of another type is a problem, never a guess."""
    assert [problem.at for problem in door(**fields).problems()] == [path]


def test_a_map_is_a_copy() -> None:
    """A dict that is changed later doesn't change a specification."""
    signs = {"front": "pull"}
    spec = Door(width=1, signs=signs)

    signs["front"] = "push"

    assert spec.signs == {"front": "pull"}


def test_a_default_is_validated() -> None:
    """A wrong default is told like a wrong value."""

    class Shutter(Spec):
        bolts: Annotated[int, AfterValidator(_even)] = 3

    assert told(Shutter()) == [("bolts", 3)]


def test_a_refusal_says_what_is_allowed_and_how_to_fix_it() -> None:
    """A field's own validator speaks for itself."""
    (problem,) = door(width=1, bolts=3).problems()

    assert (problem.allowed, problem.fix) == ("an even number", "take 4")


def test_what_is_valid_can_be_read_beside_what_is_not() -> None:
    """Of a broken specification, the good fields and the defaults remain."""
    spec = door(width="1", height=5)

    assert (spec.height, spec.colour) == (5, "red")


def test_a_wrong_value_cannot_be_read() -> None:
    """Reading it raises an error that points to `checked`."""
    spec = door(width="1")

    with pytest.raises(UncheckedError, match=r"Door\.width holds no valid value; see checked\(\)"):
        _ = spec.width
    assert not hasattr(spec, "width")


def test_a_missing_value_cannot_be_read() -> None:
    """A required field that wasn't given has no value."""
    with pytest.raises(UncheckedError, match=r"Door\.width"):
        _ = door().width


def test_a_property_over_a_wrong_value_cannot_be_read() -> None:
    """What is worked out from a wrong value raises the same error."""
    with pytest.raises(UncheckedError, match=r"Door\.width"):
        _ = door(width="1").area


def test_a_name_that_is_no_field_is_an_ordinary_mistake() -> None:
    """A misspelt attribute in our code is not taken for a problem of the user."""
    with pytest.raises(AttributeError, match="hieght") as caught:
        _ = Door(width=1).hieght  # type: ignore[attr-defined]

    assert not isinstance(caught.value, UncheckedError)


def test_a_valid_specification_costs_nothing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a good one collects nothing, runs no rule, and reading it takes no detour."""

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Spec, "_keep_what_is_valid", never)
    monkeypatch.setattr(Spec, "__getattr__", never)
    monkeypatch.setattr(base, "_rules", never)

    spec = House(front=Door(width=1, lock=Lock(code="1234")))

    assert spec.front.lock == Lock(code="1234")
    monkeypatch.undo()
    assert (spec._shape_problems, spec._rejected) == ([], {})


def test_every_rule_is_run() -> None:
    """Rules of one specification all have their say, in the order of the fields."""
    spec = Door(width=20, height=10)

    assert told(spec) == [("", 200), ("height", 10)]


def test_a_rule_that_reads_a_wrong_value_ends_silently() -> None:
    """The wrong value is told, and no rule guesses about it."""
    assert told(door(width="20", height=1000)) == [("width", "20")]


def test_a_rule_keeps_what_it_said_before_it_read_a_wrong_value() -> None:
    """A problem that was found is not lost."""

    class Window(Spec):
        width: int
        height: int

        @rule
        def small(self) -> Iterator[Problem]:
            if self.width > 1:
                yield Problem(at="width", got=self.width, allowed="1", fix="shrink it")
            if self.height > 1:
                yield Problem(at="height", got=self.height, allowed="1", fix="shrink it")

    assert told(Window(width=2, height="2")) == [  # type: ignore[arg-type]
        ("width", 2),
        ("height", "2"),
    ]


def test_a_specification_inherits_rules_and_may_replace_them() -> None:
    """A method of the same name takes the place of a rule."""
    assert told(Gate(width=20, height=10)) == [("", 200), ("colour", "red")]


def test_a_path_leads_through_specifications_and_tuples() -> None:
    """The path of a problem is what one would write in Python."""
    house = House(
        doors=(Door(width=1), Door(width=2, height=1)),
        front=door(width=1, lock=Lock(code=7)),  # type: ignore[arg-type]
    )

    assert [problem.at for problem in house.problems("home")] == [
        "home.doors[1].height",
        "home.front.lock.code",
    ]


def test_a_problem_of_a_whole_specification_has_its_path() -> None:
    """A rule that blames no field blames the specification."""
    house = House(front=Door(width=20, height=20))

    assert told(house) == [("front", 400)]


def test_problems_come_in_the_order_of_the_fields() -> None:
    """What stands together in the file stands together in the message."""
    house = House(
        front=door(height=-1, width=1, hieght=1),
        doors=(*(Door(width=2, height=1) for _ in range(11)), "door"),  # type: ignore[arg-type]
    )

    assert [problem.at for problem in house.problems()] == [
        *(f"doors[{index}].height" for index in range(11)),
        "doors[11]",
        "front.height",
        "front.hieght",
    ]


def test_a_wrong_item_does_not_hide_the_problems_of_its_neighbours() -> None:
    """The items beside a wrong one are judged all the same."""
    wrong = (Door(width=2, height=1), "door", door(width="2"))

    assert told(House(doors=wrong)) == [  # type: ignore[arg-type]
        ("doors[0].height", 1),
        ("doors[1]", "door"),
        ("doors[2].width", "2"),
    ]


def test_checked_passes_what_has_no_problem() -> None:
    """Good specifications are checked without a word."""
    checked(house=House(), door=Door(width=1))


def test_checked_raises_once_with_everything() -> None:
    """Problems of all specifications, and those across them, are in one error."""
    across = Problem(at="houses", got=2, allowed="1", fix="sell one")

    with pytest.raises(ConfigurationError) as caught:
        checked(across, left=door(width="1"), right=door(width=1, height="2"))

    assert [problem.at for problem in caught.value.problems] == [
        "left.width",
        "right.height",
        "houses",
    ]


def test_a_long_value_is_shortened() -> None:
    """A value that fills the screen doesn't hide the rest of the message."""
    problem = Problem(at="door", got="x" * 1000, allowed="less", fix="cut it")

    first, *others = str(problem).splitlines()

    assert len(first) == len("  door = ") + LONGEST_VALUE
    assert first.endswith("…")
    assert others == ["    allowed: less", "    fix:     cut it"]


def test_a_value_that_just_fits_is_whole() -> None:
    """Nothing is cut without need."""
    problem = Problem(at="door", got="x" * (LONGEST_VALUE - 2), allowed="less", fix="cut it")

    assert str(problem).splitlines()[0].endswith("x'")


def test_readable_passes_over_what_has_no_valid_value() -> None:
    """The others keep their positions."""
    doors = (Door(width=1), door(width="2"), Door(width=3))

    assert list(readable(doors, "width")) == [(0, 1), (2, 3)]


def test_a_message_is_never_endless_and_can_always_be_printed() -> None:
    """Names of values and files are somebody's, and as long as they like."""
    problem = Problem(at="a", got="\ud800", allowed="x" * 10_000, fix="\udfff")

    text = str(problem)

    assert len(text) < 3_000
    assert text.encode()
    assert "\\udfff" in text


def test_a_value_that_contains_itself_is_told() -> None:
    """And ends."""
    signs: dict[str, object] = {}
    signs["back"] = [signs, [signs]]

    assert told(door(width=1, signs=signs))[0][0] == "signs['back']"
