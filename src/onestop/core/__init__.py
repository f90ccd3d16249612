"""
The pure core: the case model, matching, routing and lifecycles, with no file, socket, clock, randomness or logging.

Everything here takes what it needs as arguments and gives back values; whoever calls it acts on them.
"""
