"""The matrix says what an adapter can do, and leaves empty what does not apply."""

import pytest

from onestop.channels import discover
from onestop.channels.matrix import COLUMNS, matrix_row
from onestop.core.gateway import Capabilities


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_adapter_has_each_column(name: str) -> None:
    adapter = discover()[name]

    row = matrix_row(adapter.channel, adapter.capabilities)

    assert list(row) == list(COLUMNS)
    assert (row["channel"], row["parses"]) == (adapter.channel, "yes")


def test_what_is_sent_has_its_limits() -> None:
    can = Capabilities(
        sends=True, replies=True, reply_window_hours=24, text_limit=1_600, charset="gsm7", cost_class="low"
    )

    row = matrix_row("chat", can)

    assert {column: row[column] for column in ("renders", "text", "charset", "replies", "cost")} == {
        "renders": "yes",
        "text": "1,600",
        "charset": "gsm7",
        "replies": "24 h",
        "cost": "low",
    }


def test_without_limits_any_text_goes_and_answers_are_always_welcome() -> None:
    row = matrix_row("email", Capabilities(sends=True, replies=True))

    assert (row["text"], row["replies"], row["cost"]) == ("any", "always", "free")


def test_what_sends_nothing_has_no_limits_and_no_cost() -> None:
    row = matrix_row("post", Capabilities(attachments=True, text_limit=10))

    assert {column for column, text in row.items() if text} == {"channel", "parses", "files"}
