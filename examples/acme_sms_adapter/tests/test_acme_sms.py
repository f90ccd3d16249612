"""Acme's adapter meets the contract of every adapter."""

import hashlib
import hmac
from pathlib import Path

from onestop.channels import Raw
from onestop.testing import AdapterContract

from acme_onestop import AcmeSms

SECRET = "a secret of the council"


class TestAcmeSms(AdapterContract):
    adapter = AcmeSms(secret=SECRET)
    fixtures = Path(__file__).parent / "acme_sms"
    secrets = (SECRET,)

    def sign(self, raw: Raw) -> Raw:
        signature = hmac.new(SECRET.encode(), raw.body, hashlib.sha256).hexdigest()
        return raw.model_copy(update={"headers": {**raw.headers, "X-Acme-Signature": signature}})
