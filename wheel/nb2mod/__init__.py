"""nb2mod, carried by a wheel: what is beside this file runs on Node; `nb2mod.__main__` starts it."""
