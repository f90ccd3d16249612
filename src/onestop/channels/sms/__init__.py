"""Adapters of the sms channel."""
