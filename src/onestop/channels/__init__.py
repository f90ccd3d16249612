"""Translators: one pure adapter for each gateway's payloads of one channel."""

from onestop.channels.base import Adapter, Parsed
from onestop.channels.discover import discover
from onestop.channels.settings import load_adapters
from onestop.core.gateway import Capabilities, GatewayRequest, HttpResponse, Message, Raw, Taken

__all__ = [
    "Adapter",
    "Capabilities",
    "GatewayRequest",
    "HttpResponse",
    "Message",
    "Parsed",
    "Raw",
    "Taken",
    "discover",
    "load_adapters",
]
