"""Where a published run goes besides its tables: the report, a catalog, trackers of experiments."""
