"""Seeds of the parts of a plan, derived from the plan's one seed."""

import hashlib

SEED_BITS = 31
"""Every solver and sampler takes seeds of this size."""


def derive_seed(seed: int, purpose: str) -> int:
    """Return the seed of one part of a plan: the same for the same plan seed, independent across purposes.

    >>> derive_seed(7, "training") == derive_seed(7, "training") != derive_seed(7, "validation")
    True
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SEED_BITS)
