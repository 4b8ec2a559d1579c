"""Raw files and tables -> typed rows and rejected rows with reasons."""
