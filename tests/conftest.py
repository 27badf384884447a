"""What holds for the whole suite."""

from hypothesis import settings

# How long an example takes is a question of the machine; speed lives in benchmarks/.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
