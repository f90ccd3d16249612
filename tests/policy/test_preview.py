"""A preview shows what people would get, in every channel and language, and what it would cost."""

from pathlib import Path

import pytest

from onestop import Policy, load_policy
from onestop.core.segments import count_segments
from onestop.errors import NotFoundError, RequestError
from onestop.policy.preview import CHANNELS, preview

NORTHPORT = Path(__file__).parents[2] / "examples" / "northport" / "policy"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(NORTHPORT)


def test_every_channel_is_shown_in_each_language_and_in_both(policy: Policy) -> None:
    shown = list(preview(policy, "fixed"))

    languages = [("en",), ("cy",), ("en", "cy")]
    assert [(each.channel, each.languages) for each in shown] == [(c, spoken) for c in CHANNELS for spoken in languages]
    assert all(each.text for each in shown)


def test_every_template_of_the_example_can_be_said_on_every_channel(policy: Policy) -> None:
    problems = [(name, each.channel) for name in policy.templates for each in preview(policy, name) if each.problem]

    assert problems == []


def test_a_text_message_comes_with_its_parts_and_its_cost(policy: Policy) -> None:
    [shown] = preview(policy, "need_more", channels=["sms"], languages=[("cy",)], given={"text": "Pa dŷ? " * 12})

    assert (shown.encoding, shown.units, shown.parts) == count_segments(shown.text)
    assert shown.encoding == "ucs2"
    assert shown.parts
    assert shown.pence == pytest.approx(2.4 * shown.parts)
    assert shown.source


def test_given_values_take_the_place_of_samples_and_those_of_a_case(policy: Policy) -> None:
    values = {"en": {"reference": "NP-1", "text": "of the case"}}

    [shown] = preview(
        policy, "need_more", channels=["web"], languages=[("en",)], values=values, given={"text": "of my own"}
    )

    assert "NP-1" in shown.text
    assert "of my own" in shown.text


def test_a_variable_that_a_template_declares_has_a_sample(policy: Policy) -> None:
    [shown] = preview(policy, "which_case", channels=["sms"], languages=[("cy",)])

    assert "1 Graffiti" in shown.text


def test_words_that_are_too_many_are_a_problem_of_their_channels_alone(policy: Policy) -> None:
    shown = list(preview(policy, "need_more", languages=[("en",)], given={"text": "x" * 1_600}))

    assert [each.channel for each in shown if each.problem] == ["sms", "chat"]
    assert [each.text for each in shown if each.problem] == ["", ""]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"channels": ["fax"]}, "no channel 'fax'"),
        ({"languages": [("fr",)]}, "does not speak 'fr'"),
        ({"given": {"citizen": "x"}}, "no variable 'citizen'"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    policy: Policy, options: dict[str, object], words: str
) -> None:
    with pytest.raises(RequestError, match=words):
        preview(policy, "fixed", **options)  # type: ignore[arg-type]  # several kinds of mistakes


def test_a_template_that_there_is_not_is_not_found(policy: Policy) -> None:
    with pytest.raises(NotFoundError):
        preview(policy, "nonsense")
