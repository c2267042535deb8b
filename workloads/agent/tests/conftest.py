"""Settings of all tests."""

from hypothesis import settings

# Failing examples are printed; a database of them would be one more folder to keep out of images.
settings.register_profile("plain", database=None)
settings.load_profile("plain")
