"""Adapters of the post channel."""

from onestop.channels.post.letter import Letter, LetterFile, Post

__all__ = ["Letter", "LetterFile", "Post"]
