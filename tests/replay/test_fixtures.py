"""A folder of fixtures is parsed and compared."""

import json
from pathlib import Path
from typing import Any

import pytest

from onestop.channels.sms import TwilioSms
from onestop.errors import ReplayError
from onestop.replay import check_fixtures

FIXTURES = Path(__file__).parents[1] / "channels" / "sms" / "fixtures" / "twilio_sms"
TEXT = {"url": "https://northport.example/sms", "body": "From=%2B447700900118&Body=Bin+missed&MessageSid=SM1"}


def checked(folder: Path, expected: list[dict[str, Any]]) -> list[str]:
    (folder / "a.json").write_text(json.dumps({"request": TEXT, "enquiries": expected}), "utf-8")
    return [str(difference) for each in check_fixtures(folder, TwilioSms()) for difference in each.differences]


def test_fixtures_that_agree_have_no_difference() -> None:
    adapter = TwilioSms(auth_token="an-auth-token-of-the-council")

    found = list(check_fixtures(FIXTURES, adapter))

    assert len(found) == len(list(FIXTURES.glob("*.json"))) > 0
    assert [str(difference) for each in found for difference in each.differences] == []


def test_every_field_that_differs_is_told(tmp_path: Path) -> None:
    expected = {
        "channel": "sms",
        "adapter": "twilio_sms",
        "source_id": "SM2",
        "received_at": "2000-01-01T00:00:00.000000Z",
    }

    told = checked(tmp_path, [{**expected, "sender": "tel:+447700900118", "subject": "Bin"}])

    assert told == [
        "source_id: expected SM2, got SM1",
        "subject: expected Bin, got nothing",
        "text: expected nothing, got 'Bin missed'",
    ]


def test_an_error_is_expected_by_its_code(tmp_path: Path) -> None:
    assert "error: expected payload, got nothing" in checked(tmp_path, [{"error": "payload"}])


def test_an_enquiry_too_many_is_told_by_its_number(tmp_path: Path) -> None:
    told = checked(tmp_path, [{}, {"channel": "sms"}])

    assert told[-1] == "2.channel: expected sms, got nothing"


@pytest.mark.parametrize(
    "text", ["{}", "[]", "{", '{"request": 3, "enquiries": []}', '{"request": {}, "enquiries": [3]}']
)
def test_a_file_that_is_no_fixture_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text, "utf-8")

    with pytest.raises(ReplayError, match=r"odd\.json is no fixture"):
        list(check_fixtures(tmp_path, TwilioSms()))


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="neither"):
        list(check_fixtures(tmp_path, TwilioSms()))
