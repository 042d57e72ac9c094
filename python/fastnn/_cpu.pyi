"""The x86-64 level of this machine and the levels that were built."""

built_levels: str

def highest_level() -> str: ...
