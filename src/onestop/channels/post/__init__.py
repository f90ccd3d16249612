"""Adapters of the post channel."""

from onestop.channels.post.letter import Letter, LetterFile, Post
from onestop.channels.post.notify import NotifyLetter

__all__ = ["Letter", "LetterFile", "NotifyLetter", "Post"]
