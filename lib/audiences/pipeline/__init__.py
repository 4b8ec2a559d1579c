"""The pipeline: a page for each branch, and `stages`, the table of contents."""
