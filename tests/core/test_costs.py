"""What a message costs is known before it is sent."""

import pytest
from pydantic import ValidationError

from onestop.core.costs import Cost, cost_of

COSTS = {"sms": Cost(pence=2.4, source="contract"), "post": Cost(pence=82, source="price list")}


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("", 2.4),
        ("x" * 160, 2.4),
        ("x" * 161, 4.8),
        ("€" * 80, 2.4),
        ("€" * 81, 4.8),
        ("x" * 152 + "€" + "x" * 152, 7.2),  # the pair that would be cut moves on: a third part
        ("ŵ" * 70, 2.4),
        ("ŵ" * 71, 4.8),
        ("😀" * 35, 2.4),
        ("😀" * 67, 7.2),
    ],
)
def test_a_text_message_costs_what_its_parts_cost(text: str, pence: float) -> None:
    price = cost_of(text, "sms", COSTS)

    assert (price.pence, price.source) == (pence, "contract")
    assert price.segments is not None
    assert round(price.segments.parts * 2.4, 4) == pence


def test_a_letter_costs_the_same_however_long_it_is() -> None:
    assert cost_of("x" * 5_000, "post", COSTS) == (None, 82, "price list")


def test_a_price_that_nobody_told_is_none_while_the_parts_are_known() -> None:
    price = cost_of("Tŷ", "sms", {})

    assert (price.pence, price.source) == (None, None)
    assert price.segments == ("ucs2", 2, 1)


@pytest.mark.parametrize("fields", [{"pence": -1}, {"pence": float("inf")}, {"pence": float("nan")}, {"source": ""}])
def test_a_cost_is_a_figure_with_its_source(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Cost.model_validate({"pence": 1, "source": "contract", **fields})
