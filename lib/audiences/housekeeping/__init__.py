"""What keeps a store small and clean: the end of old runs."""
