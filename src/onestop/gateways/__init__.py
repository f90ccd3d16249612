"""Senders: what carries a rendered message away. The only room that may open sockets."""

from onestop.gateways.base import Sender, Sent
from onestop.gateways.local import CollectingSender, ConsoleSender, FileSender

__all__ = ["CollectingSender", "ConsoleSender", "FileSender", "Sender", "Sent"]
