"""Raw files -> a drafted settings file: a bounded sample, plain Python, no Spark."""
