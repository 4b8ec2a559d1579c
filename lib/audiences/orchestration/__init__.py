"""One definition of a scheduled run for every scheduler: its tasks, computed from the pipeline, and their forms."""
