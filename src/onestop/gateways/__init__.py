"""Gateways: what carries a rendered message away, what fetches a file. The only room that may open sockets."""

from onestop.gateways.base import Fetched, Fetcher, NotFetched, Sender, Sent, is_idempotent
from onestop.gateways.limited import Limited
from onestop.gateways.local import CollectingSender, ConsoleSender, FileSender
from onestop.gateways.media import MediaFetcher
from onestop.gateways.notify import NotifySender
from onestop.gateways.routes import Routes
from onestop.gateways.safe import SafeSender
from onestop.gateways.settings import load_sender
from onestop.gateways.simulated import SimulatedSender
from onestop.gateways.smtp import SmtpSender
from onestop.gateways.twilio import TwilioSender

__all__ = [
    "CollectingSender",
    "ConsoleSender",
    "Fetched",
    "Fetcher",
    "FileSender",
    "Limited",
    "MediaFetcher",
    "NotFetched",
    "NotifySender",
    "Routes",
    "SafeSender",
    "Sender",
    "Sent",
    "SimulatedSender",
    "SmtpSender",
    "TwilioSender",
    "is_idempotent",
    "load_sender",
]
