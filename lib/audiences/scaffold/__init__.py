"""Raw files -> a drafted settings file and a preview of what a run would keep: plain Python, no Spark."""
