"""Gateways: what carries a rendered message away, what fetches a file. The only room that may open sockets."""

from onestop.gateways.base import Fetched, Fetcher, NotFetched, Sender, Sent, is_idempotent
from onestop.gateways.local import CollectingSender, ConsoleSender, FileSender
from onestop.gateways.media import MediaFetcher

__all__ = [
    "CollectingSender",
    "ConsoleSender",
    "Fetched",
    "Fetcher",
    "FileSender",
    "MediaFetcher",
    "NotFetched",
    "Sender",
    "Sent",
    "is_idempotent",
]
