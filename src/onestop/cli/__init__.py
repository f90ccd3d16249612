"""The onestop command."""
