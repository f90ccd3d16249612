"""Acme SMS for onestop: the adapter of a gateway, in a distribution of its own."""

from acme_onestop.adapter import AcmeSms

__all__ = ["AcmeSms"]
