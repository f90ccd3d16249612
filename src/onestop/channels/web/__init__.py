"""Adapters of the web channel."""
