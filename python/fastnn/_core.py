"""The compiled core at the best level of this machine; see `_core.pyi` for what is in it."""

from fastnn._isa import load, preferred_level

_module = load(preferred_level())
globals().update({name: value for name, value in vars(_module).items() if name[0] != "_"})
