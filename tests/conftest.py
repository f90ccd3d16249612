"""
What all tests share: how hypothesis searches.

The same code gives the same result on every machine, so a search starts from the test itself and knows no deadline;
`./check tests --hypothesis-profile=explore` looks further, and elsewhere each time.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", settings.get_profile("steady"), derandomize=False, max_examples=2_000)
settings.load_profile("steady")
