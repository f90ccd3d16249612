"""Policies: read from a folder of TOML files, checked whole with every mistake told at once, compiled for the core."""

from onestop.policy.compiling import compile_policy, load_policy, read_policy

__all__ = ["compile_policy", "load_policy", "read_policy"]
