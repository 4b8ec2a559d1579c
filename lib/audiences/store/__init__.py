"""Delta tables and saved models under one root."""
